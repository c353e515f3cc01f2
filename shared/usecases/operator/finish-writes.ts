// What the watchdog does about a guard that stands too long: its writer died, or is very slow. All of it can be repeated, and done while the writer lives.
import type { Guard } from '../../ports/guards.ts';
import { againOnConflict } from '../again-on-conflict.ts';
import { flush } from '../hand-over.ts';
import type { CommandPorts } from './command.ts';
import { finishSplits } from './finish-split.ts';
import { settleReopening } from './reopen-incident.ts';

/** A guard may stand this long before its writer is taken for dead, in seconds of operations. */
const GUARD_SECONDS = 60;

/** Finishes what stands under old guards; resolves with how many. One that cannot be finished now delays no other: the next round tries again. */
export async function finishWrites(ports: CommandPorts): Promise<number> {
  const now = ports.clock.now().getTime();
  const patienceMs = ports.clock.millisecondsOf(GUARD_SECONDS);
  let finished = 0;
  for await (const guard of ports.guards.list()) {
    if (now - Date.parse(guard.since) < patienceMs) continue;
    if (await couldFinish(ports, guard)) finished += 1;
  }
  return finished;
}

async function couldFinish(ports: CommandPorts, guard: Guard): Promise<boolean> {
  try {
    await finishWrite(ports, guard);
    return true;
  } catch (error) {
    const { incidentId: ticketId, since } = guard;
    ports.log.error('what a writer left could not be finished', { ticketId, since, because: String(error) });
    return false;
  }
}

async function finishWrite(ports: CommandPorts, guard: Guard): Promise<void> {
  ports.log.warn('finishing what a writer left', { ticketId: guard.incidentId, since: guard.since });
  await againOnConflict(ports.clock, async () => {
    const file = await ports.incidents.load(guard.incidentId);
    if (!file) return;
    await settleReopening(ports, file);
    await finishSplits(ports, file);
    await flush(ports, guard.incidentId);
  });
  await ports.guards.remove(guard);
}
