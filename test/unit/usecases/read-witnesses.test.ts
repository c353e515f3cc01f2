// What push missed, pull finds; what push told, pull does not tell again; what cannot be read says so and hides nothing else.
import { describe, expect, it } from 'vitest';
import { newSignalId } from '../../../shared/adapters/process/signal-ids.ts';
import { Unavailable } from '../../../shared/domain/errors.ts';
import { timerPeriodSeconds } from '../../../shared/domain/own-health/timers.ts';
import type { StatusReading } from '../../../shared/domain/regions/status-reading.ts';
import { listedAlertNotice } from '../../../shared/domain/signals/azure/listed-alerts.ts';
import { parseAzureAlert } from '../../../shared/domain/signals/azure/parse-azure-alert.ts';
import { healthEventNotice } from '../../../shared/domain/signals/azure/resource-health-events.ts';
import type { AzureEvents, AzureReading } from '../../../shared/ports/azure-events.ts';
import { acceptSignal } from '../../../shared/usecases/accept-signal.ts';
import { readWitnesses } from '../../../shared/usecases/read-witnesses.ts';
import { showSources } from '../../../shared/usecases/show-sources.ts';
import { watchOurselves } from '../../../shared/usecases/watch-ourselves.ts';
import { House } from '../../builders/house.ts';

const SUBSCRIPTION = '11111111-0000-4000-8000-000000000001';
const EVENTS = `health-events/${SUBSCRIPTION}`;
const ALERT = '22222222-0000-4000-8000-000000000002';

/** Azure as a test wants it: lists of the wire's own records, and what keeps them from being read. */
class Azure implements AzureEvents {
  subscriptions = [SUBSCRIPTION];
  readonly events = new Map<string, Record<string, unknown>>();
  readonly listed = new Map<string, Record<string, unknown>>();
  readonly since: Date[] = [];
  trouble: Error | undefined;
  unreadable = 0;
  status: StatusReading = { readable: true, regions: new Map() };

  async healthEvents(_subscription: string, since: Date): Promise<AzureReading> {
    this.since.push(since);
    return this.#reading([...this.events].map(([name, properties]) => healthEventNotice({ name, properties }, NOW)));
  }

  async alerts(): Promise<AzureReading> {
    const records = [...this.listed].map(([name, essentials]) => ({
      id: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/${name}`,
      properties: { essentials },
    }));
    return this.#reading(records.map((record) => listedAlertNotice(record, NOW)));
  }

  #reading(all: readonly (ReturnType<typeof listedAlertNotice> | undefined)[]): AzureReading {
    if (this.trouble) throw this.trouble;
    return { notices: all.filter((one) => typeof one === 'object'), unreadable: this.unreadable };
  }
}
/** Later than anything that a test tells: the lists' own times count. */
const NOW = '2099-01-01T00:00:00.000Z';

class Scene {
  readonly house = new House();
  readonly azure = new Azure();

  async read() {
    const readings = await readWitnesses(this.#ports);
    await this.house.settle(5);
    return Object.fromEntries((readings ?? []).map(({ source, ...rest }) => [source.split('/')[0], rest]));
  }

  /** After a first look, which is a baseline. */
  static async begun(): Promise<Scene> {
    const scene = new Scene();
    await scene.read();
    await scene.minutes(1);
    return scene;
  }

  async minutes(count: number): Promise<void> {
    await this.house.clock.advance(count * 60_000);
  }

  at(minutesAgo = 0): string {
    return new Date(this.house.clock.now().getTime() - minutesAgo * 60_000).toISOString();
  }

  incident(id: string, more: Record<string, unknown> = {}): void {
    this.azure.events.set(id, {
      eventType: 'ServiceIssue',
      status: 'Active',
      title: 'Azure Databricks in East US',
      level: 'Error',
      impactStartTime: this.at(),
      lastUpdateTime: this.at(),
      impact: [
        { impactedService: 'Azure Databricks', impactedRegions: [{ impactedRegion: 'East US', status: 'Active' }] },
      ],
      ...more,
    });
  }

  alert(more: Record<string, unknown> = {}): void {
    this.azure.listed.set(ALERT, {
      severity: 'Sev1',
      monitorCondition: 'Fired',
      monitorService: 'Platform',
      alertRule: '/subscriptions/x/providers/microsoft.insights/metricAlerts/cpu',
      targetResource: '/subscriptions/x/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1',
      startDateTime: this.at(),
      lastModifiedDateTime: this.at(),
      ...more,
    });
  }

  /** As an action group sends it. */
  async push(body: unknown): Promise<void> {
    await this.accept(body, this.at());
    await this.house.settle(5);
  }

  /** Taken by the door, and not handled yet. */
  async accept(body: unknown, receivedAt: string): Promise<void> {
    const context = { id: newSignalId(), receivedAt, correlationId: 'cor-push' };
    for (const { signal } of parseAzureAlert(body, context)) await acceptSignal(this.house.ports, signal, 0);
  }

  async classes(): Promise<string[]> {
    const { incidents } = await this.house.ports.index.list({}, 20);
    return incidents.map(({ failureClass, state }) => `${failureClass} ${state}`);
  }

  async source(name: string) {
    return (await showSources(this.#ports)).find(({ source }) => source === name);
  }

  /** What becomes of the incident about sources when we look at ourselves. */
  async look() {
    const { heartbeats, index } = this.house.ports;
    for (const name of Object.keys(timerPeriodSeconds)) await heartbeats.beat(name, this.house.clock.now());
    await watchOurselves(this.#ports);
    await this.house.settle(60);
    const { incidents } = await index.list({ subject: 'lakewarden/sources' }, 10);
    return incidents.map(({ failureClass, state, signalCount }) => [failureClass, state, signalCount]);
  }

  get #ports() {
    return { ...this.house.ports, azureEvents: this.azure, statusPage: { read: async () => this.azure.status } };
  }
}

function pushedAlert(scene: Scene, condition: string): unknown {
  const essentials = {
    alertId: `/subscriptions/x/providers/Microsoft.AlertsManagement/alerts/${ALERT}`,
    alertRule: 'cpu',
    severity: 'Sev1',
    signalType: 'Metric',
    monitorCondition: condition,
    monitoringService: 'Platform',
    alertTargetIDs: ['/subscriptions/x/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm1'],
    firedDateTime: scene.at(),
    ...(condition === 'Resolved' && { resolvedDateTime: scene.at() }),
  };
  return { schemaId: 'azureMonitorCommonAlertSchema', data: { essentials, alertContext: {} } };
}

describe('what push missed', () => {
  it('A9: a health event is found within minutes, opens its incident once, and is counted', async () => {
    const scene = await Scene.begun();
    scene.incident('VT60-TP0');
    expect((await scene.read())['health-events']).toEqual({ sent: 0 });
    await scene.minutes(3);
    expect((await scene.read())['health-events']).toEqual({ sent: 1 });
    expect(await scene.classes()).toEqual(['AzureServiceIncident escalated']);
    await scene.minutes(1);
    expect((await scene.read())['health-events']).toEqual({ sent: 0 });
    expect(await scene.source('service-health')).toMatchObject({ missed: 1 });
  });

  it('A9: its end is found as well, and closes what was open', async () => {
    const scene = await Scene.begun();
    scene.incident('VT60-TP0', { lastUpdateTime: scene.at(3) });
    await scene.read();
    await scene.minutes(30);
    scene.incident('VT60-TP0', { status: 'Resolved', lastUpdateTime: scene.at(3) });
    expect((await scene.read())['health-events']).toEqual({ sent: 1 });
    expect(await scene.classes()).toEqual(['AzureServiceIncident resolved']);
  });

  it('A9: an alert that fired and the resolution of another are found', async () => {
    const scene = await Scene.begun();
    scene.alert({ startDateTime: scene.at(5) });
    expect((await scene.read()).alerts).toEqual({ sent: 1 });
    expect(await scene.classes()).toEqual(['AzureAlert escalated']);
    await scene.minutes(20);
    scene.alert({ monitorCondition: 'Resolved', monitorConditionResolvedDateTime: scene.at(4) });
    expect((await scene.read()).alerts).toEqual({ sent: 1 });
    expect(await scene.classes()).toEqual(['AzureAlert resolved']);
  });

  it('A9: a gap is closed with the first look after it, as far back as the last good one', async () => {
    const scene = await Scene.begun();
    scene.azure.trouble = new Unavailable('azure-unavailable', '/subscriptions: 503');
    for (let minute = 0; minute < 5; minute += 1) {
      await scene.minutes(60);
      expect((await scene.read())['health-events']).toEqual({ sent: 0, unreadable: '/subscriptions: 503' });
    }
    scene.incident('GAP1-AAA', { lastUpdateTime: scene.at(200) });
    scene.azure.trouble = undefined;
    await scene.minutes(1);
    expect((await scene.read())['health-events']).toEqual({ sent: 1 });
    const since = scene.azure.since.at(-1)?.getTime() ?? 0;
    expect(scene.house.clock.now().getTime() - since).toBeGreaterThan(5 * 3_600_000);
    expect(await scene.source(EVENTS)).toMatchObject({ trouble: null, lastFailure: '/subscriptions: 503' });
  });

  it('A9: at the first look what is active is taken, and nobody is blamed for it', async () => {
    const scene = new Scene();
    scene.incident('OLD1-AAA', { lastUpdateTime: scene.at(600) });
    expect((await scene.read())['health-events']).toEqual({ sent: 1 });
    expect(await scene.source('service-health')).toEqual({ source: 'service-health', missed: 0, trouble: null });
  });
});

describe('what push told', () => {
  it('A5: is not told again by pull, neither fired nor resolved', async () => {
    const scene = await Scene.begun();
    await scene.push(pushedAlert(scene, 'Fired'));
    scene.alert();
    await scene.minutes(10);
    expect((await scene.read()).alerts).toEqual({ sent: 0 });
    await scene.push(pushedAlert(scene, 'Resolved'));
    scene.alert({ monitorCondition: 'Resolved', monitorConditionResolvedDateTime: scene.at() });
    await scene.minutes(10);
    expect((await scene.read()).alerts).toEqual({ sent: 0 });
    expect(await scene.classes()).toEqual(['AzureAlert resolved']);
    expect(await scene.source('monitor-alert')).toMatchObject({ missed: 0 });
  });

  it('A8: has its head start: nothing is sent twice while a storm is under way', async () => {
    const scene = await Scene.begun();
    scene.alert();
    await scene.minutes(1);
    expect((await scene.read()).alerts).toEqual({ sent: 0 });
    await scene.push(pushedAlert(scene, 'Fired'));
    await scene.minutes(5);
    expect((await scene.read()).alerts).toEqual({ sent: 0 });
  });
});

describe('sources', () => {
  it('A9: one that is quiet or cannot be read for ten minutes is a finding, and over when it is', async () => {
    const scene = await Scene.begun();
    scene.alert({ startDateTime: scene.at(5) });
    await scene.read();
    await scene.minutes(9);
    expect((await scene.source('monitor-alert'))?.trouble).toBeNull();
    await scene.minutes(1);
    expect((await scene.source('monitor-alert'))?.trouble).toMatchObject({ is: 'quiet' });
    await scene.push(pushedAlert(scene, 'Resolved'));
    expect((await scene.source('monitor-alert'))?.trouble).toBeNull();
    scene.azure.trouble = new Unavailable('azure-unavailable', 'away');
    await scene.read();
    await scene.minutes(10);
    expect((await scene.source(EVENTS))?.trouble, 'one failed read is none').toBeNull();
    await scene.read();
    expect((await scene.source(EVENTS))?.trouble).toMatchObject({ is: 'unreadable' });
    scene.azure.trouble = undefined;
    await scene.read();
    expect((await scene.source(EVENTS))?.trouble).toBeNull();
  });

  it('A9: an advisory or an incident elsewhere that no rule sends makes no door look quiet', async () => {
    const scene = await Scene.begun();
    scene.incident('ADVI-SO0', { eventType: 'HealthAdvisory', lastUpdateTime: scene.at(5) });
    const elsewhere = [{ impactedService: 'Storage', impactedRegions: [{ impactedRegion: 'Japan East' }] }];
    scene.incident('ELSE-WH0', { impact: elsewhere, lastUpdateTime: scene.at(5) });
    expect((await scene.read())['health-events']).toEqual({ sent: 2 });
    await scene.minutes(10);
    expect(await scene.source('service-health')).toMatchObject({ missed: 0, trouble: null });
  });

  it('A9: what push has told and we have not handled yet is not held against it', async () => {
    const scene = await Scene.begun();
    scene.alert();
    await scene.accept(pushedAlert(scene, 'Fired'), scene.at(-0.1));
    await scene.minutes(3);
    expect((await scene.read()).alerts, 'our own queue is behind').toEqual({ sent: 1 });
    await scene.minutes(10);
    expect((await scene.source('monitor-alert'))?.trouble).toBeNull();
  });

  it('A9: a list of which nothing can be read is not one in which nothing happened', async () => {
    const scene = await Scene.begun();
    scene.azure.unreadable = 3;
    expect((await scene.read())['health-events']).toEqual({
      sent: 0,
      unreadable: 'none of its 3 entries can be read',
    });
    scene.incident('SOME-001', { lastUpdateTime: scene.at(5) });
    expect((await scene.read())['health-events']).toEqual({ sent: 1 });
  });

  it('A9: what was never heard or read is shown as such', async () => {
    const scene = new Scene();
    for (const name of [
      'databricks-monitor',
      'monitor-alert',
      'service-health',
      'status-page',
      EVENTS,
      'databricks/databricks-dr',
    ])
      expect(await scene.source(name), name).toEqual({ source: name, missed: 0, trouble: null });
  });

  it('A9, D6: one in trouble is an incident of ours, told once, and over when it is', async () => {
    const scene = await Scene.begun();
    scene.azure.trouble = new Unavailable('azure-unavailable', '/subscriptions: 403 AuthorizationFailed');
    await scene.read();
    expect(await scene.look()).toEqual([]);
    await scene.minutes(10);
    await scene.read();
    expect(await scene.look()).toEqual([['LakewardenSourceQuiet', 'escalated', 1]]);
    await scene.minutes(5);
    await scene.read();
    expect(await scene.look()).toEqual([['LakewardenSourceQuiet', 'escalated', 1]]);
    expect(scene.house.told.at(-1)?.message.text).toContain('403 AuthorizationFailed');
    scene.azure.trouble = undefined;
    await scene.read();
    expect(await scene.look()).toEqual([['LakewardenSourceQuiet', 'resolved', 1]]);
  });

  it('A9, D6: one that the estate no longer has is no trouble, however it ended', async () => {
    const scene = await Scene.begun();
    scene.azure.trouble = new Unavailable('azure-unavailable', 'gone with its subscription');
    await scene.read();
    await scene.minutes(10);
    await scene.read();
    expect((await scene.source(EVENTS))?.trouble).toMatchObject({ is: 'unreadable' });
    scene.azure.subscriptions = [];
    expect(await scene.source(EVENTS)).toBeUndefined();
    expect(await scene.look()).toEqual([]);
  });

  it('A9: our own store being away is no fault of a source', async () => {
    const scene = await Scene.begun();
    scene.azure.trouble = new Unavailable('store-unavailable', 'the tables do not answer');
    await expect(scene.read()).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(await scene.source(EVENTS)).toMatchObject({ trouble: null });
  });

  it('A9: polls of workspaces and what Databricks sends are sources too', async () => {
    const scene = await Scene.begun();
    await scene.house.poll();
    await scene.house.dies();
    await scene.house.settle(60);
    expect(await scene.source('databricks/databricks-dev')).toMatchObject({ lastReadAt: expect.any(String) });
    expect(await scene.source('databricks-monitor')).toMatchObject({ lastHeardAt: expect.any(String) });
  });
});

describe('the status page', () => {
  const says = async (scene: Scene, region: string) =>
    (await scene.house.ports.witnesses.of(region)).map((t) => t.says);

  it('B6: speaks of each region of the estate, and of none when it cannot be read', async () => {
    const scene = new Scene();
    const regions = new Map([['eastus', [{ service: 'Compute', status: 'outage' as const }]]]);
    scene.azure.status = { readable: true, regions };
    await scene.read();
    expect([await says(scene, 'eastus'), await says(scene, 'westus2')]).toEqual([['outage'], ['unknown']]);
    await scene.minutes(1);
    scene.azure.status = { readable: false, because: 'it answered 503' };
    expect((await scene.read())['status-page']).toEqual({
      sent: 0,
      unreadable: 'The status page cannot be read: it answered 503',
    });
    expect(await says(scene, 'eastus')).toEqual(['unknown']);
  });

  it('B6: passes never overlap', async () => {
    const scene = new Scene();
    const { ports } = scene.house;
    const [one, other] = await Promise.all([
      readWitnesses({ ...ports, azureEvents: scene.azure, statusPage: undefined }),
      readWitnesses({ ...ports, azureEvents: scene.azure, statusPage: undefined }),
    ]);
    expect([one, other].filter((readings) => readings === undefined)).toHaveLength(1);
  });
});
