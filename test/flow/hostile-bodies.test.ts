// Whatever is posted, the door answers 202 or a problem with a correlation id, and stays up (A4, A8, A10).
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudClient, clusterEvent } from '../builders/cloud-client.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const KILOBYTE = 1024;

describe('the door of Databricks events', { timeout: 120_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  async function expectProblem(response: Response, status: number): Promise<Record<string, unknown>> {
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ status, title: expect.any(String), code: expect.any(String) });
    expect(problem.correlationId).toBe(response.headers.get('x-correlation-id'));
    return problem;
  }

  const rows: readonly [string, string | Uint8Array<ArrayBuffer>, number][] = [
    ['an empty body', '', 400],
    ['half an object', '{"event":', 400],
    ['bytes that are no UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400],
    ['deep nesting', '['.repeat(100_000) + ']'.repeat(100_000), 422],
    [
      'a nested object as the cluster',
      `{"event":"cluster.terminated","cluster":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
      422,
    ],
    ['unclosed nesting', '['.repeat(200_000), 400],
    ['a list', '[1]', 422],
    ['a text', '"cluster.terminated"', 422],
    ['null', 'null', 422],
    ['300 KB', `{"event":"${'x'.repeat(300 * KILOBYTE)}"}`, 413],
    ['1 MB', `{"event":"${'x'.repeat(1024 * KILOBYTE)}"}`, 413],
    ['no cluster', '{"event":"cluster.terminated"}', 422],
    ['a cluster id that leaves its path', JSON.stringify(clusterEvent('../../etc/passwd')), 422],
    ['a cluster id of a wrong type', '{"event":"cluster.terminated","cluster":{"cluster_id":42}}', 422],
    ['an empty cluster id', JSON.stringify(clusterEvent('')), 422],
    [
      'parameters that are objects',
      JSON.stringify(clusterEvent('c-1', 'X', { termination_reason: { code: 'X', parameters: { a: {} } } })),
      422,
    ],
    ['__proto__ as the cluster', '{"event":"cluster.terminated","__proto__":{"cluster":{"cluster_id":"c-1"}}}', 422],
  ];
  it.each(rows)('A4: %s is refused with a problem', async (_what, body, status) => {
    await expectProblem(await cloud.send(body), status);
  });

  it('A4: a schema violation names every field', async () => {
    const body = { event: 'cluster.terminated', cluster: { cluster_id: 'a b', termination_reason: { parameters: 3 } } };
    const problem = await expectProblem(await cloud.send(JSON.stringify(body)), 422);
    const pointers = (problem.errors as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers).toEqual(
      expect.arrayContaining([
        '/cluster/cluster_id',
        '/cluster/termination_reason/code',
        '/cluster/termination_reason/parameters',
      ]),
    );
  });

  it('A4: a wrong or missing type is 415', async () => {
    await expectProblem(await cloud.send('{}', { 'content-type': 'text/plain' }), 415);
    await expectProblem(await cloud.send(Buffer.from('{}'), { 'content-type': '' }), 415);
  });

  it('A1: unknown events, the test ping and job notifications that tell of no failure are recorded with 202', async () => {
    for (const body of [
      '{"event":"test"}',
      '{"event":"somebody.knows"}',
      '{}',
      '{"event_type":"jobs.on_something_new","run":{"run_id":"1"}}',
      '{"event_type":"jobs.on_start","workspace_id":"1","run":{"run_id":"1"},"job":{"job_id":"2"}}',
    ]) {
      const response = await cloud.send(body);
      expect(response.status).toBe(202);
      const outcome = await cloud.outcomeOf(response.headers.get('location') ?? '');
      expect(outcome).toMatchObject({ ended: 'recorded', ticketId: null, recoveryStatus: 'not_needed' });
    }
  });

  it('A4: of a repeated member the last counts, as JSON readers do', async () => {
    const response = await cloud.send('{"event":"nothing","event":"test"}', { prefer: 'wait=20' });
    expect(response.status).toBe(200);
  });

  it('A10: a chunked body without a length is read whole', async () => {
    const text = JSON.stringify({ event: 'test' });
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (const character of text) controller.enqueue(new TextEncoder().encode(character));
        controller.close();
      },
    });
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers: { 'x-api-key': cloud.stack.apiKey, 'content-type': 'application/json', prefer: 'wait=20' },
      body,
      duplex: 'half',
    };
    expect((await fetch(`${cloud.stack.app}/databricks-monitor`, init)).status).toBe(200);
  });

  it('A4, A10: a chunked body that is too large is refused, however long it goes on', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(64 * KILOBYTE));
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 200) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers: { 'x-api-key': cloud.stack.apiKey, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    };
    await expectProblem(await fetch(`${cloud.stack.app}/databricks-monitor`, init), 413);
  });

  it('A4: deep nesting beside a known event is not looked at', async () => {
    const nested = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    expect((await cloud.send(`{"event":"test","extra":${nested}}`)).status).toBe(202);
  });

  it('A10: after a refusal in the middle of a chunked body the connection carries the next request', async () => {
    const { hostname, port } = new URL(cloud.stack.app);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (body: Buffer, headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) => {
        const asked = request(
          { hostname, port, agent, method: 'POST', path: '/databricks-monitor', headers },
          (answer) => {
            answer.resume();
            answer.once('end', () => resolve(answer.statusCode ?? 0));
          },
        );
        asked.once('error', reject);
        asked.write(body);
        asked.end();
      });
    const json = { 'content-type': 'application/json' };
    const large = Buffer.alloc(1024 * KILOBYTE, 0x20);
    for (let round = 0; round < 5; round += 1) {
      expect(await ask(large, { ...json, 'x-api-key': cloud.stack.apiKey })).toBe(413);
      expect(await ask(large, { ...json, 'x-api-key': 'wrong' })).toBe(401);
      expect(await ask(Buffer.from('{"event":"test"}'), { ...json, 'x-api-key': cloud.stack.apiKey })).toBe(202);
    }
    agent.destroy();
  });

  it('A10: a repeated header and a wrong method are answered properly', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const response = await fetch(`${cloud.stack.app}/databricks-monitor`, { method });
      expect(response.headers.get('allow')).toBe('POST');
      await expectProblem(response, 405);
    }
    const answer = await raw(cloud.stack.app, [
      'POST /databricks-monitor HTTP/1.1',
      'host: localhost',
      `x-api-key: ${cloud.stack.apiKey}`,
      'content-type: application/json',
      'prefer: wait=20',
      'prefer: respond-async',
      'content-length: 16',
      'connection: close',
      '',
      '{"event":"test"}',
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
  });

  it('A8: a body of nearly 256 KB is taken whole: what no message can carry is kept as a blob, and the signal says where', async () => {
    const parameters = Object.fromEntries(
      Array.from({ length: 100 }, (_, n) => [`p${n}`, randomBytes(1200).toString('hex')]),
    );
    const reason = { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters };
    const body = JSON.stringify(clusterEvent('large-cluster', 'X', { termination_reason: reason }));
    expect(body.length).toBeGreaterThan(240_000);
    const response = await cloud.send(body, { prefer: 'wait=30' });
    expect(response.status).toBe(200);
    const { ticket_id } = (await response.json()) as { ticket_id: string };
    const { timeline } = await cloud.incident(ticket_id);
    expect(timeline[0]).toMatchObject({ data: { wholeBody: { blob: expect.any(String), bytes: body.length } } });
  });

  it('A3: no, wrong or half credentials are 401 without detail', async () => {
    const headers = [{ 'x-api-key': '' }, { 'x-api-key': 'wrong' }, { 'x-api-key': `${cloud.stack.apiKey}x` }];
    for (const one of headers) {
      const problem = await expectProblem(await cloud.send('{"event":"test"}', one), 401);
      expect(problem.detail).toBeUndefined();
    }
  });

  it('A3: HTTP Basic opens the door as well', async () => {
    const { username, password } = cloud.stack.basic;
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const init = {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: '{"event":"test"}',
    };
    expect((await fetch(`${cloud.stack.app}/databricks-monitor`, init)).status).toBe(202);
  });

  it('A4: a given correlation id is kept, nonsense is replaced', async () => {
    const kept = await cloud.send('{"event":"test"}', { 'x-correlation-id': 'my-id.1' });
    expect(kept.headers.get('x-correlation-id')).toBe('my-id.1');
    const replaced = await cloud.send('{"event":"test"}', { 'x-correlation-id': 'a b"c' });
    expect(replaced.headers.get('x-correlation-id')).toMatch(/^cor-/);
  });

  it('A4: any JSON at all ends in 2xx or 4xx', async () => {
    const cluster = fc.record(
      {
        cluster_id: fc.oneof(fc.string(), fc.jsonValue()),
        cluster_name: fc.jsonValue(),
        state: fc.jsonValue(),
        terminated_time: fc.jsonValue(),
        termination_reason: fc.oneof(
          fc.jsonValue(),
          fc.record({ code: fc.jsonValue(), type: fc.jsonValue(), parameters: fc.jsonValue() }),
        ),
      },
      { requiredKeys: [] },
    );
    const event = fc.record(
      {
        event: fc.constantFrom('cluster.terminated', 'cluster.failed_to_start', 'cluster.restarting', 'test'),
        event_id: fc.jsonValue(),
        cluster: fc.oneof(cluster, fc.jsonValue()),
      },
      { requiredKeys: ['event'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(event, fc.jsonValue()), async (body) => {
        const { status } = await cloud.send(JSON.stringify(body), { prefer: 'wait=0' });
        expect(status === 202 || (status >= 400 && status < 500)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('A4: any bytes at all end in 2xx or 4xx, and the app is the same process afterwards', async () => {
    const { app } = cloud.stack.processes;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const { status } = await cloud.send(Uint8Array.from(bytes), { prefer: 'wait=0' });
        expect(status === 202 || (status >= 400 && status < 500)).toBe(true);
      }),
      { numRuns: 100 },
    );
    expect(cloud.stack.processes.app).toBe(app);
  });
});

/** A request as text, for what fetch would not send. */
function raw(url: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(lines.join('\r\n')));
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
