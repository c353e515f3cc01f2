// A broker, a client and the fixture app with queue functions, for tests of Service Bus functions.
import { ServiceBusClient as Client, type ServiceBusClient, type ServiceBusMessage } from '@azure/service-bus';
import { type Broker, startBroker } from '../../local/service-bus/broker.ts';
import { aQueue } from '../../local/service-bus/queue-settings.ts';
import { eventually, HOST_JSON, type HostedApp, hosted, json } from './functions-host.harness.ts';

const QUEUES = [
  aQueue('sessions', { requiresSession: true, maxDeliveryCount: 3 }),
  aQueue('session-batch', { requiresSession: true }),
  aQueue('plain', { maxDeliveryCount: 3 }),
  aQueue('binary'),
  aQueue('batch'),
  aQueue('manual', { lockDurationSeconds: 2 }),
  aQueue('short-lock', { lockDurationSeconds: 2 }),
  aQueue('short-session', { lockDurationSeconds: 2, requiresSession: true }),
];

const HOST = {
  ...HOST_JSON,
  logging: { logLevel: { 'Host.Triggers.ServiceBus': 'Debug' } },
  extensions: {
    ...HOST_JSON.extensions,
    serviceBus: {
      maxConcurrentSessions: 8,
      maxConcurrentCalls: 4,
      sessionIdleTimeout: '00:00:00.300',
      clientRetryOptions: { tryTimeout: '00:00:02', delay: '00:00:00.050', maxDelay: '00:00:00.500', maxRetries: 10 },
    },
  },
};

export interface Seen {
  readonly queue: string;
  readonly at: number;
  readonly message: unknown;
  readonly metadata: Record<string, unknown>;
}

export interface Stage {
  readonly broker: Broker;
  readonly client: ServiceBusClient;
  readonly app: HostedApp;
  startApp(): Promise<HostedApp>;
  send(queue: string, messages: ServiceBusMessage | ServiceBusMessage[]): Promise<void>;
  /** Waits for `count` deliveries whose text contains the mark. */
  deliveries(mark: string, count: number, host?: HostedApp): Promise<Seen[]>;
  seenBy(host: HostedApp): Promise<{ seen: Seen[]; overlaps: string[] }>;
  /** Lets go of what is held by `hold:<word>`. */
  release(word: string): Promise<unknown>;
  isEmpty(queue: string): Promise<unknown>;
  stop(): Promise<void>;
}

let tags = 0;

/** A mark that no other test uses and that does not parse as JSON. */
export function tag(): string {
  tags += 1;
  return `tag-${tags}-`;
}

export async function setStage(): Promise<Stage> {
  const broker = await startBroker({ port: 0, queues: QUEUES });
  const client = new Client(broker.connectionString, { retryOptions: { retryDelayInMs: 50, timeoutInMs: 5_000 } });
  const settings = { ServiceBusConnection: broker.connectionString, PLAIN_QUEUE: 'plain' };
  const startApp = () => hosted('queues.mjs', { hostJson: HOST, settings });
  const app = await startApp();
  return {
    broker,
    client,
    app,
    startApp,
    seenBy,
    send: (queue, messages) => send(client, queue, messages),
    deliveries: (mark, count, host = app) => deliveries(host, mark, count),
    release: (word) => fetch(`${app.url}/release?word=${word}`),
    isEmpty: (queue) =>
      eventually(
        async () => broker.counts(queue),
        (counts) => counts.active === 0,
      ),
    async stop() {
      await app.stop();
      await client.close();
      await broker.stop();
    },
  };
}

async function send(
  client: ServiceBusClient,
  queue: string,
  messages: ServiceBusMessage | ServiceBusMessage[],
): Promise<void> {
  const sender = client.createSender(queue);
  await sender.sendMessages(messages);
  await sender.close();
}

async function seenBy(host: HostedApp): Promise<{ seen: Seen[]; overlaps: string[] }> {
  return json(await fetch(`${host.url}/seen`));
}

function deliveries(host: HostedApp, mark: string, count: number): Promise<Seen[]> {
  return eventually(
    async () => (await seenBy(host)).seen.filter((one) => JSON.stringify(one).includes(`"${mark}`)),
    (seen) => seen.length >= count,
  );
}
