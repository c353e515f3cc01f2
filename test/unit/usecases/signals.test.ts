// What becomes of signals: opened, joined, recorded; the same failure is one incident, a second one counts again.
import { describe, expect, it } from 'vitest';
import { CLUSTER, died, House, UNLISTED } from '../../builders/house.ts';

async function outcomeOf(house: House, id: string) {
  const outcome = await house.ports.signals.get(id);
  if (!outcome) throw new Error(`no outcome of ${id}`);
  return outcome;
}

describe('a signal', () => {
  it('A5: the same termination reported twice is one incident, counted twice', async () => {
    const house = new House();
    await house.dies();
    const second = await house.hear(died(CLUSTER));
    await house.settle(600);
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect((await house.incident()).incident.signalCount).toBe(2);
    expect(await outcomeOf(house, second.id)).toMatchObject({ ended: 'joined', actionsTaken: ['restart_cluster'] });
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
  });

  it('A5: the same event_id twice is one signal', async () => {
    const house = new House();
    const event = { ...died(CLUSTER), event_id: 'evt-1' };
    house.workspace.crash(CLUSTER, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
    const first = await house.hear(event);
    const again = await house.hear(event);
    await house.settle(600);
    expect(again.id).toBe(first.id);
    expect((await house.incident()).incident.signalCount).toBe(1);
  });

  it('A5: a late copy without a time is recognised after the repair', async () => {
    const house = new House();
    await house.dies();
    await house.settle(600);
    const late = await house.hear(died(CLUSTER));
    await house.settle(60);
    expect(await outcomeOf(house, late.id)).toMatchObject({
      ended: 'recorded',
      recoveryStatus: 'recovered',
      ticketId: expect.any(String),
    });
    expect(house.ports.incidents.ids).toHaveLength(1);
  });

  it('A5: a report without a time about a cluster that is on its way down is no late copy: its time is still that of the end before', async () => {
    const house = new House();
    await house.dies();
    await house.settle(600);
    const before = (await house.file(house.ports.incidents.ids[0])).incident;
    const [diedFirst] = house.workspace.calls.map(({ at }) => at);
    await house.clock.advance(60_000);
    house.workspace.put(CLUSTER, {
      state: 'TERMINATING',
      terminatedAt: diedFirst ?? '',
      reason: { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} },
    });
    await house.hear(died(CLUSTER));
    await house.settle(5);
    const [, second] = house.ports.incidents.ids;
    const { incident } = await house.file(second);
    expect(incident.previousIncidentId).toBe(before.id);
    expect(incident).not.toHaveProperty('failedAt');
  });

  it('A5: a copy with the old time is recognised days later', async () => {
    const house = new House();
    const terminated_time = house.clock.now().getTime();
    await house.dies(CLUSTER, 'DRIVER_UNREACHABLE', { terminated_time });
    await house.settle(600);
    await house.clock.advance(3 * 24 * 3600 * 1000);
    await house.watch();
    const late = await house.hear(died(CLUSTER, 'DRIVER_UNREACHABLE', { terminated_time }));
    await house.settle(60);
    expect(await outcomeOf(house, late.id)).toMatchObject({
      ended: 'recorded',
      decisions: expect.arrayContaining([expect.objectContaining({ because: 'ended-before-the-last-recovery' })]),
    });
  });

  it('A5: a second failure minutes after the repair is a new incident, linked to the old one', async () => {
    const house = new House();
    await house.dies();
    await house.settle(600);
    await house.clock.advance(120_000);
    await house.dies();
    await house.settle(600);
    const [first, second] = house.ports.incidents.ids;
    expect((await house.file(second)).incident).toMatchObject({ state: 'resolved', previousIncidentId: first });
    expect(house.workspace.acts(CLUSTER)).toHaveLength(2);
  });

  it('B1, A5: the poll finds a failure once, however often it polls, and joins what was reported', async () => {
    const house = new House();
    await house.poll();
    await house.dies();
    await house.poll();
    await house.poll();
    await house.settle(60);
    await house.poll();
    await house.settle(600);
    await house.poll();
    await house.settle(60);
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect(house.ports.signals.outcomes.filter(({ ended }) => ended === 'opened')).toHaveLength(1);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
  });

  it('B1, A5: its event is lost: found within one poll, once; dead again four minutes after its repair it counts again', async () => {
    const house = new House();
    await house.poll();
    for (const incidents of [1, 2]) {
      house.workspace.crash(CLUSTER, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
      await house.poll();
      await house.settle(120);
      await house.poll();
      await house.settle(120);
      const found = await house.file(house.ports.incidents.ids.at(-1));
      expect([house.ports.incidents.ids.length, found.incident.signalCount, found.incident.state]).toEqual([
        incidents,
        1,
        'resolved',
      ]);
      expect(house.workspace.acts(CLUSTER)).toHaveLength(incidents);
      await house.clock.advance(Date.parse(found.incident.recoveredAt ?? '') + 240_000 - house.clock.now().getTime());
    }
  });

  it('B1: the poll leaves alone what runs, what ended normally, and clusters of jobs', async () => {
    const house = new House();
    await house.poll();
    const crash = { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} };
    house.workspace.put(UNLISTED, {
      source: 'JOB',
      state: 'TERMINATED',
      reason: crash,
      terminatedAt: '2026-11-20T08:01:00.000Z',
    });
    house.workspace.crash(CLUSTER, { code: 'INACTIVITY', type: 'SUCCESS', parameters: {} });
    expect(await house.poll()).toMatchObject([{ failures: 0, sent: 0 }, { failures: 0 }]);
  });

  it('B1: what failed before the first look is a baseline, but for listed components of the last day', async () => {
    const house = new House();
    const crash = { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} };
    house.workspace.put(UNLISTED, { state: 'TERMINATED', reason: crash, terminatedAt: '2026-11-20T07:50:00.000Z' });
    house.workspace.put(CLUSTER, { state: 'TERMINATED', reason: crash, terminatedAt: '2026-11-20T07:50:00.000Z' });
    expect(await house.poll()).toMatchObject([{ failures: 2, sent: 1 }, { failures: 0 }]);
    expect(house.ports.signals.outcomes).toMatchObject([
      { ended: 'recorded', decisions: [{ because: 'failed-before-first-contact' }] },
    ]);
  });

  it('B1: a workspace that cannot be read does not keep the other one from being read', async () => {
    const house = new House();
    house.workspace.order('unavailable', 'clusterPages');
    expect(await house.poll()).toMatchObject([
      { workspace: 'databricks-dev', unreadable: expect.any(String) },
      { workspace: 'databricks-dr', clusters: 1 },
    ]);
  });

  it('A1: an unlisted cluster is found by asking each workspace, the active one first', async () => {
    const house = new House();
    house.workspace.put(UNLISTED);
    house.dr.put(UNLISTED);
    await house.dies(UNLISTED);
    await house.settle(60);
    const { incident } = await house.incident();
    expect(incident.component).toMatchObject({ workspace: 'databricks-dev', listed: false });
    expect(incident.opening).toMatchObject({ recoveryStatus: 'held', actionsTaken: [] });
  });

  it('A1: while the active workspace cannot be asked, the other one is not taken for it', async () => {
    const house = new House();
    house.workspace.put(UNLISTED);
    house.dr.put(UNLISTED);
    house.workspace.order('unavailable');
    const { id } = await house.hear(died(UNLISTED));
    await house.settle(60);
    expect((await outcomeOf(house, id)).decisions[0]).toMatchObject({ because: 'workspaces-could-not-be-asked' });
    expect((await house.incident()).incident).toMatchObject({ state: 'escalated', component: { workspace: null } });
  });

  it('A1: a cluster that no workspace knows becomes an incident for a person', async () => {
    const house = new House();
    const { id } = await house.hear(died('unknown-cluster'));
    await house.settle(60);
    expect((await house.incident()).incident).toMatchObject({ state: 'escalated', component: { workspace: null } });
    expect(await outcomeOf(house, id)).toMatchObject({
      recoveryStatus: 'escalated',
      decisions: expect.arrayContaining([expect.objectContaining({ because: 'no-workspace-knows-it' })]),
    });
  });

  it('A1: a workspace that cannot be asked is said, and the signal still ends in an incident', async () => {
    const house = new House();
    house.workspace.order('unavailable');
    const { id } = await house.hear(died('unknown-cluster'));
    await house.settle(60);
    expect((await outcomeOf(house, id)).decisions[0]).toMatchObject({ because: 'workspaces-could-not-be-asked' });
    expect(house.ports.incidents.ids).toHaveLength(1);
  });

  it('C3: a failed start without a reason is completed from the workspace', async () => {
    const house = new House();
    house.workspace.crash(CLUSTER, { code: 'BOOTSTRAP_TIMEOUT', type: 'CLOUD_FAILURE', parameters: {} });
    await house.hear({ event: 'cluster.failed_to_start', cluster: { cluster_id: CLUSTER } });
    await house.settle(5);
    expect((await house.incident()).incident).toMatchObject({
      code: 'BOOTSTRAP_TIMEOUT',
      failureClass: 'DatabricksClusterStartFailure',
    });
  });

  it('C3: restarting is progress: on record, no incident, and noted on the open one without being counted', async () => {
    const house = new House();
    const event = { event: 'cluster.restarting', cluster: { cluster_id: CLUSTER } };
    const { id } = await house.hear(event);
    await house.settle(5);
    expect(await outcomeOf(house, id)).toMatchObject({ ended: 'recorded', recoveryStatus: 'not_needed' });
    await house.dies();
    await house.hear(event);
    await house.settle(5);
    expect((await house.incident()).incident.signalCount).toBe(1);
    expect(await house.types()).toContain('progress');
  });

  it('C3: an alwaysOn component fails by any end, but inside its maintenance window it does not', async () => {
    const alwaysOn = (maintenanceWindows: readonly object[]) => (estate: House['ports']['estate']) =>
      JSON.parse(
        JSON.stringify(estate, (key, value) =>
          key === 'components'
            ? value.map((one: { id: string }) =>
                one.id === CLUSTER ? { ...one, alwaysOn: true, maintenanceWindows } : one,
              )
            : value,
        ),
      );
    const always = new House({ estate: alwaysOn([]) });
    await always.dies(CLUSTER, 'USER_REQUEST');
    await always.settle(5);
    expect((await always.incident()).incident.failureClass).toBe('DatabricksClusterTerminated');
    const inWindow = new House({ estate: alwaysOn([{ days: ['fri'], from: '07:00', to: '09:00', timeZone: 'UTC' }]) });
    await inWindow.dies(CLUSTER, 'USER_REQUEST');
    await inWindow.settle(5);
    expect(inWindow.ports.incidents.ids).toEqual([]);
  });

  it('C1: a code that nobody knows goes to a person and is not guessed', async () => {
    const house = new House();
    await house.dies(CLUSTER, 'SOMETHING_NEW');
    await house.settle(600);
    expect((await house.incident()).incident).toMatchObject({ failureClass: 'DatabricksUnknown', state: 'escalated' });
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
  });

  it('J3: a channel that is away is tried again, and the delivery is on the timeline once', async () => {
    const house = new House();
    house.channelTrouble = 'unavailable';
    await house.dies();
    await house.settle(30);
    house.channelTrouble = undefined;
    await house.settle(900);
    expect(house.told).toHaveLength(4);
    expect((await house.types()).filter((type) => type === 'message-delivered')).toHaveLength(4);
  });

  it('J3: while a channel is away, a message whose every delivery comes twice is tried again once, not twice', async () => {
    const house = new House();
    const { bus } = house.ports;
    house.channelTrouble = 'unavailable';
    await house.dies();
    for (let tries = 0; tries < 20; tries += 1) {
      const first = bus.take();
      // Handled, and its lock was lost meanwhile.
      if (first) await house.handle(first).finally(() => first.abandon());
      else await house.clock.advance(5_000);
      const again = bus.take();
      if (again) await house.handle(again).finally(() => again.complete());
    }
    const orders = bus.accepted.filter(({ queue }) => queue === 'messages').map(({ id }) => id);
    expect(orders.some((id) => id.endsWith('-try-3'))).toBe(true);
    expect(new Set(orders).size).toBe(orders.length);
  });

  it('J6: a message that no channel takes is shown as undeliverable, and is trouble of our own that the other channels tell', async () => {
    const house = new House();
    house.channelTrouble = 'refused';
    await house.dies();
    await house.settle(900);
    expect((await house.types()).filter((type) => type === 'message-undeliverable')).toHaveLength(4);
    expect(house.errors.join()).toContain('message undeliverable');
    const own = house.ports.incidents.ids.map((id) => house.ports.incidents.peek(id)?.incident).slice(1);
    expect(own.map((incident) => incident?.subject).sort()).toEqual([
      'lakewarden/channel/log',
      'lakewarden/channel/operations',
    ]);
    expect(own).toMatchObject([
      { failureClass: 'LakewardenMessageUndelivered', state: 'escalated' },
      { failureClass: 'LakewardenMessageUndelivered', state: 'escalated' },
    ]);
  });

  it('D3, D6: a message that cannot be read is quarantined, on record and on an incident about ourselves, and poisons nothing', async () => {
    const house = new House();
    await house.ports.bus.send([
      { id: 'sig-broken-message', queue: 'signals', sessionId: 'cluster/x', body: { nonsense: true } },
    ]);
    await house.dies();
    await house.settle(600);
    expect(await outcomeOf(house, 'sig-broken-message')).toMatchObject({ ended: 'quarantined' });
    const [own, cluster] = await Promise.all(house.ports.incidents.ids.map((id) => house.file(id)));
    expect(own?.incident).toMatchObject({ subject: 'lakewarden/signals', state: 'escalated' });
    expect(cluster?.incident.state).toBe('resolved');
  });
});
