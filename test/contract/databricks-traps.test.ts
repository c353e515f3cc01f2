// The traps of facts/databricks.md, section 0 and 1.3, each sprung on a real server: our adapter stays out of what the bare SDK falls into.
import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { ClusterId } from '../../shared/domain/ids.ts';
import {
  allRows,
  bareGet,
  bareSdk,
  clusterId,
  errorBody,
  status,
  TOKEN,
  trapBench,
} from '../builders/databricks-adapter.ts';
import { failureOf, refusalOf, unavailableOf } from '../builders/failures.ts';
import { type Answering, sendJson } from '../builders/scripted-server.ts';
import { selfSigned } from '../builders/self-signed.ts';

const id = clusterId('0424-035941-pl8ku9sr');
const LIST = '/api/2.1/clusters/list';
const GET = '/api/2.1/clusters/get';
const ME = '/api/2.0/preview/scim/v2/Me';
const { server, ours } = trapBench();

const me = status(200, { userName: 'lakewarden' });
const nothing: Answering = () => {};

describe('TLS (0.1)', () => {
  it('refuses a server whose certificate nobody vouches for, and never sends it the token', async () => {
    const https = await server(me, selfSigned());
    const { workspace, calls } = ours(https.url);
    const error = await unavailableOf(workspace.whoAmI());
    expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(error.mayHaveHappened).toBe(false);
    expect(calls).toHaveLength(1);
    expect(https.asked).toEqual([]);

    await bareGet(https.url, ME);
    expect(https.asked[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('cannot be talked out of it by environment variables', async () => {
    vi.stubEnv('DATABRICKS_SDK_PROXY_STRICT_SSL', 'false');
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const https = await server(me, selfSigned());
    await unavailableOf(ours(https.url).workspace.whoAmI());
    expect(https.asked).toEqual([]);
  });
});

describe('deadlines (0.2)', () => {
  const impatient = { deadlineSeconds: 0.2, retryBudgetSeconds: 1.5 };

  it('leaves a server that never answers', async () => {
    const hung = await server(nothing);
    const error = await unavailableOf(ours(hung.url, impatient).workspace.whoAmI());
    expect(error.message).toContain('no answer before the deadline');
    expect(hung.asked.length).toBeGreaterThan(1);
    await vi.waitFor(async () => expect(await hung.openSockets()).toBe(0));
  });

  it('leaves a server that stops in the middle of its answer', async () => {
    const hung = await server((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"userName":');
    });
    const error = await unavailableOf(ours(hung.url, impatient).workspace.whoAmI());
    expect(error.message).toContain('the answer did not end in time');
    await vi.waitFor(async () => expect(await hung.openSockets()).toBe(0));
  });

  it('leaves a server that stops in the middle of a refusal, and does not call that a refusal', async () => {
    const hung = await server((response) => {
      response.writeHead(403, { 'content-type': 'application/json' }).write('{"error_code":');
    });
    const error = await unavailableOf(ours(hung.url, impatient).workspace.startCluster(id));
    expect(error.mayHaveHappened).toBe(false);
  });

  it('says of an act without an answer that it may have happened, and does not repeat it', async () => {
    const hung = await server(nothing);
    const error = await unavailableOf(ours(hung.url, impatient).workspace.startCluster(id));
    expect(error.mayHaveHappened).toBe(true);
    expect(hung.asked).toHaveLength(1);
  });

  it('takes an answer that breaks off for no answer', async () => {
    const broken = await server((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"clusters":[]', () => response.destroy());
    });
    const error = await unavailableOf(allRows(ours(broken.url).workspace.clusterPages()));
    expect(error.message).toContain('broke off');
  });

  it('takes a refusal that breaks off for no answer, at once', async () => {
    const broken = await server((response) => {
      response.writeHead(403, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"error_code":', () => response.destroy());
    });
    const error = await unavailableOf(ours(broken.url).workspace.startCluster(id));
    expect(error.message).toContain('broke off');
    expect(error.mayHaveHappened).toBe(false);
  });
});

describe('errors (0.4)', () => {
  it('keeps the code and the words of a real error, which the bare SDK loses', async () => {
    const denied = await server(status(403, errorBody('PERMISSION_DENIED', 'You cannot do this.')));
    const error = await refusalOf(ours(denied.url).workspace.startCluster(id));
    expect(error.code).toBe('workspace-refused');
    expect(error.message).toBe(
      'workspace primary, POST /api/2.1/clusters/start: 403 PERMISSION_DENIED You cannot do this.',
    );
    expect(error.cause).toBeUndefined();

    const bare = await failureOf(bareGet(denied.url, GET));
    expect(bare).toMatchObject({ errorCode: 'Forbidden' });
  });

  it('reads the words of API 1.2 and of SCIM too', async () => {
    const scim = await server(status(403, { detail: 'not a member', status: '403' }));
    expect((await refusalOf(ours(scim.url).workspace.whoAmI())).message).toContain('not a member');
  });

  it.each([
    [404, 'RESOURCE_DOES_NOT_EXIST', 'Cluster does not exist'],
    [400, 'INVALID_PARAMETER_VALUE', `Cluster ${id} does not exist`],
  ])('takes %i %s for a cluster that this workspace does not know', async (code, name, message) => {
    const strange = await server(status(code, errorBody(name, message)));
    expect(await ours(strange.url).workspace.cluster(id)).toBeUndefined();
  });

  it.each<[string, Answering]>([
    ['a path that Databricks does not have', status(404, errorBody('ENDPOINT_NOT_FOUND', 'No API found'))],
    ['a 404 of something else', (response) => void response.writeHead(404).end('<html>not found</html>')],
    ['a wrong parameter', status(400, errorBody('INVALID_PARAMETER_VALUE', 'page_size is out of range'))],
  ])('does not take %s for an unknown cluster', async (_, answer) => {
    await refusalOf(ours((await server(answer)).url).workspace.cluster(id));
  });

  it('takes INVALID_STATE as an answer to an act: somebody was faster', async () => {
    const running = await server(status(400, errorBody('INVALID_STATE', 'Cluster is in state Running')));
    const { workspace } = ours(running.url);
    const answer = { accepted: false, because: 'Cluster is in state Running' };
    expect(await workspace.startCluster(id)).toEqual(answer);
    expect(await workspace.restartCluster(id)).toEqual(answer);
  });

  it('survives error bodies of any size and kind', async () => {
    const noise = createHash('sha512').update('noise').digest('hex').repeat(20_000);
    const huge = await server((response) => void response.writeHead(400).end(noise));
    const error = await refusalOf(ours(huge.url).workspace.cluster(id));
    expect(error.message.length).toBeLessThan(200);
  });
});

describe('pages (0.5)', () => {
  const cluster = (number: number) => ({ cluster_id: `c-${number}`, cluster_name: `C${number}`, state: 'RUNNING' });
  const pages = [
    { clusters: [cluster(1), cluster(2)], next_page_token: 'a' },
    { next_page_token: 'b' },
    { clusters: [], next_page_token: 'c d&e=f' },
    { clusters: [cluster(3)], next_page_token: '' },
  ];

  it('reads every page of a list, through empty ones, with tokens as they are', async () => {
    const listing = await server((response, _, count) => sendJson(response, 200, pages[count - 1]));
    const clusters = await allRows(ours(listing.url).workspace.clusterPages());
    expect(clusters.map((one) => one.id)).toEqual(['c-1', 'c-2', 'c-3']);
    const tokens = listing.asked.map((one) => new URL(one.path, listing.url).searchParams.get('page_token'));
    expect(tokens).toEqual([null, 'a', 'b', 'c d&e=f']);
    expect(listing.asked.every((one) => one.path.startsWith(`${LIST}?page_size=100`))).toBe(true);
  });

  it('refuses to go round in a circle', async () => {
    const circle = await server(status(200, { clusters: [], next_page_token: 'again' }));
    const error = await unavailableOf(allRows(ours(circle.url).workspace.clusterPages()));
    expect(error.message).toContain('in a circle');
    expect(circle.asked).toHaveLength(2);
  });

  it('keeps the rest of a page when one cluster of it cannot be read', async () => {
    const odd = [
      cluster(1),
      'nonsense',
      { cluster_id: '../../x' },
      { ...cluster(2), start_time: 'soon', state: 'NEW' },
    ];
    const listing = await server(status(200, { clusters: odd }));
    const clusters = await allRows(ours(listing.url).workspace.clusterPages());
    expect(clusters.map(({ id: one, state }) => [one, state])).toEqual([
      ['c-1', 'RUNNING'],
      ['c-2', 'UNKNOWN'],
    ]);
  });

  const event = (at: number) => ({ cluster_id: id, timestamp: at, type: 'RUNNING', details: {} });

  it.each([
    ['tokens', { next_page_token: 't2' }, { page_token: 't2' }],
    ['whole requests', { next_page: { cluster_id: id, offset: 2 } }, { offset: 2 }],
  ])('reads events by %s, through empty pages, and none older than asked for', async (_, next, asked) => {
    const answers = [{ events: [], ...next }, { events: [event(3_000), event(2_000), event(500)] }];
    const log = await server((response, __, count) => sendJson(response, 200, answers[count - 1]));
    const events = await ours(log.url).workspace.clusterEvents(id, '1970-01-01T00:00:01.000Z', 10);
    expect(events.map((one) => one.at)).toEqual(['1970-01-01T00:00:03.000Z', '1970-01-01T00:00:02.000Z']);
    expect(JSON.parse(log.asked[1]?.body ?? '')).toMatchObject({ cluster_id: id, ...asked });
  });

  it('stops reading events as soon as there are as many as asked for', async () => {
    const log = await server((response, _, count) => {
      sendJson(response, 200, { events: [event(9_000 - count)], next_page_token: `t${count}` });
    });
    expect(await ours(log.url).workspace.clusterEvents(id, '1970-01-01T00:00:00.000Z', 3)).toHaveLength(3);
    expect(log.asked).toHaveLength(3);
  });
});

describe('ids (1.3)', () => {
  it.each(['a/../b?x=1', '../me', '', 'x'.repeat(101), 'a b'])('calls nobody about %j', async (text) => {
    const any = await server(me);
    const { workspace } = ours(any.url);
    // The brand is a promise to the compiler only; this is what breaks it.
    const wrong = text as ClusterId;
    for (const work of [
      () => workspace.cluster(wrong),
      () => workspace.startCluster(wrong),
      () => workspace.clusterEvents(wrong, '2026-11-20T00:00:00.000Z', 1),
      () => workspace.libraries(wrong),
      () => workspace.runCommand(wrong, '1', 1),
    ]) {
      await refusalOf(work());
    }
    expect(any.asked).toEqual([]);
  });
});

describe('redirects (1.3)', () => {
  it('never shows the token to the host that a redirect names, as the bare SDK does', async () => {
    const elsewhere = await server(me);
    const moved = await server(
      (response) => void response.writeHead(302, { location: `${elsewhere.url}/login` }).end(),
    );
    const { workspace } = ours(moved.url);
    const error = await unavailableOf(workspace.whoAmI());
    expect(error.message).toContain('redirects');
    expect(moved.asked).toHaveLength(1);
    expect(elsewhere.asked).toEqual([]);

    bareGet(moved.url, ME).catch(() => {});
    await vi.waitFor(() => expect(elsewhere.asked[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`));
  });

  it.each([301, 302, 303, 307, 308])(
    'takes a %i with a relative address for no answer, acts included',
    async (code) => {
      const moved = await server((response) => void response.writeHead(code, { location: '/login.html' }).end());
      const error = await unavailableOf(ours(moved.url).workspace.startCluster(id));
      expect(error.mayHaveHappened).toBe(true);
      expect(moved.asked).toHaveLength(1);
    },
  );

  it('is where the bare SDK takes 307 for success', async () => {
    const moved = await server((response) => void response.writeHead(307, { location: '/login.html' }).end());
    const request = { path: '/api/2.1/clusters/start', method: 'POST', headers: new Headers(), raw: false } as const;
    expect(await bareSdk(moved.url).request(request)).toEqual({});
  });
});

describe('answers that are none (4)', () => {
  it.each(['whoAmI', 'startCluster'] as const)('takes a sign-in page with 200 for no answer: %s', async (name) => {
    const page = await server((response) => void response.writeHead(200).end('<html>Sign in</html>'));
    const { workspace } = ours(page.url);
    const error = await unavailableOf(name === 'whoAmI' ? workspace.whoAmI() : workspace.startCluster(id));
    expect(error.message).not.toContain('Sign in');
    expect(page.asked).toHaveLength(1);
  });

  it('takes JSON of another form for no answer', async () => {
    const odd = await server(status(200, { hello: 'world' }));
    const { workspace } = ours(odd.url);
    await unavailableOf(workspace.whoAmI());
    await unavailableOf(workspace.cluster(id));
  });
});

describe('a cluster that scales by itself', () => {
  it('E2: what it wants just now is not taken for what was set, which would be rolled back, or would hide a change', async () => {
    const told = (now: number) => ({
      cluster_id: id,
      state: 'RUNNING',
      num_workers: now,
      autoscale: { min_workers: 2, max_workers: 8, target_workers: now },
    });
    const { url } = await server(status(200, { clusters: [told(2), told(5)] }));
    for await (const page of ours(url).workspace.clusterPages())
      expect(page.map(({ settings }) => settings)).toEqual([
        { autoscale: { min_workers: 2, max_workers: 8 } },
        { autoscale: { min_workers: 2, max_workers: 8 } },
      ]);
  });
});
