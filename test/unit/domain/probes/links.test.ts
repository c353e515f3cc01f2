// Links of the customer's network: which there are, how they are called, and what their states mean.
import { describe, expect, it } from 'vitest';
import { courseOf } from '../../../../shared/domain/probes/course.ts';
import { type LinkState, linkCheck, linksOf } from '../../../../shared/domain/probes/links.ts';
import { sampleOf } from '../../../../shared/domain/probes/sample.ts';
import { otherTestimony } from '../../../../shared/domain/probes/testimony.ts';
import { referenceEstate } from '../../../builders/house.ts';
import { circuitId, peeringId, withLinks } from '../../../builders/network-links.ts';
import { NOW } from '../../../builders/probe-samples.ts';

const idsOf = (...links: Parameters<typeof withLinks>) =>
  linksOf(withLinks(...links)(referenceEstate())).map(({ id }) => id);

describe('the links of an estate', () => {
  it('B5: an estate that names none has none', () => {
    expect(linksOf(referenceEstate())).toEqual([]);
  });

  it('B5: are called by their names', () => {
    expect(idsOf({ peerings: [peeringId('to-hub')], expressRouteCircuits: [circuitId('er-main')] })).toEqual([
      'peering/to-hub',
      'express-route/er-main',
    ]);
  });

  it.each([
    [peeringId('to-hub', 'vnet-dr'), ['peering/vnet-dev/to-hub', 'peering/vnet-dr/to-hub']],
    [
      peeringId('TO-HUB', 'VNET-dev', { group: 'rg-2' }),
      ['peering/rg-net/vnet-dev/to-hub', 'peering/rg-2/VNET-dev/TO-HUB'],
    ],
    [
      peeringId('to-hub', 'vnet-dev', { subscription: '22222222-0000-4000-8000-000000000002' }),
      [
        'peering/11111111-0000-4000-8000-000000000001/rg-net/vnet-dev/to-hub',
        'peering/22222222-0000-4000-8000-000000000002/rg-net/vnet-dev/to-hub',
      ],
    ],
  ])('B5: two of one name keep series of their own: %s', (other, ids) => {
    expect(idsOf({ peerings: [peeringId('to-hub')] }, { peerings: [other] })).toEqual(ids);
  });

  it('B5: one that two workspaces name is one, of both their regions', () => {
    const circuit = circuitId('er-main');
    const estate = withLinks({ expressRouteCircuits: [circuit] }, { expressRouteCircuits: [circuit.toUpperCase()] });
    expect(linksOf(estate(referenceEstate()))).toEqual([
      { id: 'express-route/er-main', kind: 'express-route', resource: circuit, regions: ['eastus', 'westus2'] },
    ]);
  });
});

const peering = (state: string, syncLevel?: string): LinkState => ({ of: 'peering', state, syncLevel });
const circuit = (of: string, provider: string): LinkState => ({ of: 'express-route', circuit: of, provider });

describe('the state of a link', () => {
  it.each([
    [peering('Connected', 'FullyInSync'), 'ok', 'the peering is Connected on this side, FullyInSync'],
    [peering('Connected', 'RemoteNotInSync'), 'ok', 'RemoteNotInSync'],
    [peering('Connected'), 'ok', 'the peering is Connected on this side'],
    [peering('Initiated'), 'failed', 'the peering is Initiated on this side: the other side has not made its own'],
    [peering('Disconnected'), 'failed', 'the peering is Disconnected on this side: the other side has removed its own'],
    [peering('Dreaming'), 'skipped', 'says nothing that is known'],
    [circuit('Enabled', 'Provisioned'), 'ok', 'the circuit is Enabled, and Provisioned at its provider'],
    [circuit('Disabled', 'Provisioned'), 'failed', 'the circuit is Disabled'],
    [circuit('Enabled', 'NotProvisioned'), 'failed', 'NotProvisioned at its provider'],
    [circuit('Enabled', 'Provisioning'), 'failed', 'Provisioning at its provider'],
    [circuit('Enabled', 'Deprovisioning'), 'failed', 'Deprovisioning at its provider'],
    [circuit('Enabling', 'Provisioned'), 'skipped', 'says nothing that is known'],
    [circuit('Enabled', 'Dreaming'), 'skipped', 'says nothing that is known'],
    [{ of: 'nothing-read', because: '403 AuthorizationFailed' }, 'skipped', 'it cannot be read: 403 Authorization'],
  ] satisfies [LinkState, string, string][])('B5: %j is %s', (state, outcome, words) => {
    expect(linkCheck(state)).toMatchObject({ name: 'state', outcome, because: expect.stringContaining(words) });
  });

  const link = { id: 'peering/to-hub', region: 'eastus' };
  const courseAfter = (...states: LinkState[]) =>
    courseOf(
      states.map((state, index) =>
        sampleOf({
          target: link.id,
          kind: 'connectivity',
          region: link.region,
          at: new Date(NOW.getTime() - index * 300_000),
          checks: [linkCheck(state)],
        }),
      ),
      'connectivity',
      NOW,
    );

  it('B5: has no pace: well is told in its own words', () => {
    const course = courseAfter(peering('Connected', 'FullyInSync'), peering('Connected', 'FullyInSync'));
    expect(course).toEqual({
      is: 'well',
      because: 'the peering is Connected on this side, FullyInSync',
      failed: 0,
      of: 2,
      inARow: 0,
    });
  });

  it('B5: one that is down never stands beside our own looks as a second witness', () => {
    const down = peering('Disconnected');
    const testimony = otherTestimony({ target: link, course: courseAfter(down, down, down), othersFail: false }, NOW);
    expect(testimony).toMatchObject({ says: 'degraded', fate: 'our-network', witness: 'connectivity/peering/to-hub' });
  });

  it('B5: one that nobody can read says nothing', () => {
    const unread: LinkState = { of: 'nothing-read', because: 'no answer before the deadline' };
    const course = courseAfter(unread, unread, unread);
    expect(course).toMatchObject({ is: 'unknown', because: expect.stringContaining('it cannot be read') });
    expect(otherTestimony({ target: link, course, othersFail: true }, NOW)).toBeUndefined();
  });
});
