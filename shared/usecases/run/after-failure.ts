// Pure: a step that failed. It is tried again, or the next remedy follows, or a person is called. A component that ended in another way
// than before is another failure: from here on the run follows the playbook of that one (C1).
import { type Incident, moved } from '../../domain/incidents/incident.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import { isRemedyId } from '../../domain/playbooks/remedy-ids.ts';
import type { Run, StepRecord } from '../../domain/runbooks/run.ts';
import type { Clock } from '../../ports/clock.ts';
import { remedies } from '../../steps/remedies/index.ts';
import { playbooks } from '../../steps/remedies/playbooks.ts';
import { deadlineOf, stepsOf } from '../signal/plan-run.ts';
import type { Position } from './position.ts';
import { ended, leftToPeople, occasionOf, runningOn, sentence } from './run-states.ts';
import type { NewFailure, NextState, Result } from './slice-result.ts';

export function failed(position: Position, result: Result<'failed'>, clock: Clock): NextState {
  const { record } = position;
  const other = otherFailure(position, result);
  const so: Partly = {
    incident: other ? reclassified(position.file.incident, other) : position.file.incident,
    attempts: result.attempt ? [result.attempt] : [],
    events: [failureEntry(result), ...(other ? [classifiedEntry(position, other)] : [])],
  };
  const isStillAsked = !other || other.remedies.some((id) => id === record.id);
  if (result.retryable && isStillAsked && record.attempts < record.maxAttempts) {
    return again(position, result, so, other, clock);
  }
  return other ? onwardsBy(other, position, result, so, clock) : gaveUp(position, result, so, clock);
}

type Partly = Pick<NextState, 'incident' | 'attempts' | 'events'>;

/** It ended again, and in another way than the incident is about. */
function otherFailure({ file }: Position, { newFailure }: Result<'failed'>): NewFailure | undefined {
  const { failureClass, code } = newFailure?.classification ?? file.incident;
  return failureClass === file.incident.failureClass && code === file.incident.code ? undefined : newFailure;
}

/** What the new code asks for beside the remedy itself, e.g. a wait, holds for the next try. */
function again(
  { run, record, params: before }: Position,
  result: Result<'failed'>,
  so: Partly,
  other: NewFailure | undefined,
  clock: Clock,
): NextState {
  const params = other?.params ?? before;
  const seconds = params.backoffSeconds[Math.min(record.attempts, params.backoffSeconds.length) - 1] ?? 0;
  const text = `Trying again in ${seconds} s (${record.attempts} of ${record.maxAttempts} times set going)`;
  const step: StepRecord = { ...record, params: { ...params }, state: 'pending', notes: {}, because: result.because };
  return {
    run: withTimeFor([step], runningOn(run, clock.after(seconds), clock), clock),
    step,
    incident: moved(so.incident, 'remediating'),
    attempts: so.attempts,
    events: [...so.events, { type: 'retrying', actor: 'lakewarden', text }],
  };
}

/** The steps that were to follow are replaced by those of the new playbook. Each remedy has its turn once in a run: it cannot go in circles. */
function onwardsBy(
  other: NewFailure,
  position: Position,
  result: Result<'failed'>,
  so: Partly,
  clock: Clock,
): NextState {
  const { run, record, file } = position;
  const ofRun = file.steps.filter((step) => step.run === run.number);
  const before = new Set(ofRun.filter((step) => step.position <= record.position).map(({ id }) => id));
  const first = record.position + 1;
  const ids = other.remedies.filter((id) => !before.has(id));
  const planned = stepsOf(ids, other.params, { run: run.number, position: first });
  const because = `the failure is another one now: ${other.classification.code}`;
  const surplus = ofRun
    .filter(({ position: place }) => place >= first + planned.length)
    .map((step): StepRecord => ({ ...step, state: 'skipped', because }));
  const others = [...planned, ...surplus];
  const [next] = planned;
  if (!next) return { ...gaveUp({ ...position, file: { ...file, steps: surplus } }, result, so, clock), others };
  const text = `From here on by the playbook of ${other.classification.failureClass}: ${ids.join(', ')}`;
  const on = { ...runningOn(run, clock.now(), clock), position: next.position };
  return {
    ...so,
    incident: moved(so.incident, 'remediating'),
    run: withTimeFor(planned, on, clock),
    step: { ...record, state: 'failed', because: result.because },
    others,
    events: [...so.events, { type: 'playbook-changed', actor: 'lakewarden', text, data: { remedies: ids } }],
  };
}

/** What was not planned when the run started needs time of its own. */
function withTimeFor(steps: readonly StepRecord[], run: Run, clock: Clock): Run {
  const needed = deadlineOf(clock, steps);
  return needed > run.deadlineAt ? { ...run, deadlineAt: needed } : run;
}

/** A playbook's remedies go on with the next one; after the last a person is called. */
function gaveUp(position: Position, result: Result<'failed'>, so: Partly, clock: Clock): NextState {
  const { run, record, file } = position;
  const step: StepRecord = { ...record, state: 'failed', because: result.because };
  const next = file.steps.find(
    (other) => other.run === run.number && other.position === run.position + 1 && other.state === 'pending',
  );
  if (next) return { ...so, run: { ...runningOn(run, clock.now(), clock), position: next.position }, step };
  const before = result.aside ? failedBefore(position) : undefined;
  const because = before?.because ?? result.because;
  const tried = before && isRemedyId(before.id) ? remedies[before.id] : position.step;
  const advice = `${adviceFor(so.incident)} ${tried.advice({ component: file.incident.component, params: position.params })}`;
  const state = { name: 'failed', because, advice, at: clock.now().toISOString() } as const;
  return {
    run: ended({ ...run, position: before?.position ?? run.position }, state),
    step: before ? { ...record, because: result.because } : step,
    incident: leftToPeople(so.incident),
    attempts: so.attempts,
    events: [...so.events, { type: 'human-needed', actor: 'lakewarden', text: `No remedy left. ${advice}` }],
    news: {
      kind: 'human-needed',
      text: `Could not be repaired: ${because}. ${advice}`,
      occasion: occasionOf(run, 'failed'),
    },
  };
}

/** The last remedy that failed by what it is for: there the run stands, and that is what a person orders anew. */
function failedBefore({ run, file }: Position): StepRecord | undefined {
  return file.steps
    .filter((other) => other.run === run.number && other.position < run.position && other.state === 'failed')
    .toSorted((a, b) => b.position - a.position)[0];
}

/** Incidents of an earlier release have none of their own. */
export function adviceFor({ advice, failureClass }: Incident): string {
  return advice ?? playbooks[failureClass].advice;
}

function reclassified(incident: Incident, { classification, advice }: NewFailure): Incident {
  const { failureClass, code } = classification;
  return { ...incident, failureClass, code, advice };
}

function failureEntry({ because, retryable, aside }: Result<'failed'>): TimelineEntry {
  return {
    type: aside ? 'observed' : 'step-failed',
    actor: 'lakewarden',
    text: sentence(because),
    data: { retryable },
  };
}

function classifiedEntry({ file }: Position, { classification }: NewFailure): TimelineEntry {
  const { failureClass, code, rule } = classification;
  const data = { rule, before: file.incident.code };
  return { type: 'classified', actor: 'lakewarden', text: `${code} is ${failureClass}`, data };
}
