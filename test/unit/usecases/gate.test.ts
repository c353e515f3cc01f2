// The gate over the whole house: stop switch, breakers, holds and budgets, as a timeline.
import { describe, expect, it } from 'vitest';
import { approveRun } from '../../../shared/usecases/operator/approve-run.ts';
import { decideByLink } from '../../../shared/usecases/operator/decide-by-link.ts';
import { planRemedies } from '../../../shared/usecases/plan-remedies.ts';
import { resetBreaker } from '../../../shared/usecases/reset-breaker.ts';
import { setStopSwitch } from '../../../shared/usecases/set-stop-switch.ts';
import { CLUSTER, died, House, UNLISTED } from '../../builders/house.ts';
import { runOrder } from '../../builders/operators.ts';

async function crashEveryTwoMinutes(house: House, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await house.dies();
    await house.settle(240);
    await house.clock.advance(120_000);
  }
}

async function stopSwitch(house: House, on: boolean): Promise<void> {
  await setStopSwitch(house.ports, { on, by: 'ops', reason: 'looking first', correlationId: `cor-${on}` });
}

function tokenOf(link: string | undefined): string {
  return link?.split('/').at(-1) ?? '';
}

/** For ten minutes, by three runs that failed. */
async function openClassBreaker({ clock, ports }: House): Promise<void> {
  const failures = ['RCA-1/1', 'RCA-2/1', 'RCA-3/1'].map((run) => ({ run, at: clock.now().toISOString() }));
  const until = clock.after(600).toISOString();
  const stored = await ports.breakers.get('class', 'DatabricksClusterTerminated');
  await ports.breakers.set(stored, { state: 'open', failures, since: failures[0]?.at ?? '', until });
}

describe('the gate in the house', () => {
  it('E4: a cluster that keeps crashing opens its breaker: a person is called once, and after the cool-down there is one trial', async () => {
    const house = new House();
    await crashEveryTwoMinutes(house, 3);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(3);
    await house.dies();
    await house.settle(200);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(3);
    const [, , , fourth] = house.ports.incidents.ids;
    const held = await house.file(fourth);
    expect(held.runs[0]?.state).toMatchObject({ name: 'held', because: expect.stringContaining('breaker is open') });
    expect(held.incident.opening.recoveryStatus).toBe('held');
    const calls = house.told.filter(({ message }) => message.incidentId === fourth && message.kind === 'human-needed');
    expect(new Set(calls.map(({ message }) => message.id)).size).toBe(2);
    await house.settle(1200);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(4);
    expect((await house.file(fourth)).incident.state).toBe('resolved');
  });

  it('E4: a trial that does not last opens the breaker again at once', async () => {
    const house = new House();
    await crashEveryTwoMinutes(house, 3);
    await house.dies();
    await house.settle(1500);
    const acts = house.workspace.acts(CLUSTER).length;
    await house.clock.advance(60_000);
    await house.dies();
    await house.settle(300);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(acts);
    expect((await house.ports.breakers.get('subject', 'cluster/databricks-dev/test-cluster-123')).breaker.state).toBe(
      'open',
    );
  });

  it('E4: runs that fail open the breaker of their class for other components too', async () => {
    const house = new House();
    const ids = ['0424-035941-pl8ku9sr', '0424-043008-so9kse51', CLUSTER] as const;
    for (const id of ids) {
      house.workspace.put(id as typeof CLUSTER);
      for (let n = 0; n < 3; n += 1)
        house.workspace.failNextStart(id as typeof CLUSTER, {
          code: 'CLOUD_PROVIDER_SHUTDOWN',
          type: 'CLOUD_FAILURE',
          parameters: {},
        });
      await house.dies(id as typeof CLUSTER, 'CLOUD_PROVIDER_SHUTDOWN');
    }
    await house.settle(1500);
    expect((await house.ports.breakers.get('class', 'DatabricksClusterTerminated')).breaker.state).toBe('open');
    const another = 'test-cluster-456' as typeof CLUSTER;
    house.workspace.put(another);
    await house.dies(another, 'CLOUD_PROVIDER_SHUTDOWN');
    await house.settle(60);
    expect(house.workspace.acts(another)).toEqual([]);
  });

  it('E4: of two that a class breaker holds one is the trial, and the other goes on minutes after its success', async () => {
    const house = new House();
    await openClassBreaker(house);
    const other = 'test-cluster-456' as typeof CLUSTER;
    house.workspace.put(other);
    for (const id of [CLUSTER, other]) await house.dies(id, 'CLOUD_PROVIDER_SHUTDOWN');
    await house.settle(600 + 120);
    expect([...house.workspace.acts(CLUSTER), ...house.workspace.acts(other)]).toHaveLength(1);
    await house.settle(300);
    expect([house.workspace.acts(CLUSTER), house.workspace.acts(other)]).toEqual([['startCluster'], ['startCluster']]);
  });

  it('E4, E10: a trial whose breaker somebody else wrote meanwhile is asked for again, and costs one act of the budget', async () => {
    const house = new House({ actsPerMinute: 1 });
    const stored = await house.ports.breakers.get('class', 'DatabricksClusterTerminated');
    const now = house.clock.now().toISOString();
    await house.ports.breakers.set(stored, { state: 'open', failures: [], since: now, until: now });
    const set = house.ports.breakers.set.bind(house.ports.breakers);
    house.ports.breakers.set = async (basis, breaker) => {
      house.ports.breakers.set = set;
      await set(basis, basis.breaker);
      return await set(basis, breaker);
    };
    await house.dies(CLUSTER, 'CLOUD_PROVIDER_SHUTDOWN');
    await house.settle(5);
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    expect((await house.ports.breakers.get('class', 'DatabricksClusterTerminated')).breaker.state).toBe('half-open');
  });

  it('E4: a trial whose failure turned into one of another class is over all the same, and the others go on', async () => {
    const house = new House();
    await openClassBreaker(house);
    const other = 'test-cluster-456' as typeof CLUSTER;
    house.workspace.put(other);
    for (const id of [CLUSTER, other]) {
      house.workspace.failNextStart(id, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
      await house.dies(id, 'CLOUD_PROVIDER_SHUTDOWN');
    }
    await house.settle(600 + 1500);
    const files = await Promise.all(house.ports.incidents.ids.map((id) => house.file(id)));
    expect(files.map(({ incident }) => incident.failureClass)).toContain('DatabricksDriverNotResponding');
    for (const { incident } of files) expect(incident.state).toBe('resolved');
  });

  it('E4: a trial that is left to a person gives its place up, and another one is tried at once', async () => {
    const house = new House();
    await openClassBreaker(house);
    house.workspace.put(CLUSTER, { name: 'Test Cluster', state: 'TERMINATED' });
    await house.hear(died(CLUSTER, 'CLOUD_PROVIDER_SHUTDOWN'));
    house.workspace.order('lost-answer', 'startCluster', 1);
    await house.settle(605);
    // The start that got no answer leads nowhere: the world is as if it had never been.
    house.workspace.put(CLUSTER, { name: 'Test Cluster', state: 'TERMINATED' });
    await house.settle(120);
    expect((await house.incident()).runs[0]?.state.name).toBe('paused');
    const other = 'test-cluster-456' as typeof CLUSTER;
    house.workspace.put(other);
    await house.dies(other, 'CLOUD_PROVIDER_SHUTDOWN');
    await house.settle(600);
    expect((await house.file(house.ports.incidents.ids[1])).incident.state).toBe('resolved');
  });

  it('E4: clusters of jobs, which no remedy of ours can start, open no breaker for the others of their class', async () => {
    const house = new House({
      estate: (estate) => ({ ...estate, autonomy: { ...estate.autonomy, unlisted: 'auto' } }),
    });
    const ofJobs = [1, 2, 3, 4, 5].map((n) => `of-a-job-${n}` as typeof CLUSTER);
    for (const id of ofJobs) {
      house.workspace.put(id, { source: 'JOB' });
      await house.dies(id, 'CLOUD_PROVIDER_SHUTDOWN');
    }
    await house.settle(600);
    for (const id of house.ports.incidents.ids) expect((await house.file(id)).runs[0]?.state.name).toBe('failed');
    await house.dies(CLUSTER, 'CLOUD_PROVIDER_SHUTDOWN');
    await house.settle(600);
    expect(ofJobs.flatMap((id) => house.workspace.acts(id))).toEqual([]);
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
  });

  it('E4: an operator closes a breaker with a reason, and what it held goes on', async () => {
    const house = new House();
    await crashEveryTwoMinutes(house, 3);
    await house.dies();
    await house.settle(30);
    await resetBreaker(house.ports, {
      kind: 'subject',
      key: 'cluster/databricks-dev/test-cluster-123',
      by: 'ops',
      reason: 'repaired the driver',
    });
    await house.settle(1200);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(4);
  });

  it('E4: a breaker that nobody has is not closed by mistake', async () => {
    const house = new House();
    await expect(
      resetBreaker(house.ports, { kind: 'class', key: 'Nothing', by: 'ops', reason: 'try' }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  it('K6: the stop switch holds everything at once; released, what was held goes on, and both are on record', async () => {
    const house = new House();
    await stopSwitch(house, true);
    await house.dies();
    await house.settle(3600);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect((await house.incident()).runs[0]?.state).toMatchObject({
      name: 'held',
      because: expect.stringContaining('stop switch'),
    });
    await stopSwitch(house, false);
    await house.settle(1200);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.ports.signals.outcomes.filter(({ subject }) => subject === 'gate/stop-switch')).toHaveLength(2);
  });

  it('E3: a hold of a region run keeps other runs off its workspace', async () => {
    const house = new House();
    await house.ports.gate.setHold({
      workspace: 'databricks-dev',
      run: 'RCA-20261120-900/1',
      reason: 'failover',
      since: house.clock.now().toISOString(),
    });
    await house.dies();
    await house.settle(600);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    await house.ports.gate.releaseHold('databricks-dev');
    await house.settle(1200);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('G7: time that a run was held does not count against its deadline', async () => {
    const house = new House();
    await stopSwitch(house, true);
    await house.dies();
    await house.settle(24 * 3600);
    await stopSwitch(house, false);
    await house.settle(3600);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E8: in approve a run waits for a person, and pauses when nobody decides', async () => {
    const house = new House();
    house.workspace.put(UNLISTED);
    await house.dies(UNLISTED);
    await house.settle(60);
    const { runs, incident } = await house.incident();
    expect(runs[0]?.state.name).toBe('waiting-approval');
    expect(incident.opening).toMatchObject({ recoveryStatus: 'held', actionsTaken: [] });
    await house.settle(30 * 3600);
    expect((await house.incident()).runs[0]?.state.name).toBe('paused');
    expect(house.workspace.acts(UNLISTED)).toEqual([]);
  });

  it('E8: what the gate was shut for when it failed still waits for an approval afterwards, and the approval lets it act', async () => {
    const house = new House();
    house.workspace.put(UNLISTED);
    await stopSwitch(house, true);
    await house.dies(UNLISTED);
    await house.settle(600);
    await stopSwitch(house, false);
    await house.settle(600);
    const { runs, incident } = await house.incident();
    expect(runs[0]?.state.name).toBe('waiting-approval');
    expect(incident.state).toBe('escalated');
    expect(house.told.at(-1)?.message).toMatchObject({ kind: 'human-needed', decision: { run: 1 } });
    await approveRun(house.ports, runOrder(house), { reason: 'go' });
    await house.settle(1200);
    expect(house.workspace.acts(UNLISTED)).toEqual(['startCluster']);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E8: an approval that expired before the run could act is asked for anew; the same words approve it', async () => {
    const house = new House();
    house.workspace.put(UNLISTED);
    await house.dies(UNLISTED);
    await house.settle(60);
    const asked = house.told.at(-1)?.message.decideLink;
    const given = { decision: 'approve', name: 'Ana', reason: 'go' } as const;
    await stopSwitch(house, true);
    await decideByLink(house.ports, tokenOf(asked), given);
    await house.settle(5 * 3600);
    await stopSwitch(house, false);
    await house.settle(600);
    expect((await house.incident()).runs[0]?.state.name).toBe('waiting-approval');
    const again = house.told.at(-1)?.message.decideLink;
    expect(again).not.toBe(asked);
    await decideByLink(house.ports, tokenOf(again), given);
    await house.settle(1200);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E10: acts on a workspace are paced by its budget; the rest waits and is done later', async () => {
    const house = new House({
      actsPerMinute: 3,
      estate: (estate) => ({ ...estate, autonomy: { ...estate.autonomy, unlisted: 'auto' } }),
    });
    const ids = Array.from({ length: 8 }, (_, n) => `budget-cluster-${n}` as typeof CLUSTER);
    for (const id of ids) house.workspace.put(id);
    for (const id of ids) await house.dies(id);
    await house.settle(30);
    expect(ids.flatMap((id) => house.workspace.acts(id))).toHaveLength(3);
    await house.settle(3600);
    expect(ids.flatMap((id) => house.workspace.acts(id))).toHaveLength(8);
  });

  it('E7: a dry run says what would be done and calls nothing that writes', async () => {
    const house = new House();
    house.workspace.crash(CLUSTER, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
    const plan = await planRemedies(house.ports, {
      kind: 'cluster',
      id: CLUSTER,
      workspace: 'databricks-dev',
      code: 'DRIVER_UNREACHABLE',
    });
    expect(plan).toMatchObject({
      failureClass: 'DatabricksDriverNotResponding',
      gate: 'open',
      remedies: [{ remedy: 'restart-cluster', would: expect.stringContaining('start cluster') }],
    });
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect(house.ports.incidents.ids).toEqual([]);
  });
});
