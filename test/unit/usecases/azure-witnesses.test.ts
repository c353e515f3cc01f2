// What notices say of regions: one testimony each, of a fate that others may share; what is over says nothing (C5, C8).
import { describe, expect, it } from 'vitest';
import type { Testimony } from '../../../shared/domain/regions/testimony.ts';
import * as bodies from '../../builders/azure-bodies.ts';
import { hearAzure } from '../../builders/azure-house.ts';
import { House } from '../../builders/house.ts';

const { serviceHealth, impacted, resourceHealth, common, metricContext } = bodies;

async function said(...told: readonly unknown[]): Promise<Record<string, readonly Testimony[]>> {
  const house = new House();
  for (const body of told) await hearAzure(house, body);
  return { eastus: await house.ports.witnesses.of('eastus'), westus2: await house.ports.witnesses.of('westus2') };
}

describe('testimonies of notices', () => {
  it.each([
    [1, 'outage'],
    [2, 'outage'],
    [3, 'degraded'],
  ])('C5: a service incident of level %s says %s of the region that it hits', async (level, says) => {
    const { eastus, westus2 } = await said(serviceHealth({}, { level }));
    expect(eastus).toMatchObject([
      { witness: 'service-health/ABCD-123', source: 'service-health', fate: 'service-health', says, seenAt: bodies.AT },
    ]);
    expect(westus2).toEqual([]);
  });

  it('C5: a global one speaks of every region', async () => {
    const { eastus, westus2 } = await said(
      serviceHealth({ impactedServices: impacted(['Microsoft Entra ID'], ['Global']) }),
    );
    expect([eastus, westus2].map((all) => all?.length)).toEqual([1, 1]);
  });

  it('C8: one about Azure Monitor alone says that we may be blind, never that the region is out', async () => {
    const { eastus } = await said(
      serviceHealth(
        { impactedServices: impacted(['Azure Monitor', 'Application Insights'], ['East US']) },
        { level: 1 },
      ),
    );
    expect(eastus).toMatchObject([{ says: 'unknown', fate: 'azure-monitor' }]);
  });

  it('C5: one that moves on to another region takes back what it said of the first', async () => {
    const moved = { impactedServices: impacted(['Storage'], ['West US 2']) };
    const { eastus, westus2 } = await said(
      bodies.update('2026-11-20T07:00:00Z'),
      bodies.update('2026-11-20T07:10:00Z', moved),
    );
    expect(eastus).toEqual([]);
    expect(westus2).toHaveLength(1);
  });

  it('C5: a workspace or a storage account of the estate that the platform took speaks of its region; a stranger does not', async () => {
    const { eastus } = await said(resourceHealth());
    expect(eastus).toMatchObject([{ says: 'outage', source: 'resource-health', fate: 'resource-health' }]);
    const { westus2 } = await said(resourceHealth({ currentHealthStatus: 'Degraded' }, {}, bodies.STORAGE));
    expect(westus2).toMatchObject([{ says: 'degraded' }]);
    const elsewhere = await said(resourceHealth({}, {}, bodies.MACHINE), resourceHealth({ cause: 'Unknown' }));
    expect(elsewhere).toEqual({ eastus: [], westus2: [] });
  });

  it('C5: all alerts share one fate, and say degraded of the region of their target', async () => {
    const target = (guid: string) =>
      common({ alertId: bodies.instance(guid), alertTargetIDs: [bodies.WORKSPACE] }, metricContext());
    const { eastus } = await said(target('a'), target('b'));
    expect(eastus?.map(({ says, fate, source }) => [says, fate, source])).toEqual([
      ['degraded', 'azure-monitor', 'alerts'],
      ['degraded', 'azure-monitor', 'alerts'],
    ]);
    const over = common(
      {
        alertId: bodies.instance('a'),
        alertTargetIDs: [bodies.WORKSPACE],
        monitorCondition: 'Resolved',
        resolvedDateTime: '2026-11-20T07:58:00Z',
      },
      metricContext(),
    );
    expect((await said(target('a'), over)).eastus).toEqual([]);
  });

  it('C5: an alert with a dimension of a region of the estate speaks of it', async () => {
    const { westus2 } = await said(common({}, metricContext({}, [{ name: 'Region', value: 'West US 2' }])));
    expect(westus2).toMatchObject([{ says: 'degraded', source: 'alerts' }]);
  });

  it('C8: an incident of long ago is told with its time, and is past it when it is heard', async () => {
    const { eastus } = await said(bodies.update('2017-10-18T23:49:25Z'));
    expect(eastus?.[0]?.validUntil).toBe('2017-10-19T23:49:25.000Z');
  });
});
