// Looks at the regions in the whole laptop cloud, from outside: timers run, lines out are blocked, and the API tells what was found.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CloudClient, eventually } from '../builders/cloud-client.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const course = z.looseObject({ is: z.string(), because: z.string() });
const sample = z.looseObject({ at: z.string(), outcome: z.string(), because: z.string().optional() });
const looks = z.object({
  value: z.array(
    z.looseObject({
      workspace: z.string(),
      shallow: course,
      deep: course,
      samples: z.object({ shallow: z.array(sample), deep: z.array(sample) }).optional(),
    }),
  ),
});
const ways = z.object({
  value: z.array(
    z.looseObject({
      target: z.string(),
      course,
      newest: sample
        .extend({
          failedAt: z.string().optional(),
          checks: z.array(z.object({ name: z.string(), outcome: z.string() })),
        })
        .nullable(),
    }),
  ),
});
const regions = z.object({
  value: z.array(z.looseObject({ region: z.string(), verdict: z.string() })),
});
const sources = z.object({ value: z.array(z.looseObject({ source: z.string(), failingSince: z.string().nullish() })) });
const LIMIT_MS = 30_000;

describe('looks at the regions', { timeout: 120_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  async function looksAt(workspace: string) {
    const { value } = looks.parse(await cloud.get(`/api/probes?workspace=${workspace}&hours=1`));
    if (!value[0]?.samples) throw new Error('no samples');
    return { ...value[0], samples: value[0].samples };
  }

  /** Runs the timer and waits until each workspace has one look more. */
  async function pass(): Promise<void> {
    const names = ['databricks-dev', 'databricks-dr'];
    const newest = (name: string) => looksAt(name).then(({ samples }) => samples.shallow[0]?.at);
    const before = await Promise.all(names.map(newest));
    await cloud.runTimer('probe-regions');
    const isOver = async () => {
      const after = await Promise.all(names.map(newest));
      return after.every((at, index) => at !== before[index]) ? true : undefined;
    };
    await eventually(isOver, LIMIT_MS, 'a look at every workspace');
  }

  async function waysAfterTest() {
    const before = ways.parse(await cloud.get('/api/connectivity')).value.map(({ newest }) => newest?.at);
    await cloud.runTimer('probe-connectivity');
    const tested = async () => {
      const { value } = ways.parse(await cloud.get('/api/connectivity'));
      return value.every(({ newest }, index) => newest && newest.at !== before[index]) ? value : undefined;
    };
    return await eventually(tested, LIMIT_MS, 'a test of every way');
  }

  /** After an assessment, and the one that may be under way. */
  async function westStands(verdict: string): Promise<void> {
    await cloud.runTimer('assess-regions');
    const stands = async () => {
      const { value } = regions.parse(await cloud.get('/api/regions'));
      return value.some((one) => one.region === 'westus2' && one.verdict === verdict) ? true : undefined;
    };
    await eventually(stands, LIMIT_MS, `westus2 ${verdict}`);
  }

  it('B4: both workspaces answer, shallow and deep, and nothing was started for it', async () => {
    await pass();
    const deep = await eventually(
      async () => (await looksAt('databricks-dev')).samples.deep[0],
      LIMIT_MS,
      'a deep look at the primary',
    );
    expect(deep).toMatchObject({ outcome: 'ok' });
    const { value } = looks.parse(await cloud.get('/api/probes'));
    expect(value.map(({ workspace, shallow }) => [workspace, shallow.is])).toEqual([
      ['databricks-dev', 'well'],
      ['databricks-dr', 'well'],
    ]);
    const changes = (await cloud.calls()).filter(
      ({ method, path }) => method !== 'GET' && !path.endsWith('/statements'),
    );
    expect(changes.filter(({ path }) => path.includes('warehouses'))).toEqual([]);
  });

  it('B5: each way is tested layer by layer', async () => {
    const tested = await waysAfterTest();
    expect(tested.map(({ target, course: { is } }) => [target, is])).toEqual(
      expect.arrayContaining([
        ['workspace/databricks-dev', 'well'],
        ['workspace/databricks-dr', 'well'],
        ['storage/drbkpdatabricksdev', 'well'],
        ['reference/entra', 'well'],
        ['reference/arm', 'well'],
        ['reference/status-page', 'well'],
      ]),
    );
    expect(tested[0]?.newest?.checks).toEqual([
      { name: 'dns', outcome: 'skipped' },
      { name: 'tcp', outcome: 'ok' },
      { name: 'tls', outcome: 'skipped' },
      { name: 'http', outcome: 'ok' },
      { name: 'authentication', outcome: 'ok' },
    ]);
  });

  it('B4: a workspace whose line is cut has a steady fault after three looks, the other none', async () => {
    await cloud.control('/network/block', { targets: ['workspace/databricks-dev'], mode: 'refuse' });
    for (let time = 0; time < 3; time += 1) await pass();
    expect((await looksAt('databricks-dev')).shallow).toMatchObject({
      is: 'steady',
      because: expect.stringMatching(/TCP: the connection was refused/),
    });
    expect((await looksAt('databricks-dr')).shallow.is).toBe('well');
    expect((await waysAfterTest())[0]).toMatchObject({ newest: { failedAt: 'tcp' } });
    await cloud.control('/network/open', {});
  });

  it('B4: with every line blocked it is our own network: the looks are set aside, and nobody has failed afterwards', async () => {
    await westStands('healthy');
    await cloud.control('/network/block', { mode: 'refuse' });
    await pass();
    const blocked = await looksAt('databricks-dr');
    expect(blocked.samples.shallow[0]).toMatchObject({
      outcome: 'skipped',
      because: expect.stringMatching(/our own network is broken/),
    });
    await westStands('unknown');
    // The status page is read by the same lines.
    await cloud.runTimer('read-witnesses');
    const isUnread = async () => {
      const { value } = sources.parse(await cloud.get('/api/sources'));
      return value.find(({ source }) => source === 'status-page')?.failingSince ? true : undefined;
    };
    await eventually(isUnread, LIMIT_MS, 'a status page that cannot be read');
    await cloud.control('/network/open', {});
    await pass();
    expect((await looksAt('databricks-dr')).shallow.is).toBe('well');
  });

  it('B4: what is asked wrongly is told', async () => {
    const { app, apiKey } = cloud.stack;
    const ask = (query: string) => fetch(`${app}/api/probes${query}`, { headers: { 'x-api-key': apiKey } });
    expect((await ask('?workspace=nowhere')).status).toBe(404);
    expect((await ask('?hours=721')).status).toBe(400);
    expect((await ask('?hour=1')).status).toBe(400);
    expect((await fetch(`${app}/api/connectivity`)).status).toBe(401);
  });
});
