// A person does not let a run act: it ends before it began, and the incident is a person's.
import { moved } from '../../domain/incidents/incident.ts';
import { byOperator, operatorEntry, type Reasoned } from '../../domain/incidents/operator.ts';
import type { Approval } from '../../domain/runbooks/run.ts';
import type { Commanded, CommandPorts, RunOrder } from './command.ts';
import { commitCommand } from './commit-command.ts';
import { aborted } from './end-run.ts';
import { targetOf, withoutDueTime } from './run-command.ts';

export async function rejectRun(ports: CommandPorts, order: RunOrder, { reason }: Reasoned): Promise<Commanded> {
  const { operator } = order;
  return await commitCommand(ports, order, (file, now) => {
    const { run } = targetOf(file, order, 'reject');
    const words = byOperator('Rejected', operator, reason);
    const approval: Approval = { decision: 'rejected', by: operator.name, reason, at: now, expiresAt: now };
    const { activeRun: _ended, ...incident } = moved(withoutDueTime(file.incident), 'escalated');
    return {
      incident,
      runs: [{ ...aborted(run, words, now), approval }],
      events: [operatorEntry(operator, 'run-rejected', words, { reason, run: run.number })],
    };
  });
}
