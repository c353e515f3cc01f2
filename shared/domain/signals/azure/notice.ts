// What Azure told of one thing, whatever the schema it told it in: the one form that every parser of this folder ends in.
import * as z from 'zod';
import { componentKinds } from '../../estate/components.ts';

export const noticeSorts = ['service-health', 'alert', 'resource-health', 'activity', 'cost', 'unclassified'] as const;
export type NoticeSort = (typeof noticeSorts)[number];

/** `told`: nothing that is ever over. */
export const noticePhases = ['active', 'over', 'told'] as const;
export type NoticePhase = (typeof noticePhases)[number];

export const noticeLevels = ['critical', 'error', 'warning', 'informational'] as const;
export type NoticeLevel = (typeof noticeLevels)[number];

export const alertSeverities = ['Sev0', 'Sev1', 'Sev2', 'Sev3', 'Sev4'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

/** Ours: a notice has to fit into a message and into a table row (facts/azure.md 6). An incident was seen naming 55 regions. */
export const noticeLimits = {
  key: 300,
  line: 300,
  text: 4_000,
  regions: 100,
  services: 100,
  targets: 20,
  target: 1_000,
} as const;

const instant = z.iso.datetime();
const line = z.string().max(noticeLimits.line);

export const azureNoticeSchema = z.object({
  sort: z.enum(noticeSorts),
  /** What its life cycle is kept under: `service-health/<tracking id>`, `alert/<guid or hash>`, `resource-health/<hash of the resource id>`. */
  key: z.string().min(1).max(noticeLimits.key),
  phase: z.enum(noticePhases),
  /** The newest time that the body tells, else when it was received. */
  at: instant,
  /** What makes two deliveries one: `communicationId`, `eventDataId`, ... */
  updateId: line.optional(),
  isTest: z.boolean(),
  title: line,
  /** Without HTML. */
  text: z.string().max(noticeLimits.text),
  level: z.enum(noticeLevels).optional(),
  severity: z.enum(alertSeverities).optional(),
  incidentType: line.optional(),
  stage: line.optional(),
  /** Of a Service Health event `Active` or `Resolved`, of a resource its health now. */
  status: line.optional(),
  /** ARM names: `eastus2`. */
  regions: z.array(line).max(noticeLimits.regions),
  isGlobal: z.boolean(),
  services: z.array(line).max(noticeLimits.services),
  impactStartAt: instant.optional(),
  mitigatedAt: instant.optional(),
  /** ARM ids in small letters. */
  targets: z.array(z.string().max(noticeLimits.target)).max(noticeLimits.targets),
  /** Named by a dimension such as `cluster_id`. */
  component: z
    .object({ kind: z.enum(componentKinds), id: z.string().min(1).max(500), workspace: z.string().max(100).optional() })
    .optional(),
  rule: line.optional(),
  monitoringService: line.optional(),
  /** Of a resource's health: `PlatformInitiated`, `UserInitiated`, `Unknown`. */
  cause: line.optional(),
});
export type AzureNotice = z.infer<typeof azureNoticeSchema>;
