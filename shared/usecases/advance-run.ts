// Moves one run forward by one slice: load, do, record in one commit, schedule the next message. Repeating a message changes nothing.
import { Conflict, Refused } from '../domain/errors.ts';
import type { Incident } from '../domain/incidents/incident.ts';
import type { CameOut } from '../domain/incidents/kept-back.ts';
import { composeMessages } from '../domain/notification/compose-messages.ts';
import type { AdvanceOrder } from '../domain/runbooks/advance-order.ts';
import { hasEnded, type Run, turnOf } from '../domain/runbooks/run.ts';
import type { BusMessage } from '../ports/bus.ts';
import type { IncidentFile } from '../ports/incident-store.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { countRun } from './gate/count-run.ts';
import { handOver } from './hand-over.ts';
import { personMessage } from './person-message.ts';
import { actSlice } from './run/act-slice.ts';
import { nextState } from './run/next-state.ts';
import { isOutsideAway } from './run/outside-away.ts';
import { POLL_SECONDS } from './run/pace.ts';
import type { RunPorts } from './run/ports.ts';
import { type Position, positionOf } from './run/position.ts';
import type { NextState, SliceResult } from './run/slice-result.ts';
import { undoSlice } from './run/undo-slice.ts';
import { verifySlice } from './run/verify-slice.ts';
import { advanceMessage } from './run-message.ts';
import { comingOut } from './standing-orders/coming-out.ts';

export type Advance =
  | { readonly advanced: true; readonly result: string }
  | { readonly advanced: false; readonly because: string };

/** Throws `Unavailable` or `Conflict` when our own stores or bus do not answer: the message comes back. */
export async function advanceRun(ports: RunPorts, order: AdvanceOrder): Promise<Advance> {
  // An attempt that could not be written down was not made: whoever wrote first, e.g. an operator, is heard before anything is done.
  return await againOnConflict(ports.clock, () => advanceOnce(ports, order));
}

async function advanceOnce(ports: RunPorts, order: AdvanceOrder): Promise<Advance> {
  const file = await ports.incidents.load(order.incidentId);
  const run = file?.runs.find(({ number }) => number === order.run);
  if (!file || !run) return { advanced: false, because: 'no-such-run' };
  if (run.revision !== order.revision || isAtRest(run)) {
    await finishEarlier(ports, file, run);
    return { advanced: false, because: isAtRest(run) ? 'run-at-rest' : 'older-revision' };
  }
  if (!order.early) await untilDue(ports, run);
  const slice = await takeSlice(ports, positionOf(file, run));
  return await record(ports, slice);
}

/** A message may be ahead of our clock, e.g. when that was set back: it waits here, or it would come round as fast as it is answered. */
async function untilDue({ clock }: RunPorts, { dueAt, state }: Run): Promise<void> {
  const now = clock.now().getTime();
  const earlyMs = dueAt === undefined || state.name === 'aborting' ? 0 : Date.parse(dueAt) - now;
  if (earlyMs > 0) await clock.sleep(Math.min(earlyMs, clock.millisecondsOf(POLL_SECONDS)));
}

interface Slice {
  readonly position: Position;
  readonly result: SliceResult;
}

async function takeSlice(ports: RunPorts, position: Position): Promise<Slice> {
  const now = ports.clock.now().toISOString();
  const { state, deadlineAt, approval } = position.run;
  if (state.name === 'aborting') return { position, result: await undoSlice(ports, position) };
  if (state.name === 'waiting-approval' && approval?.decision !== 'approved') {
    return { position, result: { is: 'pause', because: 'nobody has approved it in time' } };
  }
  // Time that it was held or waited for a person does not count.
  if (state.name === 'running' && now > deadlineAt) {
    return { position, result: { is: 'pause', because: 'the run is past its deadline' } };
  }
  return await doSlice(ports, position);
}

async function doSlice(ports: RunPorts, position: Position): Promise<Slice> {
  try {
    if (position.record.state === 'verifying') return { position, result: await verifySlice(ports, position) };
    return await actSlice(ports, position);
  } catch (error) {
    if (error instanceof Refused)
      return { position, result: { is: 'failed', because: error.message, retryable: false } };
    if (isOutsideAway(error)) {
      return { position, result: { is: 'unavailable', because: error.message } };
    }
    throw error;
  }
}

/** After acting, a lost race is recorded again on what is there now; acting is never repeated for it. */
async function record(ports: RunPorts, { position, result }: Slice): Promise<Advance> {
  // A commit whose answer was lost is answered with what is there now: the run in it may have been moved since.
  let at = standsIn(position.file, position.run);
  const written = await againOnConflict(ports.clock, async () => {
    at ??= await reload(ports, position);
    if (!at) return undefined;
    try {
      return await write(ports, at, nextState(at, result, ports.clock));
    } catch (error) {
      if (error instanceof Conflict) at = undefined;
      throw error;
    }
  });
  if (!written) {
    await recordLate(ports, position, result);
    // Whoever advanced it may have died before the hand-over, and our delivery may be the only one that comes back for it.
    const file = await ports.incidents.load(position.file.incident.id);
    const run = file?.runs.find(({ number }) => number === position.run.number);
    if (file && run) await finishEarlier(ports, file, run);
    return { advanced: false, because: 'somebody-else-advanced-it' };
  }
  const { file, run, outbox } = written;
  await handOver(ports, file, outbox, position.file.incident);
  await countRun(ports, file, run);
  ports.log.info('run advanced', { ticketId: file.incident.id, run: run.number, because: result.is });
  return { advanced: true, result: result.is };
}

/** What an earlier commit decided and nobody may have handed over yet. */
async function finishEarlier(ports: RunPorts, file: IncidentFile, run: Run): Promise<void> {
  await handOver(ports, file, file.outbox);
  await countRun(ports, file, run);
}

/** The run was moved by somebody else while we acted: that we acted, or did not after all, has to be on record all the same. */
async function recordLate(ports: RunPorts, position: Position, result: SliceResult): Promise<void> {
  const attempt = 'attempt' in result ? result.attempt : undefined;
  if (!attempt) return;
  await againOnConflict(ports.clock, async () => {
    const file = await ports.incidents.load(position.file.incident.id);
    if (!file) return;
    const text = `Attempt ${attempt.number} ended (${attempt.outcome ?? 'unknown'}) after the run had been moved on: ${result.because}`;
    await ports.incidents.commit({
      basis: file,
      incident: file.incident,
      attempts: [attempt],
      events: [{ type: attempt.outcome === 'did-not-happen' ? 'not-acted' : 'acted-late', actor: 'lakewarden', text }],
      at: ports.clock.now().toISOString(),
    });
  });
}

/** What is there now; undefined when somebody else has moved the run on meanwhile. */
async function reload(ports: RunPorts, position: Position): Promise<Position | undefined> {
  const file = await ports.incidents.load(position.file.incident.id);
  return file && standsIn(file, position.run);
}

function standsIn(file: IncidentFile, { number, revision }: Run): Position | undefined {
  const run = file.runs.find((each) => each.number === number);
  return run?.revision === revision ? positionOf(file, run) : undefined;
}

interface Written {
  readonly file: IncidentFile;
  readonly run: Run;
  readonly outbox: readonly BusMessage[];
}

async function write(ports: RunPorts, position: Position, next: NextState): Promise<Written> {
  const run: Run = { ...next.run, revision: position.run.revision + 1 };
  const decided = withDueTime(next.incident, run);
  const out = await onceLoud(ports, position.file.incident, decided, run);
  const { incident } = out;
  const messages = next.news ? composeMessages(ports.estate, decided, next.news, ports.publicUrl) : [];
  const outbox = [
    ...(isAtRest(run) ? [] : [advanceMessage(incident.id, run)]),
    ...[...out.messages, ...messages].map((message) => personMessage(message)),
  ];
  const result = await ports.incidents.commit({
    basis: position.file,
    incident,
    runs: [run],
    steps: [next.step, ...(next.others ?? [])],
    attempts: next.attempts,
    events: [...out.events, ...next.events],
    outbox,
    at: ports.clock.now().toISOString(),
  });
  if (!result.committed)
    throw new Conflict('written-meanwhile', 'a change without a delivery was taken for handled before');
  return { file: result.file, run, outbox };
}

/** After a silence people hear of it, unless it turns out to be well again without an act: as long as that is being verified, nobody is told. */
async function onceLoud(ports: RunPorts, before: Incident, after: Incident, run: Run): Promise<CameOut> {
  const isUnheardOf = after.keptBack?.fromOpening === true;
  const maybeWell = before.state === 'suppressed' || before.state === 'verifying';
  if (isUnheardOf && maybeWell && after.state === 'verifying') return { incident: after, messages: [], events: [] };
  return await comingOut(ports, after, [run]);
}

/** What is due next is the run's, and so is the turn that it waits for. */
function withDueTime(incident: Incident, run: Run): Incident {
  const { budgetTurn: _old, ...rest } = incident;
  if (run.dueAt === undefined) return rest;
  const isTurn = turnOf(run) !== undefined;
  return {
    ...rest,
    nextDueAt: run.dueAt,
    ...(isTurn ? { budgetTurn: { workspace: run.workspace, at: run.dueAt } } : {}),
  };
}

function isAtRest(run: Run): boolean {
  return hasEnded(run) || run.state.name === 'paused';
}
