// The one entry point: every door by name, and the only file that registers anything with the functions host.
import { app, type InvocationContext } from '@azure/functions';
import { routeContext } from '../shared/compose.ts';
import { everyMethod, type Route, serve } from '../shared/http/route.ts';
import { databricksMonitor } from './http/databricks-monitor.ts';
import { deadLetterReplay, deadLetters } from './http/dead-letters.ts';
import { breakerReset, dryRun, gate, stopRelease, stopSwitch } from './http/gate.ts';
import { live, ready } from './http/health.ts';
import { incident, incidentOrders, incidents } from './http/incidents.ts';
import { runOrders } from './http/runs.ts';
import { signals } from './http/signals.ts';
import { advanceRunDelivery } from './queue/advance-run.ts';
import { deliverMessageDelivery } from './queue/deliver-message.ts';
import { handleSignalDelivery } from './queue/handle-signal.ts';
import { deadLetterDelivery } from './queue/redrive-dead-letters.ts';
import { anchorTimelinesTimer } from './timer/anchor-timelines.ts';
import { pollComponentsTimer } from './timer/poll-components.ts';
import { redriveDeadLettersTimer } from './timer/redrive-dead-letters.ts';
import { watchdogTimer } from './timer/watchdog.ts';

/** A chunked request without a length arrives empty otherwise (A10, facts/functions-host.md 2). */
app.setup({ enableHttpStream: true });

const routes: readonly Route[] = [
  databricksMonitor,
  incidents,
  incident,
  incidentOrders,
  runOrders,
  signals,
  gate,
  stopSwitch,
  stopRelease,
  breakerReset,
  dryRun,
  deadLetters,
  deadLetterReplay,
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
  'redrive-dead-letters': { schedule: '15 * * * * *', run: redriveDeadLettersTimer },
  'anchor-timelines': { schedule: '0 10 * * * *', run: anchorTimelinesTimer },
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
for (const queue of ['signals', 'runs', 'messages'] as const) {
  app.serviceBusQueue(`keep-dead-${queue}`, {
    queueName: `${queue}/$DeadLetterQueue`,
    connection: 'ServiceBusConnection',
    // Dead-letter queues are read without sessions (design.md 1).
    isSessionsEnabled: false,
    cardinality: 'one',
    handler: deadLetterDelivery(queue),
  });
}
for (const [name, { schedule, run }] of Object.entries(timers)) {
  app.timer(name, { schedule, handler: run });
}
