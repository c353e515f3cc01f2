// The commit of an order that stops acting. It is answered when nothing that was decided before it can still be sent: what was being
// sent has been, and the rest finds the order in its last look.
import { Unavailable } from '../../domain/errors.ts';
import type { TicketId } from '../../domain/ids.ts';
import type { Commanded, CommandOrder, CommandPorts, Decide } from './command.ts';
import { commitCommand } from './commit-command.ts';
import { isActing } from './run-command.ts';

/** Real milliseconds: Databricks answers a start within a second. A worker that says nothing is dead or held up, and its own clock stops it. */
const LONGEST_WAIT_MS = 3_000;
const LOOK_MS = 50;

export async function commitStop(ports: CommandPorts, order: CommandOrder, decide: Decide): Promise<Commanded> {
  const commanded = await commitCommand(ports, order, decide);
  await untilNothingActs(ports, order.incidentId);
  return commanded;
}

async function untilNothingActs(ports: CommandPorts, id: TicketId): Promise<void> {
  const giveUpAt = ports.clock.now().getTime() + LONGEST_WAIT_MS;
  while ((await mayBeActing(ports, id)) && ports.clock.now().getTime() < giveUpAt) await ports.clock.sleep(LOOK_MS);
}

async function mayBeActing({ incidents, clock }: CommandPorts, id: TicketId): Promise<boolean> {
  try {
    const file = await incidents.load(id);
    const now = clock.now().toISOString();
    return file?.attempts.some((attempt) => isActing(attempt, now)) ?? false;
  } catch (error) {
    // The order is carried out; whether something is still on its way cannot be told now.
    if (error instanceof Unavailable) return false;
    throw error;
  }
}
