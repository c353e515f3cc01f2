// Plays what surrounds the handlers: the functions host with several processes, the broker's receiving side, timers, and the senders at the doors.
// Nothing here knows what a handler does; it only starts, settles and starts again.
import { Broken, Conflict, LakewardenError, Unavailable } from '../../shared/domain/errors.ts';
import { advanceOrderSchema } from '../../shared/domain/runbooks/advance-order.ts';
import type { BusMessage } from '../../shared/ports/bus.ts';
import type { House } from '../builders/house.ts';
import type { Delivery } from '../builders/memory-bus.ts';
import type { Agenda } from './agenda.ts';
import type { Book } from './book.ts';
import type { Faults } from './faults.ts';
import type { Life, Machine, Process } from './machine.ts';
import type { PersonsOrder } from './operators.ts';
import type { Random } from './random.ts';

/** infra/queues.json: a lock lasts so long unless it is renewed, and a frozen process renews nothing. */
const LOCK_MS = 60_000;
const LARGEST_CONCURRENCY = 8;

export interface HostParts {
  readonly agenda: Agenda;
  readonly machine: Machine;
  readonly faults: Faults;
  readonly random: Random;
  readonly house: House;
  readonly book: Book;
  trace(line: () => string): void;
}

export class Host {
  readonly #parts: HostParts;
  #processes: Process[] = [];
  /** Who has a session now. */
  readonly #locks = new Set<Life>();
  /** Who handles which message, also without its session. */
  readonly #handling = new Map<Life, string>();
  readonly #embargo = new Map<string, number>();
  readonly #ticking = new Set<string>();
  #born = 0;

  constructor(parts: HostParts, processes: number) {
    this.#parts = parts;
    for (let n = 0; n < processes; n += 1) this.#bear();
  }

  /** Starts handlers for what is due, as far as there is room. */
  dispatch(): void {
    const { bus } = this.#parts.house.ports;
    while (this.#locks.size < LARGEST_CONCURRENCY) {
      const offered = bus.offered.filter((message) => !this.#isEmbargoed(message));
      const process = offered.length > 0 ? this.#anyProcess() : undefined;
      const message = process && this.#choose(offered);
      if (!process || !message) return;
      this.#serve(message, process);
    }
  }

  /** The next instant at which there is something to dispatch that is not an event. */
  get nextAt(): number | undefined {
    const now = this.#parts.machine.clock.trueMs;
    const due = this.#parts.house.ports.bus.nextDueAfter(now) ?? Number.POSITIVE_INFINITY;
    const free = [...this.#embargo.values()].filter((until) => until > now);
    const next = Math.min(due, ...free);
    return Number.isFinite(next) ? next : undefined;
  }

  /** No process is frozen or dead, no session is left waiting, from now on. */
  calm(): void {
    this.#embargo.clear();
    for (const process of this.#processes) process.frozenUntil = 0;
  }

  /** A timer function, now. */
  tick(name: string, work: () => Promise<unknown>): void {
    const { faults, machine } = this.#parts;
    const process = this.#anyProcess();
    if (!process || faults.strikes('timer-missed')) return;
    if (this.#ticking.has(name) && !faults.strikes('timer-overlaps')) return;
    this.#ticking.add(name);
    const life = this.#life(name, process, (how, error) => {
      this.#ticking.delete(name);
      if (how === 'failed') this.#refuseBugs(name, error);
    });
    machine.start(life, work);
  }

  /** A sender that sends again until the door has taken it. */
  knock(what: string, body: Record<string, unknown>, tries = 1): void {
    const { machine, house, book, agenda, random } = this.#parts;
    const again = () => {
      if (tries < 30)
        agenda.put(machine.clock.trueMs + random.between(2_000, 30_000), () => this.knock(what, body, tries + 1));
    };
    const process = this.#anyProcess();
    if (!process) {
      again();
      return;
    }
    const life = this.#life(`door ${what}`, process, (how, error) => {
      if (how === 'failed') this.#refuseBugs('door', error);
      if (how !== 'done') again();
    });
    machine.start(life, async () => book.acceptedAtDoor(await house.hear(body)));
  }

  /** A person who orders again, with the same key, until there is an answer. */
  obey(order: PersonsOrder, tries = 1): void {
    const { machine, book, agenda, random } = this.#parts;
    const { who, what, incidentId } = order;
    const again = () => {
      if (tries < 6)
        agenda.put(machine.clock.trueMs + random.between(1_000, 40_000), () => this.obey(order, tries + 1));
    };
    const process = this.#anyProcess();
    if (!process) {
      again();
      return;
    }
    let result: unknown;
    const life = this.#life(`${who}: ${what} ${incidentId}`, process, (how, error) => {
      if (how === 'failed') this.#refuseBugs(`${who}: ${what}`, error);
      if (how === 'done' && result !== undefined) book.ordered.set(who, incidentId);
      if (how === 'died' || error instanceof Unavailable || error instanceof Conflict) again();
    });
    machine.start(life, async () => {
      result = await order.carryOut();
    });
  }

  /** Anything else that a door or a timer does, once. */
  once(what: string, work: () => Promise<unknown>): void {
    const process = this.#anyProcess();
    if (!process) return;
    const life = this.#life(what, process, (how, error) => {
      if (how === 'failed') this.#refuseBugs(what, error);
    });
    this.#parts.machine.start(life, work);
  }

  crashed(process: Process): void {
    const { agenda, machine, random, book } = this.#parts;
    this.#processes = this.#processes.filter((other) => other !== process);
    const downMs = random.skewed(500, 40_000);
    book.excuse(downMs);
    agenda.put(machine.clock.trueMs + downMs, () => this.#bear());
  }

  froze(process: Process): void {
    const { agenda, machine } = this.#parts;
    agenda.put(process.frozenUntil, () => undefined);
    agenda.put(machine.clock.trueMs + LOCK_MS, () => {
      if (process.frozenUntil <= machine.clock.trueMs) return;
      for (const life of [...this.#locks]) if (life.process === process) life.loseLock();
    });
  }

  #bear(): void {
    this.#born += 1;
    const wrongByMs = this.#parts.random.between(-1_000, 1_000);
    this.#processes.push({ name: `process-${this.#born}`, wrongByMs, dead: false, frozenUntil: 0 });
  }

  #anyProcess(): Process | undefined {
    const now = this.#parts.machine.clock.trueMs;
    return this.#parts.random.pick(this.#processes.filter(({ frozenUntil }) => frozenUntil <= now));
  }

  #choose(offered: readonly BusMessage[]): BusMessage | undefined {
    const { faults, random, machine, book } = this.#parts;
    const message = offered.length > 1 && faults.strikes('reordered') ? random.pick(offered) : offered[0];
    if (!message || !faults.strikes('late-delivery')) return message;
    const lateMs = faults.between(2_000, 90_000);
    book.excuse(lateMs);
    this.#embargo.set(sessionOf(message), machine.clock.trueMs + lateMs);
    return offered.find((other) => !this.#isEmbargoed(other));
  }

  #isEmbargoed(message: BusMessage): boolean {
    return (this.#embargo.get(sessionOf(message)) ?? 0) > this.#parts.machine.clock.trueMs;
  }

  #serve(message: BusMessage, process: Process): void {
    const { house, faults, machine, book } = this.#parts;
    const delivery = house.ports.bus.take(message.queue, message.sessionId);
    if (!delivery) return;
    if (message.queue === 'runs' && !this.#isGuard(message) && faults.strikes('run-message-lost')) {
      book.excuse(400_000);
      this.#parts.trace(() => `the world: the broker loses ${message.id}`);
      delivery.complete();
      return;
    }
    const what = `${message.queue} ${delivery.message.id}${delivery.deliveryCount > 1 ? ` (delivery ${delivery.deliveryCount})` : ''}`;
    const settle = this.#settlement(delivery);
    const life = this.#life(what, process, (how, error) => {
      this.#locks.delete(life);
      this.#handling.delete(life);
      if (how === 'failed') this.#refuseBugs(what, error);
      settle(how);
    });
    life.loseLock = () => {
      this.#locks.delete(life);
      settle('lost');
    };
    this.#locks.add(life);
    this.#handling.set(life, message.id);
    book.delivered(delivery);
    machine.start(life, () => house.handle(delivery));
  }

  /**
   * A message that may be the guard of a commit (design.md 4) is never lost: only what would move a run on, which the watchdog looks after.
   * Nor is one whose worker goes on without its session: that may commit yet, and nothing else would come back for what it then leaves.
   */
  #isGuard({ id, body }: BusMessage): boolean {
    if ([...this.#handling.values()].includes(id)) return true;
    const order = advanceOrderSchema.safeParse(body);
    const partition = order.success ? this.#parts.house.ports.incidents.peek(order.data.incidentId) : undefined;
    const run = order.success ? partition?.runs.get(String(order.data.run).padStart(6, '0')) : undefined;
    return !run || !order.success || run.revision !== order.data.revision || (partition?.outbox.size ?? 0) > 0;
  }

  /** What comes of a delivery, once: who has lost the lock settles nothing. */
  #settlement(delivery: Delivery): (how: 'done' | 'failed' | 'died' | 'lost') => void {
    const { agenda, machine, faults, random, house, book } = this.#parts;
    let isSettled = false;
    return (how) => {
      if (isSettled) return;
      isSettled = true;
      if (how === 'done') {
        if (faults.strikes('delivered-again')) house.ports.bus.duplicate(delivery.message.id);
        return delivery.complete();
      }
      if (how !== 'died') return delivery.abandon();
      // The broker frees the session when the connection breaks, or when the lock runs out.
      const freeMs = random.skewed(10, LOCK_MS);
      book.excuse(freeMs);
      agenda.put(machine.clock.trueMs + freeMs, () => delivery.abandon());
    };
  }

  #life(what: string, process: Process, ended: Life['ended']): Life {
    const { trace } = this.#parts;
    trace(() => `${what}: starts in ${process.name}`);
    return {
      what,
      process,
      dead: false,
      isOver: false,
      lookedAt: 0,
      loseLock: () => undefined,
      ended: (how, error) => {
        trace(() => `${what}: ${how}${error instanceof Error ? ` (${error.message})` : ''}`);
        ended(how, error);
      },
    };
  }

  /** An outage may come out of a handler; anything else is a bug. */
  #refuseBugs(what: string, error: unknown): void {
    if (error instanceof LakewardenError && !(error instanceof Broken)) return;
    this.#parts.book.violate('no bug', `${what} threw ${error instanceof Error ? error.stack : String(error)}`);
  }
}

function sessionOf(message: BusMessage): string {
  return `${message.queue} ${message.sessionId}`;
}
