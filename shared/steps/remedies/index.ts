// The ordered list of remedies. A remedy that is not here does not exist.
import type { Step } from '../step.ts';
import { restartCluster } from './restart-cluster.ts';

export const remedies = { 'restart-cluster': restartCluster } as const satisfies Record<string, Step>;

export type RemedyId = keyof typeof remedies;

export function isRemedyId(id: string): id is RemedyId {
  return Object.hasOwn(remedies, id);
}
