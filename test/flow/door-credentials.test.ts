// The built app on the local host, with the simulated tenant: which door is opened by what, and what a sender is told otherwise (A3).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Broker, startBroker } from '../../local/service-bus/broker.ts';
import { readQueuesFile } from '../../local/service-bus/queue-settings.ts';
import { type AppProcess, MASTER_KEY, startApp } from '../builders/app-process.ts';
import { logAlert } from '../builders/azure-bodies.ts';
import { clusterEvent } from '../builders/cloud-client.ts';
import { type AzureBench, anAzure, HOOKS_APP, TENANT } from '../builders/simulated-azure.ts';
import { manualClock } from '../builders/simulated-workspace.ts';

const KEY = 'api-key-of-a-test-0123';
let broker: Broker;
let azure: AzureBench;
beforeAll(async () => {
  broker = await startBroker({ port: 0, queues: await readQueuesFile('infra/queues.json'), sharedAccessKey: 'a' });
  // The app lives by the machine's clock, so the tenant does too.
  azure = await anAzure({ clock: manualClock(Date.now()) });
});
afterAll(async () => {
  await azure.stop();
  await broker.stop();
});

function anApp(choice: Record<string, readonly string[]>): Promise<AppProcess> {
  return startApp({
    API_KEYS: KEY,
    ServiceBusConnection: broker.connectionString,
    DOOR_CREDENTIALS: JSON.stringify(choice),
    HOOK_TENANT_ID: TENANT,
    HOOK_AUDIENCE: HOOKS_APP,
    HOOK_AUTHORITY_URL: azure.azure.url,
  });
}

function post(app: AppProcess, headers: Record<string, string>, query = ''): Promise<Response> {
  return fetch(`${app.url}/azure/monitor-alert${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=0', ...headers },
    body: JSON.stringify(logAlert([])),
  });
}

describe('a door that takes tokens', { timeout: 60_000 }, () => {
  let app: AppProcess;
  beforeAll(async () => {
    app = await anApp({ azure: ['bearer'] });
  });
  afterAll(() => app.stop());
  const withToken = async (order: Record<string, unknown> = {}) =>
    await post(app, { authorization: `Bearer ${await azure.token(order)}` });

  it('A3: while the keys of the tenant cannot be read, says 503 and when to come again', async () => {
    await azure.call('POST', '/_sim/faults', { match: { path: '/discovery/' }, fault: { kind: 'reset' } });
    const answer = await withToken();
    await azure.call('DELETE', '/_sim/faults');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await answer.json()).toMatchObject({ code: 'identity-unavailable' });
  });

  it('A3, A4: takes an event with a token of an action group, v2 or v1', async () => {
    const before = broker.counts('signals').active;
    expect((await withToken()).status).toBe(202);
    expect((await withToken({ version: 1 })).status).toBe(202);
    expect(broker.counts('signals').active).toBe(before + 2);
  });

  it('A3: says 401 to a bad token and 403 to a good one without the role, both without detail', async () => {
    const bad = await withToken({ key: 'foreign' });
    const other = await withToken({ claims: { roles: ['DrLead'] } });
    expect([bad.status, other.status]).toEqual([401, 403]);
    for (const answer of [bad, other]) expect(await answer.json()).not.toHaveProperty('detail');
  });

  it('A3: takes no key in place of a token, and no token in place of a person', async () => {
    expect((await post(app, { 'x-api-key': KEY })).status).toBe(401);
    const authorization = `Bearer ${await azure.token()}`;
    expect((await fetch(`${app.url}/api/incidents`, { headers: { authorization } })).status).toBe(401);
  });

  it('A3: an alert of an action group arrives by its secure webhook', async () => {
    const to = [{ url: `${app.url}/azure/service-health`, authorization: { kind: 'bearer' } }];
    await azure.call('POST', '/_sim/action-group/send', { to, alerts: [logAlert([])] });
    await expect
      .poll(async () => (await azure.call('GET', '/_sim/action-group')).json, { timeout: 30_000 })
      .toMatchObject({ delivered: 1, lost: 0, underWay: 0 });
  });
});

describe('a door behind the key of the functions host', { timeout: 60_000 }, () => {
  let app: AppProcess;
  beforeAll(async () => {
    app = await anApp({ azure: ['function-key'] });
  });
  afterAll(() => app.stop());

  it('A3: opens with the key in the address or the header', async () => {
    expect((await post(app, {}, `?code=${MASTER_KEY}`)).status).toBe(202);
    expect((await post(app, { 'x-functions-key': MASTER_KEY })).status).toBe(202);
  });

  it('A3: opens with nothing else, whatever the app would take', async () => {
    expect((await post(app, {})).status).toBe(401);
    expect((await post(app, {}, '?code=wrong')).status).toBe(401);
    expect((await post(app, { 'x-api-key': KEY })).status).toBe(401);
  });

  it('A3: leaves the doors of people and of other senders as they are', async () => {
    const event = { method: 'POST', body: JSON.stringify(clusterEvent('test-cluster-123')) };
    const headers = { 'content-type': 'application/json', prefer: 'wait=0' };
    const monitor = `${app.url}/databricks-monitor`;
    expect((await fetch(monitor, { ...event, headers: { ...headers, 'x-api-key': KEY } })).status).toBe(202);
    expect((await fetch(monitor, { ...event, headers })).status).toBe(401);
    expect((await fetch(`${app.url}/api/incidents`, { headers: { 'x-api-key': KEY } })).status).toBe(503);
    expect((await fetch(`${app.url}/api/incidents`)).status).toBe(401);
  });
});
