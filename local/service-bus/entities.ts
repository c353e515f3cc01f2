// The namespace: every queue, its dead letters and its consumers, found by the path a client attaches to.
import type { Clock } from './clock.ts';
import { Consumers } from './consumers.ts';
import { Queue } from './queue.ts';
import type { QueueSettings } from './queue-settings.ts';
import { refusals, SHORTEST_SCALED_LOCK_MS } from './refusals.ts';

export interface Entity {
  readonly queue: Queue;
  readonly consumers: Consumers;
}

const DEAD_LETTERS = '/$DeadLetterQueue';
const MANAGEMENT = '/$management';

export class Entities {
  readonly #byPath = new Map<string, Entity>();

  constructor(queues: readonly QueueSettings[], clock: Clock, timeScale: number) {
    for (const settings of queues) this.#declare(settings, clock, scaledLockMs(settings, timeScale));
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

  #declare(settings: QueueSettings, clock: Clock, lockMs: number): void {
    let last = 0;
    const parts = { clock, lockMs, nextSequenceNumber: () => ++last };
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
}

/** `signals/$management` manages `signals`; undefined for any other address. */
export function managedPath(address: string): string | undefined {
  return address.toLowerCase().endsWith(MANAGEMENT) ? address.slice(0, -MANAGEMENT.length) : undefined;
}

function scaledLockMs({ lockDurationSeconds }: QueueSettings, timeScale: number): number {
  const lockMs = lockDurationSeconds * 1_000;
  return timeScale === 1 ? lockMs : Math.min(lockMs, Math.max(SHORTEST_SCALED_LOCK_MS, lockMs / timeScale));
}
