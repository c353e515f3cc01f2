// A report that joined an incident but is another failure gets an incident of its own (C9). The decision is one commit to the incident
// that it had joined; the new incident is made of that, so that a crash in between loses nothing.
import { InvalidInput, Refused } from '../../domain/errors.ts';
import type { TicketId } from '../../domain/ids.ts';
import { mustAllow } from '../../domain/incidents/commands.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import { operatorEntry, type SplitOrder } from '../../domain/incidents/operator.ts';
import { ticketDay, ticketId } from '../../domain/incidents/ticket-id.ts';
import { componentEvents } from '../../domain/signals/component-events.ts';
import { joinOf } from '../../domain/signals/joined.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { Commanded, CommandOrder, CommandPorts } from './command.ts';
import { commitCommand } from './commit-command.ts';
import { finishSplit } from './finish-split.ts';

/** Each is kept on the incident: whoever needs more has another problem. */
const MOST_SPLITS = 100;

export async function splitIncident(
  ports: CommandPorts,
  order: CommandOrder,
  { signalId, reason }: SplitOrder,
): Promise<Commanded> {
  const { operator } = order;
  let newId: TicketId | undefined;
  return await commitCommand(
    ports,
    order,
    async ({ incident }, now) => {
      mustAllow(incident, 'split');
      mustBeCounted(incident, signalId, await ports.signals.get(signalId));
      // Once for all tries: the commit names it.
      newId ??= await nextTicket(ports);
      const split = { signalId, incidentId: newId, by: operator.name, reason, at: now };
      const signalCount = incident.signalCount - 1;
      const words = `Report ${signalId} was split off into ${newId} by ${operator.name}: ${reason}`;
      return {
        incident: { ...incident, signalCount, splits: [...(incident.splits ?? []), split] },
        events: [
          operatorEntry(operator, 'signal-split-off', words, { reason, signalId, into: newId, count: signalCount }),
        ],
      };
    },
    {
      finish: async (file) => {
        const split = file.incident.splits?.find(({ incidentId }) => incidentId === newId);
        if (split) await finishSplit(ports, file.incident, split);
      },
    },
  );
}

async function nextTicket({ clock, tickets }: CommandPorts): Promise<TicketId> {
  const day = ticketDay(clock.now());
  return ticketId(day, await tickets.next(day));
}

/** Only what joined this incident and was counted can be taken out of it, once. */
function mustBeCounted(incident: Incident, signalId: string, outcome: SignalOutcome | undefined): void {
  if (!outcome) {
    const detail = 'no signal of this id has been handled';
    throw new InvalidInput('invalid-fields', 'There is no such signal.', [{ pointer: '/signalId', detail }]);
  }
  const split = incident.splits?.find((each) => each.signalId === signalId);
  if (split) refuse(`${signalId} was split off into ${split.incidentId} before.`);
  if (outcome.ticketId !== incident.id) refuse(`${signalId} belongs to ${outcome.ticketId ?? 'no incident'}.`);
  if (outcome.ended !== 'joined' && outcome.ended !== 'recorded')
    refuse(`${signalId} ${outcome.ended} ${incident.id}.`);
  if (isProgress(outcome)) refuse(`${signalId} told of progress and was not counted.`);
  if ((incident.splits?.length ?? 0) >= MOST_SPLITS) refuse(`${incident.id} has been split ${MOST_SPLITS} times.`);
}

function isProgress(outcome: SignalOutcome): boolean {
  const event = joinOf(outcome)?.event;
  return event !== undefined && componentEvents[event] !== 'failure';
}

function refuse(words: string): never {
  throw new Refused('illegal-transition', `${words} Only a report that joined this incident can be split off it.`);
}
