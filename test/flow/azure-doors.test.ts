// What Azure posts, through the real doors, to incidents and the list of notices (A2, A4, A6, A8, C4).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { common, type Json, logAlert, metricContext, serviceHealth, update } from '../builders/azure-bodies.ts';
import { azureCorpus } from '../builders/azure-corpus.ts';
import { CloudClient, eventually } from '../builders/cloud-client.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const HEALTH = '/azure/service-health';
const ALERT = '/azure/monitor-alert';

describe('the doors for Azure', { timeout: 180_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  function post(body: unknown, path = HEALTH, headers: Record<string, string> = {}): Promise<Response> {
    return cloud.send(typeof body === 'string' ? body : JSON.stringify(body), headers, path);
  }

  async function decided(body: unknown, path = HEALTH): Promise<Json> {
    const response = await post(body, path, { prefer: 'wait=30' });
    expect(response.status).toBe(200);
    return (await response.json()) as Json;
  }

  it('A2: both doors take every body of the corpus: 202 with a place to ask, or 422', async () => {
    for (const [at, { name, body, ends }] of azureCorpus.entries()) {
      const response = await post(JSON.stringify(body), at % 2 === 0 ? HEALTH : ALERT);
      expect(response.status, name).toBe('refused' in ends ? 422 : 202);
      if (response.status === 202) expect(response.headers.get('location'), name).toMatch(/^\/api\/signals\/sig-/);
    }
  });

  it('C4: an incident is opened, said to be over, and listed with what became of it', async () => {
    const tell = (at: string, more: Json = {}, event: Json = {}) =>
      update(at, { trackingId: 'FLOW-001', ...more }, event);
    const opened = await decided(tell('2026-11-20T07:00:00Z'));
    expect(opened).toMatchObject({
      status: 'success',
      error_type: 'AzureServiceIncident',
      recovery_status: 'escalated',
    });
    await decided(tell('2026-11-20T07:10:00Z', { stage: 'Resolved' }, { status: 'Resolved' }));
    expect(await cloud.incidentIn(String(opened.ticket_id), 'resolved')).toMatchObject({
      subject: 'service-health/FLOW-001',
    });
    await decided(serviceHealth({ trackingId: 'FLOW-002', incidentType: 'Maintenance', stage: 'Planned' }));
    const found = async (query = '') => ((await cloud.get(`/api/notices${query}`)) as { value: Json[] }).value;
    const all = await eventually(
      async () => {
        const notices = await found('?pageSize=500');
        const isDone = notices.some(
          ({ key, phase, became }) =>
            key === 'service-health/FLOW-001' && phase === 'over' && became !== 'Being handled.',
        );
        return isDone ? notices : undefined;
      },
      20_000,
      'the notice, over',
    );
    expect(all.find(({ key }) => key === 'service-health/FLOW-001')).toMatchObject({
      ticketId: opened.ticket_id,
      updates: 2,
    });
    expect(all.find(({ key }) => key === 'service-health/FLOW-002')).toMatchObject({
      became: expect.stringContaining('Planned maintenance'),
    });
    expect((await found('?active=true')).every(({ phase }) => phase === 'active')).toBe(true);
    expect(await found('?since=2030-01-01T00:00:00Z')).toEqual([]);
    const paged = (await cloud.get('/api/notices?pageSize=2')) as { value: Json[]; nextLink: string };
    expect(paged.value).toHaveLength(2);
    const { pathname, search } = new URL(paged.nextLink);
    expect(await found(search)).not.toEqual(paged.value);
    expect(pathname).toBe('/api/notices');
    expect(
      (await fetch(`${cloud.stack.app}/api/notices?x=1`, { headers: { 'x-api-key': cloud.stack.apiKey } })).status,
    ).toBe(400);
  });

  it('A2: an alert about a cluster of the estate is an incident of the cluster', async () => {
    const alert = logAlert([{ name: 'cluster_id', value: 'test-cluster-456' }], {
      alertId: 'x/Microsoft.AlertsManagement/alerts/flow-1',
    });
    const { ticket_id: ticket } = await decided(alert, ALERT);
    expect(await cloud.incident(String(ticket))).toMatchObject({ subject: 'cluster/databricks-dev/test-cluster-456' });
  });

  it('A2: several records in one body are several signals', async () => {
    const bodies = [1, 2, 3].map((at) =>
      common({ alertId: `x/Microsoft.AlertsManagement/alerts/list-${at}` }, metricContext()),
    );
    const response = await post(bodies, ALERT);
    expect(response.status).toBe(202);
    const { signals } = (await response.json()) as { signals: { status_url: string }[] };
    expect(signals).toHaveLength(3);
    for (const { status_url: url } of signals) expect(await cloud.outcomeOf(url)).toMatchObject({ ended: 'opened' });
  });

  it('A8: trap 13: 250 KB are taken whole, and kept', async () => {
    const body = JSON.stringify(
      serviceHealth({ trackingId: 'FLOW-LARGE', communication: `<p>${'x'.repeat(250_000)}</p>` }),
    );
    expect(body.length).toBeGreaterThan(250_000);
    const { ticket_id: ticket } = await decided(body);
    const whole = (await cloud.get(`/api/incidents/${ticket}`)) as {
      timeline: { data?: { wholeBody?: { bytes: number } } }[];
    };
    const { timeline } = whole;
    expect(timeline[0]?.data?.wholeBody?.bytes).toBe(body.length);
    const small = JSON.stringify(serviceHealth({ trackingId: 'FLOW-SMALL' }));
    const decidedSmall = await decided(small);
    const kept = (await cloud.get(`/api/incidents/${decidedSmall.ticket_id}`)) as typeof whole;
    expect(kept.timeline[0]?.data?.wholeBody?.bytes).toBe(small.length);
  });

  it.each([
    ['half an object', '{"schemaId":', 400],
    ['a text', '"alert"', 422],
    ['a list of nothing', '[]', 422],
    ['101 records', JSON.stringify(Array.from({ length: 101 }, () => ({ a: 1 }))), 422],
    ['deep nesting', '['.repeat(100_000) + ']'.repeat(100_000), 422],
    ['deep objects', `${'{"data":'.repeat(20_000)}1${'}'.repeat(20_000)}`, 202],
    ['300 KB', `{"a":"${'x'.repeat(300 * 1024)}"}`, 413],
  ])('A4: %s is answered with a documented status', async (_what, body, status) => {
    expect((await post(body, ALERT)).status).toBe(status);
    expect((await post(body, HEALTH)).status).toBe(status);
  });

  it('A4: a wrong type is 415, no credentials are 401, another method is 405', async () => {
    expect((await post('{}', HEALTH, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(serviceHealth(), HEALTH, { 'x-api-key': 'wrong' })).status).toBe(401);
    expect((await fetch(`${cloud.stack.app}${HEALTH}`, { headers: { 'x-api-key': cloud.stack.apiKey } })).status).toBe(
      405,
    );
  });

  it('A4: trap 12: broker away is 503 with Retry-After, never 500; the same alert is taken when it is back', async () => {
    const body = serviceHealth({ trackingId: 'FLOW-AWAY' });
    await cloud.control('/broker/down', { forMs: 3_000 });
    const refused = await post(body);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const taken = await eventually(
      async () => {
        const response = await post(body);
        return response.status === 202 ? response : undefined;
      },
      30_000,
      'an accepted alert',
    );
    expect(await cloud.outcomeOf(taken.headers.get('location') ?? '')).toMatchObject({ ended: 'opened' });
  });
});
