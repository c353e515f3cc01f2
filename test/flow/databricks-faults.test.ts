// A workspace that misbehaves in every way that real ones do: each recovery ends well or pauses with advice, and nothing is done twice.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const INFERENCE = '0424-035941-pl8ku9sr';
const MONITORING = '0424-043008-so9kse51';

describe('a workspace that misbehaves', { timeout: 240_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterEach(() => cloud.sim('/faults', undefined, 'DELETE'));
  afterAll(() => laptop.remove());

  /** The cluster dies, then the faults begin, then it is reported; resolves with the ticket. */
  async function diesUnder(id: string, ...rules: readonly object[]): Promise<string> {
    await cloud.crash(id, 'DRIVER_UNREACHABLE');
    for (const rule of rules) await cloud.sim('/faults', rule);
    const { answer } = await cloud.post(clusterEvent(id), { prefer: 'wait=30' });
    return answer.ticket_id ?? '';
  }

  /** The log also holds refused tries, which are no starts. */
  async function acceptedStarts(id: string): Promise<number> {
    const calls = await cloud.calls();
    return calls.filter(
      (call) => call.path.endsWith('/clusters/start') && call.status === 200 && JSON.stringify(call.body).includes(id),
    ).length;
  }

  it('E6: a recovery ends well through 429 storms, 503s, resets, HTML, redirects and slow answers, with one start', async () => {
    const ticket = await diesUnder(
      INFERENCE,
      { fault: { kind: 'status', status: 429 }, times: 4 },
      { fault: { kind: 'status', status: 429, retryAfterSeconds: 1 }, times: 2 },
      { fault: { kind: 'status', status: 503 }, times: 4 },
      { fault: { kind: 'reset' }, times: 3 },
      { fault: { kind: 'html' }, times: 2 },
      { fault: { kind: 'redirect' }, times: 2 },
      { fault: { kind: 'slow', ms: 500 }, times: 4 },
    );
    await cloud.incidentIn(ticket, 'resolved', 150_000);
    expect(await acceptedStarts(INFERENCE)).toBe(1);
  });

  it('E6: a call that hangs is given up, and the recovery ends well', async () => {
    const ticket = await diesUnder(MONITORING, { match: { path: '/clusters/get' }, fault: { kind: 'hang' }, times: 1 });
    await cloud.incidentIn(ticket, 'resolved', 150_000);
    expect(await acceptedStarts(MONITORING)).toBe(1);
  });

  it('E6: an accepted start whose answer is lost is not made again', async () => {
    const before = await cloud.starts(INFERENCE);
    const ticket = await diesUnder(INFERENCE, {
      match: { path: '/clusters/start' },
      fault: { kind: 'lost-answer' },
      times: 1,
    });
    await cloud.incidentIn(ticket, 'resolved', 150_000);
    expect(await cloud.starts(INFERENCE)).toBe(before + 1);
  });

  it('E6: a workspace that refuses for good is handed to a person with advice', async () => {
    const denied = { error_code: 'PERMISSION_DENIED', message: 'no' };
    const rule = { match: { path: '/clusters/start' }, fault: { kind: 'status', status: 403, body: denied } };
    const seen = await cloud.incidentIn(await diesUnder(MONITORING, rule), 'escalated', 150_000);
    expect(seen.timeline.find(({ type }) => type === 'human-needed')?.text).toContain('Open the event log');
    expect(seen.runs[0]?.state.name).toBe('failed');
  });

  it('B1: 250 clusters over pages, some of them empty, are all seen, with no call per cluster', async () => {
    // What failed before the first look would be a baseline.
    expect(await cloud.runTimer('poll-components')).toBe(202);
    const ids = Array.from({ length: 250 }, (_, n) => `paged-cluster-${String(n).padStart(3, '0')}`);
    for (const id of ids) {
      const dead = {
        state: 'TERMINATED',
        termination_reason: { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} },
      };
      await cloud.sim(`/clusters/${id}`, dead, 'PUT');
    }
    await cloud.sim('/calls', undefined, 'DELETE');
    let looks = 0;
    const allSeen = async () => {
      // A poll that meets the one before it still at work leaves it to that one, which may be past these clusters.
      if (looks % 50 === 0) expect(await cloud.runTimer('poll-components')).toBe(202);
      looks += 1;
      return (await pagedIncidents()) === 250 ? true : undefined;
    };
    await eventually(allSeen, 120_000, '250 incidents');
    const calls = await cloud.calls();
    expect(calls.filter(({ path }) => path.includes('/clusters/list')).length).toBeGreaterThan(3);
    const perCluster = calls.filter(({ path }) => path.includes('paged-cluster-'));
    expect(perCluster).toEqual([]);
  });

  async function pagedIncidents(): Promise<number> {
    const subjects = new Set<string>();
    for (let next: string | undefined = '?pageSize=200'; next !== undefined; ) {
      const page: Awaited<ReturnType<CloudClient['incidents']>> = await cloud.incidents(next.slice(next.indexOf('?')));
      for (const { subject } of page.value) if (subject.includes('paged-cluster-')) subjects.add(subject);
      next = page.nextLink;
    }
    return subjects.size;
  }

  it('E1: a cluster that ends again with another code changes its class, and goes to a person where that is one for persons', async () => {
    await cloud.sim(
      `/clusters/${INFERENCE}`,
      { onStart: [{ fail: 'SECRET_PERMISSION_DENIED', type: 'CLIENT_ERROR' }] },
      'PUT',
    );
    const ticket = await diesUnder(INFERENCE);
    const seen = await cloud.incidentIn(ticket, 'escalated', 120_000);
    expect(seen).toMatchObject({
      failureClass: 'DatabricksAuthorizationError',
      code: 'SECRET_PERMISSION_DENIED',
    });
    expect(seen.runs[0]?.state.name).toBe('failed');
  });
});
