// What operators do over HTTP, from outside: orders with versions and keys, races with a recovery that goes on, and what is answered when they are wrong.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { findBreak } from '../../cli/verify-timeline.ts';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { type LaptopCloud, laptopCloudWith, nothingFolded } from '../builders/laptop-cloud.ts';

const reasons = { reason: 'because we say so' };
/** A day: a start that does not end by itself, and a remedy that waits for it, so that no order comes too late. */
const LONG_SECONDS = 86_400;
const patient = { '/playbooks': { DatabricksDriverNotResponding: { timeoutSeconds: LONG_SECONDS } } };
const seen = z.looseObject({
  id: z.string(),
  state: z.string(),
  signalCount: z.number(),
  acknowledgedBy: z.string().optional(),
  assignedTo: z.string().optional(),
  splits: z.array(z.looseObject({ incidentId: z.string(), signalId: z.string() })).optional(),
  opening: z.looseObject({ decisions: z.array(z.looseObject({ stage: z.string() })) }),
  times: z.record(z.string(), z.number().nullable()),
  merges: z.array(z.looseObject({ signalId: z.string(), mergedBy: z.string(), key: z.string(), count: z.number() })),
  runs: z.array(z.looseObject({ state: z.looseObject({ name: z.string() }) })),
  lastEventSeq: z.number(),
  lastEventHash: z.string(),
  timeline: z.array(
    z.looseObject({
      seq: z.number(),
      type: z.string(),
      actor: z.string(),
      text: z.string(),
      previousHash: z.string(),
      hash: z.string(),
    }),
  ),
});
const problem = z.looseObject({ status: z.number(), code: z.string(), detail: z.string().optional() });

describe('operators over HTTP', { timeout: 120_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = laptopCloudWith({ ...nothingFolded, ...patient }, '--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  async function read(id: string) {
    const response = await fetch(`${cloud.stack.app}/api/incidents/${id}`, {
      headers: { 'x-api-key': cloud.stack.apiKey },
    });
    return { etag: response.headers.get('etag') ?? '', incident: seen.parse(await response.json()) };
  }

  async function order(path: string, body?: unknown, headers: Record<string, string> = {}) {
    const given = { 'x-operator': 'ana', 'if-match': '*', ...headers };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await cloud.send(text, given, `/api/incidents/${path}`);
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  async function refused(path: string, body?: unknown, headers: Record<string, string> = {}) {
    const answer = await order(path, body, headers);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const { status, code, detail = '' } = problem.parse(answer.body);
    expect(status).toBe(answer.status);
    return { status, code, detail, etag: answer.headers.get('etag') };
  }

  /** An incident that only a person can end: its class has no remedy. */
  async function forPeople(cluster: string): Promise<string> {
    const { answer } = await cloud.post(clusterEvent(cluster, 'INIT_SCRIPT_FAILURE'), { prefer: 'wait=30' });
    return answer.ticket_id ?? '';
  }

  /** Its messages are delivered, which changes it: after that it is quiet. */
  async function toldTo(id: string): Promise<void> {
    const told = async () => {
      const { incident } = await read(id);
      return incident.timeline.filter(({ type }) => type === 'message-delivered').length >= 2 ? true : undefined;
    };
    await eventually(told, 30_000, 'people are told');
  }

  /** An incident whose cluster is being started, until `comesUp`. */
  async function recovering(cluster: string): Promise<string> {
    await cloud.crash(cluster, 'DRIVER_UNREACHABLE');
    await cloud.sim(`/clusters/${cluster}`, { onStart: [{ afterSeconds: LONG_SECONDS }] }, 'PUT');
    const { answer } = await cloud.post(clusterEvent(cluster), { prefer: 'wait=30' });
    const started = async () => ((await cloud.starts(cluster)) > 0 ? true : undefined);
    await eventually(started, 30_000, `a start of ${cluster}`);
    return answer.ticket_id ?? '';
  }

  async function comesUp(cluster: string): Promise<void> {
    await cloud.sim(`/clusters/${cluster}`, { state: 'RUNNING' }, 'PUT');
  }

  it('D4: acknowledge, assign, comment, release, resolve, reopen, resolve, close: each answers the incident with its new ETag', async () => {
    const id = await forPeople('test-cluster-456');
    await toldTo(id);
    let { etag } = await read(id);
    const steps: [string, unknown, Record<string, unknown>][] = [
      ['acknowledge', undefined, { state: 'escalated', acknowledgedBy: 'ana' }],
      ['assign', { to: 'carla' }, { assignedTo: 'carla' }],
      ['comment', { text: 'Asked Azure for more.' }, {}],
      ['release', { reason: 'lunch' }, { state: 'escalated' }],
    ];
    for (const [action, body, expected] of steps) {
      const answer = await order(`${id}/${action}`, body, { 'if-match': etag });
      expect(answer.status, action).toBe(200);
      const left = seen.parse(answer.body);
      expect(left).toMatchObject(expected);
      const next = answer.headers.get('etag') ?? '';
      expect(next).toMatch(/^"\d+-[0-9a-f]{24}"$/);
      expect(next).not.toBe(etag);
      expect(await read(id)).toEqual({ etag: next, incident: left });
      etag = next;
    }
    for (const [action, state] of [
      ['resolve', 'resolved'],
      ['reopen', 'open'],
      ['resolve', 'resolved'],
      ['close', 'closed'],
    ]) {
      expect(seen.parse((await order(`${id}/${action}`, reasons)).body).state, action).toBe(state);
    }
    const { incident } = await read(id);
    expect(findBreak(incident)).toBeUndefined();
    expect(incident.times).toMatchObject({
      acknowledgeSeconds: expect.any(Number),
      resolveSeconds: expect.any(Number),
    });
    const orders = incident.timeline.filter(({ actor }) => actor === 'operator:ana').map(({ type }) => type);
    expect(orders).toEqual([
      ...['acknowledged', 'assigned', 'comment', 'released'],
      ...['incident-resolved', 'incident-reopened', 'incident-resolved', 'incident-closed'],
    ]);
    expect((await cloud.incidents('?state=closed')).value.map((each) => each.id)).toContain(id);
  });

  it('D4: a stale If-Match is 412 with the ETag of now and what has happened since; a missing one is 428', async () => {
    const id = await forPeople('stale-cluster');
    await toldTo(id);
    const { etag } = await read(id);
    await order(`${id}/comment`, { text: 'I am on it' }, { 'x-operator': 'ben' });
    const stale = await refused(`${id}/resolve`, reasons, { 'if-match': etag });
    expect(stale).toMatchObject({ status: 412, code: 'precondition-failed' });
    expect(stale.detail).toContain(`${id} has changed since you read it and is escalated now.`);
    expect(stale.detail).toContain('comment (I am on it)');
    const now = await read(id);
    expect(now.incident.state).toBe('escalated');
    expect(stale.etag).toBe(now.etag);
    expect((await order(`${id}/resolve`, reasons, { 'if-match': now.etag })).status).toBe(200);
    expect(await refused(`${id}/comment`, { text: 'x' }, { 'if-match': '' })).toMatchObject({
      status: 428,
      code: 'precondition-required',
    });
  });

  it('D4: what is wrong with an order is told by status, code and words', async () => {
    const id = await forPeople('wrong-orders');
    const rows: [string, unknown, Record<string, string>, number, string][] = [
      [`${id}/acknowledge`, undefined, { 'x-operator': '' }, 400, 'bad-request'],
      [`${id}/acknowledge`, undefined, { 'x-operator': '<b>' }, 400, 'bad-request'],
      [`${id}/acknowledge`, undefined, { 'if-match': 'abc' }, 400, 'bad-request'],
      [`${id}/acknowledge`, undefined, { 'idempotency-key': '""' }, 400, 'bad-request'],
      [`${id}/comment`, { text: 'x' }, { 'content-type': 'text/plain' }, 415, 'wrong-media-type'],
      [`${id}/comment`, { text: 'x'.repeat(20_000) }, {}, 413, 'body-too-large'],
      [`${id}/wash`, reasons, {}, 404, 'not-found'],
      ['RCA-20200101-001/comment', { text: 'x' }, {}, 404, 'not-found'],
      ['nonsense/comment', { text: 'x' }, {}, 404, 'not-found'],
      [`${id}/runs/1/abort`, reasons, {}, 404, 'not-found'],
      [`${id}/runs/x/abort`, reasons, {}, 404, 'not-found'],
      [`${id}/release`, undefined, {}, 409, 'illegal-transition'],
      [`${id}/reopen`, reasons, {}, 409, 'illegal-transition'],
      [`${id}/resolve`, undefined, {}, 422, 'invalid-fields'],
      [`${id}/resolve`, { reason: ' ' }, {}, 422, 'invalid-fields'],
      [`${id}/assign`, { to: 'x', more: 1 }, {}, 422, 'invalid-fields'],
      [`${id}/split`, { signalId: 'sig-00000000000000000000', ...reasons }, {}, 422, 'invalid-fields'],
    ];
    for (const [path, body, headers, status, code] of rows) {
      expect(await refused(path, body, headers), `${path} ${JSON.stringify(headers)}`).toMatchObject({ status, code });
    }
    expect((await refused(`${id}/reopen`, reasons)).detail).toMatch(
      /is escalated: reopen is not possible\. Possible now: .*close/,
    );
    const { incident } = await read(id);
    expect(incident.timeline.filter(({ actor }) => actor.startsWith('operator:'))).toEqual([]);
    const without = await cloud.send(
      '{}',
      { 'x-api-key': 'wrong', 'x-operator': 'ana' },
      `/api/incidents/${id}/resolve`,
    );
    expect(without.status).toBe(401);
    const wrongMethod = await fetch(`${cloud.stack.app}/api/incidents/${id}/resolve`);
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('D4: an Idempotency-Key makes an order once: the same again has the same answer, another one is 422', async () => {
    const id = await forPeople('keyed-orders');
    const headers = { 'idempotency-key': '"8e03978e-40d5-43dd-bc93-6894a57f9324"' };
    const text = { text: 'once' };
    const first = await order(`${id}/comment`, text, headers);
    await order(`${id}/comment`, { text: 'in between' });
    const again = await Promise.all(Array.from({ length: 5 }, () => order(`${id}/comment`, text, headers)));
    for (const each of again) {
      expect(each.status).toBe(200);
      expect(each.headers.get('idempotency-replayed')).toBe('true');
      expect([each.headers.get('etag'), each.body]).toEqual([first.headers.get('etag'), first.body]);
    }
    const others: [string, unknown][] = [
      ['comment', { text: 'other' }],
      ['resolve', reasons],
    ];
    for (const [action, body] of others) {
      expect(await refused(`${id}/${action}`, body, headers)).toMatchObject({ status: 422, code: 'key-reused' });
    }
    const { incident } = await read(id);
    expect(incident.timeline.filter(({ text: said }) => said === 'once')).toHaveLength(1);
  });

  it('D4: an aborted run does nothing more, and its incident waits for a person', async () => {
    const id = await recovering('test-cluster-123');
    const { status, body } = await order(`${id}/runs/1/abort`, reasons, { 'idempotency-key': 'abort-1' });
    expect(status).toBe(200);
    expect(seen.parse(body)).toMatchObject({ state: 'escalated', runs: [{ state: { name: 'aborted' } }] });
    const starts = await cloud.starts('test-cluster-123');
    await cloud.crash('test-cluster-123', 'DRIVER_UNREACHABLE').catch(() => undefined);
    await cloud.post(clusterEvent('test-cluster-123'), { prefer: 'wait=20' });
    expect(await cloud.starts('test-cluster-123')).toBe(starts);
    const { incident } = await read(id);
    expect(incident.state).toBe('escalated');
    expect(await refused(`${id}/runs/1/resume`, undefined)).toMatchObject({ status: 409 });
    const told = async () =>
      (await cloud.messages()).some((each) => JSON.stringify(each).includes('Aborted by ana')) ? true : undefined;
    await eventually(told, 30_000, 'people are told of the abort');
    expect(await cloud.starts('test-cluster-123')).toBe(starts);
  });

  it('D4: pause holds a run, resume lets it end its work', async () => {
    const cluster = '0424-035941-pl8ku9sr';
    const id = await recovering(cluster);
    expect((await order(`${id}/runs/1/pause`)).status).toBe(200);
    expect((await read(id)).incident).toMatchObject({ state: 'escalated', runs: [{ state: { name: 'paused' } }] });
    await comesUp(cluster);
    expect((await order(`${id}/runs/1/resume`)).status).toBe(200);
    await cloud.incidentIn(id, 'resolved');
    expect(await cloud.starts(cluster)).toBe(1);
  });

  it('D3: twenty operators at once while the recovery goes on: nothing is lost, and the recovery ends', async () => {
    const cluster = '0424-043008-so9kse51';
    const id = await recovering(cluster);
    const orders = Array.from({ length: 20 }, (_, n) =>
      order(`${id}/comment`, { text: `comment ${n}` }, { 'x-operator': `operator-${n}` }),
    );
    expect((await Promise.all(orders)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    await comesUp(cluster);
    await cloud.incidentIn(id, 'resolved');
    const { incident } = await read(id);
    expect(incident.timeline.filter(({ type }) => type === 'comment')).toHaveLength(20);
    expect(findBreak(incident)).toBeUndefined();
    expect(await cloud.starts(cluster)).toBe(1);
  });

  it('C9: a merge names its key, and split undoes it: the report has an incident of its own', async () => {
    const id = await forPeople('merged-cluster');
    const other = await cloud.post(clusterEvent('merged-cluster', 'CLOUD_PROVIDER_LAUNCH_FAILURE'), {
      prefer: 'wait=20',
    });
    expect(other.answer.ticket_id).toBe(id);
    const location = other.headers.get('location') ?? '';
    const signalId = location.split('/').at(-1) ?? '';
    const merged = (await read(id)).incident;
    expect(merged.opening.decisions.map(({ stage }) => stage)).toContain('classify');
    const [merge] = merged.merges;
    expect(merge).toMatchObject({ signalId, mergedBy: 'subject-has-open-incident', count: 2 });
    expect(merge?.key).toMatch(/^cluster\/.+\/merged-cluster$/);
    const answer = await order(`${id}/split`, { signalId, ...reasons });
    const from = seen.parse(answer.body);
    expect([answer.status, from.signalCount]).toEqual([200, 1]);
    const own = from.splits?.[0]?.incidentId ?? '';
    expect((await read(own)).incident).toMatchObject({
      state: 'escalated',
      signalCount: 1,
      splitFrom: id,
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
    });
    const outcome = await cloud.outcomeOf(location);
    expect(outcome).toMatchObject({ ticketId: own });
    expect(outcome.decisions.map(({ stage }) => stage).slice(-2)).toEqual(['join', 'split']);
    expect(await refused(`${id}/split`, { signalId, ...reasons })).toMatchObject({ status: 409 });
  });
});
