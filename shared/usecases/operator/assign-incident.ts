// An incident is somebody's to work on. Assigning alone stops nothing: acknowledging does.
import { mustAllow } from '../../domain/incidents/commands.ts';
import { type Assignment, operatorEntry } from '../../domain/incidents/operator.ts';
import type { Commanded, CommandOrder, CommandPorts } from './command.ts';
import { commitCommand } from './commit-command.ts';

export async function assignIncident(ports: CommandPorts, order: CommandOrder, { to }: Assignment): Promise<Commanded> {
  const { operator } = order;
  return await commitCommand(ports, order, ({ incident }) => {
    mustAllow(incident, 'assign');
    const words = `Assigned to ${to} by ${operator.name}`;
    return {
      incident: { ...incident, assignedTo: to },
      events: [operatorEntry(operator, 'assigned', words, { to, before: incident.assignedTo })],
    };
  });
}
