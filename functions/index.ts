// The one entry point, and the only file that registers anything with the functions host.
import { app } from '@azure/functions';
import { asksForFunctionKey } from '../shared/domain/function-keys.ts';
import {
  everyMethod,
  type QueueFunctionName,
  queues,
  type RouteName,
  routes,
  senderOf,
  type TimerName,
  timers,
} from './registry.ts';

/** A chunked request without a length arrives empty otherwise (A10, facts/functions-host.md 2). */
app.setup({ enableHttpStream: true });

for (const name of namesOf<RouteName>(routes)) {
  app.http(name, {
    route: routes[name],
    methods: [...everyMethod],
    // Decided at registration, so a changed setting counts from the next start: in Azure that is at once.
    authLevel: isBehindKey(name) ? 'function' : 'anonymous',
    handler: async (request, context) => (await doors()).httpDoor(name)(request, context),
  });
}
for (const name of namesOf<QueueFunctionName>(queues)) {
  app.serviceBusQueue(name, {
    ...queues[name],
    connection: 'ServiceBusConnection',
    cardinality: 'one',
    handler: async (message, context) => (await doors()).queueDoors[name](message, context),
  });
}
for (const name of namesOf<TimerName>(timers)) {
  app.timer(name, { schedule: timers[name], handler: async () => (await doors()).timerDoor(name) });
}

// Registered first, loaded next: the first call should not have to wait for it, and a fault shows itself there.
setImmediate(() => doors().catch(() => undefined));

function doors() {
  return import('./doors.ts');
}

function isBehindKey(name: RouteName): boolean {
  const sender = senderOf(name);
  return sender !== undefined && asksForFunctionKey(process.env.DOOR_CREDENTIALS, sender);
}

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(table).filter((name): name is Name => Object.hasOwn(table, name));
}
