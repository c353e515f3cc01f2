// Azure's simulated side and the unchanged app, end to end: action groups with their retries and tokens, and what is read where they fail.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { common, instance, logAlert, metricContext } from '../builders/azure-bodies.ts';
import { CloudClient, eventually } from '../builders/cloud-client.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const STORM = 200;
const SUBSCRIPTION = '6f1c2a90-3b7e-4c55-9d21-0a4be2f7d301';

const groupState = z.object({ underWay: z.number(), delivered: z.number(), lost: z.number(), notCalled: z.unknown() });
const delivery = z.looseObject({ state: z.string(), attempts: z.array(z.object({ outcome: z.unknown() })) });
const notices = z.object({
  value: z.array(z.looseObject({ key: z.string(), became: z.string() })),
  nextLink: z.string().optional(),
});
const sources = z.object({ value: z.array(z.looseObject({ source: z.string(), missed: z.number() })) });
const witness = z.looseObject({ witness: z.string(), says: z.string() });
const regions = z.looseObject({ value: z.array(z.looseObject({ region: z.string(), witnesses: z.array(witness) })) });

describe('Azure and the app', { timeout: 240_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  async function azure(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${cloud.stack.azure}/_sim${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  function send(alerts: readonly unknown[], authorization: unknown = { kind: 'bearer' }): Promise<unknown> {
    const url = `${cloud.stack.app}/azure/monitor-alert`;
    return azure('POST', '/action-group/send', { to: [{ url, authorization }], alerts });
  }

  const group = async () => groupState.parse(await azure('GET', '/action-group'));
  const quiet = () =>
    eventually(async () => ((await group()).underWay === 0 ? await group() : undefined), 120_000, 'an idle group');

  async function source(name: string) {
    return sources.parse(await cloud.get('/api/sources')).value.find((one) => one.source === name);
  }

  async function allNotices(): Promise<z.infer<typeof notices>['value']> {
    const found: z.infer<typeof notices>['value'] = [];
    for (let next: string | undefined = '/api/notices?pageSize=200'; next; ) {
      const page: z.infer<typeof notices> = notices.parse(await cloud.get(next));
      found.push(...page.value);
      next = page.nextLink;
    }
    return found;
  }

  it('A3, A8: while the keys of the tenant are away an alert is tried again, and arrives once they are back', async () => {
    await azure('POST', '/faults', { match: { path: '/discovery/' }, fault: { kind: 'reset' }, times: 2 });
    await send([logAlert([], { alertId: instance('00000000-0000-4000-8000-00000000aaaa') })]);
    expect(await quiet()).toMatchObject({ delivered: 1, lost: 0 });
    const [first] = z.array(delivery).parse(await azure('GET', '/action-group/deliveries'));
    expect(first?.attempts.map(({ outcome }) => outcome)).toEqual([503, 503, 202]);
  });

  it('A3: without its token an action group is not let in, and its alert is lost as in life', async () => {
    await send([logAlert([])], { kind: 'none' });
    await send([logAlert([])], { kind: 'basic', username: 'u', password: 'p' });
    expect(await quiet()).toMatchObject({ lost: 2 });
    const lost = z.array(delivery).parse(await azure('GET', '/action-group/deliveries?state=lost'));
    expect(lost.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome))).toEqual([401, 401]);
  });

  it('A4, A8: a storm through a broker that goes away is accounted for to the last alert', async () => {
    const before = await group();
    const keys = Array.from({ length: STORM }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
    const outage = cloud.control('/broker/down', { forMs: 1_000 });
    await send(keys.map((guid) => common({ alertId: instance(guid), alertRule: `storm ${guid}` }, metricContext())));
    await outage;
    expect(await quiet()).toMatchObject({ delivered: before.delivered + STORM, lost: before.lost, notCalled: [] });
    const handled = await eventually(
      async () => {
        const known = await allNotices();
        const done = known.filter(({ key, became }) => keys.includes(key.slice(6)) && became !== 'Being handled.');
        return done.length === STORM ? done : undefined;
      },
      120_000,
      `${STORM} alerts that something became of`,
    );
    expect(new Set(handled.map(({ key }) => key)).size).toBe(STORM);
    expect(await source('monitor-alert')).toMatchObject({ lastHeardAt: expect.any(String) });
  });

  it('A9: what no action group sent is found by asking, once, and its source is told to be quiet', async () => {
    const runs = async () => expect(await cloud.runTimer('read-witnesses')).toBe(202);
    await runs();
    const list = `health-events/${SUBSCRIPTION}`;
    await eventually(async () => (await source(list))?.lastReadAt, 30_000, 'a first look');
    const told = new Date(Date.now() - 600_000).toISOString();
    await azure('PUT', `/arm/subscriptions/${SUBSCRIPTION}/events/MISS-001`, {
      title: 'Azure Databricks - East US - Clusters fail to start',
      eventLevel: 'Error',
      impactStartTime: told,
      lastUpdateTime: told,
      impact: [
        { impactedService: 'Azure Databricks', impactedRegions: [{ impactedRegion: 'East US', status: 'Active' }] },
      ],
    });
    const found = async () => {
      const { value } = await cloud.incidents('?subject=service-health/MISS-001');
      return value[0];
    };
    await runs();
    const incident = await eventually(found, 60_000, 'an incident that nobody sent');
    await runs();
    await eventually(
      async () => ((await source('service-health'))?.missed === 1 ? true : undefined),
      30_000,
      'a count',
    );
    expect(await cloud.incident(incident.id)).toMatchObject({ failureClass: 'AzureServiceIncident', signalCount: 1 });
    // Ten minutes of operations are 20 s here.
    const quietSource = async () =>
      (await source('service-health'))?.trouble !== null ? await source('service-health') : undefined;
    expect(await eventually(quietSource, 60_000, 'a quiet source')).toMatchObject({ trouble: { is: 'quiet' } });
    await cloud.runTimer('watch-ourselves');
    const told2 = async () => (await cloud.incidents('?subject=lakewarden/sources')).value[0];
    expect(await eventually(told2, 60_000, 'a finding about ourselves')).toMatchObject({ signalCount: 1 });
  });

  it('B6: the status page is a witness of the regions, and none while it answers HTML', async () => {
    const says = async () => {
      const { value } = regions.parse(await cloud.get('/api/regions'));
      const witnesses = value.find(({ region }) => region === 'eastus')?.witnesses ?? [];
      return witnesses.find(({ witness }) => witness === 'status-page')?.says;
    };
    const until = (expected: string) =>
      eventually(async () => ((await says()) === expected ? true : undefined), 30_000, `it says ${expected}`);
    await azure('POST', '/status-page', { region: 'East US', code: 500 });
    await cloud.runTimer('read-witnesses');
    await until('outage');
    await azure('POST', '/faults', { match: { path: '^/1.0/status' }, fault: { kind: 'html' } });
    await cloud.runTimer('read-witnesses');
    await until('unknown');
  });
});
