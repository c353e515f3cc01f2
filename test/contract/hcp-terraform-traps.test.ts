// What can come back from an address that should be HCP Terraform: the adapter says what it means, keeps its token, and ends in time.
import { afterEach, describe, expect, it } from 'vitest';
import { HcpTerraformProvisioner } from '../../shared/adapters/hcp-terraform/hcp-terraform-provisioner.ts';
import { started, wanted } from '../builders/applies.ts';
import { inTurn, status } from '../builders/databricks-adapter.ts';
import { refusalOf, unavailableOf } from '../builders/failures.ts';
import { type Answering, type ScriptedServer, startScriptedServer } from '../builders/scripted-server.ts';

const TOKEN = 'user.atlasv1.a-secret-of-this-test';
const ORDER = { address: 'databricks_cluster.a', correlation: 'run-1', message: 'Recreate' };
const workspace = status(200, { data: { id: 'ws-abc' } });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function server(answer: Answering): Promise<ScriptedServer> {
  const started = await startScriptedServer(answer);
  closing.push(() => started.close());
  return started;
}

/** Pauses take no time, deadlines are real. */
function ours(origin: string, deadlineSeconds = 5) {
  const slept: number[] = [];
  const provisioner = new HcpTerraformProvisioner({
    organization: 'org',
    workspace: 'ws',
    origin,
    token: TOKEN,
    deadlineSeconds,
    elapsedMilliseconds: () => slept.reduce((sum, one) => sum + one, 0),
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
    },
  });
  return { provisioner, slept };
}

function run(changed: Record<string, unknown> = {}) {
  const actions = { 'is-confirmable': false, 'is-discardable': false, 'is-cancelable': true };
  const attributes = { status: 'planning', 'created-at': '2026-11-20T08:00:00.000Z', actions, ...changed };
  return { data: { id: 'run-abc', attributes, relationships: { plan: { data: { id: 'plan-abc' } } } } };
}

describe('the adapter of HCP Terraform', () => {
  it('L5: follows no redirect: the token goes to one host', async () => {
    const elsewhere = await server(status(200, { data: { id: 'ws-abc' } }));
    const there = await server(status(302, {}, { location: `${elsewhere.url}/api/v2/x` }));
    const failure = await unavailableOf(ours(there.url).provisioner.newest());
    expect(failure.message).toContain('redirects');
    expect(elsewhere.asked).toEqual([]);
  });

  it('E6: a 429 is waited for as long as its own header says, then it works', async () => {
    const there = await server(
      inTurn(status(429, {}, { 'x-ratelimit-reset': '1.250' }), workspace, status(201, run())),
    );
    const { provisioner, slept } = ours(there.url);
    expect((await started(provisioner, ORDER)).id).toBe('run-abc');
    expect(slept).toEqual([1_250]);
  });

  it('E6: a 429 that lasts longer than the budget is given back with its time', async () => {
    const there = await server(status(429, {}, { 'x-ratelimit-reset': '42' }));
    const failure = await unavailableOf(ours(there.url).provisioner.newest());
    expect([failure.retryAfterSeconds, failure.mayHaveHappened]).toEqual([42, false]);
    expect(there.asked).toHaveLength(1);
  });

  it('E2: an order that may have arrived is never sent again; reads are', async () => {
    const there = await server(inTurn(status(503), workspace, status(502)));
    expect((await unavailableOf(ours(there.url).provisioner.start(ORDER, wanted))).mayHaveHappened).toBe(true);
    expect(there.asked.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  });

  it('E2: no answer before the deadline may have happened; no connection has not', async () => {
    const silent = await server(inTurn(workspace, () => undefined));
    expect((await unavailableOf(ours(silent.url, 0.3).provisioner.start(ORDER, wanted))).mayHaveHappened).toBe(true);
    const closed = await server(workspace);
    await closed.close();
    expect((await unavailableOf(ours(closed.url).provisioner.start(ORDER, wanted))).mayHaveHappened).toBe(false);
  });

  it('E2: is asked each time before it is sent whether it is still wanted', async () => {
    const there = await server(inTurn(workspace, status(429, {}, { 'x-ratelimit-reset': '1' })));
    let looks = 0;
    const lastLook = async () => {
      looks += 1;
      return looks > 1 ? 'ended by a person' : undefined;
    };
    const { provisioner } = ours(there.url);
    expect(await provisioner.start(ORDER, lastLook)).toEqual({ started: false, because: 'ended by a person' });
    expect(there.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('E2: held up in the last look until its time is over, it is not sent', async () => {
    const there = await server(workspace);
    const { provisioner, slept } = ours(there.url);
    const lastLook = async () => {
      slept.push(60_000);
      return undefined;
    };
    expect((await unavailableOf(provisioner.start(ORDER, lastLook))).mayHaveHappened).toBe(false);
    expect(there.asked.map(({ method }) => method)).toEqual(['GET']);
  });

  it.each([
    [
      'a page of a proxy',
      (response: Parameters<Answering>[0]) => void response.end('<html>Sign in</html>'),
      'not JSON',
    ],
    [
      'a body without end',
      (response: Parameters<Answering>[0]) => void response.end('x'.repeat(3_000_000)),
      'too large',
    ],
    ['JSON of another form', status(200, { data: { name: 'no id' } }), 'unknown form'],
  ])('E6: %s is no answer', async (_what, answer, words) => {
    const there = await server(answer);
    expect((await unavailableOf(ours(there.url).provisioner.newest())).message).toContain(words);
  });

  it.each([401, 403, 422])(
    'E6: a %s is refused, with the words of HCP Terraform and never with the token',
    async (code) => {
      const there = await server(status(code, { errors: [{ status: String(code), title: 'no', detail: 'because' }] }));
      const refusal = await refusalOf(ours(there.url).provisioner.newest());
      expect([refusal.code, refusal.message]).toEqual(['provisioner-refused', expect.stringContaining('no: because')]);
      expect(refusal.message).not.toContain(TOKEN);
    },
  );

  it('E2: a status that nobody knows is one of a run that goes on', async () => {
    const there = await server(inTurn(workspace, status(200, run({ status: 'assessing_something_new' }))));
    const { provisioner } = ours(there.url);
    await provisioner.newest().catch(() => undefined);
    expect((await provisioner.read('run-abc'))?.state.is).toBe('planning');
  });

  it('E2: always asks for one address and for confirmation, whatever the workspace does by itself', async () => {
    const there = await server(inTurn(workspace, status(201, run())));
    await ours(there.url).provisioner.start(ORDER, wanted);
    const sent = JSON.parse(there.asked[1]?.body ?? '');
    expect(sent.data.attributes).toMatchObject({
      'auto-apply': false,
      'is-destroy': false,
      'target-addrs': ['databricks_cluster.a'],
      message: 'Recreate [lakewarden run-1]',
    });
    expect(there.asked[1]?.headers['content-type']).toBe('application/vnd.api+json');
  });

  it('E2: puts no foreign text into a path', async () => {
    const there = await server(workspace);
    await expect(ours(there.url).provisioner.read('../organizations')).rejects.toThrow('an id of a run');
    expect(there.asked).toEqual([]);
  });
});
