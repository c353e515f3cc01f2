// The ordered list of remedies. A remedy that is not here does not exist.
import type { RemedyId } from '../../domain/playbooks/remedy-ids.ts';
import type { Step } from '../step.ts';
import { restartCluster } from './restart-cluster.ts';

export const remedies = { 'restart-cluster': restartCluster } as const satisfies Record<RemedyId, Step>;
