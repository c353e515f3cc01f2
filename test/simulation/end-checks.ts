// What must hold once everything has come to rest: every signal in exactly one place, nothing left undone, nothing left undelivered.
import { classify } from '../../shared/domain/classification/classify.ts';
import type { ClusterId } from '../../shared/domain/ids.ts';
import { takesJoins } from '../../shared/domain/incidents/incident.ts';
import { subjectOf } from '../../shared/domain/incidents/subject.ts';
import { type TimelineEvent, verifyChain } from '../../shared/domain/incidents/timeline.ts';
import { deliveryOrderSchema } from '../../shared/domain/notification/delivery-order.ts';
import { laneOf, summaryIdOf } from '../../shared/domain/notification/folding.ts';
import type { Message } from '../../shared/domain/notification/message.ts';
import type { Run } from '../../shared/domain/runbooks/run.ts';
import { type Signal, signalSchema } from '../../shared/domain/signals/signal.ts';
import { APPROVAL_SECONDS } from '../../shared/usecases/run/pace.ts';
import type { House } from '../builders/house.ts';
import type { MemoryBus } from '../builders/memory-bus.ts';
import type { Partition } from '../builders/memory-incident-store.ts';
import { type Book, isMoving } from './book.ts';

/** A run is looked at this often at least, so it may be found past its deadline by as much (the longest pause after an outage). */
const LOOKED_AT_EVERY_MS = 130_000;

export interface End {
  readonly book: Book;
  readonly house: House;
  readonly clusters: readonly ClusterId[];
}

export function checkEnd(end: End): void {
  const { book, house } = end;
  const { bus, guards } = house.ports;
  checkSignals(end);
  const messages = messagesOf(bus);
  const called = new Set(messages.filter(({ kind }) => kind === 'human-needed').map(({ incidentId }) => incidentId));
  for (const partition of partitionsOf(end)) {
    checkChain(end, partition);
    checkOutbox(end, partition);
    checkNothingKeptBack(end, partition);
    checkDeadlines(end, partition, called);
  }
  checkMessages(end, messages);
  checkNothingLeftDown(end);
  checkOrders(end);
  for (const { incidentId, commitId } of guards.standing)
    book.violate('guards', `${incidentId}: guard ${commitId} is left`);
  for (const letter of bus.deadLetters) book.violate(1, `${letter.id} ended in the dead-letter queue`);
  for (const error of house.errors) if (error.includes('quarantined')) book.violate('no bug', error);
}

/** After a day without anything: what was resolved is closed, and what is closed is no longer watched. */
export async function checkQuiet({ book, house }: Omit<End, 'clusters'>): Promise<void> {
  const { incidents, index } = house.ports;
  for (const { incident } of partitionsOf({ house })) {
    if (incident.state === 'resolved') book.violate('settled', `${incident.id} is still resolved after a day of quiet`);
  }
  for await (const { id } of index.live()) {
    if (incidents.peek(id)?.incident.state === 'closed') book.violate('settled', `${id} is closed, but still watched`);
  }
}

function isEndedByPerson({ type, actor }: TimelineEvent): boolean {
  return actor.startsWith('operator:') && (type === 'incident-resolved' || type === 'incident-closed');
}

function partitionsOf({ house }: Pick<End, 'house'>): Partition[] {
  const { incidents } = house.ports;
  return incidents.ids.map((id) => incidents.peek(id)).filter((partition) => partition !== undefined);
}

/** Invariant 1: an accepted signal ends in exactly one place, and counts there once. */
function checkSignals(end: End): void {
  const signals = new Map<string, Signal>();
  for (const { queue, body } of end.house.ports.bus.accepted) {
    const read = queue === 'signals' ? signalSchema.safeParse(body) : undefined;
    if (read?.success) signals.set(read.data.id, read.data);
  }
  for (const id of end.book.accepted)
    if (!signals.has(id)) end.book.violate(1, `${id} was accepted at the door and is nowhere`);
  const partitions = partitionsOf(end);
  for (const id of signals.keys()) checkSignal(end, id, partitions);
  for (const { incident, handled } of partitions) {
    const splitOff = new Set(incident.splits?.map(({ signalId }): string => signalId));
    const counted = [...handled.keys()].filter((id) => isCounted(signals.get(id)) && !splitOff.has(id));
    if (counted.length !== incident.signalCount) {
      end.book.violate(1, `${incident.id} counts ${incident.signalCount} signals, but ${counted.length} ended in it`);
    }
  }
}

function isCounted(signal: Signal | undefined): boolean {
  if (signal?.kind === 'lakewarden') return signal.event === 'lakewarden.trouble';
  return signal?.kind === 'cluster' && signal.event !== 'cluster.restarting';
}

function checkSignal({ book, house }: End, id: string, partitions: readonly Partition[]): void {
  const inIt = partitions.filter(({ handled }) => handled.has(id)).map(({ incident }) => incident);
  const places = inIt
    .filter(({ splits }) => !splits?.some(({ signalId }) => signalId === id))
    .map((incident) => incident.id);
  const outcome = house.ports.signals.outcomes.find(({ signalId }) => signalId === id);
  if (!outcome) {
    book.violate(1, `${id} has no outcome; it is in ${places.join(', ') || 'no incident'}`);
    return;
  }
  if (places.join(', ') === (outcome.ticketId ?? '')) return;
  // A late copy is counted on the incident that dealt with it, or only named.
  if (outcome.ended === 'recorded' && places.length === 0) return;
  book.violate(
    1,
    `${id} ended as ${outcome.ended} ${outcome.ticketId}, but is in ${places.join(', ') || 'no incident'}`,
  );
}

/** Invariant 7, from the first event to the last. */
function checkChain({ book }: End, { incident, events }: Partition): void {
  const verdict = verifyChain(incident.id, events);
  if (!verdict.intact) book.violate(7, `${incident.id}: event ${verdict.seq}: ${verdict.because}`);
}

function checkOutbox({ book }: End, { incident, outbox }: Partition): void {
  if (outbox.size > 0)
    book.violate('outbox', `${incident.id} still has ${[...outbox.keys()].join(', ')} in its outbox`);
}

/** Invariant 5: what ended or paused did so in time, but for what kept it from being looked at. */
function checkDeadlines({ book }: End, { incident, runs, events }: Partition, called: ReadonlySet<string>): void {
  for (const run of runs.values()) {
    const restedAt = restOf(run);
    const name = `${incident.id} run ${run.number}`;
    if (restedAt === undefined) book.violate(5, `${name} is still ${run.state.name}`);
    else if (Date.parse(restedAt) > limitOf(run, events) + LOOKED_AT_EVERY_MS + book.excusedMs) {
      book.violate(5, `${name} came to rest at ${restedAt}, after its deadline ${run.deadlineAt}`);
    }
    const isPersons = events.some(({ type, actor }) => actor.startsWith('operator:') && type === 'run-paused');
    if ((run.state.name === 'paused' || run.state.name === 'failed') && !isPersons && !called.has(incident.id)) {
      book.violate(5, `${name} is ${run.state.name}, but nobody was called`);
    }
  }
}

/** Waiting for a person's approval has a limit of its own, from when it was asked for last. */
function limitOf({ state, startedAt, deadlineAt }: Run, events: Partition['events']): number {
  if (state.name !== 'paused' || !state.because.includes('approved')) return Date.parse(deadlineAt);
  const asked = events.findLast(({ text }) => text.startsWith('Waits for approval'));
  return Date.parse(asked?.at ?? startedAt) + APPROVAL_SECONDS * 1000;
}

function restOf(run: Run): string | undefined {
  if (isMoving(run)) return undefined;
  if ('at' in run.state) return run.state.at;
  return 'since' in run.state ? run.state.since : run.startedAt;
}

/** No silence is over anything any more: what was kept back is told, or nobody has to hear it. */
function checkNothingKeptBack({ book }: End, { incident }: Partition): void {
  if (incident.state === 'suppressed' || (incident.keptBack && incident.state !== 'closed'))
    book.violate('settled', `${incident.id} is ${incident.state} and still keeps back what people should hear`);
}

/** Invariant 9, and the outbox: what was decided was sent, and what was sent was delivered or shown as undeliverable. */
function checkMessages({ book, house }: End, messages: readonly Message[]): void {
  const { bus, incidents } = house.ports;
  const sent = new Set(bus.accepted.map(({ id }) => id));
  for (const id of book.decided) if (!sent.has(id)) book.violate('outbox', `${id} was decided, but never sent`);
  const reached = new Set(house.told.map(({ message }) => message.id));
  const windows = foldsOf(house);
  for (const { id, incidentId, foldedSince } of messages) {
    const notes = (incidents.peek(incidentId)?.events ?? []).filter(({ data }) => data?.messageId === id);
    // Whoever folds the first message sends the summary before: one that died in between leaves a summary of nothing.
    if (foldedSince !== undefined && windows.get(id) === undefined && notes.length === 0) continue;
    if (notes.length !== 1)
      book.violate(9, `${id} has ${notes.length} notes of delivery on the timeline of ${incidentId}`);
    if (notes[0]?.type === 'message-delivered' && !reached.has(id))
      book.violate(9, `${id} is said to be delivered, but was not`);
    if (notes[0]?.type === 'message-folded' && reached.has(id))
      book.violate(9, `${id} is said to be folded, but was delivered`);
  }
  checkFolds(book, house, windows);
}

/** What was folded, by the summary that has to tell of it. */
function foldsOf({ ports }: House): Map<string, number> {
  const counted = ports.folds.all.filter(({ folded }) => folded.count > 0);
  return new Map(counted.map((window) => [summaryIdOf(laneOf(window), window.startedAt), window.folded.count]));
}

/** Invariant 9: a summary tells of exactly those that were folded into it. */
function checkFolds(book: Book, house: House, windows: ReadonlyMap<string, number>): void {
  const notes = partitionsOf({ house }).flatMap(({ events }) => events.filter(({ type }) => type === 'message-folded'));
  const told = new Set(
    partitionsOf({ house }).flatMap(({ events }) => events.map(({ data }) => String(data?.messageId))),
  );
  const noted = Map.groupBy(notes, ({ data }) => String(data?.summaryId));
  for (const id of new Set([...noted.keys(), ...windows.keys()])) {
    const [count = 0, timelines = 0] = [windows.get(id), noted.get(id)?.length];
    if (count !== timelines) book.violate(9, `${id} counts ${count}, but ${timelines} timelines name it`);
    if (!told.has(id)) book.violate(9, `what was folded into ${id} was never told, nor that it could not be`);
    for (const { message } of house.told)
      if (message.id === id && !message.text.startsWith(`${count} more`))
        book.violate(9, `${id} counts ${count}, but says ${message.text}`);
  }
}

/** D4: what a person was told is done is on the timeline, once, however often it was sent. */
function checkOrders({ book, house }: End): void {
  const { incidents } = house.ports;
  for (const [who, incidentId] of book.ordered) {
    const events = (incidents.peek(incidentId)?.events ?? []).filter(({ data }) => data?.by === who);
    const types = events.map(({ type }) => type);
    if (types.length === 0)
      book.violate('orders', `${who} was told that it is done, but ${incidentId} knows nothing of it`);
    if (new Set(types).size < types.length)
      book.violate('orders', `${who} ordered once, ${incidentId} has ${types.join(', ')}`);
  }
}

function messagesOf({ accepted }: MemoryBus): Message[] {
  const orders = accepted.map(({ queue, body }) =>
    queue === 'messages' ? deliveryOrderSchema.safeParse(body) : undefined,
  );
  return orders.flatMap((order) => (order?.success ? [order.data.message] : []));
}

/** Whoever gives a maintenance window wants no incident of it. */
function fellInWindow({ ports }: House, id: ClusterId, at: string): boolean {
  return ports.gate.settings.orders.some(
    ({ kind, scope, from, until, endedAt = until }) =>
      kind === 'maintenance-window' &&
      (scope.of === 'everything' || (scope.of === 'component' && scope.id === id)) &&
      from <= at &&
      at < endedAt,
  );
}

/** A failure that everybody can see is never nowhere: its cluster runs, or its incident is open. */
function checkNothingLeftDown({ book, house, clusters }: End): void {
  const { workspace } = house;
  for (const id of clusters) {
    const cluster = workspace.truth(id);
    if (cluster?.state !== 'TERMINATED' || classify(cluster.reason).benign) continue;
    if (fellInWindow(house, id, cluster.terminatedAt ?? '')) continue;
    const subject = subjectOf({ kind: 'cluster', workspace: workspace.name, id });
    // A person who resolved or closed it has taken it on.
    const isKnown = partitionsOf({ house }).some(
      ({ incident, events }) =>
        incident.subject === subject && (takesJoins(incident.state) || events.some(isEndedByPerson)),
    );
    if (!isKnown)
      book.violate(
        'nothing left down',
        `${id} is ${cluster.state} with ${cluster.reason?.code}, and no incident is open`,
      );
  }
}
