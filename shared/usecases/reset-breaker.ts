// An operator closes a breaker by hand, with a reason (E4).
import { closedBreaker } from '../domain/breakers/breaker.ts';
import { Refused } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { BreakerKind, BreakerStore, StoredBreaker } from '../ports/gate-store.ts';
import type { Log } from '../ports/log.ts';
import { againOnConflict } from './again-on-conflict.ts';

export interface ResetPorts {
  readonly breakers: BreakerStore;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ResetOrder {
  readonly kind: BreakerKind;
  readonly key: string;
  readonly by: string;
  readonly reason: string;
}

/** Throws `Refused` (`not-found`) for a breaker that was never written. */
export async function resetBreaker(ports: ResetPorts, { kind, key, by, reason }: ResetOrder): Promise<StoredBreaker> {
  return await againOnConflict(ports.clock, async () => {
    const stored = await ports.breakers.get(kind, key);
    if (stored.etag === undefined)
      throw new Refused('not-found', `No ${kind} breaker ${key} has ever counted anything.`);
    ports.log.warn('breaker reset', { kind, key, by, reason, was: stored.breaker.state });
    return await ports.breakers.set(stored, closedBreaker);
  });
}
