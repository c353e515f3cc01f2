// A person's words on the timeline; possible in every state.
import { mustAllow } from '../../domain/incidents/commands.ts';
import { type Comment, operatorEntry } from '../../domain/incidents/operator.ts';
import type { Commanded, CommandOrder, CommandPorts } from './command.ts';
import { commitCommand } from './commit-command.ts';

export async function commentIncident(ports: CommandPorts, order: CommandOrder, { text }: Comment): Promise<Commanded> {
  return await commitCommand(ports, order, ({ incident }) => {
    mustAllow(incident, 'comment');
    return { incident, events: [operatorEntry(order.operator, 'comment', text)] };
  });
}
