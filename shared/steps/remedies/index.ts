// The ordered list of remedies. A remedy that is not here does not exist.
import type { RemedyId } from '../../domain/playbooks/remedy-ids.ts';
import type { Step } from '../step.ts';
import { recreateByTerraform } from './recreate-by-terraform.ts';
import { resizeWarehouse } from './resize-warehouse.ts';
import { restartCluster } from './restart-cluster.ts';
import { restartWarehouse } from './restart-warehouse.ts';
import { restoreNotebook } from './restore-notebook.ts';

export const remedies = {
  'restart-cluster': restartCluster,
  'restart-warehouse': restartWarehouse,
  'resize-warehouse': resizeWarehouse,
  'restore-notebook': restoreNotebook,
  'recreate-by-terraform': recreateByTerraform,
} as const satisfies Record<RemedyId, Step>;
