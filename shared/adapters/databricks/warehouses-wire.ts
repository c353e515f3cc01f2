// The JSON of warehouses and statements -> the port's values.
import * as z from 'zod';
import { isWarehouseId } from '../../domain/ids.ts';
import {
  type Warehouse,
  type WarehouseHealth,
  warehouseSizes,
  warehouseStates,
} from '../../ports/workspace-warehouses.ts';
import { optionalText, reason, rowsOf, text } from './wire.ts';

const healthSchema = z
  .object({
    status: z.enum(['HEALTHY', 'DEGRADED', 'FAILED', 'UNKNOWN']).catch('UNKNOWN'),
    summary: text,
    message: text,
    failure_reason: reason,
  })
  .transform(
    ({ status, summary, message, failure_reason }): WarehouseHealth => ({
      status,
      summary: summary || message,
      ...(failure_reason && { reason: failure_reason }),
    }),
  )
  .optional()
  .catch(undefined);

export const warehouseAnswer = z
  .object({
    id: z.string().refine(isWarehouseId),
    name: text,
    state: z.enum(warehouseStates).catch('UNKNOWN'),
    health: healthSchema,
    cluster_size: z.enum(warehouseSizes).optional().catch(undefined),
    auto_stop_mins: z.number().nonnegative().optional().catch(undefined),
  })
  .transform(
    ({ id, name, state, health, cluster_size: size, auto_stop_mins: autoStopMinutes }): Warehouse => ({
      id,
      name,
      state,
      ...(health && { health }),
      ...(size && { size }),
      ...(autoStopMinutes !== undefined && { autoStopMinutes }),
    }),
  );

export const warehousePage = z.object({ warehouses: rowsOf(warehouseAnswer), next_page_token: optionalText });

/** Every field as it came: what an edit does not send back, the service sets to its default. */
export const rawWarehouse = z.record(z.string(), z.unknown());

export const statementAnswer = z.object({
  statement_id: text,
  status: z.object({
    state: z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'CLOSED']),
    error: z.object({ error_code: text, message: text }).optional().catch(undefined),
  }),
  manifest: z
    .object({ schema: z.object({ columns: z.array(z.object({ name: z.string() })) }) })
    .optional()
    .catch(undefined),
  result: z
    .object({ data_array: z.array(z.array(z.string().nullable())).optional() })
    .optional()
    .catch(undefined),
});
export type StatementAnswer = z.output<typeof statementAnswer>;
