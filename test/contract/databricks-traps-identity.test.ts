// Whom we talk to, as whom, and what is loaded for it: managed identity, tokens, configuration that must not leak in.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cachedTokens } from '../../shared/adapters/databricks/credentials.ts';
import { DatabricksWorkspace } from '../../shared/adapters/databricks/databricks-workspace.ts';
import type { WorkspaceOptions } from '../../shared/adapters/databricks/options.ts';
import { DatabricksWorkspaces } from '../../shared/adapters/databricks/workspaces.ts';
import { Broken, InvalidInput } from '../../shared/domain/errors.ts';
import { clusterId, errorBody, inTurn, status, TOKEN, trapBench } from '../builders/databricks-adapter.ts';
import { failureOf, refusalOf, unavailableOf } from '../builders/failures.ts';
import { type Asked, type ScriptedServer, sendJson, startScriptedServer } from '../builders/scripted-server.ts';

const id = clusterId('0424-035941-pl8ku9sr');
const { server, ours } = trapBench();

const me = status(200, { userName: 'lakewarden' });

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

describe('identity (0.12, 1.2)', () => {
  const bearer = (text: string) => `Bearer ${text}`;

  it('takes a name that does not resolve for no connection, not for an HTTP 500', async () => {
    withIdentity();
    const { workspace, calls } = ours('https://workspace.invalid', { credentials: 'managed-identity' });
    const error = await unavailableOf(workspace.startCluster(id));
    expect(error.mayHaveHappened).toBe(false);
    expect(error.message).toMatch(/the connection failed \((ENOTFOUND|EAI_AGAIN)\)/);
    expect(calls.every((call) => call.status === undefined)).toBe(true);
    expect(identity.asked.length).toBeGreaterThan(0);
  });

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

  it('says who is calling', async () => {
    const any = await server(me);
    await ours(any.url, { userAgentExtra: { estate: 'reference' } }).workspace.whoAmI();
    expect(any.asked[0]?.headers['user-agent']).toMatch(/^lakewarden\/\d.* estate\/reference$/);
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
