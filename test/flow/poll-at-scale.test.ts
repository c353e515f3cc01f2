// A workspace of 2,000 clusters and 500 warehouses: the poll reads pages, never one thing alone, and finds what failed among them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudClient, eventually } from '../builders/cloud-client.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const CLUSTERS = 2_000;
const WAREHOUSES = 500;
/** At 100 a page; every third page may be empty. */
const MOST_PAGES = Math.ceil(((CLUSTERS + WAREHOUSES + 100) / 100) * 2);

describe('a large workspace', { timeout: 120_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story', '--time-scale', '30');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  it('B1: is polled by pages of its lists, and what failed is found once', async () => {
    await cloud.sim('/fleet', { clusters: CLUSTERS, warehouses: WAREHOUSES });
    await cloud.crash('fleet-1999', 'CLOUD_PROVIDER_SHUTDOWN');
    await cloud.sim(`/warehouses/${'1f4'.padStart(16, '0')}/fail`, { code: 'INTERNAL_ERROR', type: 'SERVICE_FAULT' });
    const before = (await cloud.calls()).length;
    let polls = 0;
    const found = await eventually(
      async () => {
        polls += 1;
        await cloud.runTimer('poll-components');
        const { value } = await cloud.incidents('?pageSize=100');
        const subjects = value.map(({ subject }) => subject).filter((subject) => /fleet|1f4/.test(subject));
        return subjects.length === 2 ? subjects : undefined;
      },
      60_000,
      'both failures',
    );
    expect(found.sort()).toEqual([
      'cluster/databricks-dev/fleet-1999',
      `warehouse/databricks-dev/${'1f4'.padStart(16, '0')}`,
    ]);
    const polled = (await cloud.calls()).slice(before);
    const lists = polled.filter(({ path }) => /\/(clusters\/list|sql\/warehouses)(\?|$)/.test(path));
    expect(lists.length).toBeGreaterThan(WAREHOUSES / 100);
    // The timer may have come by itself, too.
    expect(lists.length).toBeLessThan((polls + 1) * MOST_PAGES);
    const single = polled.filter(({ path }) => /clusters\/get|warehouses\/[0-9a-f]{16}/.test(path));
    // Only the two that failed are looked at one by one, by what is decided about them.
    expect(single.length).toBeLessThan(40);
  });
});
