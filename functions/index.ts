// The one entry point: every door by name, and the only file that registers anything with the functions host.
import { app, type InvocationContext } from '@azure/functions';
import { routeContext } from '../shared/compose.ts';
import { everyMethod, type Route, serve } from '../shared/http/route.ts';
import { databricksMonitor } from './http/databricks-monitor.ts';
import { breakerReset, dryRun, gate, stopRelease, stopSwitch } from './http/gate.ts';
import { live, ready } from './http/health.ts';
import { incident, incidents } from './http/incidents.ts';
import { signals } from './http/signals.ts';
import { advanceRunDelivery } from './queue/advance-run.ts';
import { deliverMessageDelivery } from './queue/deliver-message.ts';
import { handleSignalDelivery } from './queue/handle-signal.ts';
import { pollComponentsTimer } from './timer/poll-components.ts';
import { watchdogTimer } from './timer/watchdog.ts';

/** A chunked request without a length arrives empty otherwise (A10, facts/functions-host.md 2). */
app.setup({ enableHttpStream: true });

const routes: readonly Route[] = [
  databricksMonitor,
  incidents,
  incident,
  signals,
  gate,
  stopSwitch,
  stopRelease,
  breakerReset,
  dryRun,
  live,
  ready,
];

const queues: Record<string, { name: string; take: (message: unknown, context: InvocationContext) => Promise<void> }> =
  {
    signals: { name: 'handle-signal', take: handleSignalDelivery },
    runs: { name: 'advance-run', take: advanceRunDelivery },
    messages: { name: 'deliver-message', take: deliverMessageDelivery },
  };

/** NCRONTAB: second minute hour day month weekday. */
const timers: Record<string, { schedule: string; run: () => Promise<void> }> = {
  'poll-components': { schedule: '0 */5 * * * *', run: pollComponentsTimer },
  watchdog: { schedule: '30 * * * * *', run: watchdogTimer },
};

for (const route of routes) {
  app.http(route.name, {
    route: route.path,
    methods: everyMethod,
    authLevel: 'anonymous',
    handler: serve(route, routeContext),
  });
}
for (const [queueName, { name, take }] of Object.entries(queues)) {
  app.serviceBusQueue(name, {
    queueName,
    connection: 'ServiceBusConnection',
    isSessionsEnabled: true,
    cardinality: 'one',
    handler: take,
  });
}
for (const [name, { schedule, run }] of Object.entries(timers)) {
  app.timer(name, { schedule, handler: run });
}
