// Pure: what a slice's result makes of run, step and incident, with the words for timeline and people.
import { assertNever } from '../../domain/errors.ts';
import { moved } from '../../domain/incidents/incident.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import { decisionAskedBy } from '../../domain/runbooks/asked-decision.ts';
import type { Attempt, Run, StepRecord } from '../../domain/runbooks/run.ts';
import type { Clock } from '../../ports/clock.ts';
import { failed } from './after-failure.ts';
import { APPROVAL_SECONDS, asksAgainAt, OUTAGE_POLL_SECONDS, POLL_SECONDS, QUIET_SECONDS } from './pace.ts';
import type { Position } from './position.ts';
import { ended, escalated, heldSince, occasionOf, runningOn, sentence } from './run-states.ts';
import type { NextState, Result, SliceResult } from './slice-result.ts';
import { afterUndo } from './undo-slice.ts';

export function nextState(position: Position, result: SliceResult, clock: Clock): NextState {
  switch (result.is) {
    case 'set-going':
      return setGoing(position, result, clock);
    case 'partly-set-going':
      return partly(position, result, clock);
    case 'waiting':
      return waiting(position, result, clock);
    case 'unavailable':
      return unavailable(position, result, clock);
    case 'held':
      return held(position, result, clock);
    case 'ask':
      return asking(position, result, clock);
    case 'verified':
      return verified(position, result, clock);
    case 'failed':
      return failed(position, result, clock);
    case 'pause':
      return paused(position, result.because, clock);
    case 'undo':
      return afterUndo(position, result, clock);
    default:
      return assertNever(result, 'slice result');
  }
}

/** A call was made and another one is to follow: the step stands where it stood, and asks the world again. */
function partly(position: Position, result: Result<'partly-set-going'>, clock: Clock): NextState {
  const { run, record, file } = position;
  return {
    run: runningOn(run, clock.now(), clock),
    step: { ...record, because: result.because },
    incident: moved(file.incident, 'remediating'),
    attempts: result.attempt ? [result.attempt] : [],
    events: [{ type: 'acted', actor: 'lakewarden', text: sentence(result.because) }],
  };
}

function setGoing(position: Position, result: Result<'set-going'>, clock: Clock): NextState {
  const { run, record, file, params } = position;
  const { actedSince: _old, ...rest } = record;
  const step: StepRecord = {
    ...rest,
    state: 'verifying',
    attempts: record.attempts + 1,
    verifyUntil: clock.after(params.timeoutSeconds).toISOString(),
    notes: {},
    because: result.because,
    ...(result.seen === null ? {} : { actedSince: result.seen }),
  };
  return {
    run: runningOn(run, clock.after(POLL_SECONDS), clock),
    step,
    incident: moved(file.incident, 'verifying'),
    attempts: result.attempt ? [result.attempt] : [],
    events: [
      {
        type: result.byUs ? 'acted' : 'set-going',
        actor: result.byUs ? 'lakewarden' : 'databricks',
        text: sentence(result.because),
      },
    ],
  };
}

function waiting(position: Position, result: Result<'waiting'>, clock: Clock): NextState {
  const { run, record, file } = position;
  const step: StepRecord = { ...record, because: result.because, notes: result.notes ?? record.notes };
  const said =
    result.attempt?.outcome === 'did-not-happen'
      ? { type: 'not-acted', actor: 'lakewarden' }
      : { type: 'observed', actor: 'databricks' };
  const news = record.because === result.because ? [] : [{ ...said, text: sentence(result.because) }];
  const dueAt = result.until === undefined ? clock.after(POLL_SECONDS) : new Date(result.until);
  return {
    run: runningOn(run, dueAt, clock),
    step,
    incident: file.incident,
    attempts: result.attempt ? [result.attempt] : [],
    events: news,
  };
}

function unavailable(position: Position, result: Result<'unavailable'>, clock: Clock): NextState {
  const { run, record, file } = position;
  const inARow = run.unavailableInARow + 1;
  const seconds = OUTAGE_POLL_SECONDS[Math.min(inARow, OUTAGE_POLL_SECONDS.length) - 1] ?? POLL_SECONDS;
  const backoff = clock.after(seconds).toISOString();
  const dueAt = result.until !== undefined && result.until > backoff ? result.until : backoff;
  const events =
    inARow === 1
      ? [{ type: 'unavailable', actor: 'lakewarden', text: `${sentence(result.because)} Trying again later.` }]
      : [];
  return {
    run: { ...runningOn(run, new Date(dueAt), clock), unavailableInARow: inARow },
    step: { ...record, because: result.because },
    incident: file.incident,
    attempts: result.attempt ? [result.attempt] : [],
    events,
  };
}

function held(position: Position, result: Result<'held'>, clock: Clock): NextState {
  const { run, record, file } = position;
  const already = run.state.name === 'held' && run.state.because === result.because;
  const since = heldSince(run) ?? clock.now().toISOString();
  return {
    run: {
      ...run,
      state: {
        name: 'held',
        because: result.because,
        since,
        ...(result.turn === undefined ? {} : { turn: result.turn }),
      },
      dueAt: asksAgainAt(clock, result),
    },
    step: result.attempt ? { ...record, attemptsNotSent: (record.attemptsNotSent ?? 0) + 1 } : record,
    incident: file.incident,
    attempts: result.attempt ? [result.attempt] : [],
    events: [...(result.attempt ? [notSent(result.attempt)] : []), ...(already ? [] : [heldEntry(result)])],
  };
}

function notSent({ number }: Attempt): TimelineEntry {
  return { type: 'not-acted', actor: 'lakewarden', text: `Attempt ${number} was not sent: its turn has passed` };
}

function heldEntry({ because, turn }: Result<'held'>): TimelineEntry {
  const text = turn === undefined ? `Held: ${because}` : `Held: ${because}; its turn comes at ${turn}`;
  return { type: 'held', actor: 'lakewarden', text, ...(turn === undefined ? {} : { data: { turn } }) };
}

/** It waits for an approval, as one does that was asked for at its opening; one that has expired is none. */
function asking(position: Position, { because }: Result<'ask'>, clock: Clock): NextState {
  const { record, file, step } = position;
  const { approval: _expired, ...run } = position.run;
  const waiting: Run = {
    ...run,
    state: { name: 'waiting-approval', because, since: heldSince(run) ?? clock.now().toISOString() },
    dueAt: clock.after(APPROVAL_SECONDS).toISOString(),
  };
  const text = `Waits for approval to ${step.title.toLowerCase()}: ${because}.`;
  return {
    run: waiting,
    step: { ...record, because },
    incident: escalated(file.incident),
    attempts: [],
    events: [{ type: 'human-needed', actor: 'lakewarden', text }],
    news: {
      kind: 'human-needed',
      text,
      occasion: occasionOf(run, 'approval'),
      decision: decisionAskedBy(waiting, file.steps),
    },
  };
}

function verified(position: Position, result: Result<'verified'>, clock: Clock): NextState {
  const { run, record, file } = position;
  const now = clock.now().toISOString();
  const closesAt = clock.after(QUIET_SECONDS).toISOString();
  const { activeRun: _ended, ...rest } = file.incident;
  const incident = moved(rest, 'resolved', {
    resolvedAt: now,
    closesAt,
    nextDueAt: closesAt,
    ...(result.recoveredAt === undefined ? {} : { recoveredAt: result.recoveredAt }),
  });
  return {
    run: ended(run, { name: 'succeeded', at: now }),
    step: { ...record, state: 'succeeded', because: result.because },
    incident,
    attempts: [],
    events: [
      {
        type: 'verified',
        actor: 'lakewarden',
        text: sentence(result.because),
        data: { recoveredAt: result.recoveredAt ?? null },
      },
      {
        type: 'incident-resolved',
        actor: 'lakewarden',
        text: resolution(position),
      },
    ],
    news: {
      kind: 'incident-resolved',
      text: `Recovered and verified: ${result.because}.`,
      occasion: occasionOf(run, 'resolved'),
    },
  };
}

function resolution({ file, run, record }: Position): string {
  const ours = file.attempts.filter((attempt) => attempt.run === run.number);
  const acted = ours.filter(({ outcome }) => outcome === 'acted').length;
  // Its worker died before it could say: the service tells no times by which it could be told.
  if (acted === 0 && ours.some(({ outcome }) => outcome === undefined))
    return `Resolved: it is well again, perhaps by an attempt of ${record.id} whose end nobody saw`;
  if (acted === 0) return 'Resolved: it recovered without an act of ours';
  return `Resolved by ${record.id}${acted === 1 ? '' : `, in ${acted} attempts`}`;
}

/** The run stops where it is and a person is called. */
function paused(position: Position, because: string, clock: Clock): NextState {
  const { run, record, file, step, params } = position;
  const advice = step.advice({ component: file.incident.component, params });
  const { dueAt: _none, ...rest } = run;
  return {
    run: { ...rest, state: { name: 'paused', because, advice, since: clock.now().toISOString() } },
    step: { ...record, because },
    incident: escalated(file.incident),
    attempts: [],
    events: [{ type: 'run-paused', actor: 'lakewarden', text: `${sentence(because)} ${advice}` }],
    news: { kind: 'human-needed', text: `Paused: ${because}. ${advice}`, occasion: occasionOf(run, 'paused') },
  };
}
