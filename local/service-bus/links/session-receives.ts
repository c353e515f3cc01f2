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

export function serveSession(
  attaching: Attaching<Sender>,
  entity: Entity,
  sessions: Sessions,
  wanted: unknown,
  serving: Serving,
): void {
  const { link } = attaching;
  const { tally } = serving.namespace;
  let isGranted = false;
  let stopServing = (): void => undefined;
  const holder: SessionHolder = {
    lost(id) {
      stopServing();
      const { condition, message } = refusals.sessionLockLost(id);
      link.close({ condition, description: message });
    },
  };
  if (typeof wanted === 'string' && wanted !== '') {
    sessions.accept(wanted, holder);
    granted(wanted);
    return;
  }
  const stopWaiting = sessions.acceptNext(holder, waitMsOf(attaching), granted, () => {
    tally.add('acceptSessionTimeout');
    attaching.refuse(refusals.noSessionInTime());
  });
  if (isGranted) return;
  serving.whenGone(link, () => {
    stopWaiting();
    attaching.giveUp();
  });

  function granted(id: string): void {
    isGranted = true;
    tally.add('acceptSession');
    const properties = { [LOCKED_UNTIL]: ticksOf(sessions.lockedUntilMs(id)) };
    attaching.admit({ filter: { [SESSION_FILTER]: id }, properties });
    stopServing = serveReceives(link, entity, serving, id);
    serving.whenGone(link, () => {
      stopServing();
      sessions.release(id, holder);
    });
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
