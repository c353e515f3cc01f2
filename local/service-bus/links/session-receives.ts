// A link that holds a session: the one it names, or the next that is free. The attach is answered once the session is
// locked; the link is detached when the lock runs out, and the lock ends with the link.
import type { Sender } from 'rhea';
import type { Entity } from '../entities.ts';
import { LONGEST_ACCEPT_MS, refusals } from '../refusals.ts';
import { types } from '../rhea.ts';
import type { SessionHolder, Sessions } from '../sessions.ts';
import type { Attaching } from './attaching.ts';
import { serveReceives } from './receives.ts';
import type { Serving } from './serving.ts';

export const SESSION_FILTER = 'com.microsoft:session-filter';
const ACCEPT_TIMEOUT = 'com.microsoft:timeout';
const LOCKED_UNTIL = 'com.microsoft:locked-until-utc';
/** .NET ticks: 100 ns since the year 1. */
const TICKS_AT_UNIX_EPOCH = 621_355_968_000_000_000n;
const TICKS_PER_MS = 10_000n;

export class SessionLink implements SessionHolder {
  readonly #attaching: Attaching<Sender>;
  readonly #entity: Entity;
  readonly #sessions: Sessions;
  readonly #serving: Serving;
  /** What to undo when the link goes: the wait for a session, then the hold on it. */
  #letGo = (): void => undefined;
  #stopServing = (): void => undefined;

  constructor(attaching: Attaching<Sender>, entity: Entity, sessions: Sessions, serving: Serving) {
    this.#attaching = attaching;
    this.#entity = entity;
    this.#sessions = sessions;
    this.#serving = serving;
    serving.whenGone(attaching.link, () => this.#letGo());
  }

  acceptNamed(id: string): void {
    this.#sessions.accept(id, this);
    this.#granted(id);
  }

  /** Holds the attach back until there is a session, at most for as long as the client said. */
  acceptNext(): void {
    let isGranted = false;
    const granted = (id: string): void => {
      isGranted = true;
      this.#granted(id);
    };
    const stopWaiting = this.#sessions.acceptNext(this, waitMsOf(this.#attaching), granted, () => this.#timedOut());
    if (isGranted) return;
    this.#letGo = () => {
      stopWaiting();
      this.#attaching.giveUp();
    };
  }

  lost(id: string): void {
    this.#stopServing();
    const { condition, message } = refusals.sessionLockLost(id);
    this.#attaching.link.close({ condition, description: message });
  }

  #granted(id: string): void {
    const { link } = this.#attaching;
    this.#serving.namespace.tally.add('acceptSession');
    const properties = { [LOCKED_UNTIL]: ticksOf(this.#sessions.lockedUntilMs(id)) };
    this.#attaching.admit({ filter: { [SESSION_FILTER]: id }, properties });
    this.#stopServing = serveReceives(link, this.#entity, this.#serving, id);
    this.#letGo = () => {
      this.#stopServing();
      this.#sessions.release(id, this);
    };
  }

  #timedOut(): void {
    this.#serving.namespace.tally.add('acceptSessionTimeout');
    this.#attaching.refuse(refusals.noSessionInTime());
  }
}

function waitMsOf({ remote }: Attaching<Sender>): number {
  const asked: unknown = remote.properties?.[ACCEPT_TIMEOUT];
  return typeof asked === 'number' && asked >= 0 ? asked : LONGEST_ACCEPT_MS;
}

function ticksOf(instantMs: number): unknown {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(Math.round(instantMs)) * TICKS_PER_MS + TICKS_AT_UNIX_EPOCH);
  return types.wrap_long(bytes);
}
