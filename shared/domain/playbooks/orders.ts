// What operators may order about the gate.
import * as z from 'zod';
import { isNumberId } from '../ids.ts';

const reason = z.string().trim().min(3).max(500);

export const reasonSchema = z.strictObject({ reason });

export const breakerResetSchema = z.strictObject({
  reason,
  kind: z.enum(['class', 'subject']),
  key: z.string().min(1).max(300),
});

export const dryRunQuerySchema = z.strictObject({
  clusterId: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/, 'must be a cluster id')
    .optional(),
  /** Instead of a cluster: a run of a job that has failed. Needs `workspace`. */
  runId: z.string().refine(isNumberId, 'must be the id of a run').optional(),
  workspace: z.string().min(1).max(100).optional(),
  code: z
    .string()
    .regex(/^[A-Z0-9_]{1,100}$/, 'must be a termination code')
    .default('DRIVER_UNREACHABLE'),
});
