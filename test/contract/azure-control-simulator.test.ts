// Azure's own side of the laptop cloud refuses, limits and loses what the real one does (local/azure-control/refusals.ts).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACTION_GROUP_APP_ID, EVENTS_PER_PAGE, READS } from '../../local/azure-control/refusals.ts';
import { openKeptMap } from '../../local/durable/kept-map.ts';
import {
  type AzureBench,
  anAzure,
  HOOKS_APP,
  HOOKS_SECRET,
  SUBSCRIPTION,
  TENANT,
} from '../builders/simulated-azure.ts';
import { call, manualClock } from '../builders/simulated-workspace.ts';

let bench: AzureBench;
beforeEach(async () => {
  bench = await anAzure({ clock: manualClock(Date.now()) });
});
afterEach(() => bench.stop());

function askToken(form: Record<string, string>, tenant = TENANT) {
  const body = new URLSearchParams(form).toString();
  return bench.call('POST', `/${tenant}/oauth2/v2.0/token`, body, {
    'content-type': 'application/x-www-form-urlencoded',
  });
}
const good = {
  grant_type: 'client_credentials',
  client_id: ACTION_GROUP_APP_ID,
  client_secret: HOOKS_SECRET,
  scope: `api://${HOOKS_APP}/.default`,
};

describe('A3: the simulated Entra ID', () => {
  test('gives an application a token that jose verifies with the published keys', async () => {
    const { json: discovery } = await bench.call('GET', `/${TENANT}/v2.0/.well-known/openid-configuration`);
    const { json, status } = await askToken(good);
    expect(status).toBe(200);
    const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
    const { payload } = await jwtVerify(json.access_token, keys, { issuer: discovery.issuer, audience: HOOKS_APP });
    expect(payload).toMatchObject({
      azp: ACTION_GROUP_APP_ID,
      tid: TENANT,
      roles: ['ActionGroupsSecureWebhook'],
      ver: '2.0',
    });
  });

  test.each([
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['an unknown application', { client_id: 'nobody' }, 400, 'unauthorized_client'],
    ['a wrong secret', { client_secret: 'guess' }, 401, 'invalid_client'],
    ['an unknown resource', { scope: 'api://elsewhere/.default' }, 400, 'invalid_resource'],
  ])('refuses %s', async (_what, change, status, error) => {
    expect(await askToken({ ...good, ...change })).toMatchObject({ status, json: { error } });
  });

  test('does not know another tenant', async () => {
    expect((await askToken(good, 'fabrikam')).status).toBe(400);
  });

  test('publishes a new key beside the old ones, until they are retired', async () => {
    const before = await bench.token();
    await bench.call('POST', '/_sim/entra/rotate');
    const after = await bench.token();
    const kid = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
    const published = async () =>
      (await bench.call('GET', `/${TENANT}/discovery/v2.0/keys`)).json.keys.map((key: { kid: string }) => key.kid);
    expect(await published()).toEqual([kid(before), kid(after)]);
    await bench.call('POST', '/_sim/entra/retire');
    expect(await published()).toEqual([kid(after)]);
  });
});

const EVENTS = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.ResourceHealth/events?api-version=2025-05-01`;
const ALERTS = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts?api-version=2019-05-05-preview`;
const seedEvent = (id: string, properties: Record<string, unknown> = {}) =>
  bench.call('PUT', `/_sim/arm/subscriptions/${SUBSCRIPTION}/events/${id}`, properties);
const seedAlert = (id: string, essentials: Record<string, unknown> = {}) =>
  bench.call('PUT', `/_sim/arm/subscriptions/${SUBSCRIPTION}/alerts/${id}`, essentials);

describe('B6: the simulated Resource Manager', () => {
  test.each([
    ['no token', EVENTS, { authorization: '' }, 401, 'AuthenticationFailed'],
    ['a foreign token', EVENTS, { authorization: 'Bearer x.y.z' }, 401, 'InvalidAuthenticationToken'],
    ['no version', EVENTS.split('?')[0] ?? '', {}, 400, 'MissingApiVersionParameter'],
    ['an unknown version', EVENTS.replace('2025-05-01', '1999-01-01'), {}, 400, 'InvalidApiVersionParameter'],
    ['an unknown subscription', EVENTS.replace(SUBSCRIPTION, 'nobodys'), {}, 404, 'SubscriptionNotFound'],
    ['a filter without sense', `${EVENTS}&$filter=colour`, {}, 400, 'InvalidFilter'],
    ['a page that is too large', `${ALERTS}&pageCount=251`, {}, 400, 'BadRequest'],
    ['a range of its own', `${ALERTS}&timeRange=2h`, {}, 400, 'BadRequest'],
  ])('refuses %s', async (_what, path, headers, status, code) => {
    expect(await bench.call('GET', path, undefined, headers)).toMatchObject({ status, json: { error: { code } } });
  });

  test('takes a token of the tenant that is for it, and none for another resource', async () => {
    const own = await bench.token({ version: 1, claims: { aud: 'https://management.azure.com/' } });
    const other = await bench.token();
    expect((await bench.call('GET', EVENTS, undefined, { authorization: `Bearer ${own}` })).status).toBe(200);
    expect((await bench.call('GET', EVENTS, undefined, { authorization: `Bearer ${other}` })).status).toBe(401);
  });

  test('answers 403 where the caller may not read', async () => {
    await bench.call('PATCH', `/_sim/arm/subscriptions/${SUBSCRIPTION}`, { access: 'none' });
    expect((await bench.call('GET', EVENTS)).json.error.code).toBe('AuthorizationFailed');
  });

  test('lists events in pages, newest first, filtered and from a day on', async () => {
    for (let n = 0; n < EVENTS_PER_PAGE + 1; n += 1) await seedEvent(`T-${n}`, { eventType: 'PlannedMaintenance' });
    await seedEvent('OLD-1', { lastUpdateTime: '2020-01-01T00:00:00Z', eventType: 'ServiceIssue' });
    const { json: first } = await bench.call('GET', `${EVENTS}&queryStartTime=1/2/2020`);
    expect(first.value).toHaveLength(EVENTS_PER_PAGE);
    const next = new URL(first.nextLink);
    const { json: second } = await bench.call('GET', next.pathname + next.search);
    expect(second).toEqual({
      value: [expect.objectContaining({ type: '/providers/Microsoft.ResourceHealth/events' })],
    });
    const { json: old } = await bench.call('GET', `${EVENTS}&$filter=eventType eq 'ServiceIssue'`);
    expect(old.value.map(({ name }: { name: string }) => name)).toEqual(['OLD-1']);
  });

  test('shows alerts that began within the range, newest change first', async () => {
    await seedAlert('a', { startDateTime: new Date(bench.clock.now() - 2 * 86_400_000).toISOString() });
    await seedAlert('b');
    bench.clock.advance(5);
    await seedAlert('c');
    bench.clock.advance(5);
    await seedAlert('b', { monitorCondition: 'Resolved' });
    const { json } = await bench.call('GET', `${ALERTS}&timeRange=1d`);
    expect(json.value.map(({ name }: { name: string }) => name)).toEqual(['b', 'c']);
  });

  test('limits reads, and says when to come again', async () => {
    for (let n = 0; n < READS.burst; n += 1) await bench.call('GET', EVENTS);
    const { status, headers } = await bench.call('GET', EVENTS);
    expect([status, headers.get('retry-after')]).toEqual([429, '10']);
  });
});

describe('B6: the simulated status page', () => {
  const page = async () => (await call(bench.azure.statusPage, 'GET')).json;

  test('shows services by region with the codes of Status.io', async () => {
    await bench.call('POST', '/_sim/status-page', {
      region: 'East US',
      code: 500,
      service: 'Compute',
      message: 'down',
    });
    const { result } = await page();
    const compute = result.status.find(({ name }: { name: string }) => name === 'Compute');
    expect(compute.containers.find(({ name }: { name: string }) => name === 'East US')).toMatchObject({
      status: 'Service Disruption',
      status_code: 500,
    });
    expect(result.status_overall.status_code).toBe(500);
    expect(result.incidents[0].messages[0].details).toBe('down');
    expect((await bench.call('POST', '/_sim/status-page', { region: 'East US', code: 250 })).status).toBe(400);
  });

  test('can lack a region, answer HTML, or not answer at all', async () => {
    await bench.call('POST', '/_sim/status-page/without', ['East US']);
    expect(JSON.stringify(await page())).not.toContain('"East US"');
    await bench.call('POST', '/_sim/faults', { match: { path: '^/1.0/status' }, fault: { kind: 'html' }, times: 1 });
    expect((await fetch(bench.azure.statusPage)).headers.get('content-type')).toContain('text/html');
    await bench.call('POST', '/_sim/faults', { match: { path: '^/1.0/status' }, fault: { kind: 'reset' }, times: 1 });
    await expect(fetch(bench.azure.statusPage)).rejects.toThrow();
  });
});

describe('the simulated Azure over a restart', () => {
  test('L3: keeps keys, events and what an action group still has to deliver', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'azure-control-'));
    const file = join(dir, 'azure.log');
    const first = await anAzure({ kept: openKeptMap(file) });
    const before = (await first.call('GET', '/_sim/entra')).json;
    await first.call('PUT', `/_sim/arm/subscriptions/${SUBSCRIPTION}/events/T-1`, {});
    await first.call('POST', '/_sim/status-page', { region: 'East US', code: 400 });
    const to = [{ url: 'http://127.0.0.1:9/' }];
    await first.call('POST', '/_sim/action-group/send', { to, alerts: [{}] });
    await first.stop();
    const second = await anAzure({ kept: openKeptMap(file) });
    try {
      expect((await second.call('GET', '/_sim/entra')).json).toEqual(before);
      expect((await second.call('GET', EVENTS)).json.value).toHaveLength(1);
      expect((await second.call('GET', '/_sim/action-group')).json).toMatchObject({ underWay: 1, lost: 0 });
      expect((await call(second.azure.statusPage, 'GET')).json.result.status_overall.status_code).toBe(400);
    } finally {
      await second.stop();
      rmSync(dir, { recursive: true });
    }
  });
});
