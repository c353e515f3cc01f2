// Removes one closed incident with all that belongs to it. Every step may be repeated: a purge that died goes on with the next pass.
// Rule kept here: first its subject's pointer says that it is gone, then its rows go, its own row last, then what shows it in the list.
import type {
  ClosedIncident,
  IncidentFile,
  IncidentIndex,
  IncidentStore,
  SubjectStore,
} from '../../ports/incident-store.ts';
import { flush, type HandOverPorts } from '../hand-over.ts';

export interface PurgeIncidentPorts extends HandOverPorts {
  readonly incidents: IncidentStore;
  readonly index: IncidentIndex;
  readonly subjects: SubjectStore;
}

export interface PurgeOrder {
  readonly closed: ClosedIncident;
  /** ISO instant: what was closed later stays. */
  readonly before: string;
  /** Asked after each page. */
  readonly goesOn: () => boolean;
}

/** `unfinished`: its time was up. Throws `Conflict` when somebody writes to it, which the next pass sees. */
export async function purgeIncident(
  ports: PurgeIncidentPorts,
  { closed, before, goesOn }: PurgeOrder,
): Promise<'purged' | 'kept' | 'unfinished'> {
  const file = await ports.incidents.load(closed.id);
  if (file && !isOver(file, before)) {
    // The list was wrong, or is behind.
    await ports.index.refresh(file.incident);
    return 'kept';
  }
  if (file) {
    if (file.outbox.length > 0) await flush(ports, closed.id);
    await retirePointer(ports, file);
    while ((await ports.incidents.purge(file)) === 'more') if (!goesOn()) return 'unfinished';
  }
  await ports.index.forget(closed);
  return 'purged';
}

function isOver({ incident }: IncidentFile, before: string): boolean {
  return incident.state === 'closed' && incident.closedAt !== undefined && incident.closedAt < before;
}

/** A pointer is never deleted. One that names an incident which is not there means an opening to be finished, unless it says otherwise. */
async function retirePointer({ subjects }: PurgeIncidentPorts, { incident }: IncidentFile): Promise<void> {
  const pointer = await subjects.get(incident.subject);
  if (pointer?.incidentId !== incident.id || pointer.incidentPurged) return;
  const { etag: _, ...rest } = pointer;
  await subjects.set({ ...rest, incidentPurged: true }, pointer);
}
