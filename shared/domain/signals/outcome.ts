// What became of a signal: the answer of the status URL and of a door that waited. It tells the decision taken, not the incident's later state.
import * as z from 'zod';

/** A6: what a sender is told about the recovery. */
export const recoveryStatuses = [
  'queued',
  'in_progress',
  'verifying',
  'recovered',
  'failed',
  'escalated',
  'held',
  'not_needed',
] as const;
export type RecoveryStatus = (typeof recoveryStatuses)[number];

/** The documented names of what Lakewarden may decide to do. */
export type ActionName =
  | 'restart_cluster'
  | 'scale_cluster'
  | 'restart_with_different_instance_type'
  | 'restart_with_on_demand_instances'
  | 'raise_pool_capacity'
  | 'rollback_config'
  | 'restart_warehouse'
  | 'resize_warehouse'
  | 'retry_job'
  | 'restore_notebook'
  | 'recreate_by_terraform'
  | 'release_components';

/** One stage's word: which stage, what it decided, by which rule, on what evidence. C9 answers from these. */
export const decisionSchema = z.object({
  stage: z.string(),
  decision: z.string(),
  because: z.string(),
  evidence: z.record(z.string(), z.unknown()).optional(),
});
export type Decision = z.infer<typeof decisionSchema>;

export const signalOutcomeSchema = z.object({
  signalId: z.string(),
  decidedAt: z.iso.datetime(),
  subject: z.string(),
  ticketId: z.string().nullable(),
  errorType: z.string().nullable(),
  recoveryStatus: z.enum(recoveryStatuses),
  actionsTaken: z.array(z.string()),
  message: z.string(),
  /** `opened`, `joined`, or the reason why there is no incident: exactly one place where the signal ended (invariant 1). */
  ended: z.enum(['opened', 'joined', 'recorded', 'quarantined']),
  decisions: z.array(decisionSchema),
});
export type SignalOutcome = z.infer<typeof signalOutcomeSchema>;
