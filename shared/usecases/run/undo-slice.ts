// One slice of a run that is being aborted: the last step that was done and can be undone, is. A step's undo tolerates that its act never happened.
import { Refused } from '../../domain/errors.ts';
import { gateReasons } from '../../domain/playbooks/gate.ts';
import { isRemedyId } from '../../domain/playbooks/remedy-ids.ts';
import { didNothing, type Run, type StepRecord } from '../../domain/runbooks/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { remedies } from '../../steps/remedies/index.ts';
import type { Step } from '../../steps/step.ts';
import { isOutsideAway } from './outside-away.ts';
import { HELD_SECONDS, OUTAGE_POLL_SECONDS } from './pace.ts';
import type { RunPorts } from './ports.ts';
import { contextOf, type Position, positionOf } from './position.ts';
import type { NextState, SliceResult } from './slice-result.ts';

/** Steps of the run that may have acted, can be undone and are not yet: the last one first. */
export function stepsToUndo({ steps, attempts }: IncidentFile, run: Run): StepRecord[] {
  const mayHaveActed = ({ position }: StepRecord) =>
    attempts.some((each) => each.run === run.number && each.position === position && !didNothing(each));
  return steps
    .filter((step) => step.run === run.number && step.state !== 'undone' && mayHaveActed(step) && canUndo(step))
    .toSorted((a, b) => b.position - a.position);
}

function canUndo({ id }: StepRecord): boolean {
  const step: Step | undefined = isRemedyId(id) ? remedies[id] : undefined;
  return step?.undo !== undefined;
}

export async function undoSlice(ports: RunPorts, { file, run }: Position): Promise<SliceResult> {
  const [record] = stepsToUndo(file, run);
  if (!record) return { is: 'undo', outcome: 'undone', because: 'nothing is left to undo' };
  const { stop } = await ports.gate.read();
  if (stop) return { is: 'undo', outcome: 'held', step: record, because: gateReasons['stop-switch'] };
  if (ports.clock.now().toISOString() > run.deadlineAt) {
    return { is: 'undo', outcome: 'given-up', step: record, because: 'it could not be undone in time' };
  }
  const position = positionOf(file, { ...run, position: record.position });
  try {
    await position.step.undo?.(contextOf(ports, position));
    return { is: 'undo', outcome: 'undone', step: record, because: `step ${record.id} is undone` };
  } catch (error) {
    if (error instanceof Refused) return { is: 'undo', outcome: 'given-up', step: record, because: error.message };
    if (!isOutsideAway(error)) throw error;
    return { is: 'undo', outcome: 'later', step: record, because: error.message };
  }
}

type Undone = Extract<SliceResult, { is: 'undo' }>;

/** Pure: what it makes of run, step and incident. */
export function afterUndo(position: Position, result: Undone, clock: Clock): NextState {
  const { file, run } = position;
  const tried = file.steps.find((step) => step.run === run.number && step.position === result.step?.position);
  const step = tried ?? position.record;
  const same = { step, incident: file.incident, attempts: [] };
  if (result.outcome === 'later') return { ...same, run: later(run, clock), events: [] };
  if (result.outcome === 'held') return { ...same, ...held(run, step, result.because, clock) };
  if (result.outcome === 'given-up') return { ...same, ...givenUp(position, step, result.because, clock) };
  const undone: StepRecord = tried ? { ...tried, state: 'undone', because: result.because } : step;
  const event = { type: 'undone', actor: 'lakewarden', text: `Undone: ${result.because}` };
  const left = stepsToUndo(file, run).filter(({ position: place }) => place !== step.position);
  const next = left.length > 0 ? { run: onwards(run, clock) } : aborted(position, clock);
  return { ...same, ...next, step: undone, events: tried ? [event] : [] };
}

function onwards(run: Run, clock: Clock): Run {
  return { ...run, unavailableInARow: 0, dueAt: clock.now().toISOString() };
}

function later(run: Run, clock: Clock): Run {
  const inARow = run.unavailableInARow + 1;
  const seconds = OUTAGE_POLL_SECONDS[Math.min(inARow, OUTAGE_POLL_SECONDS.length) - 1] ?? 0;
  return { ...run, unavailableInARow: inARow, dueAt: clock.after(seconds).toISOString() };
}

/** The time in which it is held does not count. */
function held(run: Run, step: StepRecord, because: string, clock: Clock): Pick<NextState, 'run' | 'step' | 'events'> {
  const dueAt = clock.after(HELD_SECONDS);
  const heldMs = clock.millisecondsOf(HELD_SECONDS);
  const deadlineAt = new Date(Math.max(Date.parse(run.deadlineAt), dueAt.getTime()) + heldMs).toISOString();
  const event = { type: 'held', actor: 'lakewarden', text: `Not undone yet: ${because}` };
  return {
    run: { ...run, dueAt: dueAt.toISOString(), deadlineAt },
    step: { ...step, because },
    events: step.because === because ? [] : [event],
  };
}

function aborted({ file, run }: Position, clock: Clock): Pick<NextState, 'run' | 'incident'> {
  const { dueAt: _due, ...rest } = run;
  const { activeRun: _run, nextDueAt: _next, ...incident } = file.incident;
  const because = run.state.name === 'aborting' ? run.state.because : 'it was aborted';
  return { run: { ...rest, state: { name: 'aborted', because, at: clock.now().toISOString() } }, incident };
}

/** What is not undone by itself is told to a person, once for all of it. */
function givenUp(
  position: Position,
  step: StepRecord,
  because: string,
  clock: Clock,
): Omit<NextState, 'step' | 'attempts'> {
  const left = stepsToUndo(position.file, position.run).map(({ id }) => id);
  const text = `Could not undo ${left.join(', ')} (${step.id}: ${because}). Undo it by hand.`;
  return {
    ...aborted(position, clock),
    events: [{ type: 'human-needed', actor: 'lakewarden', text }],
    news: { kind: 'human-needed', text, occasion: `run-${position.run.number}-undo` },
  };
}
