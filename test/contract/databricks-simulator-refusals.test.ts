// What the simulated workspace says no to, in the real words, and its event log by pages.
import { ApiError, type compute } from '@databricks/sdk-experimental';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EVENT_PAGE } from '../../local/databricks/refusals.ts';
import { aWorkspace, type Bench, clientFor, START } from '../builders/simulated-workspace.ts';

const DOWN = {
  cluster_id: 'down',
  cluster_name: 'Down',
  state: 'TERMINATED',
  terminated_time: START - 3_600_000,
  termination_reason: { code: 'INACTIVITY', type: 'SUCCESS', parameters: { inactivity_duration_min: '60' } },
} as const;
const UP = { cluster_id: 'up', cluster_name: 'Up', state: 'RUNNING', last_restarted_time: START - 7_200_000 } as const;

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({ clusters: [DOWN, UP] });
});
afterEach(() => bench.stop());

const get = (id = 'down') => bench.client.clusters.get({ cluster_id: id });
const stateOf = async (id: string) => (await get(id)).state;

describe('L3: what the workspace says no to', () => {
  test('a missing or wrong token is 401', async () => {
    for (const authorization of ['', 'Bearer wrong', 'Basic dXNlcjpwYXNz']) {
      const refused = await bench.call('GET', '/api/2.1/clusters/list', undefined, { authorization });
      expect(refused).toMatchObject({ status: 401, json: { error_code: 'UNAUTHENTICATED' } });
    }
    await expect(clientFor(bench.workspace.url, { token: 'wrong' }).currentUser.me()).rejects.toMatchObject({
      statusCode: 401,
    });
  });

  test('an error carries ErrorInfo without metadata, which makes the SDK lose the code (facts 0.4)', async () => {
    const { status, json } = await bench.call('GET', '/api/2.1/clusters/get?cluster_id=nobody');
    expect(status).toBe(400);
    expect(json).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: 'Cluster nobody does not exist',
      details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: expect.any(String), domain: '' }],
    });
    const error = await get('nobody').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      errorCode: 'Bad Request',
      statusCode: 400,
      response: expect.stringContaining('INVALID_PARAMETER_VALUE'),
    });
  });

  test('what the caller may not do is 403, and what it may not see is not listed', async () => {
    await bench.call('PUT', '/_sim/clusters/up', { callerMay: 'CAN_ATTACH_TO' });
    expect((await bench.call('GET', '/api/2.1/clusters/get?cluster_id=up')).status).toBe(200);
    expect(await bench.call('POST', '/api/2.1/clusters/restart', { cluster_id: 'up' })).toMatchObject({
      status: 403,
      json: { error_code: 'PERMISSION_DENIED' },
    });
    await bench.call('PUT', '/_sim/clusters/up', { callerMay: 'NONE' });
    expect((await bench.call('GET', '/api/2.1/clusters/get?cluster_id=up')).status).toBe(403);
    expect(
      (await bench.call('GET', '/api/2.1/clusters/list')).json.clusters.map(
        (c: { cluster_id: string }) => c.cluster_id,
      ),
    ).toEqual(['down']);
  });

  test('bad JSON, a missing field, an unknown path, a wrong method', async () => {
    expect((await bench.call('POST', '/api/2.1/clusters/start', '{"cluster_id":')).json.error_code).toBe(
      'MALFORMED_REQUEST',
    );
    expect((await bench.call('POST', '/api/2.1/clusters/start', {})).json.message).toBe(
      'Missing required field: cluster_id',
    );
    expect(await bench.call('GET', '/api/2.1/clusters/frobnicate')).toMatchObject({
      status: 404,
      json: { error_code: 'ENDPOINT_NOT_FOUND', message: "No API found for 'GET /clusters/frobnicate'" },
    });
    expect((await bench.call('GET', '/api/2.1/clusters/start')).status).toBe(404);
  });

  test('a body above the limit is cut off', async () => {
    const big = JSON.stringify({ cluster_id: 'x'.repeat(17 * 1024 * 1024) });
    const outcome = await bench.call('POST', '/api/2.1/clusters/start', big).then(
      (reply) => reply.status,
      () => 413,
    );
    expect(outcome).toBe(413);
    expect(await stateOf('up')).toBe('RUNNING');
  });

  test('unknown fields are dropped, and a PATCH whose body got lost is a 200 that did nothing (facts 0.3)', async () => {
    const spec = { spark_version: '15.4.x-scala2.12', node_type_id: 'Standard_DS3_v2', num_workers: 1, invented: 7 };
    const { json } = await bench.call('POST', '/api/2.1/clusters/create', spec);
    expect((await bench.call('GET', `/api/2.1/clusters/get?cluster_id=${json.cluster_id}`)).json).not.toHaveProperty(
      'invented',
    );
    const wanted = [{ user_name: 'someone@example.com', permission_level: 'CAN_RESTART' as const }];
    const before = await bench.client.clusters.getPermissions({ cluster_id: 'up' });
    expect(await bench.client.clusters.updatePermissions({ cluster_id: 'up', access_control_list: wanted })).toEqual(
      before,
    );
    await bench.client.clusters.setPermissions({ cluster_id: 'up', access_control_list: wanted });
    const after = await bench.client.clusters.getPermissions({ cluster_id: 'up' });
    expect(after.access_control_list?.[0]).toMatchObject({
      user_name: 'someone@example.com',
      all_permissions: [{ permission_level: 'CAN_RESTART' }],
    });
  });
});

describe('L3: the event log by pages', () => {
  test('the SDK follows next_page, a raw client next_page_token, and both see each event once', async () => {
    const count = EVENT_PAGE.default * 2 + 7;
    for (let i = 0; i < count; i += 1)
      await bench.call('POST', '/_sim/clusters/up/events', { type: 'AUTOSCALING_STATS_REPORT', timestamp: START - i });
    const seen: compute.ClusterEvent[] = [];
    const request = { cluster_id: 'up', event_types: ['AUTOSCALING_STATS_REPORT' as const] };
    for await (const event of bench.client.clusters.events({ ...request })) seen.push(event);
    expect(seen.map(({ timestamp }) => timestamp)).toEqual(Array.from({ length: count }, (_, i) => START - i));
    const raw: number[] = [];
    let token: string | undefined = '';
    while (token !== undefined) {
      const { json } = await bench.call('POST', '/api/2.1/clusters/events', {
        ...request,
        page_size: 40,
        ...(token && { page_token: token }),
      });
      raw.push(...json.events.map((event: { timestamp: number }) => event.timestamp));
      token = json.next_page_token || undefined;
      // A newer event in the middle of paging shifts nothing.
      bench.clock.advance(1);
      await bench.call('POST', '/_sim/clusters/up/events', { type: 'AUTOSCALING_STATS_REPORT' });
    }
    expect(raw).toEqual(seen.map(({ timestamp }) => timestamp));
  });

  test('next_page is pinned to the end time of the first page too', async () => {
    const body = { cluster_id: 'up', page_size: 1 };
    const { json: first } = await bench.call('POST', '/api/2.1/clusters/events', body);
    expect(first.next_page).toMatchObject({ cluster_id: 'up', end_time: START, offset: 1, limit: 1 });
    bench.clock.advance(1);
    await bench.call('POST', '/_sim/clusters/up/events', { type: 'METASTORE_DOWN' });
    const { json: second } = await bench.call('POST', '/api/2.1/clusters/events', first.next_page);
    expect([...first.events, ...second.events].map(({ type }) => type)).toEqual(['DRIVER_HEALTHY', 'RUNNING']);
    expect(second.next_page).toMatchObject({ end_time: START, offset: 2 });
  });

  test('an offset in descending order needs an end time, a window has both ends, a page has a limit', async () => {
    const page = (body: object) => bench.call('POST', '/api/2.1/clusters/events', { cluster_id: 'up', ...body });
    expect((await page({ offset: 1 })).json.message).toContain('end_time');
    expect((await page({ start_time: START + 1 })).json).toEqual({
      next_page_token: '',
      prev_page_token: '',
      total_count: 0,
    });
    expect((await page({ page_size: -1 })).status).toBe(400);
    expect((await page({ page_token: 'nonsense' })).status).toBe(400);
    expect((await page({ page_size: 1 })).json.events).toHaveLength(1);
  });
});
