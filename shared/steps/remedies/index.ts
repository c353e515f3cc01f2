// The ordered list of remedies. A remedy that is not here does not exist.
import type { RemedyId } from '../../domain/playbooks/remedy-ids.ts';
import type { Step } from '../step.ts';
import { changeNodeType } from './change-node-type.ts';
import { raisePoolCapacity } from './raise-pool-capacity.ts';
import { recoverRun } from './recover-run.ts';
import { recreateByTerraform } from './recreate-by-terraform.ts';
import { releaseComponents } from './release-components.ts';
import { resizeWarehouse } from './resize-warehouse.ts';
import { restartCluster } from './restart-cluster.ts';
import { restartWarehouse } from './restart-warehouse.ts';
import { restoreNotebook } from './restore-notebook.ts';
import { rollbackConfig } from './rollback-config.ts';
import { scaleDown } from './scale-down.ts';
import { scaleUp } from './scale-up.ts';
import { useOnDemand } from './use-on-demand.ts';

export const remedies = {
  'restart-cluster': restartCluster,
  'use-on-demand': useOnDemand,
  'change-node-type': changeNodeType,
  'scale-down': scaleDown,
  'scale-up': scaleUp,
  'raise-pool-capacity': raisePoolCapacity,
  'rollback-config': rollbackConfig,
  'restart-warehouse': restartWarehouse,
  'resize-warehouse': resizeWarehouse,
  'restore-notebook': restoreNotebook,
  'recreate-by-terraform': recreateByTerraform,
  'recover-run': recoverRun,
  'release-components': releaseComponents,
} as const satisfies Record<RemedyId, Step>;
