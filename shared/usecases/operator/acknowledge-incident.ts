// A person takes an incident: nothing acts by itself on it until it is released (E3). Somebody else may take it over.
import { Refused } from '../../domain/errors.ts';
import { mustAllow } from '../../domain/incidents/commands.ts';
import { isTakenByHuman } from '../../domain/incidents/incident.ts';
import { byOperator, type MaybeReasoned, operatorEntry } from '../../domain/incidents/operator.ts';
import type { Commanded, CommandOrder, CommandPorts } from './command.ts';
import { commitStop } from './commit-stop.ts';

export async function acknowledgeIncident(
  ports: CommandPorts,
  order: CommandOrder,
  { reason }: MaybeReasoned,
): Promise<Commanded> {
  const { operator } = order;
  return await commitStop(ports, order, ({ incident }, now) => {
    mustAllow(incident, 'acknowledge');
    const holder = isTakenByHuman(incident) ? incident.acknowledgedBy : undefined;
    if (holder === operator.name) {
      throw new Refused(
        'illegal-transition',
        `${incident.id} is yours since ${incident.acknowledgedAt}: release lets it go.`,
      );
    }
    const words = byOperator(holder === undefined ? 'Acknowledged' : `Taken over from ${holder}`, operator, reason);
    return {
      incident: { ...incident, acknowledgedBy: operator.name, acknowledgedAt: now },
      events: [operatorEntry(operator, 'acknowledged', words, { reason, takenOverFrom: holder })],
    };
  });
}
