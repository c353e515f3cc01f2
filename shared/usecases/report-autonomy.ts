// The record of each playbook and component, and what it proposes (E8). Read from the incidents themselves, a bounded number of them.
import type { FailureClass } from '../domain/classification/failure-classes.ts';
import type { Estate } from '../domain/estate/estate.ts';
import { autonomyOf } from '../domain/estate/lookup.ts';
import { isTicketId } from '../domain/ids.ts';
import type { IncidentComponent } from '../domain/incidents/incident.ts';
import type { Autonomy } from '../domain/playbooks/gate.ts';
import { entryOf, type Proposal, proposalFor, type TrackEntry } from '../domain/playbooks/track-record.ts';
import type { IncidentFile, IncidentIndex, IncidentStore } from '../ports/incident-store.ts';

/** The newest incidents that a report reads; older ones say little about today's playbooks. */
const MOST_INCIDENTS = 300;
const PAGE = 100;
const READ_AT_ONCE = 8;
/** Entries that are shown of each. */
const SHOWN = 10;

export interface AutonomyPorts {
  readonly estate: Estate;
  readonly incidents: IncidentStore;
  readonly index: IncidentIndex;
}

export interface AutonomyRecord {
  readonly component: IncidentComponent;
  readonly failureClass: FailureClass;
  readonly autonomy: Autonomy;
  readonly succeeded: number;
  readonly failed: number;
  readonly shadowed: number;
  readonly proposal: Proposal | null;
  /** Newest first, at most ten: what was decided beside what happened. */
  readonly entries: readonly TrackEntry[];
}

export interface AutonomyReport {
  readonly incidentsRead: number;
  /** There are older incidents that were not read. */
  readonly more: boolean;
  readonly value: readonly AutonomyRecord[];
}

export async function reportAutonomy(ports: AutonomyPorts): Promise<AutonomyReport> {
  const { ids, more } = await newestTickets(ports.index);
  const groups = new Map<string, IncidentFile[]>();
  for (let from = 0; from < ids.length; from += READ_AT_ONCE) {
    const batch = ids.slice(from, from + READ_AT_ONCE).filter(isTicketId);
    const files = await Promise.all(batch.map((id) => ports.incidents.load(id)));
    for (const file of files) if (file && file.incident.component.kind !== 'lakewarden') gather(groups, file);
  }
  const value = [...groups.values()].flatMap(([newest, ...older]) =>
    newest ? [recordOf(ports.estate, newest, older)] : [],
  );
  return { incidentsRead: ids.length, more, value };
}

async function newestTickets(index: IncidentIndex): Promise<{ ids: string[]; more: boolean }> {
  const ids: string[] = [];
  let continuation: string | undefined;
  do {
    const page = await index.list({}, PAGE, continuation);
    ids.push(...page.incidents.map(({ id }) => id));
    continuation = page.continuation;
  } while (continuation !== undefined && ids.length < MOST_INCIDENTS);
  return { ids: ids.slice(0, MOST_INCIDENTS), more: continuation !== undefined };
}

function gather(groups: Map<string, IncidentFile[]>, file: IncidentFile): void {
  const { component, failureClass } = file.incident;
  const key = JSON.stringify([component.workspace, component.kind, component.id, failureClass]);
  groups.set(key, [...(groups.get(key) ?? []), file]);
}

function recordOf(estate: Estate, newest: IncidentFile, older: readonly IncidentFile[]): AutonomyRecord {
  const { component, failureClass } = newest.incident;
  const entries = [newest, ...older].map((file) => entryOf(file));
  const count = (result: TrackEntry['result']) => entries.filter((entry) => entry.result === result).length;
  const autonomy = autonomyOf(estate, component, failureClass);
  return {
    component,
    failureClass,
    autonomy,
    succeeded: count('succeeded'),
    failed: count('failed'),
    shadowed: count('shadowed'),
    proposal: proposalFor(autonomy, entries) ?? null,
    entries: entries.slice(0, SHOWN),
  };
}
