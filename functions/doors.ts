// Every door by name. Loaded right after registration, or by the first call; the compiler proves that no registered name is missing.
import type { HttpHandler, InvocationContext } from '@azure/functions';
import { core, routeContext } from '../shared/compose.ts';
import { type Route, serve } from '../shared/http/route.ts';
import { autonomy } from './http/autonomy.ts';
import { databricksMonitor } from './http/databricks-monitor.ts';
import { deadLetterReplay, deadLetters } from './http/dead-letters.ts';
import { decide } from './http/decide.ts';
import { breakerReset, dryRun, gate, stopRelease, stopSwitch } from './http/gate.ts';
import { live, ready } from './http/health.ts';
import { incident, incidentOrders, incidents } from './http/incidents.ts';
import { monitorAlert } from './http/monitor-alert.ts';
import { notices } from './http/notices.ts';
import { connectivity, probes } from './http/probes.ts';
import { failureRate, failuresByType, jobSuccess } from './http/questions.ts';
import { regions } from './http/regions.ts';
import { runOrders } from './http/runs.ts';
import { serviceHealth } from './http/service-health.ts';
import { signalReport } from './http/signal-report.ts';
import { signals } from './http/signals.ts';
import { sources } from './http/sources.ts';
import { standingOrderEnd, standingOrders } from './http/standing-orders.ts';
import { advanceRunDelivery } from './queue/advance-run.ts';
import { deliverMessageDelivery } from './queue/deliver-message.ts';
import { handleSignalDelivery } from './queue/handle-signal.ts';
import { deadLetterDelivery } from './queue/redrive-dead-letters.ts';
import { type QueueFunctionName, type RouteName, senderOf, type TimerName } from './registry.ts';
import { anchorTimelinesTimer } from './timer/anchor-timelines.ts';
import { assessRegionsTimer } from './timer/assess-regions.ts';
import { pollComponentsTimer } from './timer/poll-components.ts';
import { probeConnectivityTimer } from './timer/probe-connectivity.ts';
import { probeRegionsTimer } from './timer/probe-regions.ts';
import { purgeTimer } from './timer/purge.ts';
import { readWitnessesTimer } from './timer/read-witnesses.ts';
import { redriveDeadLettersTimer } from './timer/redrive-dead-letters.ts';
import { watchOurselvesTimer } from './timer/watch-ourselves.ts';
import { watchdogTimer } from './timer/watchdog.ts';

const routes: Readonly<Record<RouteName, Route>> = {
  'databricks-monitor': databricksMonitor,
  'service-health': serviceHealth,
  'monitor-alert': monitorAlert,
  notices,
  sources,
  incidents,
  incident,
  'incident-orders': incidentOrders,
  'run-orders': runOrders,
  'signal-report': signalReport,
  signals,
  'failures-by-type': failuresByType,
  'failure-rate': failureRate,
  'job-success': jobSuccess,
  regions,
  gate,
  'gate-stop': stopSwitch,
  'gate-release': stopRelease,
  'standing-orders': standingOrders,
  'standing-order-end': standingOrderEnd,
  'breaker-reset': breakerReset,
  'dry-run': dryRun,
  autonomy,
  'dead-letters': deadLetters,
  'dead-letter-replay': deadLetterReplay,
  probes,
  connectivity,
  decide,
  'health-live': live,
  'health-ready': ready,
};

export const queueDoors: Readonly<
  Record<QueueFunctionName, (message: unknown, context: InvocationContext) => Promise<void>>
> = {
  'handle-signal': handleSignalDelivery,
  'advance-run': advanceRunDelivery,
  'deliver-message': deliverMessageDelivery,
  'keep-dead-signals': deadLetterDelivery('signals'),
  'keep-dead-runs': deadLetterDelivery('runs'),
  'keep-dead-messages': deadLetterDelivery('messages'),
};

const timers: Readonly<Record<TimerName, () => Promise<void>>> = {
  'poll-components': pollComponentsTimer,
  'assess-regions': assessRegionsTimer,
  watchdog: watchdogTimer,
  'redrive-dead-letters': redriveDeadLettersTimer,
  'anchor-timelines': anchorTimelinesTimer,
  'read-witnesses': readWitnessesTimer,
  'watch-ourselves': watchOurselvesTimer,
  purge: purgeTimer,
  'probe-regions': probeRegionsTimer,
  'probe-connectivity': probeConnectivityTimer,
};

/** A pass that came through is noted, so that one that does not is missed (D6). */
export async function timerDoor(name: TimerName): Promise<void> {
  await timers[name]();
  const { heartbeats, clock } = core();
  await heartbeats.beat(name, clock.now());
}

export function httpDoor(name: RouteName): HttpHandler {
  const sender = senderOf(name);
  return serve(name, routes[name], () => ({ ...routeContext(), sender }));
}
