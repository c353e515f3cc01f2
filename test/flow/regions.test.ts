// Regions on a laptop cloud, by the scenarios of `npm run simulate` and an onlooker who believes none of what they say: what the API showed all
// the time, what the simulated workspace was asked, and what people got.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { mostAdmitted } from '../builders/budget-windows.ts';
import { CloudClient, eventually } from '../builders/cloud-client.ts';
import { type LaptopCloud, laptopCloudWith, runLocal } from '../builders/laptop-cloud.ts';

const LIMIT_MS = 240_000;
const ACTS = 10;
const COUNT = 20;
/** Over a channel, while it is out; as many again when everything is repaired. */
const MOST_MESSAGES = 10;
const LOOK_EVERY_MS = 150;
/** An onlooker that saw less has seen nothing. */
const FEW_LOOKS = 10;

const witnessSchema = z.looseObject({ witness: z.string(), fate: z.string(), says: z.string(), isStale: z.boolean() });
const regionSchema = z.looseObject({
  region: z.string(),
  verdict: z.string(),
  since: z.string().nullable(),
  witnesses: z.array(witnessSchema),
});
const regionsSchema = z.object({ value: z.array(regionSchema) });
const callSchema = z.looseObject({ at: z.string(), method: z.string(), path: z.string(), body: z.unknown() });
const messageSchema = z.looseObject({ at: z.string(), channel: z.string() });

interface Seen {
  readonly output: string;
  readonly code: number | null;
  /** Region -> every verdict with its beginning, in order, each once. */
  readonly verdicts: ReadonlyMap<string, readonly { readonly verdict: string; readonly since: string }[]>;
  /** `fate says` of every fresh witness of the primary region, ever. */
  readonly said: ReadonlySet<string>;
  readonly startedAt: number;
}

describe('regions that are out, and that only seem so', { timeout: LIMIT_MS }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    const autonomy = { default: 'approve', unlisted: 'auto' };
    laptop = laptopCloudWith({ '/autonomy': autonomy, '/budgets': { actsPerMinute: ACTS } }, '--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
    // Whoever has just begun to look knows of no region yet.
    await eventually(allHealthy, 60_000, 'a first look at every region');
  }, 150_000);
  afterAll(() => laptop.remove());

  async function allHealthy(): Promise<true | undefined> {
    const { value } = regionsSchema.parse(await cloud.get('/api/regions'));
    return (value.length > 0 && value.every(({ verdict }) => verdict === 'healthy')) || undefined;
  }

  async function play(scenario: string, ...options: string[]): Promise<Seen> {
    const startedAt = Date.now();
    const over = new AbortController();
    const watching = watch(over.signal);
    const { output, code } = await runLocal('local/simulate.ts', scenario, '--dir', laptop.dir, ...options);
    over.abort();
    return { output, code, startedAt, ...(await watching) };
  }

  async function watch(over: AbortSignal): Promise<Pick<Seen, 'verdicts' | 'said'>> {
    const verdicts = new Map<string, { verdict: string; since: string }[]>();
    const said = new Set<string>();
    let looks = 0;
    for (; !over.aborted; looks += 1) {
      const { value } = regionsSchema.parse(await cloud.get('/api/regions'));
      for (const { region, verdict, since, witnesses } of value) {
        const before = verdicts.get(region) ?? [];
        if (before.at(-1)?.verdict !== verdict) verdicts.set(region, [...before, { verdict, since: since ?? '' }]);
        const fresh = region === 'eastus' ? witnesses.filter(({ isStale }) => !isStale) : [];
        for (const { fate, says } of fresh) said.add(`${fate} ${says}`);
      }
      await pause(LOOK_EVERY_MS);
    }
    expect(looks).toBeGreaterThan(FEW_LOOKS);
    return { verdicts, said };
  }

  async function regionIncidents(startedAt: number) {
    const found = await Promise.all(
      ['eastus', 'westus2'].map(async (region) => (await cloud.incidents(`?subject=region/${region}`)).value),
    );
    return found.flat().filter(({ openedAt }) => Date.parse(String(openedAt)) >= startedAt);
  }

  function verdictsOf({ verdicts }: Seen, region: string): string[] {
    return (verdicts.get(region) ?? []).map(({ verdict }) => verdict);
  }

  async function callsOfPrimary() {
    return z.array(callSchema).parse(await cloud.calls());
  }

  async function messagesByChannel(from: number, until = Number.POSITIVE_INFINITY): Promise<number[]> {
    const all = z.array(messageSchema).parse(await cloud.messages());
    const fresh = all.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) < until);
    return [...Map.groupBy(fresh, ({ channel }) => channel).values()].map(({ length }) => length);
  }

  it('C5: with all lines out blocked at our side every region is unknown, and no region gets an incident', async () => {
    const seen = await play('own-network-broken');
    expect(seen.output).toContain('Over well');
    expect(seen.code).toBe(0);
    for (const region of ['eastus', 'westus2']) {
      expect(verdictsOf(seen, region)).toContain('unknown');
      expect(verdictsOf(seen, region).at(-1)).toBe('healthy');
      expect(verdictsOf(seen, region)).not.toContain('outage');
      expect(verdictsOf(seen, region)).not.toContain('degraded');
    }
    expect(await regionIncidents(seen.startedAt)).toEqual([]);
  });

  it('C8: one witness that calls the region out, whoever it is, opens nothing', async () => {
    const seen = await play('lying-witness');
    expect(seen.output).toContain('Over well');
    expect(seen.code).toBe(0);
    expect([...seen.said]).toEqual(
      expect.arrayContaining([
        'databricks-status-page outage',
        'service-health outage',
        'workspace/databricks-dev healthy',
      ]),
    );
    expect(new Set(verdictsOf(seen, 'eastus'))).toEqual(new Set(['healthy']));
    expect(await regionIncidents(seen.startedAt)).toEqual([]);
  });

  it('C8: Azure Monitor down, with a burst of alerts, is no outage of the region', async () => {
    const seen = await play('monitor-outage');
    expect(seen.output).toContain('Over well');
    expect(seen.code).toBe(0);
    expect([...seen.said]).toEqual(expect.arrayContaining(['azure-monitor unknown', 'azure-monitor degraded']));
    expect(new Set(verdictsOf(seen, 'eastus'))).toEqual(new Set(['healthy']));
    expect(await regionIncidents(seen.startedAt)).toEqual([]);
    const open = (await cloud.incidents('?pageSize=100')).value.filter(({ subject }) =>
      /^(azure-alert|service-health)\//.test(subject),
    );
    expect(open.length).toBeGreaterThan(ACTS);
    for (const { id } of open) await cloud.incidentIn(id, 'resolved');
  });

  it('C5: a region that fails now and then is degraded, never out, and its one incident is resolved when it is well', async () => {
    const seen = await play('region-brownout');
    expect(seen.output).toContain('Over well');
    expect(seen.code).toBe(0);
    expect(verdictsOf(seen, 'eastus')).toContain('degraded');
    expect(verdictsOf(seen, 'eastus').at(-1)).toBe('healthy');
    expect(verdictsOf(seen, 'eastus')).not.toContain('outage');
    expect(await regionIncidents(seen.startedAt)).toMatchObject([{ subject: 'region/eastus', state: 'resolved' }]);
  });

  it('C5, C6, A7: an outage is called by three witnesses, has one incident, nothing is tried in it, and all is released paced', async () => {
    const seen = await play('region-outage', '--count', String(COUNT));
    expect(seen.output).toContain('Over well');
    expect(seen.code).toBe(0);
    expect([...seen.said]).toEqual(
      expect.arrayContaining(['workspace/databricks-dev outage', 'service-health outage', 'components outage']),
    );
    expect(new Set(verdictsOf(seen, 'westus2'))).toEqual(new Set(['healthy']));
    const history = seen.verdicts.get('eastus') ?? [];
    const out = history.findIndex(({ verdict }) => verdict === 'outage');
    expect(out).toBeGreaterThanOrEqual(0);
    const outSince = history[out]?.since ?? '';
    const backSince = history[out + 1]?.since ?? '';
    expect(history.slice(out + 1).map(({ verdict }) => verdict)).toEqual(['healthy']);
    const starts = (await callsOfPrimary()).filter(
      ({ path, body }) =>
        /\/clusters\/(re)?start$/.test(path) && /^region-|^0424-035941/.test(String(Object(body).cluster_id)),
    );
    expect(starts.filter(({ at }) => at >= outSince && at < backSince)).toEqual([]);
    const after = starts.filter(({ at }) => at >= backSince);
    expect(new Set(after.map(({ body }) => Object(body).cluster_id)).size).toBe(COUNT + 1);
    const windowMs = 60_000 / cloud.stack.timeScale;
    expect(
      mostAdmitted(
        after.map(({ at }) => Date.parse(at)),
        windowMs,
        ACTS,
      ),
    ).toBeLessThanOrEqual(ACTS);
    expect(await regionIncidents(seen.startedAt)).toMatchObject([{ subject: 'region/eastus', state: 'resolved' }]);
    const whileOut = await messagesByChannel(seen.startedAt, Date.parse(backSince));
    expect(Math.max(...whileOut)).toBeLessThanOrEqual(MOST_MESSAGES);
    expect(Math.max(...(await messagesByChannel(seen.startedAt)))).toBeLessThanOrEqual(2 * MOST_MESSAGES);
  });
});
