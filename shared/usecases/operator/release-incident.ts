// An acknowledged incident is let go: what was held for it goes on by itself. It ends if it was reported to be over
// meanwhile.
import { Refused } from '../../domain/errors.ts';
import { mustAllow } from '../../domain/incidents/commands.ts';
import { isTakenByHuman } from '../../domain/incidents/incident.ts';
import { byOperator, type MaybeReasoned, operatorEntry } from '../../domain/incidents/operator.ts';
import { isActedFor, takenBack } from '../take-back.ts';
import type { Commanded, CommandOrder, CommandPorts } from './command.ts';
import { commitCommand } from './commit-command.ts';

export async function releaseIncident(
  ports: CommandPorts,
  order: CommandOrder,
  { reason }: MaybeReasoned,
): Promise<Commanded> {
  const { operator } = order;
  return await commitCommand(ports, order, (file) => {
    const { incident } = file;
    mustAllow(incident, 'release');
    if (!isTakenByHuman(incident)) {
      throw new Refused('illegal-transition', `Nobody has acknowledged ${incident.id}: there is nothing to release.`);
    }
    const { acknowledgedBy, acknowledgedAt: _since, ...rest } = incident;
    const words = byOperator('Released', operator, reason);
    const released = operatorEntry(operator, 'released', words, { reason, heldBy: acknowledgedBy });
    if (!rest.overBy || isActedFor(file)) return { incident: rest, events: [released] };
    const over = takenBack(ports.clock, { ...file, incident: rest }, rest.overBy);
    return { ...over, events: [released, ...over.events] };
  });
}
