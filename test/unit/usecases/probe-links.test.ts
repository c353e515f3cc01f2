// Peerings and circuits in the pass over all ways: what is kept of them, what is shown, and what they say of regions.
import { describe, expect, it } from 'vitest';
import type { Check } from '../../../shared/domain/probes/sample.ts';
import { probeConnectivity } from '../../../shared/usecases/probes/probe-connectivity.ts';
import { showConnectivity } from '../../../shared/usecases/probes/show-probes.ts';
import { House } from '../../builders/house.ts';
import { circuitId, peeringId, withLinks } from '../../builders/network-links.ts';

const PEERING = peeringId('to-hub');
const CIRCUIT = circuitId('er-main');
const STORAGE = 'https://drbkpdatabricksdev.dfs.core.windows.net';
const both = withLinks({ peerings: [PEERING], expressRouteCircuits: [CIRCUIT] }, { expressRouteCircuits: [CIRCUIT] });

async function pass(house: House, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    if (time > 0) await house.clock.advance(5 * 60_000);
    await probeConnectivity(house.ports);
  }
}

async function shown(house: House, target: string) {
  return (await showConnectivity(house.ports)).find((way) => way.target === target);
}

async function said(house: House, region: string, witness: string) {
  return (await house.ports.witnesses.of(region)).find((one) => one.witness === `connectivity/${witness}`);
}

const stateOf = (outcome: Check['outcome']) => [{ name: 'state', outcome, because: expect.any(String) }];

describe('links of the network', () => {
  it('B5: are tested with every other way, and shown with their words', async () => {
    const house = new House({ estate: both });
    await pass(house, 1);
    expect(await shown(house, 'peering/to-hub')).toMatchObject({
      kind: 'peering',
      region: 'eastus',
      course: { is: 'well', because: 'the peering is Connected on this side, FullyInSync' },
      newest: { outcome: 'ok', checks: stateOf('ok') },
    });
    expect(await shown(house, 'express-route/er-main')).toMatchObject({ kind: 'express-route', region: null });
    expect(await house.ports.witnesses.of('eastus'), 'that it is up proves nothing of its region').toEqual([]);
  });

  it('B5: a peering that stays down degrades its region, until it is up again', async () => {
    const house = new House({ estate: both });
    house.ports.links.states.set(PEERING, { of: 'peering', state: 'Disconnected' });
    await pass(house, 2);
    expect(await said(house, 'eastus', 'peering/to-hub'), 'two are not steady').toBeUndefined();
    await house.clock.advance(5 * 60_000);
    await pass(house, 1);
    expect(await shown(house, 'peering/to-hub')).toMatchObject({
      course: { is: 'steady', failedAt: 'state' },
      newest: { because: expect.stringContaining('State: the peering is Disconnected on this side') },
    });
    expect(await said(house, 'eastus', 'peering/to-hub')).toMatchObject({ says: 'degraded', fate: 'our-network' });
    expect(await said(house, 'westus2', 'peering/to-hub')).toBeUndefined();
    house.ports.links.states.clear();
    await house.clock.advance(5 * 60_000);
    await pass(house, 2);
    expect(await said(house, 'eastus', 'peering/to-hub')).toBeUndefined();
  });

  it('B5: a circuit speaks for every region whose workspace names it', async () => {
    const house = new House({ estate: both });
    house.ports.links.states.set(CIRCUIT, { of: 'express-route', circuit: 'Disabled', provider: 'Provisioned' });
    await pass(house, 3);
    for (const region of ['eastus', 'westus2'])
      expect(await said(house, region, 'express-route/er-main')).toMatchObject({ region, says: 'degraded' });
  });

  it('B5: storage that fails while a link is down shares its fate', async () => {
    const house = new House({ estate: both });
    house.ports.links.states.set(PEERING, { of: 'peering', state: 'Disconnected' });
    house.ports.network.broken.set(STORAGE, 'tcp');
    await pass(house, 3);
    expect(await said(house, 'westus2', 'storage/drbkpdatabricksdev')).toMatchObject({ fate: 'our-network' });
  });

  it('B5: one that nobody can read is unknown, and says nothing', async () => {
    const house = new House({ estate: both });
    house.ports.links.states.set(PEERING, { of: 'nothing-read', because: `${PEERING}: 403 AuthorizationFailed` });
    await pass(house, 4);
    expect(await shown(house, 'peering/to-hub')).toMatchObject({
      course: { is: 'unknown', because: expect.stringContaining('it cannot be read') },
      newest: { outcome: 'skipped' },
    });
    expect(await house.ports.witnesses.of('eastus')).toEqual([]);
  });
});
