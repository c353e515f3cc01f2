// One recovery as a timeline, over the in-memory twins: what is decided, acted and verified, and what happens when the world disagrees.
import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../../shared/domain/incidents/timeline.ts';
import { CLUSTER, died, House } from '../../builders/house.ts';

describe('a recovery', () => {
  it('E2, E5: starts a TERMINATED cluster, verifies it, resolves the incident, tells people', async () => {
    const house = new House();
    await house.dies();
    await house.settle(600);
    const { incident, runs } = await house.incident();
    expect(incident).toMatchObject({
      state: 'resolved',
      failureClass: 'DatabricksDriverNotResponding',
      signalCount: 1,
    });
    expect(runs[0]?.state.name).toBe('succeeded');
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    expect(house.told.map(({ message }) => message.kind).sort()).toEqual([
      'incident-opened',
      'incident-opened',
      'incident-resolved',
      'incident-resolved',
    ]);
    const timeline = await house.ports.incidents.timeline(incident.id);
    expect(verifyChain(incident.id, timeline).intact).toBe(true);
    expect(house.errors).toEqual([]);
  });

  it('E2: restarts a cluster that is RUNNING but whose driver does not answer', async () => {
    const house = new House();
    house.workspace.silence(CLUSTER);
    await house.hear(died(CLUSTER));
    await house.settle(60);
    expect(house.workspace.acts(CLUSTER)).toEqual(['restartCluster']);
  });

  it('E3: leaves a cluster alone that is RUNNING and answers: it has recovered by itself', async () => {
    const house = new House();
    await house.hear(died(CLUSTER));
    await house.settle(600);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E3: does not start what somebody else is starting, but verifies it', async () => {
    const house = new House();
    await house.dies();
    await house.workspace.startCluster(CLUSTER);
    await house.settle(600);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E5: what went wrong on it days before, and was survived, is no new error: a cluster that is well is not restarted', async () => {
    const house = new House();
    house.workspace.note(CLUSTER, 'NODES_LOST');
    await house.clock.advance(72 * 3600_000);
    await house.hear(died(CLUSTER));
    await house.settle(900);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E5: RUNNING is not enough: libraries that failed make it a failed attempt, then a person is called', async () => {
    const house = new House();
    house.workspace.setLibraries(CLUSTER, [{ library: 'broken.whl', status: 'FAILED', messages: ['no such file'] }]);
    await house.dies();
    await house.settle();
    const { incident, runs } = await house.incident();
    expect(incident.state).toBe('escalated');
    expect(runs[0]?.state).toMatchObject({ name: 'failed', because: expect.stringContaining('broken.whl') });
    expect(house.told.at(-1)?.message.kind).toBe('human-needed');
  });

  it('E5: a driver that never answers again is not healthy within the health check timeout', async () => {
    const house = new House();
    house.workspace.crash(CLUSTER, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
    house.workspace.silence(CLUSTER);
    await house.hear(died(CLUSTER));
    await house.settle();
    const { incident, runs } = await house.incident();
    expect(incident.state).toBe('escalated');
    expect(JSON.stringify(runs[0]?.state)).toContain('not healthy within 60 s');
  });

  it('E5: new errors in the event log after the start keep it from being verified', async () => {
    const house = new House();
    await house.dies();
    const diedAt = house.clock.now().getTime();
    await house.settle(175);
    // RUNNING after 180 s, and looked at only after the event below.
    house.clock.jump(diedAt + 182_000 - house.clock.now().getTime());
    await house.workspace.cluster(CLUSTER);
    house.workspace.note(CLUSTER, 'METASTORE_DOWN');
    await house.settle(20);
    expect((await house.incident()).incident.state).toBe('verifying');
  });

  it('E1, C1: CLOUD_PROVIDER_LAUNCH_FAILURE is retried with growing pauses, then a person is called', async () => {
    const house = new House();
    const refused = { code: 'CLOUD_PROVIDER_LAUNCH_FAILURE', type: 'CLOUD_FAILURE', parameters: {} };
    for (let n = 0; n < 5; n += 1) house.workspace.failNextStart(CLUSTER, refused);
    await house.dies(CLUSTER, 'CLOUD_PROVIDER_LAUNCH_FAILURE');
    await house.settle();
    const starts = house.workspace.calls.filter(({ call }) => call === 'startCluster').map(({ at }) => Date.parse(at));
    expect(starts).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = starts;
    expect(third - second).toBeGreaterThan(second - first);
    expect((await house.incident()).incident.state).toBe('escalated');
  });

  it('C1: BOOTSTRAP_TIMEOUT gets a longer timeout', async () => {
    const house = new House();
    await house.dies(CLUSTER, 'BOOTSTRAP_TIMEOUT');
    await house.settle(5);
    const { steps } = await house.incident();
    expect(steps[0]?.params.timeoutSeconds).toBe(1200);
  });

  it('E1: the estate overrides the playbook for a component', async () => {
    const house = new House({
      estate: (estate) => ({
        ...estate,
        playbooks: { DatabricksDriverNotResponding: { timeoutSeconds: 77, attempts: 1, cooldownSeconds: 5 } },
      }),
    });
    await house.dies();
    await house.settle(5);
    expect((await house.incident()).steps[0]?.params).toEqual({
      timeoutSeconds: 77,
      healthCheckSeconds: 60,
      maxAttempts: 1,
      backoffSeconds: [5],
    });
  });

  it('C1: a start that ends in a stock-out changes the class of the incident, and is not tried again unchanged', async () => {
    const house = new House();
    house.workspace.failNextStart(CLUSTER, {
      code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
      type: 'CLOUD_FAILURE',
      parameters: {},
    });
    await house.dies();
    await house.settle();
    const { incident } = await house.incident();
    expect(incident).toMatchObject({
      state: 'resolved',
      failureClass: 'DatabricksResourceExhausted',
      code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
    });
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster', 'configs.update', 'startCluster']);
  });

  it('E6: a workspace that is away is asked again with growing pauses, and the run goes on when it is back', async () => {
    const house = new House();
    await house.dies();
    house.workspace.order('unavailable');
    await house.settle(300);
    expect((await house.incident()).runs[0]?.state.name).toBe('running');
    expect(house.workspace.calls.length).toBeLessThan(12);
    house.workspace.calm();
    await house.settle(900);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E6, G7: a workspace that stays away pauses the run at its deadline and calls a person, with advice', async () => {
    const house = new House();
    await house.dies();
    house.workspace.order('unavailable');
    await house.settle();
    const { incident, runs } = await house.incident();
    expect(incident.state).toBe('escalated');
    expect(runs[0]?.state).toMatchObject({ name: 'paused', advice: expect.stringContaining('event log') });
  });

  it('E3: switched off, it decides, records, tells, and does nothing', async () => {
    const house = new House({ remediationEnabled: false });
    const { id } = await house.dies();
    await house.settle();
    expect(await house.ports.signals.get(id)).toMatchObject({
      recoveryStatus: 'held',
      actionsTaken: [],
      ticketId: expect.any(String),
    });
    expect(house.workspace.calls).toEqual([]);
    expect((await house.incident()).incident.opening.message).toContain('would have decided to restart the cluster');
  });

  it('E3: switched off while a run waits, it holds the run, and goes on when switched on again', async () => {
    const house = new House();
    await house.dies();
    house.workspace.order('unavailable', 'any', 1);
    await house.settle(5);
    Object.assign(house.ports, { remediationEnabled: false });
    await house.settle(200);
    expect((await house.incident()).runs[0]?.state.name).toBe('held');
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    Object.assign(house.ports, { remediationEnabled: true });
    await house.settle(600);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('D2: a resolved incident closes after 24 hours of quiet, by the watchdog, and is no longer live', async () => {
    const house = new House();
    await house.dies();
    await house.settle(600);
    await house.clock.advance(24 * 3600 * 1000 + 600_000);
    expect(await house.watch()).toMatchObject({ closed: 1 });
    expect((await house.incident()).incident.state).toBe('closed');
    expect(await house.watch()).toMatchObject({ live: 0 });
  });

  it('D3: a lost message of a run is sent again by the watchdog', async () => {
    const house = new House();
    await house.dies();
    await house.settle(20);
    // The broker loses it: taken and completed by nobody's handler.
    for (let lost = house.ports.bus.take('runs'); lost; lost = house.ports.bus.take('runs')) lost.complete();
    await house.clock.advance(60_000);
    for (let lost = house.ports.bus.take('runs'); lost; lost = house.ports.bus.take('runs')) lost.complete();
    await house.clock.advance(600_000);
    expect(await house.watch()).toMatchObject({ nudged: 1 });
    await house.settle(1200);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
  });
});
