// The life cycle of one thing that Azure tells: whatever the order and multiplicity of its updates, it ends the same (A5, C4, C8).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takesJoins } from '../../../shared/domain/incidents/incident.ts';
import {
  common,
  instance,
  type Json,
  logAlert,
  metricContext,
  resourceHealth,
  serviceHealth,
  update,
} from '../../builders/azure-bodies.ts';
import { hearAzure, postAzure } from '../../builders/azure-house.ts';
import { CLUSTER, House } from '../../builders/house.ts';

const KEY = 'service-health/ABCD-123';

async function openIncidents(house: House): Promise<string[]> {
  const files = await Promise.all(house.ports.incidents.ids.map((id) => house.file(id)));
  return files.filter(({ incident }) => takesJoins(incident.state)).map(({ incident }) => incident.subject);
}

async function endOf(house: House) {
  const version = await house.ports.notices.get(KEY);
  const regions = await Promise.all(['eastus', 'westus2'].map((region) => house.ports.witnesses.of(region)));
  const { at, phase, title, regions: named, level, stage } = version?.notice ?? {};
  return {
    notice: { at, phase, title, regions: named, level, stage },
    open: await openIncidents(house),
    says: regions.flat().map(({ region, says, seenAt }) => [region, says, seenAt]),
  };
}

describe('a Service Health incident', () => {
  it('C4: is opened, joined by its updates, and resolved; every update is one signal', async () => {
    const house = new House();
    const [opened] = await hearAzure(house, update('2026-11-20T07:00:00Z'));
    expect(opened).toMatchObject({ ended: 'opened', errorType: 'AzureServiceIncident', recoveryStatus: 'escalated' });
    const [joined] = await hearAzure(house, update('2026-11-20T07:30:00Z', {}, { level: 2 }));
    expect(joined).toMatchObject({ ended: 'joined', ticketId: opened?.ticketId });
    const [again] = await hearAzure(house, update('2026-11-20T07:30:00Z', {}, { level: 2 }));
    expect(again).toEqual(joined);
    await hearAzure(house, update('2026-11-20T07:45:00Z', { stage: 'Resolved' }, { status: 'Resolved' }));
    const { incident } = await house.incident();
    expect(incident).toMatchObject({ state: 'resolved', signalCount: 2, recoveredAt: '2026-11-20T07:45:00.000Z' });
    const kept = await house.ports.notices.get(KEY);
    expect(kept?.notice).toMatchObject({ phase: 'over', updates: 3, ticketId: incident.id });
  });

  it('C4: opens again, as an incident linked to the first, when it is active again after it was resolved', async () => {
    const house = new House();
    await hearAzure(house, update('2026-11-20T07:00:00Z'));
    await hearAzure(house, update('2026-11-20T07:10:00Z', { stage: 'Resolved' }, { status: 'Resolved' }));
    const [reopened] = await hearAzure(house, update('2026-11-20T07:20:00Z'));
    expect(reopened).toMatchObject({ ended: 'opened' });
    const second = await house.file(reopened?.ticketId ?? undefined);
    expect(second.incident.previousIncidentId).toBe(house.ports.incidents.ids[0]);
  });

  it('C8: a review after it takes back what was never told to be resolved', async () => {
    const house = new House();
    await hearAzure(house, update('2026-11-20T07:00:00Z'));
    await hearAzure(house, update('2026-11-20T07:30:00Z', { stage: 'RCA' }));
    expect(await openIncidents(house)).toEqual([]);
    expect(await house.ports.witnesses.of('eastus')).toEqual([]);
  });

  it('C8: a test with its tracking id changes nothing, even one that claims to be newer', async () => {
    const house = new House();
    await hearAzure(house, update('2026-11-20T07:00:00Z'));
    const [test] = await hearAzure(house, update('2026-11-20T07:30:00Z', { IsSynthetic: 'True', stage: 'Resolved' }));
    expect(test?.decisions.at(-1)?.because).toBe('older-update');
    expect(await openIncidents(house)).toEqual([KEY]);
  });

  it('C8: what claims to be of next year does not outlast the truth', async () => {
    const house = new House();
    await hearAzure(house, update('2027-11-20T07:00:00Z'));
    await house.clock.advance(600_000);
    await hearAzure(house, update('2026-11-20T08:05:00Z', { stage: 'Resolved' }, { status: 'Resolved' }));
    expect(await openIncidents(house)).toEqual([]);
  });

  it('A5: one event through two schemas and two action groups is one signal', async () => {
    const house = new House();
    const body = serviceHealth() as { data: { alertContext: Json; essentials: Json } };
    const legacy = {
      schemaId: 'Microsoft.Insights/activityLogs',
      data: { status: 'Activated', context: { activityLog: body.data.alertContext } },
    };
    const [first] = await postAzure(house, body);
    const [second] = await postAzure(house, legacy);
    expect(second).toBe(first);
    await house.settle(60);
    expect((await house.incident()).incident.signalCount).toBe(1);
  });

  const updates: readonly Json[] = [
    update('2026-11-20T07:00:00Z'),
    update('2026-11-20T07:10:00Z', {}, { level: 2 }),
    update('2026-11-20T07:20:00Z', {
      impactedServices: '[{"ImpactedRegions":[{"RegionName":"West US 2"}],"ServiceName":"Storage"}]',
    }),
    update('2026-11-20T07:30:00Z', {}, { level: 4 }),
    update('2026-11-20T07:30:00Z', { stage: 'Resolved' }, { status: 'Resolved' }),
    update('2026-11-20T07:40:00Z', { title: 'Storage - Mitigated' }),
    update('2026-11-20T07:50:00Z'),
    update('2026-11-20T07:55:00Z', { IsSynthetic: 'True' }),
  ];

  it('C8: any order and multiplicity of its updates ends in the same notice, the same incident open or none, the same testimony', async () => {
    const lives = fc.uniqueArray(fc.constantFrom(...updates.keys()), { minLength: 1, maxLength: 6 });
    const told = lives.chain((life) => {
      const again = fc.array(fc.constantFrom(...life), { maxLength: 4 });
      return again.chain((more) => {
        const all = [...life, ...more];
        return fc.record({
          life: fc.constant(life),
          order: fc
            .shuffledSubarray([...all.keys()], { minLength: all.length })
            .map((indexes) => indexes.map((at) => all[at] ?? 0)),
        });
      });
    });
    await fc.assert(
      fc.asyncProperty(told, async ({ life, order }) => {
        const inOrder = new House();
        for (const at of [...life].sort((a, b) => a - b)) await hearAzure(inOrder, updates[at]);
        const shuffled = new House();
        for (const at of order) await hearAzure(shuffled, updates[at]);
        expect(await endOf(shuffled)).toEqual(await endOf(inOrder));
        expect(shuffled.errors).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('an alert', () => {
  const fired = common({}, metricContext());
  const resolved = common({ monitorCondition: 'Resolved', resolvedDateTime: '2026-11-20T07:55:00Z' }, metricContext());

  it('A2: is opened by Fired and resolved by Resolved of the same alert', async () => {
    const house = new House();
    await hearAzure(house, fired);
    await hearAzure(house, resolved);
    expect((await house.incident()).incident).toMatchObject({ state: 'resolved', failureClass: 'AzureAlert' });
  });

  it('C8: is not opened by a Fired that comes after its Resolved', async () => {
    const house = new House();
    await hearAzure(house, resolved);
    const [late] = await hearAzure(house, fired);
    expect(late?.decisions.at(-1)?.because).toBe('older-update');
    expect(house.ports.incidents.ids).toEqual([]);
  });

  it('E3: that is resolved already does nothing to the cluster of the estate that it is about', async () => {
    const dimensions = [{ name: 'cluster_id', value: CLUSTER }];
    const done: string[][] = [];
    for (const monitorCondition of ['Resolved', 'Fired']) {
      const house = new House();
      house.workspace.crash(CLUSTER, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
      const over = monitorCondition === 'Resolved' ? { resolvedDateTime: '2026-11-20T07:55:00Z' } : {};
      await hearAzure(house, logAlert(dimensions, { monitorCondition, ...over }));
      await house.settle(1200);
      done.push([...house.workspace.acts(CLUSTER), `${house.ports.incidents.ids.length} incidents`]);
    }
    // What an alert says of a cluster is a person's to judge: fired it opens an incident, and starts nothing either.
    expect(done).toEqual([['0 incidents'], ['1 incidents']]);
  });

  it('A2: stays open when another instance of its rule is resolved', async () => {
    const house = new House();
    await hearAzure(house, fired);
    const other = common(
      { alertId: instance('other'), monitorCondition: 'Resolved', resolvedDateTime: '2026-11-20T07:56:00Z' },
      metricContext(),
    );
    await hearAzure(house, other);
    expect(await openIncidents(house)).toHaveLength(1);
  });

  it('A2: of a cluster of the estate joins what is open for the cluster, and its end resolves only what an alert opened', async () => {
    const about = (more: Json) => common(more, metricContext({}, [{ name: 'cluster_id', value: 'test-cluster-123' }]));
    const house = new House({ remediationEnabled: false });
    await house.dies();
    await house.settle(60);
    const [joined] = await hearAzure(house, about({}));
    expect(joined).toMatchObject({ ended: 'joined', errorType: 'DatabricksDriverNotResponding' });
    await hearAzure(house, about({ monitorCondition: 'Resolved', resolvedDateTime: '2026-11-20T07:59:00Z' }));
    expect(await openIncidents(house)).toEqual(['cluster/databricks-dev/test-cluster-123']);
  });
});

describe('an alert that lists tell of without its dimensions', () => {
  const about = metricContext({}, [{ name: 'cluster_id', value: 'test-cluster-123' }]);
  const fired = common({}, about);
  const bare = common(
    { monitorCondition: 'Resolved', resolvedDateTime: '2026-11-20T07:55:00Z', alertTargetIDs: null },
    null,
  );

  it('A9: is over for the cluster that it was about', async () => {
    const house = new House();
    await hearAzure(house, fired);
    expect(await openIncidents(house)).toEqual(['cluster/databricks-dev/test-cluster-123']);
    const [over] = await hearAzure(house, bare);
    expect(over).toMatchObject({ ended: 'joined' });
    expect(await openIncidents(house)).toEqual([]);
  });

  it('A9: is the same notice in either order', async () => {
    const notices = [];
    for (const told of [
      [fired, bare],
      [bare, fired, bare],
    ]) {
      const house = new House();
      for (const body of told) await hearAzure(house, body);
      const { notice } = (await house.ports.notices.get('alert/b9569717-bc32-442f-add5-83a997729330')) ?? {};
      notices.push([notice?.component, notice?.targets, notice?.phase, notice?.at, notice?.ticketId === undefined]);
      expect(await openIncidents(house)).toEqual([]);
    }
    expect(notices[0]?.slice(0, 4)).toEqual(notices[1]?.slice(0, 4));
  });
});

describe('the health of a resource', () => {
  it('C4: unavailable by the platform, unknown, available: one incident, open until it is available', async () => {
    const house = new House();
    await hearAzure(
      house,
      resourceHealth({}, { eventTimestamp: '2026-11-20T07:00:00Z', submissionTimestamp: null, eventDataId: 'a' }),
    );
    await hearAzure(
      house,
      resourceHealth(
        { currentHealthStatus: 'Unknown' },
        { eventTimestamp: '2026-11-20T07:05:00Z', submissionTimestamp: null, eventDataId: 'b' },
      ),
    );
    expect(await openIncidents(house)).toHaveLength(1);
    const [testimony] = await house.ports.witnesses.of('eastus');
    expect(testimony).toMatchObject({ says: 'outage', source: 'resource-health' });
    await hearAzure(
      house,
      resourceHealth(
        { currentHealthStatus: 'Available' },
        { eventTimestamp: '2026-11-20T07:10:00Z', submissionTimestamp: null, eventDataId: 'c', status: 'Resolved' },
      ),
    );
    expect(await openIncidents(house)).toEqual([]);
    expect(await house.ports.witnesses.of('eastus')).toEqual([]);
  });
});
