// What of HCP Terraform's answers is used, and what a run's status means. An unknown status is one of a run that goes on: new ones
// come without notice (facts/integrations.md 1).
import * as z from 'zod';
import { Unavailable } from '../../domain/errors.ts';
import type { ApplyState, PlannedChanges } from '../../ports/provisioner.ts';

export const workspaceSchema = z.object({ data: z.object({ id: z.string() }) });

const runData = z.object({
  id: z.string().regex(/^run-[A-Za-z0-9]+$/),
  attributes: z.object({
    status: z.string(),
    message: z.string().nullish(),
    'created-at': z.iso.datetime({ offset: true }),
    'status-timestamps': z.record(z.string(), z.unknown()).nullish(),
    actions: z.object({
      'is-confirmable': z.boolean(),
      'is-discardable': z.boolean(),
      'is-cancelable': z.boolean(),
    }),
  }),
  relationships: z.object({ plan: z.object({ data: z.object({ id: z.string().regex(/^plan-[A-Za-z0-9]+$/) }) }) }),
});
export type WireRun = z.infer<typeof runData>;

export const runSchema = z.object({ data: runData });
export const runsSchema = z.object({ data: z.array(runData) });

const count = z.int().nonnegative().nullish();
export const planSchema = z.object({
  data: z.object({
    attributes: z.object({ 'resource-additions': count, 'resource-changes': count, 'resource-destructions': count }),
  }),
});

export const outputsSchema = z.object({
  data: z.array(z.object({ attributes: z.object({ name: z.string(), sensitive: z.boolean(), value: z.unknown() }) })),
});

/** A 2xx of another form is no answer to rely on; an act behind it may have happened. */
export function read<Value>(schema: z.ZodType<Value>, body: unknown, what: string): Value {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Unavailable('provisioner-unavailable', `HCP Terraform answers with ${what} of an unknown form`, {
    mayHaveHappened: true,
  });
}

export function countsOf({ data: { attributes } }: z.infer<typeof planSchema>): PlannedChanges | undefined {
  const {
    'resource-additions': additions,
    'resource-changes': changes,
    'resource-destructions': destructions,
  } = attributes;
  if (typeof additions !== 'number' || typeof changes !== 'number' || typeof destructions !== 'number')
    return undefined;
  return { additions, changes, destructions };
}

const DECISIONS = new Set(['policy_override', 'pre_plan_awaiting_decision']);
const APPLYING = new Set([
  'confirmed',
  'apply_queued',
  'queuing_apply',
  'applying',
  'pre_apply_running',
  'pre_apply_completed',
  'post_apply_running',
  'post_apply_completed',
]);

/** Everything but a run that waits for confirmation: for that the plan has to be read. */
export function stateOf({ attributes }: WireRun): ApplyState {
  const { status } = attributes;
  switch (status) {
    case 'applied':
      return { is: 'applied' };
    case 'planned_and_finished':
      return { is: 'no-changes' };
    case 'errored':
      return { is: 'failed', in: wasConfirmed(attributes) ? 'apply' : 'plan', because: 'it errored: its log says why' };
    case 'discarded':
    case 'canceled':
    case 'force_canceled':
    case 'policy_soft_failed':
      return { is: 'stopped', because: `it is ${status.replaceAll('_', ' ')}` };
    case 'pending':
      return { is: 'queued', because: 'it is pending: another run, or a lock, has the workspace' };
    default:
      return underWay(status, attributes);
  }
}

function underWay(status: string, attributes: WireRun['attributes']): ApplyState {
  const because = `it is ${status.replaceAll('_', ' ')}`;
  if (DECISIONS.has(status)) return { is: 'needs-decision', because };
  return { is: APPLYING.has(status) || wasConfirmed(attributes) ? 'applying' : 'planning', because };
}

function wasConfirmed({ 'status-timestamps': times }: WireRun['attributes']): boolean {
  return Object.keys(times ?? {}).some((name) => name === 'confirmed-at' || name.startsWith('apply'));
}
