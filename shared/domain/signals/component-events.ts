// What is reported of components, and what each report means: a failure, progress, or a recovery. One list; schemas and stages derive from it.

export type EventMeaning = 'failure' | 'progress' | 'recovery';

export const componentEvents = {
  'cluster.terminated': 'failure',
  'cluster.failed_to_start': 'failure',
  'cluster.restarting': 'progress',
  'cluster.missing': 'failure',
  'cluster.as_before': 'recovery',
  'jobs.on_start': 'progress',
  'jobs.on_success': 'recovery',
  'jobs.on_failure': 'failure',
  'jobs.on_duration_warning_threshold_exceeded': 'failure',
  'jobs.on_streaming_backlog_exceeded': 'failure',
  'job.missing': 'failure',
  'job.changed': 'failure',
  'job.as_before': 'recovery',
  'job.success_rate_low': 'failure',
  'job.success_rate_normal': 'recovery',
  'warehouse.failed': 'failure',
  'warehouse.stopped': 'failure',
  'warehouse.missing': 'failure',
  'warehouse.as_before': 'recovery',
  'notebook.missing': 'failure',
  'notebook.changed': 'failure',
  'notebook.as_before': 'recovery',
  'sql_alert.triggered': 'failure',
  'sql_alert.ok': 'recovery',
  'region.outage': 'failure',
  'region.degraded': 'failure',
  'region.recovered': 'recovery',
  'azure.active': 'failure',
  'azure.over': 'recovery',
  'person.reported': 'failure',
  'lakewarden.trouble': 'failure',
  'lakewarden.well': 'recovery',
} as const satisfies Record<string, EventMeaning>;

export type ComponentEvent = keyof typeof componentEvents;

export function isComponentEvent(name: string): name is ComponentEvent {
  return Object.hasOwn(componentEvents, name);
}
