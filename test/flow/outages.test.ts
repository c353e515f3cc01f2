// Our own broker and store away, our own process dead: nothing accepted is lost, nothing is done twice.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const INFERENCE = '0424-035941-pl8ku9sr';
const MONITORING = '0424-043008-so9kse51';

describe('outages of ours', { timeout: 180_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  it('A4, A8: broker down is 503 with Retry-After and no incident; broker back, the same event works', async () => {
    const event = clusterEvent('test-cluster-123');
    await cloud.control('/broker/down', { forMs: 4_000 });
    const refused = await cloud.send(JSON.stringify(event));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect((await cloud.incidents()).value).toEqual([]);
    const again = async () => {
      const response = await cloud.send(JSON.stringify(event), { prefer: 'wait=20' });
      return response.ok ? response.json() : undefined;
    };
    const answer = (await eventually(again, 30_000, 'an accepted event')) as { ticket_id: string };
    await cloud.incidentIn(answer.ticket_id, 'resolved');
    expect(await cloud.starts('test-cluster-123')).toBe(1);
  });

  it('D3: the store is away when a signal arrives: it is taken, waits, and is handled afterwards', async () => {
    await cloud.crash(INFERENCE, 'DRIVER_UNREACHABLE');
    await cloud.control('/tables/down', { forMs: 4_000 });
    const { status, headers } = await cloud.post(clusterEvent(INFERENCE));
    expect(status).toBe(202);
    const { ticketId } = await cloud.outcomeOf(headers.get('location') ?? '', 60_000);
    await cloud.incidentIn(ticketId ?? '', 'resolved');
    expect(await cloud.starts(INFERENCE)).toBe(1);
  });

  it('D3: the app is killed right after it accepted a signal: the next process handles it, and the cluster is started once', async () => {
    await cloud.crash(MONITORING, 'DRIVER_UNREACHABLE');
    const { app } = cloud.stack.processes;
    const { headers } = await cloud.post(clusterEvent(MONITORING), { prefer: 'wait=0' });
    await cloud.control('/app/kill', {});
    await eventually(async () => (cloud.stack.processes.app === app ? undefined : true), 30_000, 'a new app process');
    const { ticketId } = await eventually(
      () => cloud.outcome(headers.get('location') ?? '').catch(() => undefined),
      60_000,
      'an outcome',
    );
    await cloud.incidentIn(ticketId ?? '', 'resolved', 90_000);
    expect(await cloud.starts(MONITORING)).toBe(1);
  });

  it('D3: the app is killed in the middle of a recovery: the recovery goes on, and the cluster is started once more only', async () => {
    await cloud.crash(MONITORING, 'DRIVER_UNREACHABLE');
    const before = await cloud.starts(MONITORING);
    const { answer } = await cloud.post(clusterEvent(MONITORING), { prefer: 'wait=20' });
    await eventually(async () => ((await cloud.starts(MONITORING)) > before ? true : undefined), 30_000, 'a start');
    await cloud.control('/app/kill', {});
    const seen = await eventually(
      async () => {
        const incident = await cloud.incident(answer.ticket_id ?? '').catch(() => undefined);
        return incident?.state === 'resolved' ? incident : undefined;
      },
      120_000,
      'a resolved incident',
    );
    expect(seen.timeline.at(-1)?.type).toMatch(/incident-resolved|message-delivered/);
    expect(await cloud.starts(MONITORING)).toBe(before + 1);
  });

  it('A4: ready says which part is away, and is ready again when it is back', async () => {
    const ready = () => fetch(`${cloud.stack.app}/health/ready`);
    expect((await ready()).status).toBe(200);
    await cloud.control('/tables/down', { forMs: 3_000 });
    const sick = await ready();
    expect(sick.status).toBe(503);
    expect(JSON.stringify(await sick.json())).toContain('/store');
    await eventually(async () => ((await ready()).status === 200 ? true : undefined), 30_000, 'readiness');
  });
});
