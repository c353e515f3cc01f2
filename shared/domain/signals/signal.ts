// The one normalised form of everything Lakewarden hears or finds out. Doors and timers make signals, handle-signal takes them.
import * as z from 'zod';
import { type ClusterId, isClusterId, isSignalId, type SignalId } from '../ids.ts';

export const clusterEvents = ['cluster.terminated', 'cluster.failed_to_start', 'cluster.restarting'] as const;

const signalId = z.custom<SignalId>((value) => typeof value === 'string' && isSignalId(value));
const clusterId = z.custom<ClusterId>((value) => typeof value === 'string' && isClusterId(value));
const instant = z.iso.datetime();

/** Why a cluster ended, in Databricks' own words; `code` stays open because Databricks adds codes (facts/databricks.md 2). */
export const terminationReasonSchema = z.object({
  code: z.string(),
  type: z.string().optional(),
  parameters: z.record(z.string(), z.string()).default({}),
});
export type TerminationReason = z.infer<typeof terminationReasonSchema>;

const common = {
  schemaVersion: z.literal(1),
  id: signalId,
  /** Who told us: a webhook, or our own poll. */
  source: z.enum(['webhook', 'poll']),
  receivedAt: instant,
  correlationId: z.string(),
  /** Session of the queue: known without asking anybody which workspace it is. */
  rawSubject: z.string(),
  /** Given by `?workspace=` or by the poll that found it. */
  workspace: z.string().optional(),
  /** Where the whole body is kept when the signal carries less than was sent. */
  wholeBody: z.object({ blob: z.string(), sha256: z.string(), bytes: z.number() }).optional(),
};

export const clusterSignalSchema = z.object({
  ...common,
  kind: z.literal('cluster'),
  event: z.enum(clusterEvents),
  clusterId,
  clusterName: z.string().optional(),
  state: z.string().optional(),
  reason: terminationReasonSchema.optional(),
  /** When the cluster ended, on Databricks' clock; absent when the sender does not know. */
  terminatedAt: instant.optional(),
});

const testSignalSchema = z.object({ ...common, kind: z.literal('test') });
const unknownSignalSchema = z.object({ ...common, kind: z.literal('unknown'), eventName: z.string() });

export const signalSchema = z.discriminatedUnion('kind', [clusterSignalSchema, testSignalSchema, unknownSignalSchema]);

export type Signal = z.infer<typeof signalSchema>;
export type ClusterSignal = z.infer<typeof clusterSignalSchema>;
