// What an incident can be about: a component of the estate, an alert of somebody's making, or ourselves.
import { componentKinds } from '../estate/components.ts';

export const subjectKinds = [...componentKinds, 'sql-alert', 'lakewarden'] as const;
export type SubjectKind = (typeof subjectKinds)[number];
