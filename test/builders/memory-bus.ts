// Bus in memory, by the words of the port, with the receiving side of a queue with sessions: one taker per session, in order,
// at least once, dead-lettered after too many deliveries. Time is the given clock's.
import { Broken, InvalidInput, Unavailable } from '../../shared/domain/errors.ts';
import type { Bus, BusMessage, QueueName } from '../../shared/ports/bus.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { type Interrupt, uninterrupted } from './interruptions.ts';

/** infra/queues.json: maxDeliveryCount, maxMessageSizeKilobytes. */
const LARGEST_DELIVERY_COUNT = 80;
const LARGEST_MESSAGE_BYTES = 256 * 1024;

interface Queued {
  readonly message: BusMessage;
  readonly sequence: number;
  readonly dueAt: number;
  /** A scheduled message gets its place in the queue when it becomes due, as with Service Bus. */
  readonly enqueuedAt: number;
  deliveries: number;
}

/** A message taken, its session locked until one of the two is called. */
export interface Delivery {
  readonly message: BusMessage;
  /** 1 on the first delivery. */
  readonly deliveryCount: number;
  complete(): void;
  /** Gives it back, as a handler does that throws or a process that dies. */
  abandon(): void;
}

export class MemoryBus implements Bus {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #interrupt: Interrupt;
  readonly #queued: Queued[] = [];
  readonly #locked = new Set<string>();
  readonly deadLetters: BusMessage[] = [];
  /** Everything that was ever accepted, copies included. */
  readonly accepted: BusMessage[] = [];
  #sequence = 0;
  #isDown = false;

  constructor(clock: Pick<Clock, 'now'>, interrupt: Interrupt = uninterrupted) {
    this.#clock = clock;
    this.#interrupt = interrupt;
  }

  async send(messages: readonly BusMessage[]): Promise<void> {
    for (const message of messages) refuseWrong(message);
    for (const message of messages) {
      // One by one, so that an interruption leaves some of them sent, as the port allows.
      await this.#interrupt('bus.send', 'before');
      this.#refuseWhenDown();
      this.#enqueue(message);
      await this.#interrupt('bus.send', 'after');
    }
  }

  async ping(): Promise<void> {
    this.#refuseWhenDown();
  }

  async close(): Promise<void> {}

  down(): void {
    this.#isDown = true;
  }

  up(): void {
    this.#isDown = false;
  }

  /** The oldest message that is due of a session that nobody holds: of one queue, of one session of it, or of any. */
  take(queue?: QueueName, sessionId?: string): Delivery | undefined {
    const next = this.#offered().find(
      ({ message }) =>
        (queue === undefined || message.queue === queue) &&
        (sessionId === undefined || message.sessionId === sessionId),
    );
    return next && this.#delivery(next);
  }

  /** What each session that nobody holds would give out now, oldest first. */
  get offered(): readonly BusMessage[] {
    return this.#offered().map(({ message }) => message);
  }

  #offered(): Queued[] {
    if (this.#isDown || this.#queued.length === 0) return [];
    const now = this.#clock.now().getTime();
    const heads = new Map<string, Queued>();
    for (const entry of this.#queued) {
      const session = sessionOf(entry.message);
      if (entry.dueAt > now || this.#locked.has(session)) continue;
      const head = heads.get(session);
      if (head === undefined || inOrder(entry, head) < 0) heads.set(session, entry);
    }
    return [...heads.values()].sort(inOrder);
  }

  /** When the next message is due that is not due yet. */
  nextDueAfter(now: number): number | undefined {
    const later = this.#queued.map(({ dueAt }) => dueAt).filter((dueAt) => dueAt > now);
    return later.length === 0 ? undefined : Math.min(...later);
  }

  /** When the next message is due, whether or not its session is free. */
  get nextDue(): Date | undefined {
    const [first, ...others] = this.#queued.map((entry) => entry.dueAt);
    return first === undefined ? undefined : new Date(Math.min(first, ...others));
  }

  /** What waits, in the order of acceptance. */
  get waiting(): readonly BusMessage[] {
    return this.#queued.map((entry) => entry.message);
  }

  /** Sends a waiting message a second time, as a broker does after a lost lock or a sender after a lost answer. */
  duplicate(id: string): void {
    const entry = this.#queued.find((queued) => queued.message.id === id);
    if (entry) this.#enqueue(entry.message);
  }

  #enqueue(message: BusMessage): void {
    this.#sequence += 1;
    const dueAt = message.dueAt === undefined ? 0 : Date.parse(message.dueAt);
    const enqueuedAt = Math.max(this.#clock.now().getTime(), dueAt);
    const copy: BusMessage = JSON.parse(JSON.stringify(message));
    this.accepted.push(copy);
    this.#queued.push({ message: copy, sequence: this.#sequence, dueAt, enqueuedAt, deliveries: 0 });
  }

  #delivery(entry: Queued): Delivery {
    const session = sessionOf(entry.message);
    this.#locked.add(session);
    entry.deliveries += 1;
    let isSettled = false;
    const settle = (then: () => void) => {
      if (isSettled) throw new Error(`${entry.message.id} is settled already`);
      isSettled = true;
      this.#locked.delete(session);
      then();
    };
    return {
      message: entry.message,
      deliveryCount: entry.deliveries,
      complete: () => settle(() => this.#remove(entry)),
      abandon: () => settle(() => this.#giveBack(entry)),
    };
  }

  #giveBack(entry: Queued): void {
    if (entry.deliveries < LARGEST_DELIVERY_COUNT) return;
    this.#remove(entry);
    this.deadLetters.push(entry.message);
  }

  #remove(entry: Queued): void {
    const place = this.#queued.indexOf(entry);
    if (place >= 0) this.#queued.splice(place, 1);
  }

  #refuseWhenDown(): void {
    if (this.#isDown) throw new Unavailable('bus-unavailable', 'the bus is down', { mayHaveHappened: true });
  }
}

function inOrder(a: Queued, b: Queued): number {
  return a.enqueuedAt - b.enqueuedAt || a.sequence - b.sequence;
}

function sessionOf(message: BusMessage): string {
  return `${message.queue} ${message.sessionId}`;
}

function refuseWrong(message: BusMessage): void {
  for (const id of [message.id, message.sessionId]) {
    if (id === '' || parsesAsJson(id)) throw new Broken('broken', `an id must not parse as JSON: ${id}`);
  }
  if (Buffer.byteLength(JSON.stringify(message.body) ?? '') > LARGEST_MESSAGE_BYTES) {
    throw new InvalidInput('body-too-large', 'the message is larger than the bus takes');
  }
}

function parsesAsJson(text: string): boolean {
  // Most ids begin as no JSON does, and an exception is dear to a simulation with thousands of sends.
  if (/^(?!true|false|null)[A-Za-z]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
