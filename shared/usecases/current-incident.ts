// Which incident a subject has now. A resolved one that is being reopened counts as open, or nothing is opened until it is known (invariant 2).
import { Conflict } from '../domain/errors.ts';
import { takesJoins } from '../domain/incidents/incident.ts';
import type { IncidentFile, IncidentStore, SubjectPointer, SubjectStore } from '../ports/incident-store.ts';

export interface CurrentIncident {
  readonly pointer: SubjectPointer | undefined;
  readonly file: IncidentFile | undefined;
  /** The pointer names an incident whose opening is not written yet: it is finished under that number. */
  readonly isUnfinished: boolean;
}

/** Throws `Conflict` while an incident of the subject is reserved for reopening: that ends in a moment, or by the watchdog. */
export async function currentIncident(
  ports: { readonly incidents: IncidentStore; readonly subjects: SubjectStore },
  subject: string,
): Promise<CurrentIncident> {
  const pointer = await ports.subjects.get(subject);
  if (pointer?.incidentPurged && pointer.reopening === undefined)
    return { pointer, file: undefined, isUnfinished: false };
  const file = pointer && (await ports.incidents.load(pointer.reopening ?? pointer.incidentId));
  if (pointer?.reopening !== undefined && !(file && takesJoins(file.incident.state)))
    throw new Conflict('written-meanwhile', `${pointer.reopening} of the same subject is being reopened`);
  const isUnfinished = pointer !== undefined && file === undefined;
  if (isUnfinished && (await ports.subjects.get(subject))?.etag !== pointer.etag)
    throw new Conflict('written-meanwhile', `${pointer.incidentId} was purged between two looks at ${subject}`);
  return { pointer, file, isUnfinished };
}
