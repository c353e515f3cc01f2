// The beginning and the end of an order on the timelines of the incidents that it touches; with its end, what it kept back goes on.
// Each incident is one command with a key of its own: repeating it after a crash changes nothing.

import { failureClasses } from '../../domain/classification/failure-classes.ts';
import { Unavailable } from '../../domain/errors.ts';
import type { TicketId } from '../../domain/ids.ts';
import { isTicketId } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import { keyOf } from '../../domain/incidents/subject.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import type { Run } from '../../domain/runbooks/run.ts';
import { covers } from '../../domain/standing-orders/orders-over.ts';
import { type OrderKind, orderWords, type StandingOrder } from '../../domain/standing-orders/standing-order.ts';
import type { IncidentFile, IncidentFilter, IncidentSummary } from '../../ports/incident-store.ts';
import type { Decided } from '../operator/command.ts';
import { commitCommand } from '../operator/commit-command.ts';
import { comingOut, isHeldBy, isLeftToRun } from './coming-out.ts';
import type { StandingOrderPorts } from './ports.ts';

/** `settled`: looked at once more, for those that opened while it ended. */
export type Moment = 'began' | 'ended' | 'settled';

const PAGE = 100;
const AT_ONCE = 8;
/** Who writes what nobody ordered at this moment. */
const WATCHDOG = { name: 'lakewarden', caller: 'watchdog' } as const;

/** Resolves with how many incidents it was put on. One that fails delays no other; it is thrown once all had their turn. */
export async function noteOnIncidents(
  ports: StandingOrderPorts,
  order: StandingOrder,
  moment: Moment,
): Promise<number> {
  let count = 0;
  let failure: unknown;
  const filters: IncidentFilter[] = [{ open: true }];
  // What is over, and people have not heard of it.
  if (moment !== 'began' && order.kind === 'silence') filters.push({ state: 'resolved' });
  for (const filter of filters) {
    for await (const ids of touched(ports, order, filter)) {
      for (let start = 0; start < ids.length; start += AT_ONCE) {
        const batch = ids.slice(start, start + AT_ONCE);
        const noted = await Promise.allSettled(batch.map((id) => noteOn(ports, order, moment, id)));
        count += noted.filter((one) => one.status === 'fulfilled' && one.value).length;
        failure ??= noted.find((one) => one.status === 'rejected')?.reason;
        // When a system of ours is away, it is for all.
        if (failure instanceof Unavailable) throw failure;
      }
    }
  }
  if (failure !== undefined) throw failure;
  return count;
}

async function* touched(
  { estate, index }: StandingOrderPorts,
  order: StandingOrder,
  filter: IncidentFilter,
): AsyncGenerator<TicketId[]> {
  let continuation: string | undefined;
  do {
    const page = await index.list(filter, PAGE, continuation);
    const mine = page.incidents.filter((incident) => {
      const component = keyOf(incident.subject);
      return component !== undefined && covers(estate, order, { component, ...classOf(incident) });
    });
    yield mine.map(({ id }) => id).filter(isTicketId);
    continuation = page.continuation;
  } while (continuation !== undefined);
}

function classOf({ failureClass }: IncidentSummary): Pick<Incident, 'failureClass'> | Record<string, never> {
  const known = failureClasses.find((one) => one === failureClass);
  return known ? { failureClass: known } : {};
}

async function noteOn(
  ports: StandingOrderPorts,
  order: StandingOrder,
  moment: Moment,
  incidentId: TicketId,
): Promise<boolean> {
  const file = await ports.incidents.load(incidentId);
  if (!file || !covers(ports.estate, order, file.incident) || !concerns(order, moment, file)) return false;
  const key = { id: `${order.id}-${moment}`, fingerprint: moment };
  await commitCommand(ports, { incidentId, operator: WATCHDOG, ifMatch: 'any', key }, (now, at) =>
    decided(ports, order, moment, now, at),
  );
  return true;
}

/** Every open incident gets the end, and the beginning if it was there before; what is looked at later, only if something of it is left. */
function concerns(order: StandingOrder, moment: Moment, file: IncidentFile): boolean {
  const isLeft = file.incident.keptBack !== undefined || heldBy(order.kind, file) !== undefined;
  if (moment === 'began') return file.incident.openedAt <= order.from && file.incident.state !== 'suppressed';
  if (moment === 'settled') return isLeft;
  return file.incident.state === 'resolved' ? file.incident.keptBack !== undefined : true;
}

async function decided(
  ports: StandingOrderPorts,
  order: StandingOrder,
  moment: Moment,
  file: IncidentFile,
  now: string,
): Promise<Decided> {
  const events = moment === 'settled' ? [] : [entryOf(order, moment)];
  if (moment === 'began') return { incident: file.incident, events };
  const held = heldBy(order.kind, file);
  const advance = held && { ...held, revision: held.revision + 1, dueAt: now };
  const asksAgain = advance ? { runs: [advance], advance } : {};
  if (isLeftToRun(file)) return { incident: file.incident, events, ...asksAgain };
  const out = await comingOut(ports, file.incident, advance ? [advance] : file.runs);
  return { incident: out.incident, messages: out.messages, events: [...events, ...out.events], ...asksAgain };
}

/** The run that waits for the end of such an order. */
function heldBy(kind: OrderKind, { incident, runs }: IncidentFile): Run | undefined {
  const run = runs.find(({ number }) => number === incident.activeRun);
  return run && isHeldBy(run, kind) ? run : undefined;
}

const beginnings = {
  'maintenance-window': 'Until then nothing is done, and further failures of it open no incident',
  freeze: 'Until then nothing is done; people are told as ever',
  silence: 'Until then people are told nothing more of this; its run goes on',
} as const satisfies Record<OrderKind, string>;

function entryOf(order: StandingOrder, moment: 'began' | 'ended'): TimelineEntry {
  const { id, kind, owner, reason, until, endedAt, endedBy, endReason } = order;
  const data = { order: id, kind, by: owner, reason, until };
  if (moment === 'began')
    return {
      type: 'standing-order-began',
      actor: `operator:${owner}`,
      text: `Under ${orderWords(order)}. ${beginnings[kind]}.`,
      data,
    };
  const who = endedBy === undefined ? 'at its time' : `by ${endedBy}${endReason === undefined ? '' : `: ${endReason}`}`;
  return {
    type: 'standing-order-ended',
    actor: endedBy === undefined ? 'lakewarden' : `operator:${endedBy}`,
    text: `No longer under ${orderWords(order)}: ended ${who}.`,
    data: { ...data, endedAt: endedAt ?? until, endedBy: endedBy ?? null, endReason: endReason ?? null },
  };
}
