// Subjects: what an incident is about, as one text. The raw subject is known to a door, the full one after identification.
import { hashOf } from '../ids.ts';
import type { IncidentComponent } from './incident.ts';

/** Service Bus takes 128 characters for a session id (facts/azure.md 6.3). */
const SESSION_ID_LIMIT = 128;

/** `lakewarden` has no workspace. */
export function subjectOf({ kind, workspace, id }: Pick<IncidentComponent, 'kind' | 'workspace' | 'id'>): string {
  return kind === 'lakewarden' ? `lakewarden/${id}` : `${kind}/${workspace ?? 'unknown'}/${id}`;
}

/** A session id for any text: as it is when it fits, else its hash under the same first word. */
export function sessionIdOf(text: string): string {
  if (text.length <= SESSION_ID_LIMIT) return text;
  return `${text.split('/')[0] ?? 'subject'}/${hashOf(text)}`;
}
