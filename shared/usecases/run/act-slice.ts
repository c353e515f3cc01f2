// One slice before the step is set going: ask the world, ask the gate, write down the intent, act. The intent is committed before the act (invariant 3).
import { Refused, Unavailable } from '../../domain/errors.ts';
import { moved } from '../../domain/incidents/incident.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import { type GateReason, type GateVerdict, gateReasons } from '../../domain/playbooks/gate.ts';
import type { Attempt } from '../../domain/runbooks/run.ts';
import type { DoneVerdict, Plan } from '../../steps/step.ts';
import { type ActGrant, considerGate, type GateQuestion, isBudgetUsedUp, type Passage, passGate } from '../gate/ask.ts';
import { runIdOf } from '../gate/count-run.ts';
import { findHands } from './find-hands.ts';
import { LastLooks } from './last-look.ts';
import { LEASE_SECONDS, mayStillAct } from './pace.ts';
import type { RunPorts } from './ports.ts';
import { contextOf, type Position, positionOf } from './position.ts';
import type { SliceResult } from './slice-result.ts';

/** Attempts that did not happen or were refused by the state do not count as tries, but they cannot go on for ever either. */
const UNCOUNTED_ATTEMPTS = 5;

export interface ActSlice {
  readonly position: Position;
  readonly result: SliceResult;
}

export async function actSlice(ports: RunPorts, position: Position): Promise<ActSlice> {
  const { attempt } = position;
  const now = ports.clock.now().toISOString();
  if (attempt && attempt.outcome === undefined && attempt.until > now) {
    return {
      position,
      result: { is: 'waiting', because: 'an earlier attempt may still be acting', until: attempt.until },
    };
  }
  const early = mayHaveActed(position) ? undefined : await passEarly(ports, position);
  if (early && early.gate !== 'open') return { position, result: heldBy(early) };
  const verdict = await position.step.done(contextOf(ports, position));
  if (verdict.is === 'not-done') return await actOn(ports, position, verdict, early?.grant);
  return { position, result: resultOf(position, verdict) };
}

/** Where the budget of acts is used up, a run that would have to wait does not look at the world first: a thousand that wait cost no calls. */
async function passEarly(ports: RunPorts, { file, run }: Position): Promise<Passage | undefined> {
  if (!isBudgetUsedUp(ports, file.incident)) return undefined;
  return await passGate(ports, { incident: file.incident, runId: runIdOf(file.incident.id, run.number), run });
}

function mayHaveActed({ attempt }: Position): boolean {
  return attempt !== undefined && attempt.outcome === undefined;
}

function resultOf({ attempt }: Position, verdict: Exclude<DoneVerdict, { is: 'not-done' }>): SliceResult {
  switch (verdict.is) {
    case 'done':
      return { is: 'set-going', because: `${verdict.because}: nothing has to be done`, seen: null, byUs: false };
    case 'under-way': {
      const ours = attempt !== undefined && attempt.outcome === undefined;
      const seen = ours ? attempt.seen : verdict.seen;
      return {
        is: 'set-going',
        because: verdict.because,
        seen,
        byUs: ours,
        ...(ours ? { attempt: { ...attempt, outcome: 'acted' } } : {}),
      };
    }
    case 'not-yet-known':
      return { is: 'waiting', because: verdict.because, ...(verdict.until ? { until: verdict.until } : {}) };
    case 'cannot-tell':
      return { is: 'pause', because: verdict.because };
    case 'impossible':
      return { is: 'failed', because: verdict.because, retryable: false, ...(verdict.aside ? { aside: true } : {}) };
  }
}

async function actOn(
  ports: RunPorts,
  position: Position,
  verdict: Extract<DoneVerdict, { is: 'not-done' }>,
  early: ActGrant | undefined,
): Promise<ActSlice> {
  const number = (position.attempt?.number ?? 0) + 1;
  const { attemptsBefore = 0, attemptsNotSent = 0 } = position.record;
  const counted = number - attemptsBefore - attemptsNotSent;
  if (counted > position.record.maxAttempts * (position.step.calls ?? 1) + UNCOUNTED_ATTEMPTS) {
    return { position, result: { is: 'failed', because: `${counted - 1} attempts led nowhere`, retryable: false } };
  }
  const { run, file } = position;
  const hands = await findHands(ports, position);
  const question = { incident: file.incident, runId: runIdOf(file.incident.id, run.number), run, hands };
  const gate = await passWith(ports, question, early);
  if (gate.gate !== 'open') return { position, result: heldBy(gate) };
  const intended = await writeIntent(ports, position, { ...verdict, number });
  const looks = new LastLooks(ports, intended, gate.grant);
  return { position: intended, result: await act(ports, intended, { plan: verdict.plan, looks }) };
}

/** What was taken early is not taken twice; whether somebody is at work is known only now. */
async function passWith(ports: RunPorts, question: GateQuestion, early: ActGrant | undefined): Promise<Passage> {
  if (!early) return await passGate(ports, question);
  const verdict = await considerGate(ports, question);
  return verdict.gate === 'open' ? { ...verdict, grant: early } : verdict;
}

/** A run that was planned while the gate was shut for all may turn out to be one that never may act: that is a person's, not held for ever. */
const NEVER: ReadonlySet<GateReason> = new Set(['autonomy-shadow', 'unlisted-shadow']);

function heldBy(verdict: GateVerdict): SliceResult {
  if (verdict.gate === 'ask') return { is: 'ask', because: gateReasons[verdict.because] };
  if (NEVER.has(verdict.because)) return { is: 'pause', because: gateReasons[verdict.because] };
  const { until, turn, evidence } = verdict.gate === 'wait' ? verdict : {};
  const because = `${gateReasons[verdict.because]}${evidence === undefined ? '' : `: ${evidence}`}`;
  return { is: 'held', because, ...(until === undefined ? {} : { until }), ...(turn === undefined ? {} : { turn }) };
}

interface Intent extends Pick<Extract<DoneVerdict, { is: 'not-done' }>, 'because' | 'seen' | 'plan' | 'earlier'> {
  readonly number: number;
}

/** Commits the attempt without moving the revision: a crash after it brings the same message back, which then finds the attempt. */
async function writeIntent(ports: RunPorts, position: Position, intent: Intent): Promise<Position> {
  const { file, run, record } = position;
  const now = ports.clock.now();
  const attempt: Attempt = {
    schemaVersion: 1,
    run: run.number,
    position: record.position,
    number: intent.number,
    owner: ports.newOwner(),
    until: new Date(now.getTime() + LEASE_SECONDS * 1000).toISOString(),
    seen: intent.seen,
    ...(intent.plan.change ? { change: intent.plan.change } : {}),
  };
  const unsettled = position.attempt?.outcome === undefined ? position.attempt : undefined;
  const result = await ports.incidents.commit({
    basis: file,
    incident: moved(file.incident, 'remediating'),
    attempts: unsettled ? [{ ...unsettled, outcome: intent.earlier ?? 'did-not-happen' }, attempt] : [attempt],
    events: [
      ...(unsettled ? [settled(unsettled, intent)] : []),
      {
        type: 'attempt',
        actor: 'lakewarden',
        text: `Attempt ${intent.number}: ${intent.plan.text}`,
        data: { step: record.id, seen: intent.seen },
      },
    ],
    at: now.toISOString(),
  });
  if (!result.committed)
    throw new Unavailable('store-unavailable', 'an intent without a delivery was taken for handled before');
  return positionOf(result.file, run);
}

/** The world says what became of an expired attempt: put that on record before the next one. */
function settled({ number, until, seen }: Attempt, { because, earlier }: Intent): TimelineEntry {
  if (earlier === 'acted')
    return { type: 'acted', actor: 'databricks', text: `Attempt ${number} happened: ${because}`, data: { seen } };
  const text = `Attempt ${number} did not happen: its time was over at ${until}, and ${because}, without a sign of it`;
  return { type: 'not-acted', actor: 'databricks', text, data: { seen } };
}

async function act(
  ports: RunPorts,
  position: Position,
  { plan, looks }: { readonly plan: Plan; readonly looks: LastLooks },
): Promise<SliceResult> {
  const attempt = position.attempt;
  const ended = (outcome: NonNullable<Attempt['outcome']>) => (attempt ? { attempt: { ...attempt, outcome } } : {});
  // Held up since the intent, e.g. by a pause of the process: by now somebody else may have decided that it did not happen.
  if (!mayStillAct(ports.clock, attempt?.until ?? ''))
    return { is: 'waiting', because: 'writing down the intent took too long to act on it', ...ended('did-not-happen') };
  try {
    const verdict = await position.step.act(contextOf(ports, position), plan, looks.look);
    if (!verdict.acted) {
      if (looks.turnPassed)
        return { is: 'held', because: gateReasons['no-budget'], ...looks.turnPassed, ...ended('did-not-happen') };
      const refused = verdict.never ? 'unacceptable' : 'refused';
      const outcome = looks.unwanted === undefined ? refused : 'did-not-happen';
      return { is: 'waiting', because: verdict.because, ...ended(outcome) };
    }
    if (verdict.more) return { is: 'partly-set-going', because: verdict.text, ...ended('acted') };
    return { is: 'set-going', because: verdict.text, seen: attempt?.seen ?? null, byUs: true, ...ended('acted') };
  } catch (error) {
    if (error instanceof Refused)
      return { is: 'failed', because: error.message, retryable: false, ...ended('refused') };
    if (!(error instanceof Unavailable)) throw error;
    if (!error.mayHaveHappened) return { is: 'unavailable', because: error.message, ...ended('did-not-happen') };
    return {
      is: 'unavailable',
      because: `${error.message}; it may have happened`,
      ...(attempt ? { until: attempt.until } : {}),
    };
  }
}
