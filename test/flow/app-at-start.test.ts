// The built app as a worker sees it: what it registers, that it connects to nobody by being loaded, and that its doors stay open when the configuration is broken.
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Broker, startBroker } from '../../local/service-bus/broker.ts';
import { readQueuesFile } from '../../local/service-bus/queue-settings.ts';
import { type AppProcess, MASTER_KEY, startApp } from '../builders/app-process.ts';
import { clusterEvent } from '../builders/cloud-client.ts';

const KEY = 'api-key-of-a-test-0123';
/** The host connects for these by itself; the app has no part in it. */
const QUEUE_FUNCTIONS = [
  'handle-signal',
  'advance-run',
  'deliver-message',
  'keep-dead-signals',
  'keep-dead-runs',
  'keep-dead-messages',
];
const FUNCTIONS = z.array(z.looseObject({ name: z.string(), bindings: z.unknown() }));

function listenerOn(port: (value: number) => void, connections: () => void): Promise<Server> {
  const server = createServer((socket) => {
    connections();
    socket.destroy();
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      port(typeof address === 'object' && address !== null ? address.port : 0);
      resolve(server);
    }),
  );
}

describe('the app, just loaded', { timeout: 60_000 }, () => {
  let app: AppProcess;
  let witness: Server;
  let connections = 0;
  beforeAll(async () => {
    let port = 0;
    witness = await listenerOn(
      (value) => {
        port = value;
      },
      () => {
        connections += 1;
      },
    );
    const storage = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:${port}/a;BlobEndpoint=http://127.0.0.1:${port}/a;`;
    const settings = {
      API_KEYS: KEY,
      ServiceBusConnection: `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=a;SharedAccessKey=a;UseDevelopmentEmulator=true`,
      TABLES_CONNECTION: storage,
      BLOBS_CONNECTION: storage,
      ESTATE_FILE: 'infra/estates/reference.json',
      WORKSPACE_HOSTS: JSON.stringify({
        'databricks-dev': `http://127.0.0.1:${port}`,
        'databricks-dr': `http://127.0.0.1:${port}`,
      }),
      DATABRICKS_TOKEN: 'dapi-token-of-a-test',
      HCP_TERRAFORM_URL: `http://127.0.0.1:${port}`,
      HCP_TERRAFORM_TOKEN: 'terraform-token-of-a-test',
      ARM_URL: `http://127.0.0.1:${port}`,
      ARM_TOKEN: 'arm-token-of-a-test',
      STATUS_PAGE_URL: `http://127.0.0.1:${port}/`,
      WEBHOOK_URL: `http://127.0.0.1:${port}/`,
      SLACK_WEBHOOK_URL: `http://127.0.0.1:${port}/`,
    };
    app = await startApp(settings, QUEUE_FUNCTIONS);
  });
  afterAll(async () => {
    await app.stop();
    witness.close();
  });

  it('L3: has the names, triggers and bindings that the worker contract expects', async () => {
    const response = await fetch(`${app.url}/admin/functions`, { headers: { 'x-functions-key': MASTER_KEY } });
    const functions = new Map(
      FUNCTIONS.parse(await response.json()).map(({ name, bindings }) => [name, JSON.stringify(bindings)]),
    );
    expect(functions.get('databricks-monitor')).toContain('httpTrigger');
    expect(functions.get('databricks-monitor')).toContain('"authLevel":"anonymous"');
    for (const [name, queue] of [
      ['handle-signal', 'signals'],
      ['advance-run', 'runs'],
      ['deliver-message', 'messages'],
    ] as const) {
      expect(functions.get(name)).toContain('serviceBusTrigger');
      expect(functions.get(name)).toContain(`"queueName":"${queue}"`);
      expect(functions.get(name)).toContain('"isSessionsEnabled":true');
      expect(functions.get(name)).toContain('"connection":"ServiceBusConnection"');
    }
    expect(functions.get('poll-components')).toContain('0 */5 * * * *');
    expect(functions.get('watchdog')).toContain('timerTrigger');
  });

  it('L3: has connected to nobody by being loaded', async () => {
    expect((await fetch(`${app.url}/health/live`)).status).toBe(200);
    expect(connections).toBe(0);
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(503);
    expect(connections, 'the witness does see connections').toBeGreaterThan(0);
  });
});

describe('a broken configuration', { timeout: 60_000 }, () => {
  let app: AppProcess;
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker({ port: 0, queues: await readQueuesFile('infra/queues.json'), sharedAccessKey: 'a' });
    app = await startApp({
      API_KEYS: KEY,
      ServiceBusConnection: broker.connectionString,
      ESTATE_FILE: 'nowhere.json',
      BLOBS_CONNECTION: ' \t',
      TIME_SCALE: '100',
    });
  });
  afterAll(async () => {
    await app.stop();
    await broker.stop();
  });

  it('L4, A4: leaves the doors open: a signal is taken and waits in the queue', async () => {
    const response = await fetch(`${app.url}/databricks-monitor`, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json', prefer: 'wait=0' },
      body: JSON.stringify(clusterEvent('test-cluster-123')),
    });
    expect(response.status).toBe(202);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(broker.counts('signals')).toMatchObject({ active: 1, deadLettered: 0 });
  });

  it('L4, A8: what has to be kept whole may come again while nothing but white space says where', async () => {
    const event = clusterEvent('test-cluster-123');
    const cluster = { ...event.cluster, cluster_name: 'x'.repeat(5_000) };
    const response = await fetch(`${app.url}/databricks-monitor`, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json', prefer: 'wait=0' },
      body: JSON.stringify({ ...event, cluster }),
    });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('BLOBS_CONNECTION');
  });

  it('L4: is told with every fault at once, in words, without a secret', async () => {
    const response = await fetch(`${app.url}/health/ready`);
    expect(response.status).toBe(503);
    const text = await response.text();
    for (const name of ['ESTATE_FILE', 'TABLES_CONNECTION', 'BLOBS_CONNECTION']) expect(text).toContain(`/${name}`);
    expect(text).not.toContain(KEY);
  });

  it('L4: what needs the configuration is 503, and credentials are still asked for', async () => {
    const headers = { 'x-api-key': KEY };
    expect((await fetch(`${app.url}/api/incidents`, { headers })).status).toBe(503);
    expect((await fetch(`${app.url}/api/incidents`)).status).toBe(401);
  });
});
