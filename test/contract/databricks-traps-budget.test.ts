// What one call may cost the other side and us: how many tries, how much time, how many calls at once and per second.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { WorkspaceCalls } from '../../shared/adapters/databricks/calls.ts';
import {
  MAX_CALLS_PER_SECOND,
  MAX_CONCURRENT_CALLS,
  MAX_TRIES,
  RETRY_BUDGET_SECONDS,
} from '../../shared/adapters/databricks/options.ts';
import {
  allRows,
  bareGet,
  clusterId,
  errorBody,
  inTurn,
  status,
  TOKEN,
  trapBench,
} from '../builders/databricks-adapter.ts';
import { failureOf, refusalOf, unavailableOf } from '../builders/failures.ts';
import { type Answering, sendJson } from '../builders/scripted-server.ts';

const id = clusterId('0424-035941-pl8ku9sr');
const ME = '/api/2.0/preview/scim/v2/Me';
const { server, ours } = trapBench();

const me = status(200, { userName: 'lakewarden' });
const reset: Answering = (response) => {
  response.destroy();
};
const throttled = status(429, errorBody('REQUEST_LIMIT_EXCEEDED', 'slow down'));
const down = status(503, errorBody('TEMPORARILY_UNAVAILABLE', 'try later'));

describe('tries (0.6)', () => {
  it('repeats a read on 5xx, 429 and resets, which the bare SDK does on 429 alone', async () => {
    const shaky = await server(inTurn(down, throttled, reset, me));
    const { workspace, calls } = ours(shaky.url);
    expect(await workspace.whoAmI()).toBe('lakewarden');
    expect(calls.map(({ status: code, error }) => code ?? error)).toEqual([
      503,
      429,
      'the connection failed (ECONNRESET)',
      200,
    ]);

    const once = await server(inTurn(down, me));
    await failureOf(bareGet(once.url, ME));
    expect(once.asked).toHaveLength(1);
  });

  it('tells of each try what was called and what came of it, without the id', async () => {
    const shaky = await server(inTurn(down, status(200, { cluster_id: id, state: 'RUNNING' })));
    const { workspace, calls } = ours(shaky.url);
    await workspace.cluster(id);
    const told = { method: 'GET', path: '/api/2.1/clusters/get', milliseconds: expect.any(Number) };
    expect(calls).toEqual([
      { ...told, status: 503 },
      { ...told, status: 200 },
    ]);
  });

  it('repeats a read that is a POST', async () => {
    const shaky = await server(inTurn(down, status(200, { events: [] })));
    expect(await ours(shaky.url).workspace.clusterEvents(id, '2026-11-20T00:00:00.000Z', 10)).toEqual([]);
  });

  it.each<[string, Answering]>([
    ['503', down],
    ['a reset', reset],
  ])('never repeats an act after %s: it may have happened', async (_, answer) => {
    const shaky = await server(inTurn(answer, status(200)));
    const error = await unavailableOf(ours(shaky.url).workspace.startCluster(id));
    expect(error.mayHaveHappened).toBe(true);
    expect(shaky.asked).toHaveLength(1);
  });

  it('repeats an act after 429: it certainly did not happen', async () => {
    const busy = await server(inTurn(throttled, throttled, status(200)));
    expect(await ours(busy.url).workspace.startCluster(id)).toEqual({ accepted: true });
    expect(busy.asked).toHaveLength(3);
  });

  it('repeats an act when nobody was there to hear it, and says at the end that it did not happen', async () => {
    const gone = await server(me);
    await gone.close();
    const { workspace, calls } = ours(gone.url);
    const error = await unavailableOf(workspace.startCluster(id));
    expect(error.mayHaveHappened).toBe(false);
    expect(calls).toHaveLength(MAX_TRIES);
  });

  it.each([['503', down] as const, ['429', throttled] as const])(
    'ends after a bounded number of tries: %s',
    async (_, answer) => {
      const out = await server(answer);
      const { workspace, time } = ours(out.url);
      const error = await unavailableOf(allRows(workspace.clusterPages()));
      expect(error.mayHaveHappened).toBe(_ === '503');
      expect(out.asked).toHaveLength(MAX_TRIES);
      expect(time.elapsedMilliseconds()).toBeLessThan(RETRY_BUDGET_SECONDS * 1_000);
    },
  );

  it('pauses as long as the answer asks, which the bare SDK cannot see', async () => {
    const busy = await server(inTurn(status(429, {}, { 'retry-after': '3' }), me));
    const { workspace, time } = ours(busy.url);
    await workspace.whoAmI();
    expect(time.slept[0]).toBeGreaterThanOrEqual(3_000);
  });

  it('does not wait for what lies beyond its budget, but passes on when to come back', async () => {
    const busy = await server(status(429, {}, { 'retry-after': '60' }));
    const { workspace, time } = ours(busy.url);
    expect((await unavailableOf(workspace.whoAmI())).retryAfterSeconds).toBe(60);
    expect(busy.asked).toHaveLength(1);
    expect(time.slept).toEqual([]);
  });

  it('leaves no try of the SDK behind, which by itself goes on for 300 seconds', async () => {
    // Its head before its body: so the SDK gets to read it too, and to think of a retry.
    const busy = await server((response) => {
      response.writeHead(429, { 'retry-after': '60' }).flushHeaders();
      setTimeout(() => response.end('{}'), 50);
    });
    await unavailableOf(ours(busy.url).workspace.whoAmI());
    // The SDK's first pause is 1.05 to 1.75 s of real time (facts/databricks.md 1.3), and nothing can be injected into it.
    await sleep(2_000);
    expect(busy.asked).toHaveLength(1);
  });

  it('ends its tries with the budget, however long the answers take', async () => {
    let passed = 0;
    const slow = await server((response) => {
      passed += 9_000;
      sendJson(response, 503, {});
    });
    const { workspace } = ours(slow.url, { elapsedMilliseconds: () => passed });
    await unavailableOf(workspace.whoAmI());
    expect(slow.asked).toHaveLength(Math.ceil(RETRY_BUDGET_SECONDS / 9));
  });

  it('asks once about what is refused for good, whatever its words', async () => {
    // The SDK takes "Unexpected error" for a passing fault, of any status, and retries for 300 seconds.
    const wrong = await server(status(400, errorBody('INVALID_PARAMETER_VALUE', 'Unexpected error in your request')));
    const error = await refusalOf(ours(wrong.url).workspace.startCluster(id));
    expect(error.message).toContain('INVALID_PARAMETER_VALUE Unexpected error in your request');
    expect(wrong.asked).toHaveLength(1);
  });
});

describe('limits per workspace (4)', () => {
  it('has no more calls open than allowed, however many are made at once', async () => {
    const slow = await server((response) => void setTimeout(() => sendJson(response, 200, { userName: 'me' }), 20));
    const { workspace } = ours(slow.url);
    await Promise.all(Array.from({ length: 20 }, () => workspace.whoAmI()));
    expect(slow.mostAtOnce).toBe(MAX_CONCURRENT_CALLS);
  });

  it('begins no more calls in any second than allowed', async () => {
    const quick = await server(me);
    const begun: number[] = [];
    const side = ours(quick.url, {
      callsPerSecond: MAX_CALLS_PER_SECOND,
      onCall: () => begun.push(side.time.elapsedMilliseconds()),
    });
    for (let call = 0; call < 12; call += 1) await side.workspace.whoAmI();
    for (const [index, at] of begun.entries()) {
      const sixth = begun[index + MAX_CALLS_PER_SECOND];
      if (sixth !== undefined) expect(sixth - at).toBeGreaterThanOrEqual(1_000);
    }
    expect(side.time.elapsedMilliseconds()).toBe(2_000);
  });

  it('gives up a call whose turn did not come within its budget: certainly nothing happened', async () => {
    const slow = await server((response) => void setTimeout(() => sendJson(response, 200, {}), 1_000));
    const calls = new WorkspaceCalls({ name: 'p', host: slow.url, credentials: { token: TOKEN }, concurrency: 1 });
    const act = { method: 'POST', path: '/api/2.1/clusters/start', repeatable: false } as const;
    const [first, second] = await Promise.all([calls.ask(act), calls.ask({ ...act, budgetSeconds: 0.2 })]);
    expect(first).toEqual({ ok: true, body: {} });
    expect(second).toMatchObject({ ok: false, failure: { error: { mayHaveHappened: false } } });
    expect(slow.asked).toHaveLength(1);
    await calls.close();
  });

  it('E10: counts a call again whose window ended while its last look took its time, and looks again', async () => {
    const quick = await server(status(200));
    let [admitted, looks, window] = [0, 0, 1];
    const admit = async () => {
      admitted += 1;
      const own = window;
      return { isOver: () => own !== window };
    };
    const lastLook = async () => {
      looks += 1;
      if (looks === 1) window += 1;
      return undefined;
    };
    const calls = new WorkspaceCalls({ name: 'p', host: quick.url, credentials: { token: TOKEN }, admit });
    const act = { method: 'POST', path: '/api/2.1/clusters/start', repeatable: false } as const;
    expect(await calls.ask({ ...act, lastLook })).toMatchObject({ ok: true });
    expect([admitted, looks, quick.asked.length]).toEqual([2, 2, 1]);
    const alwaysLate = async () => {
      window += 1;
      return undefined;
    };
    const late = await calls.ask({ ...act, lastLook: alwaysLate, budgetSeconds: 1 });
    expect(late).toMatchObject({ ok: false, failure: { error: { mayHaveHappened: false } } });
    expect(quick.asked, 'never sent').toHaveLength(1);
    await calls.close();
  });

  it('does not begin in the last moment what could only be cut off', async () => {
    const any = await server(status(200));
    const { workspace } = ours(any.url, { callsPerSecond: 1, retryBudgetSeconds: 1.02 });
    expect(await workspace.startCluster(id)).toEqual({ accepted: true });
    const error = await unavailableOf(workspace.startCluster(id));
    expect(error.message).toContain('our own limit');
    expect(error.mayHaveHappened).toBe(false);
    expect(any.asked).toHaveLength(1);
  });

  it('closes its connections when it is closed, and makes no call after', async () => {
    const quick = await server(me);
    const { workspace } = ours(quick.url);
    await workspace.whoAmI();
    expect(await quick.openSockets()).toBe(1);
    await workspace.close();
    await vi.waitFor(async () => expect(await quick.openSockets()).toBe(0));
    expect((await unavailableOf(workspace.startCluster(id))).mayHaveHappened).toBe(false);
    expect(quick.asked).toHaveLength(1);
  });
});
