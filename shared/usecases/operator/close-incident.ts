// A person closes an incident for good: a further failure is a new one.
import { mustAllow } from '../../domain/incidents/commands.ts';
import { moved } from '../../domain/incidents/incident.ts';
import { byOperator, operatorEntry, type Reasoned } from '../../domain/incidents/operator.ts';
import type { Commanded, CommandOrder, CommandPorts } from './command.ts';
import { commitStop } from './commit-stop.ts';
import { endRun } from './end-run.ts';

export async function closeIncident(
  ports: CommandPorts,
  order: CommandOrder,
  { reason }: Reasoned,
): Promise<Commanded> {
  const { operator } = order;
  return await commitStop(ports, order, (file, now) => {
    mustAllow(file.incident, 'close');
    const ended = endRun(file, {
      because: `the incident was closed by ${operator.name}`,
      at: now,
      entry: ({ number }) => operatorEntry(operator, 'run-aborted', `Run ${number} ended: closed by ${operator.name}`),
    });
    const { closesAt: _never, ...rest } = ended.incident;
    return {
      incident: moved(rest, 'closed', { closedAt: now }),
      runs: ended.runs,
      events: [
        ...ended.events,
        operatorEntry(operator, 'incident-closed', byOperator('Closed', operator, reason), { reason }),
      ],
    };
  });
}
