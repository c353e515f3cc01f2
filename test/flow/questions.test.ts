// The questions about many incidents over HTTP, from outside: compared with reading every incident, also after the projections were lost and rebuilt.
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { LaptopCloud, runLocal } from '../builders/laptop-cloud.ts';

const counts = {
  failures: z.number(),
  open: z.number(),
  resolved: z.number(),
  averageResolutionSeconds: z.number().nullable(),
};
const byType = z.strictObject({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  ...counts,
  clusterFailures: z.strictObject(counts),
  value: z.array(z.strictObject({ errorType: z.string(), ...counts })),
});
const rate = z.strictObject({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  value: z.array(
    z.strictObject({ from: z.string(), to: z.string(), failures: z.number(), clusterFailures: z.number() }),
  ),
});
const listed = z.object({
  value: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      subject: z.string(),
      failureClass: z.string(),
      times: z.looseObject({ resolveSeconds: z.number().nullable() }).optional(),
    }),
  ),
  nextLink: z.string().optional(),
});
type Seen = z.infer<typeof listed>['value'][number];

describe('questions over HTTP', { timeout: 120_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  /** What the answers have to be: each incident read by itself. */
  async function readOneByOne(): Promise<Seen[]> {
    const { value } = await cloud.incidents('?pageSize=200');
    const seen = listed.shape.value.element;
    return Promise.all(value.map(async ({ id }) => seen.parse(await cloud.get(`/api/incidents/${id}`))));
  }

  async function expectAnswers(): Promise<void> {
    const incidents = await readOneByOne();
    const answer = byType.parse(await cloud.get('/api/questions/failures-by-type'));
    expect(answer).toMatchObject(countedOf(incidents));
    expect(answer.clusterFailures).toEqual(countedOf(incidents.filter(isOfCluster)));
    for (const { errorType, ...counted } of answer.value) {
      expect(counted, errorType).toEqual(countedOf(incidents.filter(({ failureClass }) => failureClass === errorType)));
    }
    expect(sum(answer.value.map(({ failures }) => failures))).toBe(incidents.length);
    const hours = rate.parse(await cloud.get('/api/questions/failure-rate?hours=2')).value;
    expect(sum(hours.map(({ failures }) => failures))).toBe(incidents.length);
    expect(sum(hours.map(({ clusterFailures }) => clusterFailures))).toBe(incidents.filter(isOfCluster).length);
    const open = await cloud.incidents('?open=true');
    expect(open.value.map(({ id }) => id).sort()).toEqual(
      incidents
        .filter(isOpen)
        .map(({ id }) => id)
        .sort(),
    );
  }

  it('D5: failures by type, per hour, open and of one component are what reading each incident gives', async () => {
    await cloud.crash('test-cluster-123', 'DRIVER_UNREACHABLE');
    const { answer } = await cloud.post(clusterEvent('test-cluster-123'), { prefer: 'wait=30' });
    for (const unknown of ['nobodys-cluster', 'another-one']) {
      await cloud.post(clusterEvent(unknown, 'AZURE_QUOTA_EXCEEDED_EXCEPTION'), { prefer: 'wait=30' });
    }
    await cloud.incidentIn(answer.ticket_id ?? '', 'resolved');
    await eventually(
      async () => ((await cloud.incidents('?state=resolved')).value[0] ? true : undefined),
      10_000,
      'shown',
    );
    await expectAnswers();
    expect((await readOneByOne()).filter(isOfCluster)).toHaveLength(3);
    const own = await cloud.incidents('?component=cluster/test-cluster-123');
    expect(own.value.map(({ id }) => id)).toEqual([answer.ticket_id]);
    expect((await cloud.incidents('?component=cluster/test-cluster-123&open=true')).value).toEqual([]);
  });

  it('D5: and after the projections were lost and rebuilt', async () => {
    const before = byType.parse(await cloud.get('/api/questions/failures-by-type'));
    const table = TableClient.fromConnectionString(laptop.stack.tablesConnectionString, 'index', {
      allowInsecureConnection: true,
    });
    for await (const { partitionKey = '', rowKey = '' } of table.listEntities()) {
      await table.deleteEntity(partitionKey, rowKey);
    }
    expect(byType.parse(await cloud.get('/api/questions/failures-by-type')).failures).toBe(0);
    const { code, output } = await runLocal('local/rebuild-projections.ts', '--dir', laptop.dir);
    expect(code, output).toBe(0);
    const { from: _from, to: _to, ...after } = byType.parse(await cloud.get('/api/questions/failures-by-type'));
    expect(before).toMatchObject(after);
    await expectAnswers();
  });

  it.each([
    '/api/questions/failures-by-type?hours=0',
    '/api/questions/failures-by-type?hours=x',
    '/api/questions/failure-rate?hours=169',
    '/api/questions/failure-rate?since=1',
    '/api/incidents?open=false',
    '/api/incidents?open=true&state=closed',
    '/api/incidents?openedBefore=yesterday',
  ])('A4: %s is refused as what it is: a wrong query', async (path) => {
    const response = await fetch(`${cloud.stack.app}${path}`, { headers: { 'x-api-key': cloud.stack.apiKey } });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const without = await fetch(`${cloud.stack.app}${path}`);
    expect(without.status).toBe(401);
  });
});

function countedOf(incidents: readonly Seen[]) {
  const seconds = incidents.flatMap(({ times }) => times?.resolveSeconds ?? []);
  return {
    failures: incidents.length,
    open: incidents.filter(isOpen).length,
    resolved: seconds.length,
    averageResolutionSeconds: seconds.length === 0 ? null : Math.round(sum(seconds) / seconds.length),
  };
}

function isOpen({ state }: Seen): boolean {
  return state !== 'resolved' && state !== 'closed';
}

function isOfCluster({ subject }: Seen): boolean {
  return subject.startsWith('cluster/');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
