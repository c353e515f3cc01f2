// A person lets a run act (E8). The approval expires: it must not open the gate for what nobody thought of any more.
import { moved } from '../../domain/incidents/incident.ts';
import { byOperator, operatorEntry, type Reasoned } from '../../domain/incidents/operator.ts';
import type { Approval } from '../../domain/runbooks/run.ts';
import type { Commanded, CommandPorts, RunOrder } from './command.ts';
import { commitCommand } from './commit-command.ts';
import { goesOn, soonest, targetOf } from './run-command.ts';

/** An approved run has this long to act, in seconds of operations. */
const APPROVED_SECONDS = 4 * 3600;

export async function approveRun(ports: CommandPorts, order: RunOrder, { reason }: Reasoned): Promise<Commanded> {
  const { operator } = order;
  return await commitCommand(ports, order, (file, now) => {
    const { run, attempt } = targetOf(file, order, 'approve');
    const words = byOperator('Approved', operator, reason);
    const expiresAt = ports.clock.after(APPROVED_SECONDS).toISOString();
    const approval: Approval = { decision: 'approved', by: operator.name, reason, at: now, expiresAt };
    const advance = { ...goesOn(ports.clock, file, run, soonest(now, attempt)), approval };
    return {
      incident: moved(file.incident, 'remediating'),
      runs: [advance],
      events: [operatorEntry(operator, 'run-approved', words, { reason, run: run.number, expiresAt })],
      advance,
    };
  });
}
