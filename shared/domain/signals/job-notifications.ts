// The notifications that Databricks itself sends of jobs and their tasks (facts/databricks.md 3.2): ids only, as numbers or as text.
// A run that was repaired and fails again sends the same body once more, so none of them is known by its ids.
import * as z from 'zod';
import { isNumberId } from '../ids.ts';
import { type ComponentEvent, isComponentEvent } from './component-events.ts';
import { commonFields, type DeliveryContext, eventId, type Parsed, read, wireLimits } from './delivery.ts';
import type { Signal } from './signal.ts';
import { oneLine } from './wire-text.ts';

const idOf = z
  .union([z.number(), z.string()], { error: 'must be a number, or its digits as text' })
  .transform((value) => String(value).trim())
  .refine(isNumberId, 'must be an id: at most 16 digits, not above 2^53');

const wire = z.object({
  event_type: z.custom<ComponentEvent>((name) => typeof name === 'string' && isJobNotification(name)),
  event_id: eventId,
  workspace_id: idOf.nullish(),
  job: z.object({ job_id: idOf, name: z.string().nullish() }),
  run: z.object({ run_id: idOf, parent_run_id: idOf.nullish() }),
  task: z.object({ task_key: z.string().min(1).max(200) }).nullish(),
});

export function isJobNotification(name: string | undefined): name is ComponentEvent {
  return name !== undefined && isComponentEvent(name) && name.startsWith('jobs.');
}

/** Throws `InvalidInput` for a known notification with bad fields. */
export function jobSignal(body: unknown, context: DeliveryContext): Parsed {
  const { event_type: event, event_id, workspace_id: workspaceId, job, run, task } = read(wire, body, 'of a job');
  const name = oneLine(job.name ?? '', wireLimits.clusterName);
  const signal: Signal = {
    ...commonFields(context, [event, event_id, `${workspaceId ?? ''}/${run.run_id}`]),
    kind: 'job',
    rawSubject: `job/${job.job_id}`,
    event,
    componentId: job.job_id,
    ...(name === '' ? {} : { componentName: name }),
    ...(workspaceId ? { workspaceId } : {}),
    run: { runId: run.parent_run_id ?? run.run_id, ...(task ? { task: task.task_key } : {}) },
  };
  return { ok: true, signal, trimmed: (job.name?.length ?? 0) > wireLimits.clusterName };
}
