// When a cluster is started, by which playbook, and when it is left alone; and which configurations are known to be good.
import { describe, expect, it } from 'vitest';
import { lastGoodSettings } from '../../../shared/domain/clusters/last-good-settings.ts';
import type { Settings } from '../../../shared/domain/runbooks/settings-change.ts';
import { abortRun } from '../../../shared/usecases/operator/abort-run.ts';
import { endsBy, settingsOf, stockOut, withCluster, without } from '../../builders/cluster-stories.ts';
import { CLUSTER, died, House, type HouseOptions, UNLISTED } from '../../builders/house.ts';
import { runOrder } from '../../builders/operators.ts';
import { give, HOUR } from '../../builders/standing-orders.ts';

describe('a code that asks for patience', () => {
  it('C1: WAIT_60M starts the cluster an hour after its end, and not before', async () => {
    const house = new House();
    const diedAt = house.clock.now().getTime();
    await endsBy(house, { code: 'AZURE_RESOURCE_MANAGER_THROTTLING', type: 'CLOUD_FAILURE', parameters: {} });
    await house.settle(60);
    await house.clock.advance(3500_000);
    await house.settle(1);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    await house.settle(1200);
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    const start = house.workspace.calls.find(({ call }) => call === 'startCluster');
    expect(Date.parse(start?.at ?? '') - diedAt).toBeGreaterThanOrEqual(3600_000);
    expect((await house.incident()).incident.state).toBe('resolved');
  });
});

describe('a remedy whose start ends otherwise', () => {
  it('C1: the rest of the run follows the playbook of the new failure, in the same incident', async () => {
    const house = new House();
    house.workspace.obstruct(CLUSTER, without('Standard_DS3_v2'));
    await house.dies();
    await house.settle(3600);
    const { incident, runs, steps } = await house.incident();
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect(runs).toHaveLength(1);
    expect(incident).toMatchObject({ state: 'resolved', failureClass: 'DatabricksResourceExhausted' });
    expect(steps.map(({ id, state }) => [id, state])).toEqual([
      ['restart-cluster', 'failed'],
      ['use-on-demand', 'failed'],
      ['change-node-type', 'succeeded'],
      ['scale-down', 'pending'],
    ]);
    expect(await house.types()).toContain('playbook-changed');
  });

  it('C1: a failure that nobody may repair ends the run with the advice of that failure', async () => {
    const house = new House();
    house.workspace.obstruct(CLUSTER, without('Standard_DS3_v2'));
    const denied = { code: 'SECRET_PERMISSION_DENIED', type: 'CLIENT_ERROR', parameters: {} };
    house.workspace.failNextStart(CLUSTER, denied);
    await endsBy(house, stockOut);
    await house.settle(3600);
    const { incident, runs, steps } = await house.incident();
    expect(incident).toMatchObject({ state: 'escalated', failureClass: 'DatabricksAuthorizationError' });
    expect(runs[0]?.state).toMatchObject({ name: 'failed', advice: expect.stringContaining('cannot read a secret') });
    expect(steps.map(({ id, state }) => [id, state])).toEqual([
      ['use-on-demand', 'failed'],
      ['change-node-type', 'failed'],
      ['scale-down', 'skipped'],
    ]);
  });

  it('C1: failures that take turns do not keep it going for ever', async () => {
    const house = new House();
    const reasons = [stockOut, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} }];
    let starts = 0;
    house.workspace.obstruct(CLUSTER, () => reasons[starts++ % 2]);
    await house.dies();
    await house.settle(6 * 3600);
    const { incident, steps } = await house.incident();
    expect(incident.state).toBe('escalated');
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
    expect(house.workspace.acts(CLUSTER).length).toBeLessThan(20);
  });
});

describe('the last good configuration', () => {
  const now = { ...settingsOf(new House()), spark_conf: { 'spark.sql.shuffle.partitions': '64' } };

  async function kept(house: House): Promise<Settings | undefined> {
    const good = await house.ports.inventory.lastGood({ workspace: 'databricks-dev', kind: 'cluster', id: CLUSTER });
    return good && lastGoodSettings(good.content);
  }

  it('E2: is what the poll saw running twice, written once, and never what was seen once', async () => {
    const house = new House();
    await house.poll();
    expect(await kept(house)).toBeUndefined();
    await house.poll();
    expect(await kept(house)).toMatchObject({ node_type_id: 'Standard_DS3_v2', num_workers: 4 });
    house.workspace.put(CLUSTER, { settings: now });
    await house.poll();
    expect((await kept(house))?.spark_conf).toBeUndefined();
    await house.poll();
    expect((await kept(house))?.spark_conf).toEqual(now.spark_conf);
    expect(house.workspace.calls.every(({ call }) => call === 'clusterPages')).toBe(true);
  });

  it('E2: is not what a cluster has that does not run', async () => {
    const house = new House();
    house.workspace.put(CLUSTER, { state: 'TERMINATED' });
    for (let polls = 0; polls < 3; polls += 1) await house.poll();
    expect(await kept(house)).toBeUndefined();
  });

  it('E2: is what a verified recovery has brought back', async () => {
    const house = new House();
    await house.dies();
    await house.settle(1200);
    expect(await kept(house)).toMatchObject({ node_type_id: 'Standard_DS3_v2' });
  });
});

describe('a code that nobody knows', () => {
  it('C1: goes to a person, nothing is done, and it is reported about ourselves once', async () => {
    const house = new House();
    const strange = { code: 'BRAND_NEW_FAILURE', type: 'SERVICE_FAULT', parameters: {} };
    await endsBy(house, strange);
    await house.settle(60);
    house.workspace.put(UNLISTED, {});
    await house.hear(died(UNLISTED, strange.code));
    await house.settle(60);
    const incidents = await Promise.all(house.ports.incidents.ids.map(async (id) => (await house.file(id)).incident));
    expect(incidents.map(({ subject, failureClass, state }) => [subject, failureClass, state]).toSorted()).toEqual([
      ['cluster/databricks-dev/nobody-lists-me', 'DatabricksUnknown', 'escalated'],
      ['cluster/databricks-dev/test-cluster-123', 'DatabricksUnknown', 'escalated'],
      ['lakewarden/unknown-code/BRAND_NEW_FAILURE', 'LakewardenUnknownCode', 'escalated'],
    ]);
    expect(incidents.find(({ subject }) => subject.startsWith('lakewarden/'))?.signalCount).toBe(1);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
  });
});

describe('what is left alone', () => {
  it('E3: a cluster in a state that nobody knows: it may be running, and is neither started nor changed', async () => {
    const house = new House();
    await endsBy(house, stockOut);
    house.workspace.put(CLUSTER, { state: 'UNKNOWN', reason: stockOut });
    await house.settle(400);
    expect(house.workspace.calls.filter(({ call }) => call === 'startCluster' || call === 'configs.update')).toEqual(
      [],
    );
    house.workspace.put(CLUSTER, {});
    await house.settle(400);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E3: a cluster that a person has just edited: held, said so, and taken up when nobody is at it any more', async () => {
    const house = new House();
    house.workspace.crash(CLUSTER, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
    house.workspace.editByHand(CLUSTER, { ...settingsOf(house), num_workers: 8 });
    await house.hear(died(CLUSTER));
    await house.settle(300);
    const { runs } = await house.incident();
    expect(runs[0]?.state).toMatchObject({
      name: 'held',
      because: expect.stringContaining('data.engineer@example.com, EDITED'),
    });
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    await house.settle(1200);
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('C3: a user’s own stop, and no incident; but one of a component that has to run always is repaired', async () => {
    const stop = { code: 'USER_REQUEST', type: 'SUCCESS', parameters: { username: 'data.engineer@example.com' } };
    const house = new House();
    await endsBy(house, stop);
    await house.settle(600);
    expect(house.ports.incidents.ids).toEqual([]);
    const always = new House({ estate: withCluster({ alwaysOn: true }) });
    always.workspace.note(CLUSTER, 'TERMINATING', { user: 'data.engineer@example.com' });
    await endsBy(always, stop);
    await always.settle(1200);
    expect(always.workspace.acts(CLUSTER)).toEqual(['startCluster']);
  });

  it('B1, C3: one that has to run always and is not back after its maintenance window is found then; others may stay down', async () => {
    for (const [alwaysOn, acts] of [
      [true, ['startCluster']],
      [false, []],
    ] as const) {
      const house = new House({ estate: withCluster({ alwaysOn }) });
      await give(house, { kind: 'maintenance-window' });
      await house.clock.advance(60_000);
      house.workspace.crash(CLUSTER, { code: 'USER_REQUEST', type: 'SUCCESS', parameters: {} });
      await house.poll();
      await house.settle(600);
      expect(house.ports.incidents.ids).toEqual([]);
      await house.clock.advance(2 * HOUR * 1_000);
      await house.poll();
      await house.settle(1200);
      expect(house.workspace.acts(CLUSTER)).toEqual(acts);
    }
  });

  it('C3: an end in a maintenance window, and a repair that a window overtakes waits for its end', async () => {
    const window = (from: string, to: string) => [
      { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from, to, timeZone: 'UTC' },
    ];
    const time = (minutes: number) =>
      new Date(new House().clock.now().getTime() + minutes * 60_000).toISOString().slice(11, 16);
    const inside = new House({ estate: withCluster({ maintenanceWindows: window(time(-30), time(30)) }) });
    await inside.dies();
    await inside.settle(600);
    expect(inside.ports.incidents.ids).toEqual([]);
    const overtaken = new House({ estate: withCluster({ maintenanceWindows: window(time(2), time(30)) }) });
    overtaken.workspace.order('unavailable', 'any', 6);
    await overtaken.dies();
    await overtaken.settle(600);
    expect((await overtaken.incident()).runs[0]?.state).toMatchObject({
      name: 'held',
      because: expect.stringContaining('maintenance window'),
    });
    expect(overtaken.workspace.acts(CLUSTER)).toEqual([]);
    await overtaken.settle(3600);
    expect((await overtaken.incident()).incident.state).toBe('resolved');
  });

  it('C1: DISASTER_RECOVERY_REPLICATION is never restarted, not even where it has to run always', async () => {
    const house = new House({ estate: withCluster({ alwaysOn: true }) });
    await endsBy(house, { code: 'DISASTER_RECOVERY_REPLICATION', type: 'SUCCESS', parameters: {} });
    await house.settle(1200);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect((await house.incident()).incident.state).toBe('escalated');
  });

  it('E3: a cluster that Databricks is bringing up again by itself', async () => {
    const house = new House();
    house.workspace.crash(CLUSTER, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
    await house.clock.advance(2_000);
    house.workspace.note(CLUSTER, 'STARTING');
    await house.hear(died(CLUSTER));
    await house.settle(120);
    expect((await house.incident()).runs[0]?.state).toMatchObject({
      name: 'held',
      because: expect.stringContaining('by itself'),
    });
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
  });
});

describe('a cluster that still installs its libraries', () => {
  const library = (status: string) => [{ library: 'pypi: slow', status, messages: [] }];

  it('E5: is waited for as long as the remedy may take, and not restarted over and over, which begins them anew', async () => {
    const house = new House();
    house.workspace.setLibraries(CLUSTER, library('INSTALLING'));
    await house.dies();
    await house.settle(450);
    expect((await house.incident()).steps[0]?.because).toContain('INSTALLING');
    house.workspace.setLibraries(CLUSTER, library('INSTALLED'));
    await house.settle(300);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
  });

  it('E5: is not waited for any longer than that', async () => {
    const house = new House();
    house.workspace.setLibraries(CLUSTER, library('INSTALLING'));
    await house.dies();
    await house.settle(2 * 3600);
    expect((await house.incident()).incident.state).toBe('escalated');
  });
});

describe('the test notebook of a cluster', () => {
  const listed = { estate: withCluster({ testNotebook: '/Shared/monitoring/test' }) };

  it('E5: runs once on the recovered cluster before it counts as recovered', async () => {
    const house = new House(listed);
    await house.dies();
    await house.settle(1200);
    const { incident } = await house.incident();
    expect(incident.state).toBe('resolved');
    expect([...house.workspace.notebookRuns.asked.values()]).toEqual([
      expect.objectContaining({ clusterId: CLUSTER, path: '/Shared/monitoring/test' }),
    ]);
  });

  it('E5: one that fails is run once more, the cluster that is well otherwise is not restarted for it, and a person is called', async () => {
    const house = new House(listed);
    house.workspace.notebookRuns.failures = ['TERMINATED FAILED ModuleNotFoundError', 'TERMINATED FAILED once more'];
    await house.dies();
    await house.settle();
    const { incident, runs } = await house.incident();
    expect(incident.state).toBe('escalated');
    expect(runs[0]?.state).toMatchObject({ because: expect.stringContaining('TERMINATED FAILED once more') });
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    expect(house.workspace.notebookRuns.asked.size).toBe(2);
  });

  it('D3: a process that dies while the test runs finds the same run again', async () => {
    for (const moment of ['before', 'after'] as const) {
      let deaths = 0;
      const crashesAt: HouseOptions['crashesAt'] = (operation, when) =>
        operation.startsWith('workspace.notebookRuns') && when === moment && deaths++ < 3;
      const house = new House({ ...listed, crashesAt });
      await house.dies();
      await house.settle(1200);
      expect(deaths).toBeGreaterThan(2);
      expect((await house.incident()).incident.state).toBe('resolved');
      expect(house.workspace.notebookRuns.asked.size).toBe(1);
    }
  });
});

describe('a run that is ended by a person', () => {
  it('G7: sets the configuration back that it had changed', async () => {
    const house = new House();
    house.workspace.obstruct(CLUSTER, () => stockOut);
    await endsBy(house, stockOut);
    await house.settle(30);
    expect(settingsOf(house).node_type_id).toBe('Standard_D4ds_v5');
    await house.settle(75);
    await abortRun(house.ports, await runOrder(house), { reason: 'enough of it' });
    await house.settle(1200);
    const { runs } = await house.incident();
    expect(runs[0]?.state.name).toBe('aborted');
    expect(settingsOf(house)).toMatchObject({
      node_type_id: 'Standard_DS3_v2',
      driver_node_type_id: 'Standard_DS3_v2',
    });
  });
});
