// Faults planted in the core, at least one per invariant: each spoils one port, and the suite has to notice. A suite that does not proves nothing.
import type { Estate } from '../../shared/domain/estate/estate.ts';
import { deliveryOrderSchema } from '../../shared/domain/notification/delivery-order.ts';
import type { Attempt } from '../../shared/domain/runbooks/run.ts';
import type { SignalOutcome } from '../../shared/domain/signals/outcome.ts';
import type { BusMessage, QueueName } from '../../shared/ports/bus.ts';
import type { Change } from '../../shared/ports/incident-store.ts';
import type { Workspace } from '../../shared/ports/workspace.ts';
import type { House } from '../builders/house.ts';
import type { InvariantName } from './book.ts';

export interface PlantedFault {
  readonly name: string;
  readonly invariant: InvariantName;
  plant(house: House): void;
}

type Ports = House['ports'];

export const plantedFaults: readonly PlantedFault[] = [
  {
    invariant: 1,
    name: 'a broker that loses a signal that it has accepted',
    plant: (house) => loses(house, 'signals', 3),
  },
  {
    invariant: 1,
    name: 'a commit that forgets which delivery it belongs to',
    plant: (house) => changes(house, withoutDelivery),
  },
  {
    invariant: 1,
    name: 'an outcome that is never recorded',
    plant: ({ ports }) => spoil(ports, 'signals', 'recordOnce', async (outcome: SignalOutcome) => outcome),
  },
  { invariant: 2, name: 'a pointer that ignores its ETag', plant: pointerWithoutEtag },
  { invariant: 2, name: 'a pointer that is forgotten', plant: pointerForgotten },
  // An attempt that is not written down at all is not acted on: the last look before the call misses it.
  { invariant: 3, name: 'an attempt that leases nothing', plant: (house) => misstores(house, withoutLease) },
  { invariant: 3, name: 'a commit that ignores the ETag', plant: commitWithoutEtag },
  {
    invariant: 3,
    name: 'evidence that is not looked at',
    plant: (house) => spoilWorkspaces(house, { clusterEvents: async () => [] }),
  },
  { invariant: 4, name: 'a gate that does not ask for the switch', plant: ({ ports }) => alwaysOn(ports) },
  { invariant: 4, name: 'a gate that does not ask for stop switch, holds and orders', plant: gateWithoutSettings },
  { invariant: 'settled', name: 'a silence whose end nobody sees', plant: silenceForEver },
  {
    invariant: 4,
    name: 'a gate that takes everything for automatic',
    plant: ({ ports }) => Object.assign(ports, { estate: allAuto(ports.estate) }),
  },
  { invariant: 4, name: 'a breaker that never opens', plant: breakerNeverOpen },
  { invariant: 4, name: 'an acknowledgement that nobody minds', plant: acknowledgementForgotten },
  { invariant: 5, name: 'a run without a due time', plant: (house) => changes(house, withoutDueTime) },
  { invariant: 5, name: 'an index that loses due times', plant: indexWithoutDueTimes },
  { invariant: 7, name: 'a store in which an old event is changed', plant: eventChanged },
  { invariant: 9, name: 'a channel that says yes and tells nobody', plant: channelTellsNobody },
  {
    invariant: 9,
    name: 'a delivery that is not put on the timeline',
    plant: (house) => changes(house, withoutDeliveryNotes),
  },
  { invariant: 9, name: 'a summary that is never sent', plant: summaryNeverSent },
  { invariant: 9, name: 'a store that forgets which messages are folded', plant: placesForgotten },
  { invariant: 10, name: 'pauses that are left out', plant: withoutPauses },
  // What lies there is sent again and again: it never comes to rest.
  { invariant: 'settled', name: 'an outbox that is never cleared', plant: outboxNotCleared },
  {
    invariant: 'outbox',
    name: 'an outbox that is cleared although nothing was sent',
    plant: (house) => loses(house, 'messages', 5),
  },
  {
    invariant: 'guards',
    name: 'a guard that is left behind',
    plant: ({ ports }) => spoil(ports, 'guards', 'remove', async () => undefined),
  },
  {
    invariant: 'orders',
    name: 'an order that is carried out again',
    plant: (house) => changes(house, withoutDelivery),
  },
  {
    invariant: 'nothing left down',
    name: 'a poll that sees nothing',
    plant: (house) => spoilWorkspaces(house, { clusterPages: noPages }),
  },
  {
    invariant: 'settled',
    name: 'a watchdog that sees nothing',
    plant: ({ ports }) => spoil(ports, 'index', 'live', noPages),
  },
];

/** Replaces one method of one port. */
function spoil<Name extends keyof Ports>(
  ports: Ports,
  name: Name,
  method: keyof Ports[Name] & string,
  by: unknown,
): void {
  const port = ports[name];
  if (typeof port !== 'object') throw new Error(`${name} is no port`);
  Object.assign(ports, { [name]: overlaid(port, { [method]: by }) });
}

function overlaid<Port extends object>(port: Port, members: Readonly<Record<string, unknown>>): Port {
  return new Proxy(port, {
    get(target, member) {
      if (typeof member === 'string' && Object.hasOwn(members, member)) return members[member];
      const value: unknown = Reflect.get(target, member, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Every commit is changed before it is made. */
function changes({ ports }: House, change: (wanted: Change) => Change): void {
  const store = ports.incidents;
  spoil(ports, 'incidents', 'commit', (wanted: Change) => store.commit(change(wanted)));
}

function withoutDelivery({ deliveryId: _, outcome: __, receiptFor: ___, ...rest }: Change): Change {
  return rest;
}

/** The worker is told that its attempts are written, but what is written is something else. */
function misstores({ ports }: House, stored: (attempts: readonly Attempt[], at: string) => readonly Attempt[]): void {
  const store = ports.incidents;
  spoil(ports, 'incidents', 'commit', async (wanted: Change) => {
    if (!wanted.attempts) return await store.commit(wanted);
    const result = await store.commit({ ...wanted, attempts: stored(wanted.attempts, wanted.at) });
    return result.committed ? { ...result, file: { ...result.file, attempts: wanted.attempts } } : result;
  });
}

function withoutLease(attempts: readonly Attempt[], at: string): readonly Attempt[] {
  return attempts.map((attempt) => ({ ...attempt, until: at }));
}

function withoutDueTime(change: Change): Change {
  return change.runs ? { ...change, runs: change.runs.map(({ dueAt: _, ...run }) => run) } : change;
}

function withoutDeliveryNotes(change: Change): Change {
  return { ...change, events: change.events.filter(({ type }) => type !== 'message-delivered') };
}

/** Of messages to people only: those of runs would be sent again and again, and more of them each time. */
function outboxNotCleared({ ports }: House): void {
  const store = ports.incidents;
  type Clear = typeof store.clearOutbox;
  const clear = (...[id, sent]: Parameters<Clear>) =>
    store.clearOutbox(
      id,
      sent.filter((message) => !message.startsWith('msg-')),
    );
  spoil(ports, 'incidents', 'clearOutbox', clear);
}

function commitWithoutEtag({ ports }: House): void {
  const store = ports.incidents;
  spoil(ports, 'incidents', 'commit', async (wanted: Change) => {
    const now = wanted.basis === 'new' ? undefined : await store.load(wanted.basis.incident.id);
    return await store.commit(now ? { ...wanted, basis: now } : wanted);
  });
}

function pointerWithoutEtag({ ports }: House): void {
  const store = ports.subjects;
  type Set = typeof store.set;
  const set = async (...[pointer]: Parameters<Set>): ReturnType<Set> =>
    await store.set(pointer, await store.get(pointer.subject));
  spoil(ports, 'subjects', 'set', set);
}

function pointerForgotten(house: House): void {
  const { ports } = house;
  const store = ports.subjects;
  pointerWithoutEtag(house);
  let asked = 0;
  spoil(ports, 'subjects', 'get', async (subject: string) => {
    asked += 1;
    return asked % 3 === 0 ? undefined : await store.get(subject);
  });
}

function gateWithoutSettings({ ports }: House): void {
  const { gate } = ports;
  spoil(ports, 'gate', 'read', async () => {
    await gate.read();
    return { stop: undefined, holds: [], regions: [], orders: [] };
  });
}

/** What was kept back stays where it is. */
function silenceForEver({ ports }: House): void {
  const { gate } = ports;
  spoil(ports, 'gate', 'read', async () => {
    const settings = await gate.read();
    const orders = settings.orders.map((order) => {
      if (order.kind !== 'silence') return order;
      const { endedAt: _never, ...rest } = order;
      return { ...rest, until: '2099-01-01T00:00:00.000Z' };
    });
    return { ...settings, orders };
  });
}

/** Whoever switches it does so in vain. */
function alwaysOn(ports: Ports): void {
  Object.defineProperty(ports, 'remediationEnabled', { get: () => true, set: () => undefined });
}

function allAuto(estate: Estate): Estate {
  return JSON.parse(JSON.stringify(estate).replaceAll(/"autonomy":"(approve|shadow)"/g, '"autonomy":"auto"'));
}

function breakerNeverOpen({ ports }: House): void {
  const store = ports.breakers;
  type Get = typeof store.get;
  spoil(ports, 'breakers', 'get', async (...wanted: Parameters<Get>) => {
    const stored = await store.get(...wanted);
    return stored.breaker.state === 'closed' ? stored : { ...stored, breaker: { ...stored.breaker, state: 'closed' } };
  });
}

function acknowledgementForgotten({ ports }: House): void {
  const store = ports.incidents;
  const load = async (id: Parameters<typeof store.load>[0]) => {
    const file = await store.load(id);
    if (!file) return undefined;
    const { acknowledgedAt: _, ...incident } = file.incident;
    return { ...file, incident };
  };
  const commit = async (wanted: Change) => {
    const taken = store.peek(wanted.incident.id)?.incident.acknowledgedAt;
    return await store.commit(
      taken === undefined ? wanted : { ...wanted, incident: { acknowledgedAt: taken, ...wanted.incident } },
    );
  };
  Object.assign(ports, { incidents: overlaid(store, { load, commit }) });
}

function indexWithoutDueTimes({ ports }: House): void {
  const { index } = ports;
  spoil(ports, 'index', 'live', async function* () {
    for await (const row of index.live()) yield { ...row, dueAt: null };
  });
}

function eventChanged({ ports }: House): void {
  const store = ports.incidents;
  let commits = 0;
  spoil(ports, 'incidents', 'commit', async (wanted: Change) => {
    commits += 1;
    if (commits === 7) store.tamper(wanted.incident.id, 2, { text: 'It was never like that' });
    return await store.commit(wanted);
  });
}

function channelTellsNobody({ ports }: House): void {
  spoil(ports, 'channels', 'get', (name: string) => ({ name, send: async () => undefined }));
}

function summaryNeverSent({ ports }: House): void {
  const { bus } = ports;
  const isSummary = ({ body }: BusMessage) =>
    deliveryOrderSchema.safeParse(body).data?.message.foldedSince !== undefined;
  spoil(ports, 'bus', 'send', (messages: readonly BusMessage[]) =>
    bus.send(messages.filter((message) => !isSummary(message))),
  );
}

function placesForgotten({ ports }: House): void {
  const { folds } = ports;
  type Put = typeof folds.put;
  const put = (...[basis, window]: Parameters<Put>) => folds.put(basis, window);
  Object.assign(ports, { folds: overlaid(folds, { put, placementOf: async () => undefined }) });
}

/** Every so many messages of a queue are accepted and gone. */
function loses({ ports }: House, queue: QueueName, every: number): void {
  const { bus } = ports;
  let sent = 0;
  const isLost = (message: BusMessage) => {
    if (message.queue !== queue) return false;
    sent += 1;
    return sent % every === 0;
  };
  spoil(ports, 'bus', 'send', (messages: readonly BusMessage[]) =>
    bus.send(messages.filter((message) => !isLost(message))),
  );
}

function withoutPauses({ ports }: House): void {
  const { clock } = ports;
  spoil(ports, 'clock', 'after', (seconds: number) => clock.after(seconds > 120 ? seconds : 0));
}

function spoilWorkspaces({ ports }: House, members: Readonly<Record<string, unknown>>): void {
  const { get, names } = ports.workspaces;
  const spoiled = new Map<string, Workspace>(names.map((name) => [name, overlaid(get(name), members)]));
  const spoiledOrNot = (name: string) => spoiled.get(name) ?? get(name);
  Object.assign(ports, { workspaces: { names, get: spoiledOrNot } });
}

async function* noPages(): AsyncGenerator<never> {}
