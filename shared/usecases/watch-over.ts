// The watchdog: looks at every open incident whose due time has passed, flushes what a dead writer left, moves its run on, closes what has been quiet.
import { Broken, Unavailable } from '../domain/errors.ts';
import type { TicketId } from '../domain/ids.ts';
import { moved } from '../domain/incidents/incident.ts';
import { hasEnded, type Run } from '../domain/runbooks/run.ts';
import type { IncidentFile } from '../ports/incident-store.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { commitAndHandOver, flush } from './hand-over.ts';
import { finishWrites } from './operator/finish-writes.ts';
import { advanceMessage } from './run-message.ts';
import { comeOut } from './standing-orders/come-out.ts';
import { lookAfterOrders } from './standing-orders/look-after-orders.ts';
import type { StandingOrderPorts } from './standing-orders/ports.ts';

/** A message may be this late before the watchdog sends another one, in seconds of operations. */
const GRACE_SECONDS = 90;

export interface WatchPorts extends StandingOrderPorts {}

export interface Watch {
  readonly live: number;
  readonly nudged: number;
  readonly closed: number;
  /** Writes of dead writers that were finished. */
  readonly finished: number;
  /** Beginnings and ends of standing orders that were put on record. */
  readonly ordersNoted: number;
}

export async function watchOver(ports: WatchPorts): Promise<Watch> {
  const [finished, ordersNoted] = [await finishWrites(ports), await lookAfterOrders(ports)];
  const watch = { live: 0, nudged: 0, closed: 0, finished, ordersNoted };
  const now = ports.clock.now();
  let failure: unknown;
  const lateMs = ports.clock.millisecondsOf(GRACE_SECONDS);
  for await (const { id, dueAt } of ports.index.live()) {
    watch.live += 1;
    if (dueAt === null || Date.parse(dueAt) + lateMs > now.getTime()) continue;
    try {
      const done = await lookAfter(ports, id);
      if (done) watch[done] += 1;
    } catch (error) {
      // One that cannot be looked after delays no other; when a system of ours is away, none can be.
      if (error instanceof Unavailable) throw error;
      failure ??= error;
    }
  }
  ports.log.info('watched over open incidents', watch);
  if (failure !== undefined) throw failure;
  return watch;
}

async function lookAfter(ports: WatchPorts, id: TicketId): Promise<'nudged' | 'closed' | undefined> {
  const file = await ports.incidents.load(id);
  if (!file) {
    ports.log.warn('live row without an incident', { ticketId: id });
    return undefined;
  }
  await flush(ports, id);
  if (file.incident.keptBack && (await comeOut(ports, file))) return 'nudged';
  const run = file.runs.find(({ number }) => number === file.incident.activeRun);
  if (run && !hasEnded(run)) return await nudge(ports, file, run);
  if (file.incident.state === 'resolved') return await closeIfQuiet(ports, id);
  return undefined;
}

/** The same revision again: if the lost message turns up after all, one of the two changes nothing. */
async function nudge(ports: WatchPorts, file: IncidentFile, run: Run): Promise<'nudged' | undefined> {
  // The live row knows due times by the minute only.
  const lateAt = Date.parse(run.dueAt ?? '') + ports.clock.millisecondsOf(GRACE_SECONDS);
  if (run.state.name === 'paused' || lateAt > ports.clock.now().getTime()) return undefined;
  const { dueAt: _late, ...rest } = run;
  ports.log.warn('run was late, sending its message again', {
    ticketId: file.incident.id,
    run: run.number,
    dueAt: run.dueAt,
  });
  await ports.bus.send([advanceMessage(file.incident.id, rest, '-nudge')]);
  return 'nudged';
}

async function closeIfQuiet(ports: WatchPorts, id: TicketId): Promise<'closed' | undefined> {
  return await againOnConflict(ports.clock, async () => {
    const file = await ports.incidents.load(id);
    const now = ports.clock.now().toISOString();
    if (file?.incident.state !== 'resolved' || (file.incident.closesAt ?? now) > now) return undefined;
    // What a silence keeps back of it is still to be told.
    if (file.incident.keptBack) return undefined;
    const { nextDueAt: _none, ...rest } = file.incident;
    const result = await commitAndHandOver(ports, {
      basis: file,
      incident: moved(rest, 'closed', { closedAt: now }),
      events: [{ type: 'incident-closed', actor: 'lakewarden', text: 'Closed after 24 hours of quiet' }],
      at: now,
    });
    if (!result.committed) throw new Broken('broken', 'a change without a delivery was taken for handled before');
    return 'closed';
  });
}
