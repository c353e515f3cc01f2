// Subjects: what an incident is about, as one text. The raw subject is known to a door, the full one after identification.

import type { ComponentKey } from '../estate/lookup.ts';
import { hashOf } from '../ids.ts';
import type { IncidentComponent } from './incident.ts';
import { standsInWorkspace, subjectKinds } from './subject-kinds.ts';

/** Service Bus takes 128 characters for a session id (facts/azure.md 6.3). */
const SESSION_ID_LIMIT = 128;
/** What a split puts behind the subject that it was taken out of. */
const SPLITS = /(?:\/split\/RCA-\d{8}-\d{3,6})+$/;

export function subjectOf({ kind, workspace, id }: Pick<IncidentComponent, 'kind' | 'workspace' | 'id'>): string {
  return standsInWorkspace(kind) ? `${kind}/${workspace ?? 'unknown'}/${id}` : `${kind}/${id}`;
}

/** The component that a subject is about, also where it was split off; undefined for what this release does not know. */
export function keyOf(subject: string): ComponentKey | undefined {
  const [first, ...rest] = subject.replace(SPLITS, '').split('/');
  const kind = subjectKinds.find((known) => known === first);
  if (kind === undefined || rest.length === 0) return undefined;
  if (!standsInWorkspace(kind)) return { kind, workspace: null, id: rest.join('/') };
  const [workspace = 'unknown', ...id] = rest;
  return { kind, workspace: workspace === 'unknown' ? null : workspace, id: id.join('/') };
}

/** A session id for any text: as it is when it fits, else its hash under the same first word. */
export function sessionIdOf(text: string): string {
  if (text.length <= SESSION_ID_LIMIT) return text;
  return `${text.split('/')[0] ?? 'subject'}/${hashOf(text)}`;
}

/** What a subject is, by its first word: `cluster`, `lakewarden`, ... */
export function kindOf(subject: string): string {
  return subject.split('/', 1)[0] ?? subject;
}

/**
 * `cluster/<id>` of `cluster/<workspace>/<id>` and of what was split off it: all that concerns one component, whichever
 * workspace it was found in. A subject without a workspace is its own.
 */
export function componentOf(subject: string): string {
  const key = keyOf(subject);
  return key === undefined || key.id === '' ? subject.replace(SPLITS, '') : `${key.kind}/${key.id}`;
}
