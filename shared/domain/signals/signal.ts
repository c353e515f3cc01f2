// The one normalised form of everything Lakewarden hears or finds out. Doors and timers make signals, handle-signal takes them.
import * as z from 'zod';
import { failureClasses } from '../classification/failure-classes.ts';
import { type ClusterId, isClusterId, isSignalId, type SignalId } from '../ids.ts';
import { type SubjectKind, subjectKinds } from '../incidents/subject-kinds.ts';
import { azureNoticeSchema, noticeLimits } from './azure/notice.ts';
import { type ComponentEvent, isComponentEvent } from './component-events.ts';

/** What a sender may report of a cluster. */
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
  /** Who told us: a webhook, our own poll, a person, or another part of Lakewarden. */
  source: z.enum(['webhook', 'poll', 'person', 'lakewarden']),
  receivedAt: instant,
  correlationId: z.string(),
  /** Session of the queue: known without asking anybody which workspace it is. */
  rawSubject: z.string(),
  /** Given by `?workspace=` or by the poll that found it. */
  workspace: z.string().optional(),
  /** Where the whole body is kept when the signal carries less than was sent. */
  wholeBody: z.object({ blob: z.string(), sha256: z.string(), bytes: z.number() }).optional(),
};

const told = {
  state: z.string().optional(),
  reason: terminationReasonSchema.optional(),
  /** In the words of whoever told it. */
  text: z.string().max(2_000).optional(),
  /** The notice of Azure that tells it: several may be active about one component. */
  alert: z.string().max(noticeLimits.key).optional(),
  /** Where whoever told it has classified it. */
  failureClass: z.enum(failureClasses).optional(),
};

export const clusterSignalSchema = z.object({
  ...common,
  kind: z.literal('cluster'),
  event: z.enum([
    ...clusterEvents,
    'cluster.missing',
    'cluster.as_before',
    'azure.active',
    'azure.over',
    'person.reported',
  ]),
  clusterId,
  clusterName: z.string().optional(),
  ...told,
  /** When the cluster ended, on Databricks' clock; absent when the sender does not know. */
  terminatedAt: instant.optional(),
});

const otherKinds = subjectKinds.filter((kind): kind is Exclude<SubjectKind, 'cluster'> => kind !== 'cluster');

/** A run of a job, as far as its sender or our look told. */
export const jobRunSchema = z.object({
  runId: z.string(),
  /** The task that failed first, and the number of its try. */
  task: z.string().optional(),
  attempt: z.int().min(0).optional(),
  repairs: z.int().min(0).optional(),
  /** Clusters on which the failed tasks ran; shared ones are subjects of their own. */
  clusters: z.array(z.object({ id: z.string(), source: z.string(), code: z.string().optional() })).optional(),
});
export type JobRun = z.infer<typeof jobRunSchema>;

/** What is told of any component but a cluster: of a warehouse, a job, a notebook, an alert, or ourselves. */
export const otherComponentSignalSchema = z.object({
  ...common,
  kind: z.enum(otherKinds),
  event: z.custom<ComponentEvent>((value) => typeof value === 'string' && isComponentEvent(value)),
  componentId: z.string().min(1).max(500),
  componentName: z.string().max(200).optional(),
  /** Databricks' number of the workspace, where the sender tells it. */
  workspaceId: z.string().optional(),
  ...told,
  /** When it failed, on the service's clock; absent when the sender does not know. */
  failedAt: instant.optional(),
  run: jobRunSchema.optional(),
});

/** What an incident of a component tells the subject of its region. */
const regionEvidenceSchema = z.object({
  ...common,
  kind: z.literal('region-evidence'),
  region: z.string().min(1).max(100),
  weight: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  told: z.object({
    incidentId: z.string(),
    subject: z.string(),
    failureClass: z.enum(failureClasses),
    code: z.string(),
    failedAt: instant.optional(),
  }),
});

/** What Azure told of one thing; which failure or recovery it is shows when it is held against what was told before. */
const azureSignalSchema = z.object({ ...common, kind: z.literal('azure'), notice: azureNoticeSchema });

const testSignalSchema = z.object({ ...common, kind: z.literal('test') });
const unknownSignalSchema = z.object({ ...common, kind: z.literal('unknown'), eventName: z.string() });

export const signalSchema = z.discriminatedUnion('kind', [
  clusterSignalSchema,
  otherComponentSignalSchema,
  regionEvidenceSchema,
  azureSignalSchema,
  testSignalSchema,
  unknownSignalSchema,
]);

export type Signal = z.infer<typeof signalSchema>;
export type ClusterSignal = z.infer<typeof clusterSignalSchema>;
export type OtherComponentSignal = z.infer<typeof otherComponentSignalSchema>;
/** What is about one component, and may open an incident. */
export type ComponentSignal = ClusterSignal | OtherComponentSignal;
export type AzureSignal = z.infer<typeof azureSignalSchema>;
export type RegionEvidence = z.infer<typeof regionEvidenceSchema>;
