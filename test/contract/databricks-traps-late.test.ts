// An act whose time is over, or that is no longer wanted, is not sent: wherever on its way it was held up.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { clusterId, inTurn, status, trapBench } from '../builders/databricks-adapter.ts';
import { unavailableOf } from '../builders/failures.ts';
import { selfSigned } from '../builders/self-signed.ts';

/** Emitted by node:http before the request has a connection; whoever listened earlier has looked by then. */
const REQUEST_CREATED = 'http.client.request.created';
const MINUTE_MS = 60_000;

const id = clusterId('0424-035941-pl8ku9sr');
const { server, ours } = trapBench();
const done = status(200);
const throttled = status(429, {}, { 'retry-after': '1' });

describe('the last look', () => {
  it('D3: is asked before every try, and what it says ends the call', async () => {
    const busy = await server(throttled);
    const looks = [undefined, undefined, 'it was aborted'];
    const answer = await ours(busy.url).workspace.startCluster(id, async () => looks.shift());
    expect(answer).toEqual({ accepted: false, because: 'it was aborted' });
    expect(looks).toEqual([]);
    expect(busy.asked).toHaveLength(2);
  });

  it('D3: lets through what is still wanted', async () => {
    const busy = await server(inTurn(throttled, done));
    expect(await ours(busy.url).workspace.restartCluster(id, async () => undefined)).toEqual({ accepted: true });
    expect(busy.asked).toHaveLength(2);
  });
});

describe('a call that was held up until its time was over', () => {
  const certificates = getCACertificates();
  afterEach(() => setDefaultCACertificates(certificates));

  it('D3: is not sent when that was before its last look had ended', async () => {
    let now = 0;
    const any = await server(done);
    const { workspace } = ours(any.url, { elapsedMilliseconds: () => now });
    const held = workspace.startCluster(id, async () => {
      now += MINUTE_MS;
      return undefined;
    });
    expectUnsent(await unavailableOf(held));
    expect(any.connections).toBe(0);
  });

  it('D3: is not sent when that was while it connected', async () => {
    let now = 0;
    const jump = () => {
      now += MINUTE_MS;
    };
    const any = await server(done);
    const { workspace } = ours(any.url, { elapsedMilliseconds: () => now });
    subscribe(REQUEST_CREATED, jump);
    const error = await unavailableOf(workspace.startCluster(id)).finally(() => unsubscribe(REQUEST_CREATED, jump));
    expectUnsent(error);
    expect(now).toBeGreaterThan(0);
    expect(any.asked).toEqual([]);
  });

  it('D3: is not sent when that was while TLS was agreed on', async () => {
    const identity = selfSigned();
    setDefaultCACertificates([...certificates, identity.cert]);
    const any = await server(done, identity);
    const elapsed = () => any.connections * MINUTE_MS;
    expectUnsent(await unavailableOf(ours(any.url, { elapsedMilliseconds: elapsed }).workspace.startCluster(id)));
    expect(any.connections).toBe(1);
    expect(any.asked).toEqual([]);
    expect(await ours(any.url).workspace.startCluster(id)).toEqual({ accepted: true });
  });

  function expectUnsent(error: Awaited<ReturnType<typeof unavailableOf>>): void {
    expect(error.mayHaveHappened).toBe(false);
    expect(error.message).toContain('its time was over before it was sent');
  }
});
