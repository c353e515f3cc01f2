// IncidentStore in memory, by the words of the port: a partition per incident, all or nothing, an etag on the incident.
import { Broken, Conflict } from '../../shared/domain/errors.ts';
import type { TicketId } from '../../shared/domain/ids.ts';
import type { Incident } from '../../shared/domain/incidents/incident.ts';
import { chain, chainStart, type TimelineEvent } from '../../shared/domain/incidents/timeline.ts';
import type { SignalOutcome } from '../../shared/domain/signals/outcome.ts';
import type { BusMessage } from '../../shared/ports/bus.ts';
import type { Change, CommitResult, IncidentFile, IncidentStore, Receipt } from '../../shared/ports/incident-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

const LARGEST_ROWS = 90;
const LARGEST_BYTES = 3.5 * 1024 * 1024;

/** A partition as it lies in the store. */
export interface Partition {
  readonly incident: IncidentFile['incident'];
  readonly version: number;
  readonly runs: ReadonlyMap<string, IncidentFile['runs'][number]>;
  readonly steps: ReadonlyMap<string, IncidentFile['steps'][number]>;
  readonly attempts: ReadonlyMap<string, IncidentFile['attempts'][number]>;
  readonly outbox: ReadonlyMap<string, BusMessage>;
  readonly events: readonly TimelineEvent[];
  readonly handled: ReadonlyMap<string, SignalOutcome | undefined>;
  readonly receipts: ReadonlyMap<string, Receipt>;
  readonly changedAt: string;
}

export class MemoryIncidentStore implements IncidentStore {
  readonly #interrupt: Interrupt;
  readonly #partitions = new Map<string, Partition>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  /** Every incident that was ever committed, for a test's invariants. */
  get ids(): readonly string[] {
    return [...this.#partitions.keys()];
  }

  /** How often anything was written, and where last: a simulation looks at it after every step. */
  writes = 0;
  lastWritten: string | undefined;

  /** The rows themselves, without a copy: for looking only. */
  peek(id: string): Partition | undefined {
    return this.#partitions.get(id);
  }

  /** Changes an event behind everybody's back, as only somebody with the key of the storage account can. */
  tamper(id: string, seq: number, change: Partial<TimelineEvent>): void {
    const partition = this.#partitions.get(id);
    if (!partition) return;
    const events = partition.events.map((event) => (event.seq === seq ? { ...event, ...change } : event));
    this.#put(id, { ...partition, events });
  }

  load(id: TicketId): Promise<IncidentFile | undefined> {
    return interruptible(this.#interrupt, 'incidents.load', () => {
      const partition = this.#partitions.get(id);
      return partition && fileOf(partition);
    });
  }

  commit(change: Change): Promise<CommitResult> {
    const operation = change.basis === 'new' ? 'incidents.open' : 'incidents.commit';
    return interruptible(this.#interrupt, operation, () => this.#commit(change));
  }

  hasHandled(id: TicketId, deliveryId: string): Promise<boolean> {
    return interruptible(this.#interrupt, 'incidents.hasHandled', () => this.#isHandled(id, deliveryId));
  }

  receipt(id: TicketId, deliveryId: string): Promise<Receipt | undefined> {
    return interruptible(this.#interrupt, 'incidents.receipt', () => {
      const receipt = this.#partitions.get(id)?.receipts.get(deliveryId);
      return receipt;
    });
  }

  clearOutbox(id: TicketId, messageIds: readonly string[]): Promise<void> {
    return interruptible(this.#interrupt, 'incidents.clearOutbox', () => {
      const partition = this.#partitions.get(id);
      if (!partition) return;
      const outbox = new Map(partition.outbox);
      for (const messageId of messageIds) outbox.delete(messageId);
      this.#put(id, { ...partition, outbox });
    });
  }

  timeline(id: TicketId): Promise<readonly TimelineEvent[]> {
    return interruptible(this.#interrupt, 'incidents.timeline', () => [...(this.#partitions.get(id)?.events ?? [])]);
  }

  async *all(since = ''): AsyncGenerator<Incident> {
    for (const id of [...this.#partitions.keys()]) {
      await this.#interrupt('incidents.all', 'before');
      const partition = this.#partitions.get(id);
      if (partition && partition.changedAt >= since) yield partition.incident;
    }
  }

  async *outcomes(id: TicketId): AsyncGenerator<SignalOutcome> {
    for (const outcome of [...(this.#partitions.get(id)?.handled.values() ?? [])]) {
      await this.#interrupt('incidents.outcomes', 'before');
      if (outcome) yield outcome;
    }
  }

  /** In pages as small as can be, so that a test sees every state in between. */
  purge({ incident: { id }, etag }: IncidentFile): Promise<'more' | 'gone'> {
    return interruptible(this.#interrupt, 'incidents.purge', () => {
      const partition = this.#partitions.get(id);
      if (!partition) return 'gone';
      if (hasOnlyItsOwnRow(partition)) {
        if (etagOf(partition) !== etag) throw new Conflict('written-meanwhile', `${id} was written meanwhile`);
        this.#partitions.delete(id);
        this.writes += 1;
        return 'gone';
      }
      this.#put(id, withoutAPage(partition));
      return 'more';
    });
  }

  #commit({ basis, ...rest }: Change): CommitResult {
    const change = { ...frozen(copied(rest)), basis };
    const { id } = change.incident;
    if (basis !== 'new' && basis.incident.id !== id) throw new Broken('broken', `${basis.incident.id} is not ${id}`);
    refuseTooMuch(change);
    const partition = this.#partitions.get(id);
    if (change.deliveryId !== undefined && this.#isHandled(id, change.deliveryId)) {
      const outcome = partition?.handled.get(change.deliveryId);
      return { committed: false, because: 'handled-before', ...(outcome && { outcome }) };
    }
    const expected = basis === 'new' ? undefined : basis.etag;
    if (expected !== (partition && etagOf(partition)))
      throw new Conflict('written-meanwhile', `${id} was written meanwhile`);
    const next = applied(partition, change);
    this.#put(id, next);
    return { committed: true, file: fileOf(next) };
  }

  #put(id: string, partition: Partition): void {
    this.#partitions.set(id, partition);
    this.writes += 1;
    this.lastWritten = id;
  }

  #isHandled(id: string, deliveryId: string): boolean {
    return this.#partitions.get(id)?.handled.has(deliveryId) ?? false;
  }
}

function applied(old: Partition | undefined, change: Change): Partition {
  const { id } = change.incident;
  const head = old ? { seq: old.incident.lastEventSeq, hash: old.incident.lastEventHash } : chainStart(id);
  const events = chain(head, change.at, change.events).map(frozen);
  const last = events.at(-1) ?? head;
  const next = {
    incident: frozen({ ...change.incident, lastEventSeq: last.seq, lastEventHash: last.hash }),
    version: (old?.version ?? 0) + 1,
    runs: put(old?.runs, change.runs, (run) => key(run.number)),
    steps: put(old?.steps, change.steps, (step) => key(step.run, step.position)),
    attempts: put(old?.attempts, change.attempts, (attempt) => key(attempt.run, attempt.position, attempt.number)),
    outbox: put(old?.outbox, change.outbox, (message) => message.id),
    events: [...(old?.events ?? []), ...events],
    handled: handledBy(old, change),
    receipts: old?.receipts ?? new Map(),
    changedAt: change.at,
  };
  return { ...next, receipts: receiptsBy(next, change) };
}

function receiptsBy(next: Partition, { deliveryId, receiptFor }: Change): Partition['receipts'] {
  if (deliveryId === undefined || receiptFor === undefined) return next.receipts;
  const { etag: _, outbox: __, ...records } = fileOf(next);
  return new Map(next.receipts).set(deliveryId, { fingerprint: receiptFor, records });
}

function handledBy(old: Partition | undefined, { deliveryId, outcome }: Change): Partition['handled'] {
  const handled = new Map(old?.handled);
  if (deliveryId !== undefined) handled.set(deliveryId, outcome);
  return handled;
}

const NO_ROWS = { runs: new Map(), steps: new Map(), attempts: new Map(), outbox: new Map(), receipts: new Map() };

function hasOnlyItsOwnRow({ events, handled, runs, steps, attempts, outbox, receipts }: Partition): boolean {
  return (
    events.length + [handled, runs, steps, attempts, outbox, receipts].reduce((sum, { size }) => sum + size, 0) === 0
  );
}

/** In the order of row keys: the working set, the timeline from its beginning, then the markers. */
function withoutAPage(partition: Partition): Partition {
  const { runs, steps, attempts, outbox, receipts, events, handled } = partition;
  if (runs.size + steps.size + attempts.size + outbox.size + receipts.size > 0) return { ...partition, ...NO_ROWS };
  if (events.length > 0) return { ...partition, events: events.slice(2) };
  return { ...partition, handled: new Map([...handled].slice(2)) };
}

/** A value that is written again moves to the end: the outbox is read in the order in which it was decided. */
function put<T>(
  old: ReadonlyMap<string, T> = new Map(),
  fresh: readonly T[] = [],
  keyOf: (item: T) => string,
): Map<string, T> {
  const next = new Map(old);
  for (const item of fresh) {
    next.delete(keyOf(item));
    next.set(keyOf(item), item);
  }
  return next;
}

function key(...numbers: number[]): string {
  return numbers.map((number) => String(number).padStart(6, '0')).join('|');
}

function fileOf(partition: Partition): IncidentFile {
  const { incident, runs, steps, attempts, outbox } = partition;
  const file = {
    incident,
    runs: sorted(runs),
    steps: sorted(steps),
    attempts: sorted(attempts),
    outbox: [...outbox.values()],
  };
  return { ...file, etag: etagOf(partition) };
}

function sorted<T>(items: ReadonlyMap<string, T>): T[] {
  return [...items].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

function etagOf(partition: Partition): string {
  return `"${partition.incident.id} ${partition.version}"`;
}

function refuseTooMuch(change: Change): void {
  const { runs = [], steps = [], attempts = [], outbox = [], events, deliveryId } = change;
  const written = [...runs, ...steps, ...attempts, ...outbox, ...events];
  const rows = 1 + written.length + (deliveryId === undefined ? 0 : 1);
  if (rows > LARGEST_ROWS) throw new Broken('broken', `${rows} rows are more than ${LARGEST_ROWS}`);
  const bytes = Buffer.byteLength(JSON.stringify([change.incident, ...written]));
  if (bytes > LARGEST_BYTES) throw new Broken('broken', `${bytes} bytes are more than ${LARGEST_BYTES}`);
}

/** What is stored is never copied again, so nobody may change it: neither the store nor whoever reads it. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

/** As a store keeps it: nothing is shared with the writer, nothing is left that JSON does not keep. */
function copied<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
