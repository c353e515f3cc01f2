// The components of a workspace that an estate file lists, one shape per kind. What is not listed is under watch all the same.
import * as z from 'zod';
import { autonomySchema } from './autonomy.ts';
import { maintenanceWindowSchema } from './maintenance-windows.ts';
import * as names from './names.ts';
import { playbookOverridesSchema } from './playbook-overrides.ts';

const common = {
  name: names.title,
  /** Without it the estate's default holds. */
  autonomy: autonomySchema.optional(),
  /** Any end outside a maintenance window is a failure, even one that somebody asked for (C3). */
  alwaysOn: z.boolean().default(false),
  /** Counts as evidence about its region, and for the decision to fail over. */
  critical: z.boolean().default(false),
  maintenanceWindows: z.array(maintenanceWindowSchema).default([]),
  playbooks: playbookOverridesSchema.default({}),
  terraformAddress: names.terraformAddress.optional(),
};

export const componentSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('cluster'),
      id: names.clusterId,
      ...common,
      /** Runs after a repair as a further proof (E5). */
      testNotebook: names.notebookPath.optional(),
      nodeType: names.nodeType.optional(),
      workers: names.workers.optional(),
      /** What may replace its node type when Azure has none, best first; without them, what is most alike. */
      nodeTypes: z.array(names.nodeType).min(1).max(20).optional(),
      /** Bounds of scaling it; without them, down to 1 worker and not up at all. */
      minWorkers: names.workers.optional(),
      maxWorkers: names.workers.optional(),
      autoTerminationMinutes: names.minutes.optional(),
    })
    .refine(({ minWorkers = 0, maxWorkers = minWorkers }) => minWorkers <= maxWorkers, {
      path: ['maxWorkers'],
      error: 'must not be less than minWorkers',
    }),
  z.strictObject({
    kind: z.literal('warehouse'),
    id: names.warehouseId,
    ...common,
    /** A table that must be readable after a repair (E5). */
    testTable: names.tableName.optional(),
  }),
  z.strictObject({
    kind: z.literal('job'),
    id: names.jobId,
    ...common,
    /** Every table that its tasks write: whether a failed run has written is looked up in their histories (E9). */
    writes: z.array(names.tableName).max(50).default([]),
    /** `safe`: running it twice does no harm. `never`: only a person runs it again. `check`: only if nothing was written. */
    rerun: z.enum(['safe', 'check', 'never']).default('check'),
  }),
  z
    .strictObject({
      kind: z.literal('notebook'),
      id: names.notebookPath,
      ...common,
      /** It may be run as the last proof of its recovery, whatever it does (E5). */
      verifyByRun: z.boolean().default(false),
      /** The cluster for that. */
      runOn: names.clusterId.optional(),
    })
    .refine(({ verifyByRun, runOn }) => !verifyByRun || runOn !== undefined, {
      path: ['runOn'],
      error: 'is needed with verifyByRun: the cluster on which it is run',
    }),
  z.strictObject({
    kind: z.literal('instance-pool'),
    id: names.poolId,
    ...common,
    /** Up to here its capacity may be raised when it is full; without it, not at all. */
    maxCapacity: z.int().min(1).max(100_000).optional(),
  }),
  z.strictObject({ kind: z.literal('pipeline'), id: names.pipelineId, ...common }),
  z.strictObject({ kind: z.literal('serving-endpoint'), id: names.endpointName, ...common }),
]);
export type Component = z.infer<typeof componentSchema>;
export type ComponentKind = Component['kind'];

export const componentKinds = [
  'cluster',
  'warehouse',
  'job',
  'notebook',
  'instance-pool',
  'pipeline',
  'serving-endpoint',
] as const satisfies readonly ComponentKind[];
