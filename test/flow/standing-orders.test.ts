// Standing orders over HTTP, from outside: given, listed, ended; and what a failure comes to under each of them on the laptop cloud.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const FREEZE = 'test-cluster-123';
const SILENCE = 'test-cluster-456';
const WINDOW = '0424-035941-pl8ku9sr';

const shown = z.strictObject({
  id: z.string(),
  kind: z.string(),
  scope: z.looseObject({ of: z.string() }),
  from: z.string(),
  until: z.string(),
  owner: z.string(),
  caller: z.string(),
  reason: z.string(),
  givenAt: z.string(),
  endedAt: z.string().optional(),
  endedBy: z.string().optional(),
  endReason: z.string().optional(),
  state: z.string(),
});
const list = z.object({ value: z.array(shown) });
const problem = z.looseObject({
  code: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

describe('standing orders over HTTP', { timeout: 120_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  function anOrder(change: Record<string, unknown> = {}) {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    return { kind: 'freeze', scope: { of: 'everything' }, until, reason: 'quarter end', ...change };
  }

  async function send(path: string, body?: unknown, headers: Record<string, string> = {}) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await cloud.send(text, { 'x-operator': 'ana', ...headers }, `/api/standing-orders${path}`);
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  async function give(change: Record<string, unknown>): Promise<z.infer<typeof shown>> {
    const { status, body } = await send('', anOrder(change));
    expect(status, JSON.stringify(body)).toBe(201);
    return shown.parse(body);
  }

  function over(id: string) {
    return { of: 'component', kind: 'cluster', id };
  }

  async function end(id: string) {
    return await send(`/${id}/end`, { reason: 'done early' }, { 'x-operator': 'ben' });
  }

  /** The cluster dies and it is reported; the decision is waited for. */
  async function dies(id: string) {
    await cloud.crash(id, 'DRIVER_UNREACHABLE');
    return (await cloud.post(clusterEvent(id), { prefer: 'wait=30' })).answer;
  }

  async function told(ticket: string): Promise<number> {
    return (await cloud.messages()).filter((message) => JSON.stringify(message).includes(ticket)).length;
  }

  it('E3: what is wrong with one is told by status, code and fields', async () => {
    const rows: [string, unknown, Record<string, string>, number, string, string?][] = [
      ['', anOrder(), { 'x-operator': '' }, 400, 'bad-request'],
      ['', anOrder(), { 'idempotency-key': '""' }, 400, 'bad-request'],
      ['', anOrder(), { 'content-type': 'text/plain' }, 415, 'wrong-media-type'],
      ['', anOrder(), { 'x-api-key': 'wrong' }, 401, 'not-authenticated'],
      ['', anOrder({ reason: 'x'.repeat(20_000) }), {}, 413, 'body-too-large'],
      ['', [], {}, 422, 'invalid-fields'],
      ['', anOrder({ until: undefined }), {}, 422, 'invalid-fields', '/until'],
      ['', anOrder({ until: '2099-01-01T00:00:00Z' }), {}, 422, 'invalid-fields', '/until'],
      ['', anOrder({ scope: { of: 'region', region: 'nowhere' } }), {}, 422, 'invalid-fields', '/scope/region'],
      ['', anOrder({ owner: 'ben' }), {}, 422, 'invalid-fields', '/owner'],
      ['/so-none/end', undefined, {}, 404, 'not-found'],
      ['/so-none/end', { because: 'x' }, {}, 422, 'invalid-fields', '/because'],
    ];
    for (const [path, body, headers, status, code, pointer] of rows) {
      const answer = await send(path, body, headers);
      const { code: told, errors = [] } = problem.parse(answer.body);
      expect([answer.status, told], `${path} ${JSON.stringify(body)?.slice(0, 200)}`).toEqual([status, code]);
      if (pointer !== undefined) expect(errors.map((each) => each.pointer)).toContain(pointer);
    }
    expect(list.parse(await cloud.get('/api/standing-orders'))).toEqual({ value: [] });
    expect(await cloud.get('/api/standing-orders?al=true'), 'not a query').toBeUndefined();
  });

  it('E3: is given once by one key, listed until it is over, and ended by name', async () => {
    const order = anOrder({ scope: { of: 'region', region: 'westus2' } });
    const headers = { 'idempotency-key': '"freeze-of-the-quarter"' };
    const first = await send('', order, headers);
    expect(first.status).toBe(201);
    const { id } = shown.parse(first.body);
    const again = await send('', order, headers);
    expect([again.status, again.headers.get('idempotency-replayed'), again.body]).toEqual([201, 'true', first.body]);
    expect(await send('', { ...order, reason: 'another' }, headers)).toMatchObject({
      status: 422,
      body: { code: 'key-reused' },
    });
    const { value } = list.parse(await cloud.get('/api/standing-orders'));
    expect(value).toMatchObject([{ id, kind: 'freeze', owner: 'ana', caller: 'api-key', state: 'in-force' }]);
    expect(await cloud.get('/api/gate')).toMatchObject({ orders: [{ id, state: 'in-force' }] });
    expect(await end(id)).toMatchObject({
      status: 200,
      body: { endedBy: 'ben', endReason: 'done early', state: 'ended' },
    });
    expect(await end(id)).toMatchObject({ status: 409, body: { code: 'illegal-transition' } });
    expect(list.parse(await cloud.get('/api/standing-orders')).value).toEqual([]);
    expect(list.parse(await cloud.get('/api/standing-orders?all=true')).value).toMatchObject([{ id, state: 'ended' }]);
  });

  it('E3: under a change freeze people are told and nothing acts; ended, it is repaired', async () => {
    const { id } = await give({ scope: over(FREEZE) });
    const answer = await dies(FREEZE);
    expect(answer).toMatchObject({ recovery_status: 'held' });
    expect(answer.message).toContain('a change freeze is in force');
    const ticket = answer.ticket_id ?? '';
    await eventually(async () => ((await told(ticket)) > 0 ? true : undefined), 30_000, 'people are told');
    expect(await cloud.starts(FREEZE)).toBe(0);
    expect((await end(id)).status).toBe(200);
    const { timeline } = await cloud.incidentIn(ticket, 'resolved');
    expect(await cloud.starts(FREEZE)).toBe(1);
    expect(timeline.find(({ type }) => type === 'standing-order-ended')).toMatchObject({ actor: 'operator:ben' });
  });

  it('J5: under a silence the incident is suppressed and nobody is told; ended, it goes on as it would have begun', async () => {
    const { id } = await give({ kind: 'silence', scope: over(SILENCE) });
    const answer = await dies(SILENCE);
    expect(answer).toMatchObject({ recovery_status: 'not_needed' });
    const ticket = answer.ticket_id ?? '';
    expect((await cloud.incident(ticket)).state).toBe('suppressed');
    expect(await cloud.runTimer('watchdog')).toBe(202);
    expect([await cloud.starts(SILENCE), await told(ticket)]).toEqual([0, 0]);
    expect((await end(id)).status).toBe(200);
    const { timeline } = await cloud.incidentIn(ticket, 'resolved');
    expect(await cloud.starts(SILENCE)).toBe(1);
    const types = timeline.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['suppressed', 'standing-order-ended', 'came-out']));
    await eventually(async () => ((await told(ticket)) > 0 ? true : undefined), 30_000, 'people are told');
  });

  it('E3: in a maintenance window a failure is recorded: no ticket, and nothing is done', async () => {
    await give({ kind: 'maintenance-window', scope: { of: 'workspace', workspace: 'databricks-dev' } });
    const answer = await dies(WINDOW);
    expect(answer).toMatchObject({ ticket_id: null, recovery_status: 'not_needed' });
    expect((await cloud.incidents(`?component=cluster/${WINDOW}`)).value).toEqual([]);
    expect(await cloud.starts(WINDOW)).toBe(0);
  });
});
