// Lists of the simulated workspace: pages, empty pages, filters, what is not listed, and the limits that answer 429.
import type { compute } from '@databricks/sdk-experimental';
import { afterEach, describe, expect, test } from 'vitest';
import { CLUSTER_PAGE, LIMITS, LISTED_DAYS } from '../../local/databricks/refusals.ts';
import { aWorkspace, type Bench, clientFor, START } from '../builders/simulated-workspace.ts';

const DAY_MS = 24 * 3600 * 1000;
let bench: Bench;
afterEach(() => bench.stop());

function many(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    cluster_id: `c-${i}`,
    cluster_name: `name ${i}`,
    state: 'RUNNING' as const,
  }));
}

interface Page {
  readonly clusters?: { cluster_id: string }[];
  readonly next_page_token: string;
}

async function pages(query: string): Promise<Page[]> {
  const all: Page[] = [];
  let token = '';
  do {
    const { json } = await bench.call('GET', `/api/2.1/clusters/list?${query}&page_token=${token}`);
    all.push(json);
    token = json.next_page_token;
  } while (token !== '');
  return all;
}

const idsOf = (all: Page[]) => all.flatMap(({ clusters = [] }) => clusters.map(({ cluster_id }) => cluster_id));

describe('B1: pages of clusters', () => {
  test('250 clusters come over pages of which some are empty, each once, none missing', async () => {
    bench = await aWorkspace({ clusters: many(250) });
    const all = await pages('page_size=100');
    expect(all.map(({ clusters }) => clusters?.length ?? 0)).toEqual([100, 100, 0, 50]);
    expect(all[2], 'an empty page has no list at all').not.toHaveProperty('clusters');
    expect(new Set(idsOf(all)).size).toBe(250);
  });

  test('the iterator of the SDK stops at the empty page and loses the rest (facts 0.5)', async () => {
    bench = await aWorkspace({ clusters: many(250) });
    const seen: compute.ClusterDetails[] = [];
    for await (const cluster of bench.client.clusters.list({ page_size: 100 })) seen.push(cluster);
    expect(seen).toHaveLength(200);
  });

  test('empty pages can be switched off, and the page size is limited', async () => {
    bench = await aWorkspace({ clusters: many(250), emptyPageEvery: 0 });
    expect((await pages('page_size=1000')).map(({ clusters }) => clusters?.length)).toEqual([
      CLUSTER_PAGE.max,
      CLUSTER_PAGE.max,
      50,
    ]);
    expect((await pages('')).map(({ clusters }) => clusters?.length)[0]).toBe(CLUSTER_PAGE.default);
    expect((await bench.call('GET', '/api/2.1/clusters/list?page_size=-5')).status).toBe(400);
    expect((await bench.call('GET', '/api/2.1/clusters/list?page_size=ten')).status).toBe(400);
  });

  test('a state that changes between two pages neither hides nor repeats a cluster', async () => {
    bench = await aWorkspace({ clusters: many(30), emptyPageEvery: 0 });
    const { json: first } = await bench.call('GET', '/api/2.1/clusters/list?page_size=10');
    await bench.call('PUT', `/_sim/clusters/${first.clusters[0].cluster_id}`, { state: 'TERMINATED' });
    const { json: second } = await bench.call(
      'GET',
      `/api/2.1/clusters/list?page_size=20&page_token=${first.next_page_token}`,
    );
    expect(new Set(idsOf([first, second])).size).toBe(30);
    const back = await bench.call('GET', `/api/2.1/clusters/list?page_size=10&page_token=${second.prev_page_token}`);
    expect(back.json.clusters).toHaveLength(10);
  });

  test('a foreign or stale token is refused', async () => {
    bench = await aWorkspace({ clusters: many(3) });
    const foreign = Buffer.from('{"listing":99,"offset":0,"page":0}').toString('base64url');
    for (const token of ['nonsense', foreign, 'bnVsbA']) {
      expect((await bench.call('GET', `/api/2.1/clusters/list?page_token=${token}`)).json.error_code).toBe(
        'INVALID_PARAMETER_VALUE',
      );
    }
  });

  test('no cluster at all is an answer without a list', async () => {
    bench = await aWorkspace();
    expect((await bench.call('GET', '/api/2.1/clusters/list')).json).toEqual({
      next_page_token: '',
      prev_page_token: '',
    });
  });
});

describe('B1: filters', () => {
  test('by state, source, pin and policy, as the SDK flattens them; a page that holds none of them is empty', async () => {
    const odd = {
      cluster_id: 'odd',
      state: 'TERMINATED',
      cluster_source: 'JOB',
      pinned: true,
      policy_id: 'P1',
      cluster_name: 'zzz',
    } as const;
    bench = await aWorkspace({ clusters: [...many(30), odd], emptyPageEvery: 0 });
    const found = async (filter_by: compute.ListClustersFilterBy) => {
      const ids: (string | undefined)[] = [];
      for await (const cluster of bench.client.clusters.list({ filter_by, page_size: 100 }))
        ids.push(cluster.cluster_id);
      return ids;
    };
    expect(await found({ cluster_states: ['TERMINATED', 'ERROR'] })).toEqual(['odd']);
    expect(await found({ cluster_sources: ['JOB'] })).toEqual(['odd']);
    expect(await found({ cluster_sources: ['UI', 'API'] })).toHaveLength(30);
    expect(await found({ is_pinned: true })).toEqual(['odd']);
    expect(await found({ is_pinned: false })).toHaveLength(30);
    expect(await found({ policy_id: 'P1' })).toEqual(['odd']);
    const byPage = await pages('page_size=10&filter_by.cluster_states=TERMINATED');
    expect(byPage.map(({ clusters }) => clusters?.length ?? 0)).toEqual([0, 0, 0, 1]);
  });

  test('sorted by name if asked, both ways', async () => {
    bench = await aWorkspace({ clusters: many(5) });
    const up = idsOf(await pages('sort_by.field=CLUSTER_NAME'));
    expect(up).toEqual(['c-0', 'c-1', 'c-2', 'c-3', 'c-4']);
    expect(idsOf(await pages('sort_by.field=CLUSTER_NAME&sort_by.direction=DESC'))).toEqual(up.toReversed());
  });

  test('a cluster vanishes from lists 30 days after its end, unless it is pinned', async () => {
    const old = { state: 'TERMINATED', terminated_time: START - (LISTED_DAYS - 1) * DAY_MS } as const;
    bench = await aWorkspace({
      clusters: [
        { ...old, cluster_id: 'a' },
        { ...old, cluster_id: 'b', pinned: true },
      ],
    });
    expect(idsOf(await pages('')).toSorted()).toEqual(['a', 'b']);
    bench.clock.advance(2 * 24 * 3600);
    expect(idsOf(await pages(''))).toEqual(['b']);
    expect((await bench.call('GET', '/api/2.1/clusters/get?cluster_id=a')).status).toBe(200);
  });
});

describe('E6: limits', () => {
  test('beyond the burst 429 with Retry-After, after which the call passes', async () => {
    bench = await aWorkspace({ limits: { clusters: { perSecond: 0.5, burst: 2, retryAfter: true } } });
    const list = () => bench.call('GET', '/api/2.1/clusters/list');
    expect([(await list()).status, (await list()).status]).toEqual([200, 200]);
    const refused = await list();
    expect(refused).toMatchObject({ status: 429, json: { error_code: 'REQUEST_LIMIT_EXCEEDED' } });
    expect(refused.headers.get('retry-after')).toBe('2');
    bench.clock.advance(2);
    expect((await list()).status).toBe(200);
  });

  test('starts are limited by nodes, without Retry-After, and a refused start did not happen', async () => {
    const down = ['a', 'b'].map((cluster_id) => ({ cluster_id, state: 'TERMINATED' as const, num_workers: 3 }));
    bench = await aWorkspace({ clusters: down, limits: { nodes: { perSecond: 1, burst: 6, retryAfter: false } } });
    expect((await bench.call('POST', '/api/2.1/clusters/start', { cluster_id: 'a' })).status).toBe(200);
    const refused = await bench.call('POST', '/api/2.1/clusters/start', { cluster_id: 'b' });
    expect(refused.status).toBe(429);
    expect(refused.headers.has('retry-after')).toBe(false);
    expect((await bench.call('GET', '/_sim/clusters/b')).json.state).toBe('TERMINATED');
    bench.clock.advance(2);
    expect((await bench.call('POST', '/api/2.1/clusters/start', { cluster_id: 'b' })).status).toBe(200);
  });

  test('the default limits let fifty starts at once pass', async () => {
    const clusters = Array.from({ length: 50 }, (_, i) => ({ cluster_id: `c-${i}`, state: 'TERMINATED' as const }));
    bench = await aWorkspace({ clusters });
    const starts = clusters.map(({ cluster_id }) => bench.call('POST', '/api/2.1/clusters/start', { cluster_id }));
    expect(new Set((await Promise.all(starts)).map(({ status }) => status))).toEqual(new Set([200]));
  });

  test('a limit is a speed of simulated time: at time scale 10 it is ten times as wide', async () => {
    bench = await aWorkspace({ timeScale: 10, limits: { scim: { perSecond: 1, burst: 1, retryAfter: false } } });
    expect((await bench.client.currentUser.me()).active).toBe(true);
    expect((await bench.call('GET', '/api/2.0/preview/scim/v2/Me')).status).toBe(429);
    bench.clock.advance(0.1);
    expect((await bench.call('GET', '/api/2.0/preview/scim/v2/Me')).status).toBe(200);
    expect(LIMITS.scim.burst).toBe(255);
  });

  test('the SDK tries a 429 again by itself', async () => {
    bench = await aWorkspace({ clusters: many(1) });
    await bench.call('POST', '/_sim/faults', {
      match: { path: 'clusters/get' },
      fault: { kind: 'status', status: 429 },
      times: 1,
    });
    const patient = clientFor(bench.workspace.url, { retryTimeoutSeconds: 20 });
    expect((await patient.clusters.get({ cluster_id: 'c-0' })).state).toBe('RUNNING');
    const calls = (await bench.call('GET', '/_sim/calls')).json;
    expect(calls.map(({ status }: { status: number }) => status)).toEqual([429, 200]);
  });
});
