// Databricks' JSON -> the port's values. Tolerant of what we do not need: one odd field must not hide a whole page of clusters.
import * as z from 'zod';
import { isClusterId } from '../../domain/ids.ts';
import type { TerminationReason } from '../../domain/signals/signal.ts';
import { type Cluster, type ClusterEvent, clusterStates, type LibraryStatus } from '../../ports/workspace.ts';
import { settingsIn } from './cluster-configs-wire.ts';

/** Epoch milliseconds; 0 stands for "never". The upper bound is the last instant that a Date can hold. */
export const instant = z
  .number()
  .positive()
  .max(8.64e15)
  .transform((milliseconds) => new Date(milliseconds).toISOString())
  .optional()
  .catch(undefined);

export const text = z.string().catch('');
export const optionalText = z.string().optional().catch(undefined);

/** `UNKNOWN` is what Databricks means by a reason without a code (facts/databricks.md 2). */
export const reason = z
  .object({
    code: optionalText,
    type: optionalText,
    parameters: z.record(z.string(), z.coerce.string()).catch({}),
  })
  .transform(({ code, type, parameters }): TerminationReason | undefined => {
    if (code === undefined && type === undefined) return undefined;
    return { code: code ?? 'UNKNOWN', parameters, ...(type === undefined ? {} : { type }) };
  })
  .optional()
  .catch(undefined);

const clusterSchema = z
  .looseObject({
    cluster_id: z.string().refine(isClusterId),
    cluster_name: text,
    state: z.enum(clusterStates).catch('UNKNOWN'),
    state_message: text,
    cluster_source: text,
    termination_reason: reason,
    start_time: instant,
    terminated_time: instant,
    last_restarted_time: instant,
  })
  .transform(
    (wire): Cluster => ({
      id: wire.cluster_id,
      name: wire.cluster_name,
      state: wire.state,
      stateMessage: wire.state_message,
      source: wire.cluster_source,
      settings: settingsIn(wire),
      ...(wire.termination_reason && { reason: wire.termination_reason }),
      ...(wire.start_time && { startedAt: wire.start_time }),
      ...(wire.terminated_time && { terminatedAt: wire.terminated_time }),
      ...(wire.last_restarted_time && { lastRestartedAt: wire.last_restarted_time }),
    }),
  );

const eventSchema = z
  .object({
    timestamp: z.number().positive().max(8.64e15),
    type: z.string(),
    details: z.object({ reason, user: optionalText }).catch({ reason: undefined, user: undefined }),
  })
  .transform(
    ({ timestamp, type, details }): ClusterEvent => ({
      type,
      at: new Date(timestamp).toISOString(),
      ...(details.reason && { reason: details.reason }),
      ...(details.user && { user: details.user }),
    }),
  );

const librarySchema = z
  .object({ library: z.unknown().optional(), status: text, messages: z.array(z.string()).catch([]) })
  .transform(({ library, status, messages }): LibraryStatus => ({ library: libraryName(library), status, messages }));

export const clusterAnswer = clusterSchema;

export const clusterPage = z.object({ clusters: rowsOf(clusterSchema), next_page_token: optionalText });

export const eventPage = z.object({
  events: rowsOf(eventSchema),
  next_page_token: optionalText,
  /** The older way of paging, which some answers still have alone: a whole request for the next page. */
  next_page: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

export const libraryAnswer = z.object({ library_statuses: rowsOf(librarySchema) });

export const meAnswer = z.object({ userName: z.string() });

export const accessList = z.object({ access_control_list: z.array(z.unknown()) });

/** API 1.2 writes in camelCase. */
export const idAnswer = z.object({ id: z.string().min(1) });
export const contextAnswer = z.object({ status: z.enum(['Pending', 'Running', 'Error']) });
/** Not tolerant: an error that could not be read would pass for an answer. */
export const commandAnswer = z.object({
  status: z.enum(['Queued', 'Running', 'Finished', 'Error', 'Cancelling', 'Cancelled']),
  results: z
    .object({
      resultType: z.string(),
      data: z.unknown().optional(),
      cause: z.string().nullish(),
      summary: z.string().nullish(),
    })
    .nullish(),
});

/** Rows that cannot be read are left out; without a valid id nothing could be done about them anyway. */
export function rowsOf<Row>(row: z.ZodType<Row>) {
  return z
    .array(z.unknown())
    .nullish()
    .transform((rows) => (rows ?? []).map((item) => row.safeParse(item).data).filter((item) => item !== undefined));
}

/** `pypi: requests==2.32.0`, `jar: /Volumes/…`. */
function libraryName(library: unknown): string {
  const [kind, value] = Object.entries(z.record(z.string(), z.unknown()).safeParse(library).data ?? {})[0] ?? [];
  if (kind === undefined) return 'unknown';
  const nested = z.object({ package: optionalText, coordinates: optionalText }).safeParse(value).data;
  return `${kind}: ${typeof value === 'string' ? value : (nested?.package ?? nested?.coordinates ?? JSON.stringify(value))}`;
}
