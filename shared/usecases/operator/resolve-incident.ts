// A person says that the failure is over. The run that still acts for it ends with it.
import { mustAllow } from '../../domain/incidents/commands.ts';
import { moved } from '../../domain/incidents/incident.ts';
import { byOperator, operatorEntry, type Reasoned } from '../../domain/incidents/operator.ts';
import { QUIET_SECONDS } from '../run/pace.ts';
import type { Commanded, CommandOrder, CommandPorts } from './command.ts';
import { commitStop } from './commit-stop.ts';
import { endRun } from './end-run.ts';

export async function resolveIncident(
  ports: CommandPorts,
  order: CommandOrder,
  { reason }: Reasoned,
): Promise<Commanded> {
  const { operator } = order;
  return await commitStop(ports, order, (file, now) => {
    mustAllow(file.incident, 'resolve');
    const words = byOperator('Resolved', operator, reason);
    const ended = endRun(file, {
      because: `the incident was resolved by ${operator.name}`,
      at: now,
      entry: ({ number }) =>
        operatorEntry(operator, 'run-aborted', `Run ${number} ended: resolved by ${operator.name}`),
    });
    const closesAt = ports.clock.after(QUIET_SECONDS).toISOString();
    return {
      incident: moved(ended.incident, 'resolved', { resolvedAt: now, closesAt, nextDueAt: closesAt }),
      runs: ended.runs,
      events: [...ended.events, operatorEntry(operator, 'incident-resolved', words, { reason })],
      news: { kind: 'incident-resolved', text: words },
    };
  });
}
