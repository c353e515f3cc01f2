// The state of peerings and circuits, read by the real adapter from the simulated Resource Manager, and by its twin in memory.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { READS } from '../../local/azure-control/refusals.ts';
import { namedSubscriptions } from '../../local/azure-control/subscriptions.ts';
import { openKeptMap } from '../../local/durable/kept-map.ts';
import { ArmReader } from '../../shared/adapters/arm/arm-reader.ts';
import { fixedToken } from '../../shared/adapters/arm/tokens.ts';
import { ArmNetworkLinks } from '../../shared/adapters/azure-network/arm-network-links.ts';
import type { LinkState, NetworkLink } from '../../shared/domain/probes/links.ts';
import type { NetworkLinks } from '../../shared/ports/network-links.ts';
import { MemoryNetworkLinks } from '../builders/memory-network-links.ts';
import { circuitId, peeringId } from '../builders/network-links.ts';
import { ARM_TOKEN, type AzureBench, anAzure, SUBSCRIPTION } from '../builders/simulated-azure.ts';

type Named = Pick<NetworkLink, 'kind' | 'resource'>;
const PEERING: Named = { kind: 'peering', resource: peeringId('to-hub') };
const CIRCUIT: Named = { kind: 'express-route', resource: circuitId('er-main') };
const VERSION = 'api-version=2024-05-01';

let bench: AzureBench;
beforeEach(async () => {
  bench = await anAzure();
});
afterEach(() => bench.stop());

const seed = ({ resource }: Named, properties: Record<string, unknown> = {}) =>
  bench.call('PUT', `/_sim/arm${resource}`, properties);
const fault = (kind: Record<string, unknown>) =>
  bench.call('POST', '/_sim/faults', { match: { path: '/virtualNetworkPeerings' }, fault: kind });

function armLinks(origin = bench.azure.url): ArmNetworkLinks {
  const sleep = async () => undefined;
  return new ArmNetworkLinks(new ArmReader({ origin, tokens: fixedToken(ARM_TOKEN), budgetSeconds: 2, sleep }));
}

interface Stage {
  readonly links: NetworkLinks;
  put(link: Named, state: LinkState): Promise<unknown>;
}

const stages: Readonly<Record<string, () => Stage>> = {
  'in memory': () => {
    const links = new MemoryNetworkLinks();
    return { links, put: async ({ resource }, state) => links.states.set(resource, state) };
  },
  'over Resource Manager': () => ({ links: armLinks(), put: (link, state) => seed(link, wireOf(state)) }),
};

function wireOf(state: LinkState): Record<string, unknown> {
  if (state.of === 'peering') return { peeringState: state.state, peeringSyncLevel: state.syncLevel };
  if (state.of === 'nothing-read') return {};
  return { circuitProvisioningState: state.circuit, serviceProviderProvisioningState: state.provider };
}

describe.each(Object.entries(stages))('links %s', (_where, stage) => {
  test.each([
    [PEERING, { of: 'peering', state: 'Connected', syncLevel: 'FullyInSync' }],
    [PEERING, { of: 'peering', state: 'Disconnected', syncLevel: 'RemoteNotInSync' }],
    [PEERING, { of: 'peering', state: 'Initiated', syncLevel: 'LocalNotInSync' }],
    [CIRCUIT, { of: 'express-route', circuit: 'Enabled', provider: 'Provisioned' }],
    [CIRCUIT, { of: 'express-route', circuit: 'Disabled', provider: 'Deprovisioning' }],
  ] satisfies [Named, LinkState][])('B5: are read as they are (%#)', async (link, state) => {
    const { links, put } = stage();
    await put(link, state);
    expect(await links.read(link)).toEqual(state);
  });
});

describe('what cannot be read', () => {
  test('B5: a link that Azure does not have says nothing, and the reason is told', async () => {
    expect(await armLinks().read(PEERING)).toEqual({
      of: 'nothing-read',
      because: '404 ResourceNotFound',
    });
  });

  test('B5: nor does one that we may not read', async () => {
    await seed(PEERING);
    await bench.call('PATCH', `/_sim/arm/subscriptions/${SUBSCRIPTION}`, { access: 'none' });
    const { of, because } = { because: '', ...(await armLinks().read(PEERING)) };
    expect([of, because]).toEqual(['nothing-read', expect.stringContaining('403 AuthorizationFailed')]);
    expect(because).not.toContain(ARM_TOKEN);
  });

  test.each([
    ['refuses for long', { kind: 'status', status: 429, retryAfterSeconds: 600 }, '429'],
    ['is away', { kind: 'status', status: 503 }, '503'],
    ['hangs', { kind: 'hang' }, 'no answer before the deadline'],
    ['answers HTML', { kind: 'html' }, 'no JSON that can be read'],
    ['tells another form', { kind: 'status', status: 200, body: { properties: {} } }, 'properties.peeringState'],
  ])('B5: nor while Resource Manager %s', async (_what, kind, words) => {
    await seed(PEERING);
    await fault(kind);
    expect(await armLinks().read(PEERING)).toEqual({ of: 'nothing-read', because: expect.stringContaining(words) });
  });

  test('B5: after a short pause it is read all the same', async () => {
    await seed(PEERING);
    await bench.call('POST', '/_sim/faults', {
      match: { path: '/virtualNetworkPeerings' },
      fault: { kind: 'status', status: 429, retryAfterSeconds: 1 },
      times: 1,
    });
    expect(await armLinks().read(PEERING)).toMatchObject({ of: 'peering', state: 'Connected' });
  });
});

describe('the simulated networks', () => {
  const get = (path: string, headers?: Record<string, string>) => bench.call('GET', path, undefined, headers);

  test.each([
    ['no token', `${PEERING.resource}?${VERSION}`, { authorization: '' }, 401, 'AuthenticationFailed'],
    ['no version', PEERING.resource, {}, 400, 'MissingApiVersionParameter'],
    ['an unknown version', `${PEERING.resource}?api-version=1999-01-01`, {}, 400, 'InvalidApiVersionParameter'],
    [
      'an unknown subscription',
      `${PEERING.resource.replace(SUBSCRIPTION, 'x')}?${VERSION}`,
      {},
      404,
      'SubscriptionNotFound',
    ],
    ['a circuit that is not there', `${CIRCUIT.resource}?${VERSION}`, {}, 404, 'ResourceNotFound'],
  ])('B5: refuse %s', async (_what, path, headers, status, code) => {
    await seed(PEERING);
    expect(await get(path, headers)).toMatchObject({ status, json: { error: { code } } });
  });

  test('B5: take an id in any case, and forget what is removed', async () => {
    await seed(PEERING, { peeringState: 'Initiated' });
    expect((await get(`${PEERING.resource.toLowerCase()}?${VERSION}`)).json).toMatchObject({
      id: PEERING.resource,
      name: 'to-hub',
      properties: { peeringState: 'Initiated', provisioningState: 'Succeeded' },
    });
    expect((await bench.call('PUT', `${PEERING.resource}?${VERSION}`, {})).status).toBe(405);
    expect((await bench.call('DELETE', `/_sim/arm${PEERING.resource}`)).status).toBe(204);
    expect((await get(`${PEERING.resource}?${VERSION}`)).status).toBe(404);
  });

  test('B5: have one limit of reads with the rest of their subscription', async () => {
    await seed(PEERING);
    for (let n = 0; n < READS.burst; n += 1) await get(`${PEERING.resource}?${VERSION}`);
    expect((await get(`${PEERING.resource}?${VERSION}`)).json.error.code).toBe('SubscriptionRequestsThrottled');
  });

  test('B5: stay as they are over a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lakewarden-links-'));
    try {
      const file = join(folder, 'azure');
      const first = await anAzure({ kept: openKeptMap(file) });
      await first.call('PUT', `/_sim/arm${CIRCUIT.resource}`, { circuitProvisioningState: 'Disabled' });
      await first.stop();
      const again = await anAzure({ kept: openKeptMap(file) });
      const read = await armLinks(again.azure.url).read(CIRCUIT);
      await again.stop();
      expect(read).toMatchObject({ circuit: 'Disabled', provider: 'Provisioned' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('B5: a link of another subscription brings that subscription along', () => {
    const other = '22222222-0000-4000-8000-000000000002';
    const network = { expressRouteCircuits: [circuitId('er-main', { subscription: other })] };
    const pairs = [{ primary: { subscriptionId: SUBSCRIPTION, network }, dr: {} }];
    expect(namedSubscriptions({ pairs })).toEqual([SUBSCRIPTION, other]);
  });
});
