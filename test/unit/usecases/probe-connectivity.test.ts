// Our way to everything that matters, over the in-memory house: which layer fails, and what that says of a region.
import { beforeEach, describe, expect, it } from 'vitest';
import type { ProbeSample } from '../../../shared/domain/probes/sample.ts';
import { probeConnectivity } from '../../../shared/usecases/probes/probe-connectivity.ts';
import { showConnectivity } from '../../../shared/usecases/probes/show-probes.ts';
import { House } from '../../builders/house.ts';

const PRIMARY = 'https://databricks-dev.azuredatabricks.net';
const STORAGE = 'https://drbkpdatabricksdev.dfs.core.windows.net';
const ARM = 'https://management.azure.com';

let house: House;
beforeEach(() => {
  house = new House();
});

async function pass(times = 1): Promise<readonly ProbeSample[]> {
  for (let time = 1; time < times; time += 1) {
    await probeConnectivity(house.ports);
    await house.clock.advance(5 * 60_000);
  }
  return (await probeConnectivity(house.ports)) ?? [];
}

async function saysStorage() {
  const said = await house.ports.witnesses.of('westus2');
  return said.find(({ witness }) => witness === 'connectivity/storage/drbkpdatabricksdev');
}

describe('connectivity', () => {
  it('B5: every workspace, storage account, Front Door and control witness is tested; workspaces with their sign-in', async () => {
    const samples = await pass();
    expect(samples.map(({ target, outcome, checks }) => [target, outcome, checks.length])).toEqual([
      ['workspace/databricks-dev', 'ok', 5],
      ['workspace/databricks-dr', 'ok', 5],
      ['storage/drbkpdatabricksdev', 'ok', 4],
      ['front-door/databricks-fd', 'ok', 4],
      ['reference/entra', 'ok', 4],
      ['reference/arm', 'ok', 4],
      ['reference/status-page', 'ok', 4],
    ]);
    expect(house.ports.network.reached).toContain('https://databricks-fd.azurefd.net');
  });

  it('B5: the failing layer is named in words', async () => {
    house.ports.network.broken.set(PRIMARY, 'tls').set(ARM, 'dns');
    const failed = (await pass()).filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ target, because }) => [target, because])).toEqual([
      ['workspace/databricks-dev', 'TLS: ordered by the test'],
      ['reference/arm', 'DNS: ordered by the test'],
    ]);
    expect(house.workspace.probe.calls).toEqual([]);
  });

  it.each([
    [401, 'failed'],
    [403, 'failed'],
    [429, 'ok'],
  ] as const)('B5: a sign-in answered %i: the way is %s', async (status, outcome) => {
    const because = `${status} so`;
    house.workspace.probe.ordered.set('authenticate', { outcome: 'refused', milliseconds: 9, status, because });
    expect((await pass())[0]).toMatchObject({ outcome, because: `Authentication: ${status} so` });
  });

  it('B5: storage that is gone steadily speaks for its region, by its own fate', async () => {
    house.ports.network.broken.set(STORAGE, 'http');
    await pass(2);
    expect(await saysStorage()).toBeUndefined();
    await pass(2);
    expect(await saysStorage()).toMatchObject({ says: 'degraded', fate: 'storage/drbkpdatabricksdev' });
    house.ports.network.broken.clear();
    await house.clock.advance(5 * 60_000);
    await pass(3);
    expect(await saysStorage(), 'that it is there proves nothing of its region').toBeUndefined();
  });

  it('B5: with others failing on the way it shares the fate of our network', async () => {
    house.ports.network.broken.set(STORAGE, 'tcp').set(PRIMARY, 'tcp');
    await pass(3);
    expect(await saysStorage()).toMatchObject({ says: 'degraded', fate: 'our-network' });
  });

  it('B5: when nothing is reached it is our own network: nothing is known, and nothing is counted', async () => {
    house.ports.network.broken.set('*', 'tcp');
    const samples = await pass(3);
    expect(new Set(samples.map(({ outcome }) => outcome))).toEqual(new Set(['skipped']));
    expect(samples[0]?.because).toMatch(/our own network is broken.*TCP/);
    expect(await saysStorage()).toBeUndefined();
  });

  it('B5: each way is shown with how it does and its newest test', async () => {
    expect((await showConnectivity(house.ports))[0]).toMatchObject({ course: { is: 'unknown' }, newest: null });
    house.ports.network.broken.set(STORAGE, 'dns');
    await pass(3);
    const shown = await showConnectivity(house.ports);
    const storage = shown.find(({ kind }) => kind === 'storage');
    expect(storage).toMatchObject({
      target: 'storage/drbkpdatabricksdev',
      course: { is: 'steady', failed: 3, of: 3 },
      newest: { failedAt: 'dns' },
    });
  });

  it('B5: one pass at a time', async () => {
    const hanging = Promise.withResolvers<void>();
    house.ports.network.before = () => hanging.promise;
    const first = probeConnectivity(house.ports);
    await expect.poll(() => house.ports.network.reached.length).toBe(7);
    expect(await probeConnectivity(house.ports)).toBeUndefined();
    hanging.resolve();
    expect(await first).toHaveLength(7);
  });
});
