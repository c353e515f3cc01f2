// What a report of any component means: a cluster's by its termination code, a warehouse's by that where it has one, others by their event.

import type { ComponentEvent } from '../signals/component-events.ts';
import { componentOf } from '../signals/component-signal.ts';
import type { ComponentSignal, TerminationReason } from '../signals/signal.ts';
import { type Classification, type ClassificationContext, classify } from './classify.ts';
import type { FailureClass } from './failure-classes.ts';
import type { ActionCode, Retry } from './termination-codes.ts';

interface EventVerdict {
  readonly failureClass: FailureClass;
  readonly action: ActionCode;
  readonly retry: Retry;
  readonly why: string;
}

const person = (failureClass: FailureClass, why: string): EventVerdict => ({
  failureClass,
  action: 'TICKET',
  retry: 'no',
  why,
});

function restorable(failureClass: FailureClass, why: string): EventVerdict {
  return { failureClass, action: 'RESTORE', retry: 'yes', why };
}

/** Events that mean a failure whatever their code is; those of clusters are judged by their termination code. */
const verdicts: Partial<Record<ComponentEvent, EventVerdict>> = {
  'cluster.missing': restorable('DatabricksClusterMissing', 'A listed cluster no longer exists'),
  'warehouse.missing': restorable('DatabricksWarehouseMissing', 'A listed warehouse no longer exists'),
  'jobs.on_failure': {
    failureClass: 'DatabricksJobFailed',
    action: 'RERUN',
    retry: 'yes',
    why: 'A run of the job failed, and nobody could look at it',
  },
  'jobs.on_duration_warning_threshold_exceeded': person('DatabricksJobSlow', 'A run takes longer than its threshold'),
  'jobs.on_streaming_backlog_exceeded': person('DatabricksStreamingBacklog', 'A stream falls behind its source'),
  'job.missing': person('DatabricksJobMissing', 'A critical job no longer exists'),
  'job.changed': person('DatabricksJobChanged', 'A critical job differs from its last good definition'),
  'job.success_rate_low': person('DatabricksJobSuccessRateLow', 'Too few runs succeed'),
  'warehouse.failed': {
    failureClass: 'DatabricksWarehouseFailed',
    action: 'RESTART',
    retry: 'yes',
    why: 'The warehouse does not serve queries',
  },
  'warehouse.stopped': {
    failureClass: 'DatabricksWarehouseStopped',
    action: 'RESTART',
    retry: 'yes',
    why: 'The warehouse has to run always, but is stopped',
  },
  'notebook.missing': restorable('DatabricksNotebookMissing', 'A critical notebook no longer exists'),
  'notebook.changed': person('DatabricksNotebookChanged', 'A critical notebook differs from its last good copy'),
  'sql_alert.triggered': person('DatabricksSqlAlert', 'A condition that somebody watches by a query is met'),
  'region.outage': {
    failureClass: 'AzureRegionOutage',
    action: 'RELEASE',
    retry: 'no',
    why: 'Independent witnesses agree that the region is out',
  },
  'region.degraded': person('AzureRegionDegraded', 'Witnesses say that the region does not work as it should'),
  'azure.active': person('AzureAlert', 'An alert of Azure is active'),
  'person.reported': person('ReportedByPerson', 'A person reported it'),
  'lakewarden.trouble': person('LakewardenRecoveryFailed', 'Lakewarden reports trouble of its own'),
};

export function classifySignal(
  signal: ComponentSignal,
  reason: TerminationReason | undefined,
  context: ClassificationContext,
): Classification {
  const verdict = verdicts[signal.event];
  if (!verdict || (signal.kind === 'warehouse' && reason)) return classify(reason, context);
  if (signal.event === 'person.reported' && reason) {
    // What the workspace says is nearer to the cause; but what a person misses is no normal end.
    const found = classify(reason, context);
    if (!found.benign) return found;
  }
  const { kind, id } = componentOf(signal);
  const classification = classifyEvent(signal.event, `${kind}/${id}`);
  return {
    ...classification,
    failureClass: signal.failureClass ?? classification.failureClass,
    code: reason?.code ?? classification.code,
    evidence: { ...classification.evidence, state: signal.state ?? null, text: signal.text ?? null },
  };
}

/** By the event alone; an event that is no failure of its own kind is nobody's to classify. */
export function classifyEvent(event: ComponentEvent, component: string): Classification {
  const verdict = verdicts[event] ?? person('DatabricksUnknown', 'Nothing is known of such a report');
  return {
    ...verdict,
    code: codeOf(event),
    known: true,
    benign: false,
    regionSignal: 0,
    rule: `event:${event}`,
    evidence: { component },
  };
}

/** `jobs.on_failure` -> `JOBS_ON_FAILURE`. */
function codeOf(event: ComponentEvent): string {
  return event.replaceAll('.', '_').toUpperCase();
}
