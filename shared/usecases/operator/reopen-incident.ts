// A resolved incident is open again. Its subject's pointer is reserved before the commit and set after it, so that no failure that arrives
// meanwhile opens another incident of the same subject (invariant 2). Refused while a newer incident of the subject is open.
import { Conflict, Refused, Unavailable } from '../../domain/errors.ts';
import { mustAllow } from '../../domain/incidents/commands.ts';
import { failedAgain, moved, takesJoins } from '../../domain/incidents/incident.ts';
import { byOperator, operatorEntry, type Reasoned } from '../../domain/incidents/operator.ts';
import type { CommitResult, IncidentFile, SubjectPointer } from '../../ports/incident-store.ts';
import type { Commanded, CommandOrder, CommandPorts } from './command.ts';
import { commitCommand } from './commit-command.ts';

export async function reopenIncident(
  ports: CommandPorts,
  order: CommandOrder,
  { reason }: Reasoned,
): Promise<Commanded> {
  const { operator } = order;
  return await commitCommand(
    ports,
    order,
    ({ incident }) => {
      mustAllow(incident, 'reopen');
      const {
        resolvedAt,
        closesAt: _closes,
        nextDueAt: _due,
        acknowledgedAt: _a,
        acknowledgedBy: _by,
        ...rest
      } = failedAgain(incident);
      const words = byOperator('Reopened', operator, reason);
      return {
        incident: moved(rest, 'open'),
        events: [operatorEntry(operator, 'incident-reopened', words, { reason, wasResolvedAt: resolvedAt })],
        news: { kind: 'incident-opened', text: words },
      };
    },
    {
      around: (file, commit) => underReservation(ports, file, commit),
      finish: (file) => settleReopening(ports, file),
    },
  );
}

async function underReservation(
  ports: CommandPorts,
  file: IncidentFile,
  commit: () => Promise<CommitResult>,
): Promise<CommitResult> {
  const { reserved, before } = await reserve(ports, file);
  try {
    const result = await commit();
    if (!result.committed) await giveBack(ports, before, reserved);
    return result;
  } catch (error) {
    // After an outage nobody knows whether it is open: the watchdog finds out by our guard.
    if (!(error instanceof Unavailable)) await giveBack(ports, before, reserved);
    throw error;
  }
}

/** The watchdog may have done it, if we were slow. */
async function giveBack(ports: CommandPorts, before: Unstored, reserved: SubjectPointer): Promise<void> {
  try {
    await ports.subjects.set(before, reserved);
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
}

type Unstored = Omit<SubjectPointer, 'etag'>;

/** Throws `Refused` while another incident of the subject is open, `Conflict` while somebody else reopens one. */
async function reserve(
  ports: CommandPorts,
  { incident }: IncidentFile,
): Promise<{ reserved: SubjectPointer; before: Unstored }> {
  const { subject, id, failureKey } = incident;
  const pointer = await ports.subjects.get(subject);
  if (pointer?.reopening !== undefined) {
    throw new Conflict('written-meanwhile', `${pointer.reopening} of the same subject is being reopened`);
  }
  if (pointer && pointer.incidentId !== id && !pointer.incidentPurged) await refuseIfOpen(ports, pointer);
  const { etag: _, ...before } = pointer ?? { subject, incidentId: id, failureKey, etag: '' };
  return { reserved: await ports.subjects.set({ ...before, reopening: id }, pointer), before };
}

async function refuseIfOpen(ports: CommandPorts, { incidentId }: SubjectPointer): Promise<void> {
  const newer = await ports.incidents.load(incidentId);
  if (newer && !takesJoins(newer.incident.state)) return;
  const state = newer ? `is ${newer.incident.state}` : 'is being opened';
  throw new Refused('illegal-transition', `${incidentId} of the same subject ${state}: work on that one.`);
}

async function pointTo(ports: CommandPorts, { incident }: IncidentFile, reserved: SubjectPointer): Promise<void> {
  const { subject, id, failureKey } = incident;
  const { incidentId: last, previousIncidentId } = reserved;
  const previous = last === id ? previousIncidentId : last;
  await ports.subjects.set(
    { subject, incidentId: id, failureKey, ...(previous === undefined ? {} : { previousIncidentId: previous }) },
    reserved,
  );
}

/**
 * Ends the reservation. Open means done; otherwise its writer died, as the watchdog takes it, and it is given up in a way that the
 * writer, should it live, notices.
 */
export async function settleReopening(ports: CommandPorts, file: IncidentFile): Promise<void> {
  const { incident } = file;
  const pointer = await ports.subjects.get(incident.subject);
  if (pointer?.reopening !== incident.id) return;
  if (takesJoins(incident.state)) return await pointTo(ports, file, pointer);
  // This makes every version that the writer may have read an old one, so that its commit can only fail.
  await ports.incidents.commit({
    basis: file,
    incident,
    events: [
      {
        type: 'reopening-given-up',
        actor: 'lakewarden',
        text: 'An order to reopen was not carried out: order it again',
      },
    ],
    at: ports.clock.now().toISOString(),
  });
  const { reopening: _, etag: __, ...before } = pointer;
  await ports.subjects.set(before, pointer);
}
