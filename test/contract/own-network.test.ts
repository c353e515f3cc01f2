// The lines by which a laptop looks outside: blocked, they fail where a broken network fails; open, they pass everything.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OwnNetwork, startOwnNetwork } from '../../local/own-network/own-network.ts';
import { SocketNetwork } from '../../shared/adapters/network/socket-network.ts';
import { sampleOf } from '../../shared/domain/probes/sample.ts';
import { type ScriptedServer, sendJson, startScriptedServer } from '../builders/scripted-server.ts';

const reacher = new SocketNetwork();
let servers: ScriptedServer[];
let network: OwnNetwork;
beforeEach(async () => {
  const start = () => startScriptedServer((response, { body }) => sendJson(response, 200, { heard: body.length }));
  servers = await Promise.all([start(), start()]);
  network = await startOwnNetwork({ one: servers[0]?.url ?? '', other: servers[1]?.url ?? '' });
});
afterEach(async () => {
  await network.stop();
  await Promise.all(servers.map((server) => server.close()));
});

async function look(target: string, limitSeconds = 10) {
  const checks = await reacher.reach({ origin: network.hosts[target] ?? '', path: '/', expects: 'api' }, limitSeconds);
  const { outcome, because } = sampleOf({ target, kind: 'shallow', region: null, at: new Date(0), checks });
  return because ?? outcome;
}

describe('lines of our own network', () => {
  it('L3: open, they pass whatever is said', async () => {
    const body = 'x'.repeat(1_000_000);
    const answer = await fetch(network.hosts.one ?? '', { method: 'POST', body });
    expect(await answer.json()).toEqual({ heard: 1_000_000 });
    expect(await look('other')).toBe('ok');
  });

  it.each([
    ['refuse', 'TCP: the connection was refused (ECONNREFUSED)'],
    ['reset', 'HTTP: the connection was reset (ECONNRESET)'],
    ['hang', 'HTTP: nothing within 0.3 s'],
  ] as const)('B5: blocked by %s, a look fails there, and what answers hears nothing', async (mode, words) => {
    await network.block({ mode });
    for (const target of ['one', 'other']) expect(await look(target, 0.3)).toBe(words);
    expect(servers.flatMap(({ asked }) => asked)).toEqual([]);
    await network.open();
    expect(await look('one')).toBe('ok');
  });

  it('B4: one alone can be blocked, for a time, and has the same address afterwards', async () => {
    const { hosts } = network;
    await network.block({ targets: ['one'], mode: 'refuse', forMs: 200 });
    expect(await look('one')).toMatch(/^TCP/);
    expect(await look('other')).toBe('ok');
    await expect.poll(() => look('one'), { timeout: 5_000 }).toBe('ok');
    expect(network.hosts).toEqual(hosts);
  });

  it('B4: connections that stand are cut when a line is blocked', async () => {
    const hanging = fetch(network.hosts.one ?? '', {
      method: 'POST',
      body: new ReadableStream(),
      duplex: 'half',
    } as RequestInit);
    const cut = expect(hanging).rejects.toThrow();
    await expect.poll(() => servers[0]?.connections).toBe(1);
    await network.block({ mode: 'hang' });
    await cut;
  });

  it('L3: a line that nobody has is refused in words', async () => {
    await expect(network.block({ targets: ['nowhere'], mode: 'hang' })).rejects.toThrow(
      /no line to nowhere; there is one, other/,
    );
  });
});
