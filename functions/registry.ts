// What the functions host is told at start: names, routes, queues, schedules. It holds nothing else, because what is evaluated
// at start is what a cold start costs; `doors.ts` has to serve exactly these names, or it does not compile.

import type { Sender } from '../shared/domain/credentials.ts';

/** Name of the function -> ASP.NET route template. */
export const routes = {
  'databricks-monitor': 'databricks-monitor',
  'service-health': 'azure/service-health',
  'monitor-alert': 'azure/monitor-alert',
  notices: 'api/notices',
  sources: 'api/sources',
  incidents: 'api/incidents',
  incident: 'api/incidents/{id}',
  'incident-orders': 'api/incidents/{id}/{action}',
  'run-orders': 'api/incidents/{id}/runs/{run}/{action}',
  'signal-report': 'api/signals',
  signals: 'api/signals/{id}',
  'failures-by-type': 'api/questions/failures-by-type',
  'failure-rate': 'api/questions/failure-rate',
  'job-success': 'api/questions/job-success',
  regions: 'api/regions',
  gate: 'api/gate',
  'gate-stop': 'api/gate/stop',
  'gate-release': 'api/gate/release',
  'standing-orders': 'api/standing-orders',
  'standing-order-end': 'api/standing-orders/{id}/end',
  'breaker-reset': 'api/breakers/reset',
  'dry-run': 'api/dry-run',
  autonomy: 'api/autonomy',
  'dead-letters': 'api/dead-letters',
  'dead-letter-replay': 'api/dead-letters/{id}/replay',
  probes: 'api/probes',
  connectivity: 'api/connectivity',
  decide: 'decide/{token}',
  'health-live': 'health/live',
  'health-ready': 'health/ready',
} as const;

/** Who posts events to it; undefined for what people and tools use. */
export function senderOf(name: RouteName): Sender | undefined {
  const path = routes[name];
  if (path === 'databricks-monitor') return 'databricks';
  return path.startsWith('azure/') ? 'azure' : undefined;
}

/** Doors take every method and answer 405 themselves: the host would say 404 without a word (facts/functions-host.md 2). */
export const everyMethod = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** Name of the function -> its queue. Dead-letter queues are read without sessions (design.md 1). */
export const queues = {
  'handle-signal': { queueName: 'signals', isSessionsEnabled: true },
  'advance-run': { queueName: 'runs', isSessionsEnabled: true },
  'deliver-message': { queueName: 'messages', isSessionsEnabled: true },
  'keep-dead-signals': { queueName: 'signals/$DeadLetterQueue', isSessionsEnabled: false },
  'keep-dead-runs': { queueName: 'runs/$DeadLetterQueue', isSessionsEnabled: false },
  'keep-dead-messages': { queueName: 'messages/$DeadLetterQueue', isSessionsEnabled: false },
} as const;

/** Name of the function -> NCRONTAB: second minute hour day month weekday. */
export const timers = {
  'poll-components': '0 */5 * * * *',
  watchdog: '30 * * * * *',
  'assess-regions': '20 * * * * *',
  'redrive-dead-letters': '15 * * * * *',
  'anchor-timelines': '0 10 * * * *',
  'read-witnesses': '5 * * * * *',
  'watch-ourselves': '45 * * * * *',
  purge: '45 40 * * * *',
  'probe-regions': '5 * * * * *',
  'probe-connectivity': '35 */5 * * * *',
} as const;

export type RouteName = keyof typeof routes;
export type QueueFunctionName = keyof typeof queues;
export type TimerName = keyof typeof timers;
