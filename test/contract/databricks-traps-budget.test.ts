// What one call may cost the other side and us: tries, time, calls at once and per second; and whose identity it is made under.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cachedTokens } from '../../shared/adapters/databricks/credentials.ts';
import { DatabricksWorkspace } from '../../shared/adapters/databricks/databricks-workspace.ts';
import {
  MAX_CALLS_PER_SECOND,
  MAX_CONCURRENT_CALLS,
  MAX_TRIES,
  RETRY_BUDGET_SECONDS,
  type WorkspaceOptions,
} from '../../shared/adapters/databricks/options.ts';
import { DatabricksWorkspaces } from '../../shared/adapters/databricks/workspaces.ts';
import { Broken, InvalidInput } from '../../shared/domain/errors.ts';
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
import {
  type Answering,
  type Asked,
  type ScriptedServer,
  sendJson,
  startScriptedServer,
} from '../builders/scripted-server.ts';

const id = clusterId('0424-035941-pl8ku9sr');
const ME = '/api/2.0/preview/scim/v2/Me';
const { server, ours } = trapBench();

const me = status(200, { userName: 'lakewarden' });
const reset: Answering = (response) => {
  response.destroy();
};
const throttled = status(429, errorBody('REQUEST_LIMIT_EXCEEDED', 'slow down'));
const down = status(503, errorBody('TEMPORARILY_UNAVAILABLE', 'try later'));

/** A token that lives shorter than any cache keeps one, so that each asked for is a new one. */
const SHORT_SECONDS = 120;
const LONG_SECONDS = 86_400;

/** The endpoint that App Service and Functions give a managed identity (api-version 2019-08-01). MSAL reads its address once per process. */
const identity = { lifeSeconds: SHORT_SECONDS, fails: false, asked: [] as Asked[] };
let endpoint: ScriptedServer;

beforeAll(async () => {
  endpoint = await startScriptedServer((response, asked) => {
    identity.asked.push(asked);
    if (identity.fails) return void response.writeHead(400).end('secret words');
    const resource = new URL(asked.path, 'http://localhost').searchParams.get('resource');
    const expires_on = String(Math.floor(Date.now() / 1_000) + identity.lifeSeconds);
    sendJson(response, 200, {
      access_token: `token-${identity.asked.length}`,
      expires_on,
      resource,
      token_type: 'Bearer',
    });
  });
});

afterAll(() => endpoint.close());

function withIdentity(behaviour: { lifeSeconds?: number; fails?: boolean } = {}): typeof identity {
  vi.stubEnv('IDENTITY_ENDPOINT', `${endpoint.url}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'identity-secret');
  return Object.assign(identity, { lifeSeconds: SHORT_SECONDS, fails: false, asked: [] }, behaviour);
}

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

  it('takes a name that does not resolve for no connection, not for an HTTP 500', async () => {
    withIdentity();
    const { workspace, calls } = ours('https://workspace.invalid', { credentials: 'managed-identity' });
    const error = await unavailableOf(workspace.startCluster(id));
    expect(error.mayHaveHappened).toBe(false);
    expect(error.message).toMatch(/the connection failed \((ENOTFOUND|EAI_AGAIN)\)/);
    expect(calls.every((call) => call.status === undefined)).toBe(true);
    expect(identity.asked.length).toBeGreaterThan(0);
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
    const hung = await server(() => {});
    const { workspace } = ours(hung.url, { concurrency: 1, deadlineSeconds: 1, retryBudgetSeconds: 0.3 });
    const [first, second] = await Promise.all([
      unavailableOf(workspace.startCluster(id)),
      unavailableOf(workspace.startCluster(id)),
    ]);
    expect([first.mayHaveHappened, second.mayHaveHappened]).toEqual([true, false]);
    expect(hung.asked).toHaveLength(1);
  });

  it('closes its connections when it is closed', async () => {
    const quick = await server(me);
    const { workspace } = ours(quick.url);
    await workspace.whoAmI();
    expect(await quick.openSockets()).toBe(1);
    await workspace.close();
    await vi.waitFor(async () => expect(await quick.openSockets()).toBe(0));
  });
});

describe('identity (0.12, 1.2)', () => {
  const bearer = (text: string) => `Bearer ${text}`;

  it('gets a new token once after 401, then calls on; a token refused again is a refusal', async () => {
    withIdentity();
    const once = await server(inTurn(status(401), status(200)));
    const { workspace } = ours(once.url, { credentials: 'managed-identity' });
    expect(await workspace.startCluster(id)).toEqual({ accepted: true });
    expect(once.asked.map((one) => one.headers.authorization)).toEqual([bearer('token-1'), bearer('token-2')]);
    expect(identity.asked[0]?.headers['x-identity-header']).toBe('identity-secret');
    expect(identity.asked[0]?.path).toContain('2ff814a6-3304-4ab8-85cb-cd0e6f879c1d');

    const never = await server(status(401, errorBody('UNAUTHENTICATED', 'no')));
    await refusalOf(ours(never.url, { credentials: 'managed-identity' }).workspace.startCluster(id));
    expect(never.asked).toHaveLength(2);
  });

  it('does not repeat what a fixed token was refused for', async () => {
    const never = await server(status(401));
    await refusalOf(ours(never.url).workspace.whoAmI());
    expect(never.asked).toHaveLength(1);
  });

  it('keeps a token until shortly before its end, and drops only the one that was refused', async () => {
    let now = 0;
    let count = 0;
    async function acquire() {
      count += 1;
      return { token: `t${count}`, expiresOnTimestamp: now + 3_600_000 };
    }
    const tokens = cachedTokens(acquire, () => now);
    expect([await tokens.token(), await tokens.token()]).toEqual(['t1', 't1']);
    now += 3_400_000;
    expect(await tokens.token()).toBe('t2');
    tokens.reject('t1');
    expect(await tokens.token()).toBe('t2');
    tokens.reject('t2');
    expect(await tokens.token()).toBe('t3');
  });

  it('tries again for a token after the identity endpoint failed once', async () => {
    let count = 0;
    const tokens = cachedTokens(async () => {
      count += 1;
      if (count === 1) throw new Error('not yet');
      return { token: 'later', expiresOnTimestamp: Number.POSITIVE_INFINITY };
    });
    await failureOf(tokens.token());
    expect(await tokens.token()).toBe('later');
  });

  it('says nothing of what the identity endpoint said, and that nothing happened', async () => {
    withIdentity({ fails: true });
    const any = await server(me);
    const error = await unavailableOf(ours(any.url, { credentials: 'managed-identity' }).workspace.startCluster(id));
    expect(error.mayHaveHappened).toBe(false);
    expect(error.message).toContain('no token for our identity');
    expect(error.message).not.toContain('secret');
    expect(any.asked).toEqual([]);
  });

  // Last of those with an identity: from here on MSAL has a token in its cache.
  it('asks for one token however many calls wait for it', async () => {
    withIdentity({ lifeSeconds: LONG_SECONDS });
    const any = await server(me);
    const { workspace } = ours(any.url, { credentials: 'managed-identity', concurrency: 20 });
    await Promise.all(Array.from({ length: 8 }, () => workspace.whoAmI()));
    expect(identity.asked).toHaveLength(1);
    expect(any.asked).toHaveLength(8);
  });

  it('lets neither environment nor ~/.databrickscfg have a say, as the bare SDK does', async () => {
    const home = await mkdtemp(join(tmpdir(), 'lakewarden-home-'));
    await writeFile(join(home, '.databrickscfg'), '[DEFAULT]\nhost = https://wrong.invalid\ntoken = wrong\n');
    vi.stubEnv('HOME', home);
    vi.stubEnv('DATABRICKS_HOST', 'https://wrong.invalid');
    vi.stubEnv('DATABRICKS_TOKEN', 'wrong');
    vi.stubEnv('ARM_CLIENT_ID', 'wrong');
    const any = await server(me);
    await ours(any.url).workspace.whoAmI();
    expect(any.asked.map((one) => one.headers.authorization)).toEqual([bearer(TOKEN)]);

    const { Config } = await import('@databricks/sdk-experimental');
    const leaking = new Config({ host: any.url, token: TOKEN });
    expect(String(await failureOf(leaking.ensureResolved()))).toContain('more than one authorization method');
    await rm(home, { recursive: true });
  });

  it.each<[string, Partial<WorkspaceOptions>]>([
    ['a fixed token for a real host', { host: 'https://adb-1.2.azuredatabricks.net' }],
    ['plain http to a real host', { host: 'http://adb-1.2.azuredatabricks.net', credentials: 'managed-identity' }],
    ['another scheme', { host: 'ftp://127.0.0.1' }],
    [
      'a path, which the SDK would lose',
      { host: 'https://adb-1.2.azuredatabricks.net/x', credentials: 'managed-identity' },
    ],
    ['a user', { host: 'https://a:b@adb-1.2.azuredatabricks.net', credentials: 'managed-identity' }],
    ['an empty token', { credentials: { token: '' } }],
    ['no host', { host: '' }],
  ])('does not come into being with %s', async (_, wrong) => {
    const options = { name: 'primary', host: 'http://127.0.0.1:1', credentials: { token: TOKEN }, ...wrong };
    const error = await failureOf((async () => new DatabricksWorkspace(options))());
    expect(error).toBeInstanceOf(InvalidInput);
    expect(JSON.stringify(error) + String(error)).not.toContain(TOKEN);
  });
});

describe('several workspaces', () => {
  it('opens each when it is asked for, knows no other, and tells the faults of all at once', async () => {
    const any = await server(me);
    const workspaces = new DatabricksWorkspaces([
      { name: 'primary', host: any.url, credentials: { token: TOKEN } },
      { name: 'dr', host: 'https://adb-1.2.azuredatabricks.net', credentials: 'managed-identity' },
    ]);
    expect(workspaces.names).toEqual(['primary', 'dr']);
    expect(await workspaces.get('primary').whoAmI()).toBe('lakewarden');
    expect(workspaces.get('primary')).toBe(workspaces.get('primary'));
    expect(() => workspaces.get('legacy')).toThrow(Broken);
    await workspaces.close();

    const wrong = ['primary', 'dr'].map((name) => ({
      name,
      host: 'http://example.com',
      credentials: { token: TOKEN },
    }));
    const error = await failureOf((async () => new DatabricksWorkspaces(wrong))());
    expect(error).toMatchObject({
      fields: [
        { pointer: '/primary/host' },
        { pointer: '/primary/credentials' },
        { pointer: '/dr/host' },
        { pointer: '/dr/credentials' },
      ],
    });
  });
});

describe('cold start', () => {
  it('evaluates nothing of the SDKs before the first call', async () => {
    const any = await server(me);
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      const heavy = () => loaded.filter((url) => /sdk-experimental|@azure[/]/.test(url)).length;
      const { DatabricksWorkspaces } = await import('./shared/adapters/databricks/workspaces.ts');
      const all = new DatabricksWorkspaces([{ name: 'p', host: process.argv[1], credentials: { token: 't' } }]);
      const before = heavy();
      await all.get('p').whoAmI();
      console.log(JSON.stringify({ before, after: heavy() > 0 }));
      await all.close();`;
    const args = ['--input-type=module', '-e', script, any.url];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(JSON.parse(stdout)).toEqual({ before: 0, after: true });
  });
});
