// What an incident can be about: a component of the estate, an alert of somebody's making, a region, what Azure tells of, or ourselves.
import { componentKinds } from '../estate/components.ts';

/** These stand in no workspace; whatever else has none is not known to any. */
const outsideWorkspaces = ['region', 'service-health', 'azure-alert', 'lakewarden'] as const;
export const subjectKinds = [...componentKinds, 'sql-alert', ...outsideWorkspaces] as const;
export type SubjectKind = (typeof subjectKinds)[number];

export function standsInWorkspace(kind: SubjectKind): boolean {
  return !outsideWorkspaces.some((outside) => outside === kind);
}
