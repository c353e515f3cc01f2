// Many clusters of one workspace die together under three app processes: the simulator's own log says what reached the workspace.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Cloud, type CloudParts, clusterId } from '../bench/cloud.ts';
import { mostAdmitted } from '../builders/budget-windows.ts';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';

const TIME_SCALE = 10;
/** One minute of operations: the windows of the budgets. */
const WINDOW_MS = 60_000 / TIME_SCALE;
const ACTS = 20;
const CALLS = 240;
const FAILING = Array.from({ length: 44 }, (_, n) => clusterId(n));
const BENIGN = Array.from({ length: 8 }, (_, n) => clusterId(FAILING.length + n));
const OF_JOBS = Array.from({ length: 8 }, (_, n) => `of-a-job-${n}`);

const callSchema = z.looseObject({ at: z.string(), path: z.string(), body: z.unknown() });
const gateSchema = z.looseObject({
  budgets: z.array(z.looseObject({ workspace: z.string(), waiting: z.number(), lastTurnAt: z.string().nullable() })),
});

describe('a mass failure under three app processes', { timeout: 180_000 }, () => {
  let cloud: Cloud;
  let apps: readonly CloudClient<CloudParts>[];
  let app: CloudClient<CloudParts>;
  beforeAll(async () => {
    const clusters = FAILING.length + BENIGN.length;
    const budgets = { actsPerMinute: ACTS, callsPerMinute: CALLS };
    cloud = await Cloud.start({
      clusters,
      timeScale: TIME_SCALE,
      brokerTimeScale: TIME_SCALE,
      budgets,
      unlisted: 'auto',
    });
    const urls = await Promise.all(['one', 'two', 'three'].map((name) => cloud.startHost({ name })));
    apps = urls.map((url) => {
      const parts = cloud.partsFor(url);
      return new CloudClient(() => parts);
    });
    app = apps[0] ?? never();
  }, 120_000);
  afterAll(() => cloud.stop());

  async function callLog() {
    return z.array(callSchema).parse(await app.calls());
  }

  async function starts(): Promise<{ at: number; cluster: string }[]> {
    const log = await callLog();
    return log
      .filter(({ path }) => /\/clusters\/(re)?start$/.test(path))
      .map(({ at, body }) => ({ at: Date.parse(at), cluster: String(Object(body).cluster_id) }));
  }

  /** As senders do: again while the door says 503. Resolves with where the outcome will be. */
  async function report(n: number, cluster: string, code: string, type: string): Promise<string> {
    const event = clusterEvent(cluster, code, { termination_reason: { code, type, parameters: {} } });
    const accepted = async () => {
      const response = await (apps[n % 3] ?? app).send(JSON.stringify(event), { prefer: 'wait=0' });
      await response.arrayBuffer();
      return response.status === 202 ? (response.headers.get('location') ?? undefined) : undefined;
    };
    return await eventually(accepted, 30_000, `an accepted event of ${cluster}`);
  }

  async function budget() {
    const { budgets } = gateSchema.parse(await app.get('/api/gate'));
    return budgets.find(({ workspace }) => workspace === 'databricks-dev') ?? never();
  }

  it('A7, E10: acts and calls keep to the budget in every window, nothing benign or of a job is started, every event ends in one place', async () => {
    for (const id of OF_JOBS) await app.sim(`/clusters/${id}`, { cluster_source: 'JOB' }, 'PUT');
    const dead = [
      ...FAILING.map((id) => ({ id, code: 'CLOUD_PROVIDER_SHUTDOWN', type: 'CLOUD_FAILURE' })),
      ...BENIGN.map((id) => ({ id, code: 'INACTIVITY', type: 'SUCCESS' })),
      ...OF_JOBS.map((id) => ({ id, code: 'CLOUD_PROVIDER_SHUTDOWN', type: 'CLOUD_FAILURE' })),
    ];
    await Promise.all(dead.map(({ id, code, type }) => app.crash(id, code, type)));
    // A window that has just begun: whatever is granted in it can be sent within it.
    await new Promise((resolve) => setTimeout(resolve, WINDOW_MS - (Date.now() % WINDOW_MS)));
    const locations = await Promise.all(dead.map(({ id, code, type }, n) => report(n, id, code, type)));

    const shown = await eventually(
      async () => {
        const seen = await budget();
        return seen.waiting > 0 ? seen : undefined;
      },
      20_000,
      'runs that wait for the budget',
    );
    expect(shown.waiting).toBeLessThanOrEqual(FAILING.length - ACTS);
    expect(Date.parse(shown.lastTurnAt ?? '')).toBeGreaterThan(Date.now() - WINDOW_MS);
    const started = async () => {
      const clusters = new Set((await starts()).map(({ cluster }) => cluster));
      return FAILING.every((id) => clusters.has(id)) ? true : undefined;
    };
    await eventually(started, 90_000, 'all of them are started');

    const ends = await Promise.all(locations.map((location) => app.outcomeOf(location)));
    const ended = (from: number, count: number) => new Set(ends.slice(from, from + count).map((end) => end.ended));
    expect([...ended(FAILING.length, BENIGN.length)], 'benign ends').toEqual(['recorded']);
    for (const end of ends) expect(['opened', 'joined', 'recorded']).toContain(end.ended);
    const { value } = await app.incidents('?pageSize=200');
    for (const id of FAILING)
      expect(
        value.filter(({ subject }) => subject.endsWith(`/${id}`)),
        id,
      ).toHaveLength(1);
    const waitsNoMore = async () => ((await budget()).waiting === 0 ? true : undefined);
    await eventually(waitsNoMore, 20_000, 'nobody waits any more');

    const acts = await starts();
    // A window bounds what is granted; on a busy machine what was granted at its end arrives with that of the next one.
    expect(acts.filter(({ cluster }) => !FAILING.includes(cluster))).toEqual([]);
    expect(
      mostAdmitted(
        acts.map(({ at }) => at),
        WINDOW_MS,
        ACTS,
      ),
      'acts',
    ).toBeLessThanOrEqual(2 * ACTS);
    const calls = (await callLog()).map(({ at }) => Date.parse(at));
    expect(mostAdmitted(calls, WINDOW_MS, CALLS), 'calls').toBeLessThanOrEqual(2 * CALLS);
    const span = Math.max(...acts.map(({ at }) => at)) - Math.min(...acts.map(({ at }) => at));
    expect(span, 'three windows of grants').toBeGreaterThan(WINDOW_MS);
  });
});

function never(): never {
  throw new Error('three apps and a primary workspace');
}
