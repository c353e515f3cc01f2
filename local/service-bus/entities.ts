// The namespace: every queue, its dead letters and its consumers, found by the path a client attaches to.
import type { Clock } from './clock.ts';
import { Consumers } from './consumers.ts';
import type { KeptQueue } from './durable-state.ts';
import { type Change, type Journal, noJournal } from './journal.ts';
import { Queue } from './queue.ts';
import type { QueueSettings } from './queue-settings.ts';
import { refusals, SHORTEST_SCALED_LOCK_MS } from './refusals.ts';

export interface Entity {
  readonly queue: Queue;
  readonly consumers: Consumers;
}

const DEAD_LETTERS = '/$DeadLetterQueue';
const MANAGEMENT = '/$management';

export interface EntitiesOptions {
  readonly clock: Clock;
  readonly timeScale: number;
  readonly journal?: Journal;
  readonly losesFirstLocks?: boolean;
}

export class Entities {
  readonly #byPath = new Map<string, Entity>();
  /** The last sequence number of each queue and its dead letters, by the queue's path. */
  readonly #numbers = new Map<string, number>();
  readonly #options: EntitiesOptions;

  constructor(queues: readonly QueueSettings[], options: EntitiesOptions) {
    this.#options = options;
    for (const settings of queues) this.#declare(settings);
  }

  /** Takes up what was kept. Throws, with words for a person, when that would lose a message. */
  restore(kept: ReadonlyMap<string, KeptQueue>): void {
    for (const [path, queue] of kept) {
      const entity = this.#byPath.get(path.toLowerCase());
      if (entity) {
        const { path: numbered } = this.find(path.replace(DEAD_LETTERS, '')).queue;
        this.#numbers.set(numbered, Math.max(queue.lastNumber, this.#numbers.get(numbered) ?? 0));
        entity.queue.restore(queue);
      } else if (queue.messages.size > 0)
        throw new Error(`${queue.messages.size} messages are kept for a queue that is not in the table: ${path}`);
    }
  }

  /** Everything there is, as changes of empty queues. */
  *changes(): Iterable<Change> {
    for (const queue of this.all()) yield* queue.changes();
    for (const [queue, last] of this.#numbers) yield { kind: 'number', queue, last };
  }

  /** Azure compares paths without regard to case. */
  find(path: string): Entity {
    const entity = this.#byPath.get(path.toLowerCase());
    if (!entity) throw refusals.noSuchEntity(path);
    return entity;
  }

  all(): Queue[] {
    return [...this.#byPath.values()].map(({ queue }) => queue);
  }

  #declare(settings: QueueSettings): void {
    const { timeScale, ...shared } = this.#options;
    const nextSequenceNumber = () => this.#nextNumber(settings.name);
    const parts = { ...shared, lockMs: scaledLockMs(settings, timeScale), nextSequenceNumber };
    // No time to live and no limit of deliveries there: nothing lies behind it.
    const unlimited = {
      requiresSession: false,
      requiresDuplicateDetection: false,
      deadLetteringOnMessageExpiration: false,
    };
    const deadLetters = new Queue({
      ...parts,
      path: settings.name + DEAD_LETTERS,
      settings: { ...settings, ...unlimited },
    });
    const queue = new Queue({ ...parts, path: settings.name, settings, deadLetters });
    for (const each of [queue, deadLetters]) {
      this.#byPath.set(each.path.toLowerCase(), { queue: each, consumers: new Consumers(each) });
    }
  }

  #nextNumber(queue: string): number {
    const last = (this.#numbers.get(queue) ?? 0) + 1;
    this.#numbers.set(queue, last);
    (this.#options.journal ?? noJournal).note({ kind: 'number', queue, last });
    return last;
  }
}

/** `signals/$management` manages `signals`; undefined for any other address. */
export function managedPath(address: string): string | undefined {
  return address.toLowerCase().endsWith(MANAGEMENT) ? address.slice(0, -MANAGEMENT.length) : undefined;
}

function scaledLockMs({ lockDurationSeconds }: QueueSettings, timeScale: number): number {
  const lockMs = lockDurationSeconds * 1_000;
  return timeScale === 1 ? lockMs : Math.min(lockMs, Math.max(SHORTEST_SCALED_LOCK_MS, lockMs / timeScale));
}
