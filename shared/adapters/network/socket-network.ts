// Our own way to a host over plain sockets, so that each layer is seen by itself: node:dns, node:net, node:tls, then one GET.
// Rule kept here: whatever the other side does or leaves undone, the look ends in time, and so do its sockets.
import type { LookupAddress } from 'node:dns';
import http, { type IncomingMessage } from 'node:http';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import type { Check } from '../../domain/probes/sample.ts';
import type { Network } from '../../ports/network.ts';
import { addressesOf } from './addresses.ts';
import { wordsOfDns, wordsOfHttp, wordsOfTcp, wordsOfTls } from './words.ts';

type Target = Parameters<Network['reach']>[0];

interface Answer {
  readonly status: number;
  readonly isPage: boolean;
}

export class SocketNetwork implements Network {
  async reach(target: Target, limitSeconds: number): Promise<readonly Check[]> {
    const way = new Way(new URL(target.path, target.origin), limitSeconds);
    try {
      await way.go(target.expects);
    } finally {
      way.end();
    }
    return way.checks;
  }
}

/** One walk through the layers; it stops at the first that fails. */
class Way {
  readonly checks: Check[] = [];
  readonly #url: URL;
  readonly #limitSeconds: number;
  readonly #time = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #socket: Socket | undefined;

  constructor(url: URL, limitSeconds: number) {
    this.#url = url;
    this.#limitSeconds = limitSeconds;
    this.#timer = setTimeout(() => this.#time.abort(), limitSeconds * 1_000);
  }

  async go(expects: Target['expects']): Promise<void> {
    const addresses = await this.#dns();
    if (!addresses) return;
    const plain = await this.#layer('tcp', () => connected(addresses, this.#url, this.#time.signal), wordsOfTcp);
    if (!plain) return;
    this.#socket = plain;
    const socket = this.#url.protocol === 'https:' ? await this.#tls(plain) : this.#withoutTls(plain);
    if (!socket) return;
    this.#socket = socket;
    const answer = await this.#layer('http', () => answerOf(socket, this.#url, this.#time.signal), wordsOfHttp);
    const fault = answer && faultOf(answer, expects);
    if (fault) this.#failLast(fault);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#time.abort();
    // What is still on its way on a socket that is gone belongs to nobody.
    this.#socket?.on('error', () => undefined);
    this.#socket?.destroy();
  }

  async #dns(): Promise<readonly LookupAddress[] | undefined> {
    const { hostname } = this.#url;
    const family = net.isIP(hostname.replace(/^\[|\]$/g, ''));
    if (family === 0) return await this.#layer('dns', () => addressesOf(hostname, this.#time.signal), wordsOfDns);
    this.checks.push({ name: 'dns', outcome: 'skipped', because: 'the host is an address and no name' });
    return [{ address: hostname.replace(/^\[|\]$/g, ''), family }];
  }

  #tls(socket: Socket): Promise<Socket | undefined> {
    return this.#layer('tls', () => secured(socket, this.#url.hostname, this.#time.signal), wordsOfTls);
  }

  #withoutTls(socket: Socket): Socket {
    this.checks.push({ name: 'tls', outcome: 'skipped', because: 'plain http, on this machine only' });
    return socket;
  }

  async #layer<Result>(
    name: Check['name'],
    work: () => Promise<Result>,
    words: (error: unknown) => string,
  ): Promise<Result | undefined> {
    const begunAt = performance.now();
    const timed = () => ({ name, milliseconds: Math.round((performance.now() - begunAt) * 10) / 10 });
    try {
      const result = await work();
      this.checks.push({ ...timed(), outcome: 'ok' });
      return result;
    } catch (error) {
      const isLate = this.#time.signal.aborted;
      const because = isLate ? `nothing within ${this.#limitSeconds} s` : words(error);
      this.checks.push({ ...timed(), outcome: 'failed', because: because.slice(0, 300) });
      return undefined;
    }
  }

  #failLast(because: string): void {
    const last = this.checks.pop();
    if (last) this.checks.push({ ...last, outcome: 'failed', because });
  }
}

/** A 4xx is an answer, 429 too; a page in the place of an API comes from something between us. */
function faultOf({ status, isPage }: Answer, expects: Target['expects']): string | undefined {
  if (status >= 500) return `answers ${status}`;
  if (expects === 'anything' || status >= 400) return undefined;
  if (status >= 300) return `redirects to somewhere else (${status})`;
  return isPage ? 'answers with a page in the place of the API' : undefined;
}

/** To the first address that takes it: a host with a dead one among its addresses is reached all the same. */
function connected(
  addresses: readonly LookupAddress[],
  { hostname, port, protocol }: URL,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = net.connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
    autoSelectFamily: true,
    lookup: (_host, _options, done) => done(null, [...addresses]),
  });
  return settled(socket, 'connect', signal);
}

/** An environment variable can switch verification off for a whole process; not here. */
function secured(socket: Socket, hostname: string, signal: AbortSignal): Promise<Socket> {
  const servername = net.isIP(hostname) === 0 ? hostname : '';
  const options = { socket, servername, host: hostname, rejectUnauthorized: true, ALPNProtocols: ['http/1.1'] };
  return settled(tls.connect(options), 'secureConnect', signal);
}

function settled<Kind extends Socket>(socket: Kind, event: string, signal: AbortSignal): Promise<Kind> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      socket.destroy();
      reject(error);
    };
    const giveUp = () => fail(signal.reason);
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    // Stays on: a socket that breaks later on must not end the process.
    socket.on('error', fail);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.once(event, () => {
      signal.removeEventListener('abort', giveUp);
      resolve(socket);
    });
  });
}

/** Its head is enough: the body of somebody's start page is not read. */
function answerOf(socket: Socket, url: URL, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => socket,
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, accept: 'application/json', 'user-agent': 'lakewarden-probe', connection: 'close' },
      signal,
    });
    request.once('response', (response: IncomingMessage) => {
      const isPage = /^text\/html/i.test(response.headers['content-type'] ?? '');
      resolve({ status: response.statusCode ?? 0, isPage });
      response.destroy();
    });
    request.on('error', reject);
    request.end();
  });
}
