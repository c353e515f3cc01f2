// Our own way to a host, against real sockets that behave as broken hosts do: each layer is named when it is the one that fails.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SocketNetwork } from '../../shared/adapters/network/socket-network.ts';
import { sampleOf } from '../../shared/domain/probes/sample.ts';
import { type Answering, sendJson, startScriptedServer, type Tls } from '../builders/scripted-server.ts';
import { selfSigned } from '../builders/self-signed.ts';

const DAY_MS = 86_400_000;
/** Generous: two noisy cores. What hangs is given up by it. */
const LIMIT_SECONDS = 10;
const network = new SocketNetwork();
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function web(answer: Answering, certificate?: Tls): Promise<string> {
  const server = await startScriptedServer(answer, certificate);
  closing.push(() => server.close());
  return server.url;
}

/** A TCP server that does with a connection what the test says. */
async function raw(onConnection: (socket: Socket) => void): Promise<{ origin: string; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port };
}

async function look(origin: string, options: { expects?: 'api' | 'anything'; limitSeconds?: number } = {}) {
  const { expects = 'api', limitSeconds = LIMIT_SECONDS } = options;
  const checks = await network.reach({ origin, path: '/api/2.0/preview/scim/v2/Me', expects }, limitSeconds);
  return sampleOf({ target: 'workspace/x', kind: 'connectivity', region: 'eastus', at: new Date(0), checks });
}

const unauthenticated: Answering = (response) => sendJson(response, 401, { error_code: 'UNAUTHENTICATED' });

describe('our way to a host', () => {
  it('B5: goes through a name, a connection and an answer, each timed; plain http says that it has no TLS', async () => {
    const { port } = new URL(await web(unauthenticated));
    const { outcome, checks, because, latencyMs } = await look(`http://localhost:${port}`);
    expect({ outcome, because }).toEqual({ outcome: 'ok', because: undefined });
    expect(checks.map((check) => [check.name, check.outcome])).toEqual([
      ['dns', 'ok'],
      ['tcp', 'ok'],
      ['tls', 'skipped'],
      ['http', 'ok'],
    ]);
    expect(checks.filter((check) => check.milliseconds !== undefined)).toHaveLength(3);
    expect(checks[2]?.because).toMatch(/plain http/);
    expect(latencyMs).toBeGreaterThanOrEqual(0);
  });

  it('B5: a name that does not exist fails at DNS', async () => {
    const { failedAt, because, checks } = await look('https://no-such-workspace.invalid');
    expect(failedAt).toBe('dns');
    expect(because).toMatch(/^DNS: (there is no such name|the name server does not answer) \(E\w+\)$/);
    expect(checks).toHaveLength(1);
  });

  it('B5: a host that refuses fails at TCP', async () => {
    const { origin, port } = await raw(() => undefined);
    await Promise.all(closing.splice(0).map((close) => close()));
    const { because, failedAt } = await look(origin);
    expect({ because, failedAt }).toEqual({
      because: 'TCP: the connection was refused (ECONNREFUSED)',
      failedAt: 'tcp',
    });
    expect(port).toBeGreaterThan(0);
  });

  it('B5: a host that takes connections and never answers fails at HTTP, within its time', async () => {
    const { origin } = await raw(() => undefined);
    const { because, failedAt } = await look(origin, { limitSeconds: 0.3 });
    expect({ because, failedAt }).toEqual({ because: 'HTTP: nothing within 0.3 s', failedAt: 'http' });
  });

  it('B5: a host that hangs in the middle of TLS fails there', async () => {
    const { port } = await raw(() => undefined);
    const { because, failedAt } = await look(`https://127.0.0.1:${port}`, { limitSeconds: 0.3 });
    expect({ because, failedAt }).toEqual({ because: 'TLS: nothing within 0.3 s', failedAt: 'tls' });
  });

  it.each([
    ['resets the connection', (socket: Socket) => socket.resetAndDestroy(), /^HTTP: the connection was reset/],
    ['closes it without a word', (socket: Socket) => socket.end(), /^HTTP: the connection was reset/],
    [
      'speaks something else',
      (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
      /^HTTP: no HTTP is spoken there/,
    ],
  ])('B5: a host that %s fails at HTTP', async (_what, act, words) => {
    const { origin } = await raw((socket) => socket.once('data', () => act(socket)));
    const { because, failedAt } = await look(origin);
    expect(because).toMatch(words);
    expect(failedAt).toBe('http');
  });

  it('B5: a server without TLS where TLS is wanted fails at TLS', async () => {
    const { port } = new URL(await web(unauthenticated));
    const { because, failedAt } = await look(`https://127.0.0.1:${port}`);
    expect(failedAt).toBe('tls');
    expect(because).toMatch(/^TLS: no TLS is spoken there/);
  });

  it.each([500, 502, 503])('B4: %i is a fault of theirs, at HTTP', async (status) => {
    const { because } = await look(await web((response) => sendJson(response, status, {})));
    expect(because).toBe(`HTTP: answers ${status}`);
  });

  it.each([200, 401, 403, 404, 429])('B4: %i is an answer: the control plane is alive', async (status) => {
    expect((await look(await web((response) => sendJson(response, status, {})))).outcome).toBe('ok');
  });

  it('B4: a page or a redirect in the place of the API is not the workspace; of a mere host it is enough', async () => {
    const page = await web((response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Sign in</html>');
    });
    const elsewhere = await web((response) => {
      response.writeHead(302, { location: 'https://example.invalid/login' }).end();
    });
    expect((await look(page)).because).toBe('HTTP: answers with a page in the place of the API');
    expect((await look(elsewhere)).because).toBe('HTTP: redirects to somewhere else (302)');
    expect((await look(page, { expects: 'anything' })).outcome).toBe('ok');
    expect((await look(elsewhere, { expects: 'anything' })).outcome).toBe('ok');
  });

  it('B5: an answer whose body never ends is an answer, and leaves no connection behind', async () => {
    const server = await startScriptedServer((response) => {
      response.writeHead(401, { 'content-type': 'application/json' }).write('{');
    });
    closing.push(() => server.close());
    expect((await look(server.url)).outcome).toBe('ok');
    await expect.poll(() => server.openSockets()).toBe(0);
  });

  it('B5: no credentials are sent', async () => {
    const server = await startScriptedServer(unauthenticated);
    closing.push(() => server.close());
    await look(server.url);
    expect(server.asked[0]).toMatchObject({ method: 'GET', path: '/api/2.0/preview/scim/v2/Me' });
    expect(server.asked[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('certificates', () => {
  const good = selfSigned();
  const expired = selfSigned(Date.now() - 30 * DAY_MS);
  const early = selfSigned(Date.now() + 30 * DAY_MS);
  // As if a certificate authority that the machine trusts had made them.
  beforeAll(() => tls.setDefaultCACertificates([good.cert, expired.cert, early.cert]));

  it('B5: a certificate that is trusted and for this host lets us through', async () => {
    const { outcome, checks } = await look(await web(unauthenticated, good));
    expect(outcome).toBe('ok');
    expect(checks.map((check) => `${check.name} ${check.outcome}`)).toEqual([
      'dns skipped',
      'tcp ok',
      'tls ok',
      'http ok',
    ]);
  });

  it.each([
    ['has expired', expired, 'TLS: the certificate has expired (CERT_HAS_EXPIRED)'],
    ['is not yet valid', early, 'TLS: the certificate is not yet valid (CERT_NOT_YET_VALID)'],
    ['nobody vouches for', selfSigned(), 'TLS: the certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)'],
  ])('B5: a certificate that %s fails at TLS, in words', async (_what, certificate, words) => {
    const { because, failedAt } = await look(await web(unauthenticated, certificate));
    expect({ because, failedAt }).toEqual({ because: words, failedAt: 'tls' });
  });

  it('B5: an environment that switches verification off for the process does not for us', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    expect((await look(await web(unauthenticated, selfSigned()))).failedAt).toBe('tls');
    vi.unstubAllEnvs();
  });

  it('B5: a certificate for another host fails at TLS', async () => {
    const { port } = new URL(await web(unauthenticated, good));
    const { because } = await look(`https://localhost:${port}`);
    expect(because).toBe('TLS: the certificate is for another host (ERR_TLS_CERT_ALTNAME_INVALID)');
  });
});
