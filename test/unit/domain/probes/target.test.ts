// What is looked at from outside follows from the estate.
import { describe, expect, it } from 'vitest';
import { pairSchema } from '../../../../shared/domain/estate/pairs.ts';
import { targetsOf } from '../../../../shared/domain/probes/target.ts';
import { referenceEstate } from '../../../builders/house.ts';

function withFrontDoor(more: { tier: 'classic' | 'standard' | 'premium'; host?: string }) {
  const estate = referenceEstate();
  const pairs = estate.pairs.map((pair) => {
    const routing = pair.routing && { frontDoor: { ...pair.routing.frontDoor, ...more } };
    return pairSchema.parse({ ...pair, routing });
  });
  return targetsOf({ ...estate, pairs }).filter(({ kind }) => kind === 'front-door');
}

describe('targets', () => {
  it('B5: a classic Front Door is found by its name', () => {
    expect(withFrontDoor({ tier: 'classic' })).toMatchObject([
      { origin: 'https://databricks-fd.azurefd.net', region: null },
    ]);
  });

  it.each(['standard', 'premium'] as const)(
    'B5: a %s one only by the host that the estate tells: its name holds a hash',
    (tier) => {
      expect(withFrontDoor({ tier })).toEqual([]);
      const host = 'lakehouse-a1b2c3.z01.azurefd.net';
      expect(withFrontDoor({ tier, host })).toMatchObject([{ origin: `https://${host}` }]);
    },
  );

  it.each(['https://x.azurefd.net', 'x.azurefd.net/path', 'x', 'X.AZUREFD.NET', 'x..net'])(
    'L4: %j is no host',
    (host) => {
      expect(() => withFrontDoor({ tier: 'standard', host })).toThrow(/must be a host name alone/);
    },
  );

  it('B5: an estate without storage and routing has its workspaces and the control witnesses', () => {
    const estate = referenceEstate();
    const pairs = estate.pairs.map(({ routing: _routing, drStorage: _storage, ...pair }) => pair);
    expect(targetsOf({ ...estate, pairs }).map(({ kind }) => kind)).toEqual([
      'workspace',
      'workspace',
      'reference',
      'reference',
      'reference',
    ]);
  });
});
