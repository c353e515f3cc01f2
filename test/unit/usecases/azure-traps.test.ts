// The traps of facts/azure.md 8, by their numbers, from the body to the incident or its absence. 12 and 13 go through the doors too
// (test/flow/azure-doors.test.ts); 16 and 17 are about Front Door, 18 about where the controller stands, 19 about reconciliation.
import { describe, expect, it } from 'vitest';
import { hashOf, signalIdOf } from '../../../shared/domain/ids.ts';
import { parseAzureAlert } from '../../../shared/domain/signals/azure/parse-azure-alert.ts';
import { signalSchema } from '../../../shared/domain/signals/signal.ts';
import * as bodies from '../../builders/azure-bodies.ts';
import { hearAzure, postAzure } from '../../builders/azure-house.ts';
import { House } from '../../builders/house.ts';

const { serviceHealth, impacted, common, update } = bodies;
const context = { id: signalIdOf(hashOf('a')), receivedAt: '2026-11-20T08:00:00.000Z', correlationId: 'c' };

function noticeOf(body: unknown) {
  const [parsed] = parseAzureAlert(body, context);
  if (parsed?.signal.kind !== 'azure') throw new Error('no notice');
  return parsed.signal.notice;
}

describe('traps of what Azure sends', () => {
  it('C4: trap 1: impactedServices as text, as an array and cut off name the same', () => {
    const list = impacted(['Azure Databricks', 'Storage'], ['East US', 'West Europe']);
    const expected = { services: ['Azure Databricks', 'Storage'], regions: ['eastus', 'westeurope'], isGlobal: false };
    expect(noticeOf(serviceHealth({ impactedServices: list }))).toMatchObject(expected);
    expect(noticeOf(serviceHealth({ impactedServices: JSON.stringify(list) }))).toMatchObject(expected);
    expect(noticeOf(serviceHealth({ impactedServices: JSON.stringify(list).slice(0, -2) }))).toMatchObject(expected);
    expect(
      noticeOf(serviceHealth({ impactedServices: '[[[[{"x":', service: 'Storage', region: 'Japan East' })),
    ).toMatchObject({ services: ['Storage'], regions: ['japaneast'] });
  });

  it('C4: trap 1: service and region name the first of each only, and do not count where the list can be read', () => {
    const told = noticeOf(serviceHealth({ service: 'Redis', region: 'Japan East' }));
    expect(told).toMatchObject({ services: ['Azure Databricks'], regions: ['eastus'] });
  });

  it('C8: trap 2: resolved arrives as Fired, and is over', () => {
    expect(
      noticeOf(serviceHealth({ stage: 'Resolved' }, { status: 'Resolved' }, { monitorCondition: 'Fired' })).phase,
    ).toBe('over');
  });

  it('A2: trap 3: level, eventSource and channels as numbers', () => {
    const levels = [1, 2, 3, 4, '1', 'Error', 'warning', ['Informational']].map(
      (level) => noticeOf(serviceHealth({}, { level })).level,
    );
    expect(levels).toEqual([
      'critical',
      'error',
      'warning',
      'informational',
      'critical',
      'error',
      'warning',
      'informational',
    ]);
    const bare = {
      ...bodies.healthEvent(),
      operationName: null,
      properties: { incidentType: 'Incident' },
      eventSource: 2,
      channels: 1,
    };
    expect(noticeOf(common({ monitoringService: null }, bare)).sort).toBe('service-health');
  });

  it.each(['Resource Health', 'ResourceHealth', 'resourcehealth'])(
    'A2: trap 4: monitoringService as %s',
    (monitoringService) => {
      const bare = { eventDataId: 'x', eventTimestamp: bodies.AT, properties: {} };
      for (const signalType of ['Activity Log', 'ActivityLog', 'activity log'])
        expect(noticeOf(common({ monitoringService, signalType }, bare)).sort).toBe('resource-health');
    },
  );

  it('A2: trap 5: an envelope of nulls', async () => {
    const nulls = {
      alertRule: null,
      severity: null,
      signalType: null,
      monitorCondition: null,
      alertTargetIDs: null,
      originAlertId: null,
      alertId: null,
      monitoringService: null,
    };
    const house = new House();
    const [outcome] = await hearAzure(house, common(nulls, { AlertCategory: 'budgets', AlertData: {} }));
    expect(outcome).toMatchObject({ ended: 'recorded' });
    const [unknown] = await hearAzure(house, common(nulls, null));
    expect(unknown).toMatchObject({ ended: 'opened', errorType: 'UnclassifiedAlert' });
  });

  it('A2: trap 6: data in data, of every shape', () => {
    const { data } = bodies.metricV2('Activated');
    expect(noticeOf({ schemaId: 'AzureMonitorMetricAlert', data: { data } })).toMatchObject({
      sort: 'alert',
      rule: 'cpu',
    });
    expect(
      noticeOf({ schemaId: 'Microsoft.Insights/LogAlert', data: { data: common({}, bodies.logContext([])).data } }),
    ).toMatchObject({ sort: 'alert', rule: 'a-rule' });
    expect(noticeOf({ data: { data: { data: serviceHealth().data } } }).key).toBe('service-health/ABCD-123');
  });

  it('C8: trap 7: a test reaches no incident, no message, no region', async () => {
    const tests = [
      { IsSynthetic: 'True' },
      { isSynthetic: true, IsSynthetic: null },
      { trackingId: 'TEST-TTT' },
      { title: 'Test' },
    ];
    const house = new House();
    for (const properties of tests) await hearAzure(house, serviceHealth(properties, { level: 1 }));
    expect(house.ports.incidents.ids).toEqual([]);
    expect(house.told).toEqual([]);
    expect([...(await house.ports.witnesses.of('eastus')), ...(await house.ports.witnesses.of('westus2'))]).toEqual([]);
  });

  it('C4: trap 8: an envelope that says Resolved and Platform around maintenance is maintenance', () => {
    const body = serviceHealth(
      { incidentType: 'Maintenance', stage: 'InProgress' },
      {},
      { monitorCondition: 'Resolved', monitoringService: 'Platform', signalType: 'Metric' },
    );
    expect(noticeOf(body)).toMatchObject({ sort: 'service-health', incidentType: 'Maintenance', phase: 'active' });
  });

  it('A2: trap 9: without data.properties, without a schema id', () => {
    const { data } = bodies.legacyActivity(bodies.healthEvent()) as { data: bodies.Json };
    expect(noticeOf({ data: { ...data, properties: undefined } }).key).toBe('service-health/ABCD-123');
    expect(noticeOf(serviceHealth().data).key).toBe('service-health/ABCD-123');
  });

  it('C8: trap 10: resolved before active, in the order of the clock, stays resolved', async () => {
    const house = new House();
    await hearAzure(house, update('2026-11-20T07:30:00Z', { stage: 'Resolved' }, { status: 'Resolved' }));
    await hearAzure(house, update('2026-11-20T07:00:00Z'));
    expect(house.ports.incidents.ids).toEqual([]);
  });

  it('A5: trap 11: the same POST again is the same signal; without a time, each is a signal of its own and joins', async () => {
    const house = new House();
    expect(await postAzure(house, serviceHealth())).toEqual(await postAzure(house, serviceHealth()));
    const timeless = bodies.metricV2('Activated', { timestamp: null, condition: null });
    const [first] = await hearAzure(house, timeless);
    const [second] = await hearAzure(house, timeless);
    expect(second?.signalId).not.toBe(first?.signalId);
    expect(second).toMatchObject({ ended: 'joined', ticketId: first?.ticketId });
  });

  it('A7: alerts about one component wait in its own session, each of the others in that of its life cycle', () => {
    const sessionOf = (body: unknown) => parseAzureAlert(body, context)[0]?.signal.rawSubject;
    expect(sessionOf(bodies.logAlert([{ name: 'cluster_id', value: 'c-1' }]))).toBe('cluster/c-1');
    expect(sessionOf(serviceHealth())).toBe('azure/service-health/ABCD-123');
  });

  it('A8: trap 13: of 250 KB a signal carries a part that fits, and says that it was cut', () => {
    const [parsed] = parseAzureAlert(
      serviceHealth({
        communication: '<p>ä €</p>'.repeat(20_000),
        impactedServices: impacted(
          Array.from({ length: 400 }, (_, at) => `Service ${at}`),
          ['East US'],
        ),
      }),
      context,
    );
    expect(parsed?.trimmed).toBe(true);
    expect(signalSchema.safeParse(parsed?.signal).success).toBe(true);
    expect(JSON.stringify(parsed?.signal).length).toBeLessThan(48_000);
  });

  it.each([
    ['both regions', ['East US', 'West US 2'], /hits eastus and westus2, both regions of databricks/],
    ['everything', ['Global'], /It is global/],
    ['the DR region', ['West US 2'], /westus2, the DR region of databricks: do not fail over into it/],
  ])('C8: trap 14: an incident that hits %s says so before anyone fails over', async (_what, regions, words) => {
    const house = new House();
    const [outcome] = await hearAzure(house, serviceHealth({ impactedServices: impacted(['Storage'], regions) }));
    expect(outcome?.message).toMatch(words);
    expect(house.told[0]?.message.text).toMatch(words);
  });

  it('C8: trap 14: of the primary alone nothing of the kind is said', async () => {
    const [outcome] = await hearAzure(new House(), serviceHealth());
    expect(outcome?.message).not.toMatch(/fail over|failover/);
  });

  it.each(['Informational', 'ActionRequired', 'Billing', 'HealthAdvisory'])(
    'C8: trap 15: Azure Databricks named in a notice of type %s opens nothing',
    async (incidentType) => {
      const house = new House();
      const [outcome] = await hearAzure(house, serviceHealth({ incidentType }, { level: 2 }));
      expect(outcome).toMatchObject({ ended: 'recorded', ticketId: null });
      expect(await house.ports.witnesses.of('eastus')).toEqual([]);
    },
  );

  it('A2: of two alerts about one component the first that is resolved does not close what the other is still active for', async () => {
    const house = new House();
    const about = [{ name: 'cluster_id', value: '0424-035941-pl8ku9sr' }];
    const alert = (letter: string, monitorCondition: string, minute = 50) =>
      bodies.logAlert(about, {
        alertId: bodies.instance(`${letter.repeat(8)}-442f-4dd5-83a9-977293300000`),
        monitorCondition,
        firedDateTime: '2026-11-20T07:50:00.000Z',
        ...(monitorCondition === 'Resolved' ? { resolvedDateTime: `2026-11-20T07:${minute}:00.000Z` } : {}),
      });
    await hearAzure(house, alert('a', 'Fired'));
    await hearAzure(house, alert('b', 'Fired'));
    const [id] = house.ports.incidents.ids;
    expect(house.ports.incidents.ids).toHaveLength(1);
    await hearAzure(house, alert('a', 'Resolved', 55));
    const { incident } = await house.file(id);
    expect(incident).toMatchObject({ state: 'escalated', alerts: [expect.stringContaining('bbbb')] });
    const [ended] = await hearAzure(house, alert('b', 'Resolved', 56));
    expect(ended).toMatchObject({
      ended: 'joined',
      recoveryStatus: 'recovered',
      message: expect.stringContaining('is resolved'),
    });
    expect((await house.file(id)).incident).toMatchObject({ state: 'resolved', alerts: [] });
  });
});
