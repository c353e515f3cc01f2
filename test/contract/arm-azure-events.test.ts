// What Azure tells to whoever asks, read by the real adapters from the simulated Resource Manager: pages, pauses, refusals, and what is in it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ALERTS_PER_PAGE, EVENTS_PER_PAGE } from '../../local/azure-control/refusals.ts';
import { type ArmOptions, ArmReader } from '../../shared/adapters/arm/arm-reader.ts';
import { fixedToken, keptTokens } from '../../shared/adapters/arm/tokens.ts';
import { ArmAzureEvents } from '../../shared/adapters/azure-monitor/arm-azure-events.ts';
import { ARM_TOKEN, type AzureBench, anAzure, SUBSCRIPTION } from '../builders/simulated-azure.ts';
import { START } from '../builders/simulated-workspace.ts';

let bench: AzureBench;
let slept: number[];
beforeEach(async () => {
  slept = [];
  bench = await anAzure();
});
afterEach(() => bench.stop());

function azureEvents(options: Partial<ArmOptions> = {}): ArmAzureEvents {
  const reader = new ArmReader({
    origin: bench.azure.url,
    tokens: fixedToken(ARM_TOKEN),
    sleep: async (milliseconds) => void slept.push(milliseconds),
    ...options,
  });
  return new ArmAzureEvents({ reader, subscriptions: [SUBSCRIPTION], now: () => new Date(bench.clock.now()) });
}
const hours = (count: number) => new Date(bench.clock.now() - count * 3_600_000);
const seedEvent = (id: string, properties: Record<string, unknown> = {}) =>
  bench.call('PUT', `/_sim/arm/subscriptions/${SUBSCRIPTION}/events/${id}`, { title: `Event ${id}`, ...properties });
const seedAlert = (id: string, essentials: Record<string, unknown> = {}) =>
  bench.call('PUT', `/_sim/arm/subscriptions/${SUBSCRIPTION}/alerts/${id}`, essentials);
const fault = (path: string, kind: Record<string, unknown>, times?: number) =>
  bench.call('POST', '/_sim/faults', { match: { path }, fault: kind, ...(times && { times }) });
const calls = async () =>
  (await bench.call('GET', '/_sim/calls')).json.map(({ path }: { path: string }) => path) as string[];

describe('A9: health events', () => {
  test('are read to the end of the list, page by page, and become the notices that action groups send', async () => {
    for (let n = 0; n <= EVENTS_PER_PAGE; n += 1) await seedEvent(`T${n}`, { eventType: 'PlannedMaintenance' });
    bench.clock.advance(60);
    await seedEvent('VT60-TP0', {
      eventLevel: 'Error',
      summary: '<p>We are <b>looking</b></p>',
      impactMitigationTime: '0001-01-01T00:00:00',
      impact: [
        {
          impactedService: 'Azure Databricks',
          impactedRegions: [
            { impactedRegion: 'East US', status: 'Active' },
            { impactedRegion: 'West US 2', status: 'Resolved' },
          ],
        },
      ],
    });
    const { notices, unreadable } = await azureEvents().healthEvents(SUBSCRIPTION, hours(1));
    expect([notices.length, unreadable]).toEqual([EVENTS_PER_PAGE + 2, 0]);
    expect(notices[0]?.notice).toMatchObject({
      sort: 'service-health',
      key: 'service-health/VT60-TP0',
      phase: 'active',
      at: new Date(START + 60_000).toISOString(),
      incidentType: 'Incident',
      stage: 'Active',
      status: 'Active',
      level: 'error',
      text: 'We are looking',
      services: ['Azure Databricks'],
      regions: ['eastus'],
      isGlobal: false,
    });
    expect(notices[0]?.notice.mitigatedAt).toBeUndefined();
  });

  test.each([
    ['an advisory', { eventType: 'HealthAdvisory' }, { incidentType: 'Informational', phase: 'told' }],
    ['a security notice', { eventType: 'SecurityAdvisory' }, { incidentType: 'Security' }],
    ['a review', { eventType: 'RCA' }, { stage: 'RCA', phase: 'over' }],
    ['a resolved incident', { status: 'Resolved' }, { incidentType: 'Incident', phase: 'over' }],
    ['a false alarm by its tag', { eventTags: ['False Positive'] }, { stage: 'Resolved', phase: 'over' }],
    ['a synthetic one', { isSynthetic: 'True' }, { isTest: true }],
  ])('tell %s for what it is', async (_what, properties, expected) => {
    await seedEvent('ABC1-DE0', properties);
    const { notices } = await azureEvents().healthEvents(SUBSCRIPTION, hours(1));
    expect(notices[0]?.notice).toMatchObject(expected);
  });

  test('that cannot be read are counted, and hide no other', async () => {
    const impactStartTime = hours(1).toISOString();
    const body = {
      value: [
        null,
        'text',
        { properties: { title: 'no name' } },
        { name: 'NO1-T', properties: { title: 'of no time', status: 'Active' } },
        { name: 'OK1-A', properties: { title: 'x', status: 'Active', impactStartTime } },
      ],
    };
    await fault('/events', { kind: 'status', status: 200, body });
    const { notices, unreadable } = await azureEvents().healthEvents(SUBSCRIPTION, hours(1));
    const told = notices.map(({ notice: { key, at } }) => [key, at]);
    expect([told, unreadable]).toEqual([[['service-health/OK1-A', impactStartTime]], 4]);
  });
});

describe('A9: alerts', () => {
  test('are read from the newest change on, until before what is asked for', async () => {
    for (let n = 0; n < ALERTS_PER_PAGE.most + 20; n += 1)
      await seedAlert(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
    bench.clock.advance(7_200);
    await seedAlert('00000000-0000-4000-8000-000000000003', {
      monitorCondition: 'Resolved',
      monitorConditionResolvedDateTime: new Date(bench.clock.now()).toISOString(),
    });
    const { notices } = await azureEvents().alerts(SUBSCRIPTION, hours(1));
    expect(notices).toHaveLength(1);
    expect(notices[0]?.notice).toMatchObject({
      sort: 'alert',
      key: 'alert/00000000-0000-4000-8000-000000000003',
      phase: 'over',
      at: new Date(bench.clock.now()).toISOString(),
      severity: 'Sev2',
      rule: 'rule',
      targets: [`/subscriptions/${SUBSCRIPTION}`],
    });
    expect((await calls()).filter((path) => path.includes('alerts?'))).toHaveLength(1);
    expect((await azureEvents().alerts(SUBSCRIPTION, hours(3))).notices).toHaveLength(ALERTS_PER_PAGE.most + 20);
  });

  test('that fired days ago are found when they are over', async () => {
    const firedAt = new Date(bench.clock.now()).toISOString();
    bench.clock.advance(3 * 24 * 3_600);
    const overAt = new Date(bench.clock.now()).toISOString();
    const over = { monitorCondition: 'Resolved', monitorConditionResolvedDateTime: overAt };
    await seedAlert('00000000-0000-4000-8000-000000000003', { startDateTime: firedAt, ...over });
    const { notices } = await azureEvents().alerts(SUBSCRIPTION, hours(1));
    expect(notices.map(({ notice: { phase, at } }) => [phase, at])).toEqual([['over', overAt]]);
  });

  test('of the activity log are left to the list of events', async () => {
    for (const monitorService of ['ServiceHealth', 'Resource Health', 'ActivityLog Administrative'])
      await seedAlert(monitorService.replace(' ', ''), { monitorService });
    expect(await azureEvents().alerts(SUBSCRIPTION, hours(1))).toMatchObject({ notices: [], unreadable: 0 });
  });
});

describe('E6: Resource Manager', () => {
  test('is asked again after as long as it says, within its time', async () => {
    await fault('/events', { kind: 'status', status: 429, retryAfterSeconds: 7 }, 1);
    await fault('/events', { kind: 'status', status: 503 }, 1);
    await fault('/events', { kind: 'reset' }, 1);
    expect((await azureEvents().healthEvents(SUBSCRIPTION, hours(1))).notices).toEqual([]);
    expect(slept).toEqual([7_000, 1_000, 2_000]);
  });

  test('that wants a longer pause than there is time for is left alone', async () => {
    await fault('/events', { kind: 'status', status: 429, retryAfterSeconds: 600 });
    const reading = azureEvents().healthEvents(SUBSCRIPTION, hours(1));
    await expect(reading).rejects.toMatchObject({ code: 'azure-unavailable', retryAfterSeconds: 600 });
    expect(slept).toEqual([]);
  });

  test.each([
    ['hangs', { kind: 'hang' }],
    ['answers HTML', { kind: 'html' }],
    ['is away', { kind: 'status', status: 502 }],
  ])('that %s is unavailable, after some tries', async (_what, kind) => {
    await fault('/events', kind);
    const reading = azureEvents({ deadlineSeconds: 0.2 }).healthEvents(SUBSCRIPTION, hours(1));
    await expect(reading).rejects.toMatchObject({ code: 'azure-unavailable' });
    expect(slept.length).toBeGreaterThan(0);
  });

  test('refuses for good what it refuses, in its own word and without ours', async () => {
    await bench.call('PATCH', `/_sim/arm/subscriptions/${SUBSCRIPTION}`, { access: 'none' });
    const error: unknown = await azureEvents()
      .alerts(SUBSCRIPTION, hours(1))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'azure-refused' });
    expect(String(error)).toContain('403 AuthorizationFailed');
    expect(String(error)).not.toContain(ARM_TOKEN);
    expect(slept).toEqual([]);
  });

  test('is never followed to another host with our token', async () => {
    await fault('/events', { kind: 'redirect', to: 'http://127.0.0.1:9/' }, 1);
    await expect(azureEvents().healthEvents(SUBSCRIPTION, hours(1))).rejects.toMatchObject({ code: 'azure-refused' });
    const body = { value: [], nextLink: 'https://elsewhere.example/events' };
    await fault('/events', { kind: 'status', status: 200, body }, 1);
    await expect(azureEvents().healthEvents(SUBSCRIPTION, hours(1))).rejects.toMatchObject({ code: 'azure-refused' });
  });

  test('whose list never ends is given up', async () => {
    const nextLink = `${bench.azure.url}/subscriptions/${SUBSCRIPTION}/providers/Microsoft.ResourceHealth/events?more=1`;
    await fault('/events', { kind: 'status', status: 200, body: { value: [], nextLink } });
    await expect(azureEvents().healthEvents(SUBSCRIPTION, hours(1))).rejects.toMatchObject({ code: 'azure-refused' });
  });

  test('gets another token once its own is over', async () => {
    const given = ['over', ARM_TOKEN];
    let asked = 0;
    const tokens = keptTokens(
      async () => ({ token: given[asked++] ?? 'none', expiresOnTimestamp: START + 3_600_000 }),
      () => START,
    );
    expect((await azureEvents({ tokens }).healthEvents(SUBSCRIPTION, hours(1))).unreadable).toBe(0);
    expect((await azureEvents({ tokens }).alerts(SUBSCRIPTION, hours(1))).unreadable).toBe(0);
    expect(asked).toBe(2);
  });

  test('whose token cannot be had is unavailable', async () => {
    const tokens = keptTokens(async () => {
      throw new Error('no identity here');
    });
    await expect(azureEvents({ tokens }).alerts(SUBSCRIPTION, hours(1))).rejects.toMatchObject({
      code: 'azure-unavailable',
    });
  });
});
