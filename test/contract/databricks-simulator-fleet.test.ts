// A workspace of thousands: listed by pages within its limits, slow where it is told to be, and dying all at once.
import { afterEach, describe, expect, test } from 'vitest';
import { DURATION_SECONDS, LIMITS, WAREHOUSE_PAGE } from '../../local/databricks/refusals.ts';
import { aWorkspace, type Bench } from '../builders/simulated-workspace.ts';

const CLUSTERS = 2_000;
const WAREHOUSES = 500;

let bench: Bench;
afterEach(() => bench.stop());

/** As a careful client pages: on, as long as there is a token, over empty pages too. */
async function listAll(path: string, field: string): Promise<{ ids: string[]; pages: number; empty: number }> {
  const ids: string[] = [];
  let token = '';
  for (let pages = 1, empty = 0; ; pages += 1) {
    const { json } = await bench.call('GET', `${path}&page_token=${token}`);
    const found: { cluster_id?: string; id?: string }[] = json[field] ?? [];
    if (found.length === 0) empty += 1;
    ids.push(...found.map(({ cluster_id, id = '' }) => cluster_id ?? id));
    token = json.next_page_token ?? '';
    if (token === '') return { ids, pages, empty };
  }
}

describe('B1: 2,000 clusters and 500 warehouses', () => {
  test('B1: come over pages, each once, none missing, without a call being throttled', async () => {
    bench = await aWorkspace();
    const made = await bench.call('POST', '/_sim/fleet', { clusters: CLUSTERS, warehouses: WAREHOUSES });
    expect(made).toMatchObject({ status: 201, json: { clusters: CLUSTERS, warehouses: WAREHOUSES } });
    const clusters = await listAll('/api/2.1/clusters/list?page_size=100', 'clusters');
    expect(new Set(clusters.ids).size).toBe(CLUSTERS);
    expect(clusters.ids).toHaveLength(CLUSTERS);
    expect(clusters.empty).toBeGreaterThan(0);
    const warehouses = await listAll('/api/2.0/sql/warehouses?page_size=100', 'warehouses');
    expect(new Set(warehouses.ids).size).toBe(WAREHOUSES);
    expect(warehouses.ids).toHaveLength(WAREHOUSES);
    expect(clusters.pages + warehouses.pages).toBeLessThan(LIMITS.clusters.burst + LIMITS.sql.burst);
  });

  test('B1: a page of warehouses is never larger than the server allows, and a foreign token is refused', async () => {
    bench = await aWorkspace();
    await bench.call('POST', '/_sim/fleet', { warehouses: WAREHOUSE_PAGE.max + 1, prefix: 'w' });
    const page = await bench.call('GET', '/api/2.0/sql/warehouses?page_size=9999');
    expect(page.json.warehouses).toHaveLength(WAREHOUSE_PAGE.max);
    expect((await bench.call('GET', '/api/2.0/sql/warehouses')).json.warehouses).toHaveLength(WAREHOUSE_PAGE.default);
    expect((await bench.call('GET', '/api/2.0/sql/warehouses?page_token=abc')).status).toBe(400);
  });

  test('B1: the iterator of the SDK stops at the first empty page of warehouses and loses the rest', async () => {
    bench = await aWorkspace({ emptyPageEvery: 2 });
    await bench.call('POST', '/_sim/fleet', { warehouses: 30 });
    let seen = 0;
    for await (const _one of bench.client.warehouses.list({ page_size: 10 })) seen += 1;
    expect(seen).toBe(10);
  });

  test('B1: each page takes as long as it is told to', async () => {
    bench = await aWorkspace({ pageLatencyMs: 400 });
    let answered = false;
    const page = bench.call('GET', '/api/2.1/clusters/list').finally(() => {
      answered = true;
    });
    const isAsked = async () => (await bench.call('GET', '/_sim/calls')).json.length === 1;
    while (!(await isAsked()));
    expect(answered).toBe(false);
    bench.clock.advance(0.4);
    expect((await page).status).toBe(200);
  });
});

describe('A7: a thousand at once', () => {
  test('A7: so many of those that run go down for one reason, and the others stay', async () => {
    bench = await aWorkspace({ clusters: [{ cluster_id: 'spared' }] });
    await bench.call('POST', '/_sim/fleet', { clusters: 1_200, prefix: 'east', cluster: { cluster_source: 'UI' } });
    const reason = { code: 'CLOUD_PROVIDER_SHUTDOWN', parameters: { azure_error_code: 'ZoneOutage' } };
    const crashed = await bench.call('POST', '/_sim/fleet/crash', { ...reason, prefix: 'east', count: 1_000 });
    expect(crashed.json).toEqual({ crashed: 1_000 });
    bench.clock.advance(DURATION_SECONDS.terminate);
    const states = (await bench.call('GET', '/_sim/clusters')).json.map(({ state }: { state: string }) => state);
    expect(states.filter((state: string) => state === 'TERMINATED')).toHaveLength(1_000);
    expect(await bench.client.clusters.get({ cluster_id: 'spared' })).toMatchObject({ state: 'RUNNING' });
    expect(await bench.client.clusters.get({ cluster_id: 'east-1' })).toMatchObject({
      termination_reason: { type: 'CLOUD_FAILURE', ...reason },
    });
    expect((await bench.call('POST', '/_sim/fleet', { clusters: 100_000 })).json.error).toContain('no such fleet');
  });
});
