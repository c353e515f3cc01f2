// What operators may order about the gate.
import * as z from 'zod';
import { isNumberId } from '../ids.ts';
import { isComponentEvent } from '../signals/component-events.ts';

const reason = z.string().trim().min(3).max(500);

export const reasonSchema = z.strictObject({ reason });

export const breakerResetSchema = z.strictObject({
  reason,
  kind: z.enum(['class', 'subject']),
  key: z.string().min(1).max(300),
});

/** What a dry run is asked about, and what is taken to have happened to it when the query does not say. */
export const dryRunKinds = {
  cluster: { code: 'DRIVER_UNREACHABLE' },
  warehouse: { event: 'warehouse.failed' },
  notebook: { event: 'notebook.missing' },
  region: { event: 'region.outage' },
} as const;
export type DryRunKind = keyof typeof dryRunKinds;

function isDryRunKind(kind: string): kind is DryRunKind {
  return Object.hasOwn(dryRunKinds, kind);
}

export const dryRunQuerySchema = z.strictObject({
  clusterId: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, 'must be a cluster id')
    .optional(),
  /** With `id`, instead of a cluster's id. */
  kind: z
    .string()
    .refine(isDryRunKind, `must be one of ${Object.keys(dryRunKinds).join(', ')}`)
    .optional(),
  id: z.string().min(1).max(1000).optional(),
  /** Instead of a component: a run of a job that has failed. Needs `workspace`. */
  runId: z.string().refine(isNumberId, 'must be the id of a run').optional(),
  workspace: z.string().min(1).max(100).optional(),
  code: z
    .string()
    .regex(/^[A-Z0-9_]{1,100}$/, 'must be a termination code')
    .optional(),
  /** Instead of a code: what would be reported, e.g. `cluster.missing`. */
  event: z.string().refine(isComponentEvent, 'must be an event that can be reported').optional(),
});
export type DryRunQuery = z.output<typeof dryRunQuerySchema>;
