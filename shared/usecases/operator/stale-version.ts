// The words for an operator whose version is no longer the incident's: what it is now, and what has happened since.
import { Conflict } from '../../domain/errors.ts';
import type { TimelineEvent } from '../../domain/incidents/timeline.ts';
import { newestEventOf, versionOf } from '../../domain/incidents/version.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import type { CommandOrder, CommandPorts } from './command.ts';

const TOLD_EVENTS = 3;

export async function staleVersion(
  ports: Pick<CommandPorts, 'incidents'>,
  { ifMatch }: CommandOrder,
  file: IncidentFile,
): Promise<Conflict> {
  const { incident } = file;
  const [seen] = ifMatch === 'any' ? [] : ifMatch;
  const newest = seen === undefined ? undefined : newestEventOf(seen);
  const timeline = newest === undefined ? [] : await ports.incidents.timeline(incident.id);
  const since = timeline.filter(({ seq }) => newest !== undefined && seq > newest);
  const words = `${incident.id} has changed since you read it and is ${incident.state} now.${whatHappened(since)} Nothing was done. Read it again, decide again, and send its new ETag as If-Match.`;
  return new Conflict('precondition-failed', words, { currentVersion: versionOf(file) });
}

function whatHappened(since: readonly TimelineEvent[]): string {
  if (since.length === 0) return '';
  const told = since.slice(-TOLD_EVENTS).map(({ type, text }) => `${type} (${text.slice(0, 120)})`);
  const before = since.length > told.length ? `${since.length} events since, the last: ` : 'Since then: ';
  return ` ${before}${told.join('; ')}.`;
}
