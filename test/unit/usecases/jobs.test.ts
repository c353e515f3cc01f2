// Jobs or clusters: from a notification that carries only ids to the incident that it opens, and to its end.
import { describe, expect, it } from 'vitest';
import { planRunRecovery } from '../../../shared/usecases/plan-remedies.ts';
import { CLUSTER, type House } from '../../builders/house.ts';
import {
  aHouse,
  driverLost,
  fileOf,
  inCode,
  JOB,
  losesCluster,
  notice,
  onCluster,
  textsOf,
} from '../../builders/jobs-house.ts';

describe('a run whose cluster failed', () => {
  it('C2, E9: opens the job’s incident, which waits for the cluster’s; then the run is repaired once, and both are resolved', async () => {
    const house = aHouse();
    const runId = await losesCluster(house);
    await house.settle(4 * 3600);
    expect(house.ports.incidents.ids).toHaveLength(2);
    const job = await fileOf(house, 'job');
    expect(job.incident).toMatchObject({
      subject: `job/databricks-dev/${JOB}`,
      failureClass: 'DatabricksJobInterrupted',
      code: 'DRIVER_UNREACHABLE',
      state: 'resolved',
      jobRun: { runId, task: 'predict', clusters: [{ id: CLUSTER, source: 'UI' }] },
      opening: { actionsTaken: ['retry_job'] },
    });
    expect((await fileOf(house, 'cluster')).incident).toMatchObject({ state: 'resolved', signalCount: 1 });
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    expect(house.workspace.jobs.acts()).toEqual(['repair']);
    const texts = await textsOf(house, 'job');
    expect(texts.join('\n')).toMatch(
      /told to its own subject[\s\S]*waits for cluster[\s\S]*repair run \d+ of job nightly, because the estate says/i,
    );
  });

  it('C2: a cluster that is still on its way down is told of as ended just now, not when it ended last', async () => {
    const house = aHouse();
    const before = { terminatedAt: '2026-11-19T07:00:00.000Z', startedAt: '2026-11-19T08:00:00.000Z' };
    house.workspace.put(CLUSTER, { ...before, state: 'TERMINATING', reason: driverLost });
    await house.hear(notice(house.workspace.jobs.failed(JOB, onCluster)));
    await house.settle(60);
    const { incident } = await fileOf(house, 'cluster');
    expect(incident.code).toBe('DRIVER_UNREACHABLE');
    expect(incident.failedAt).toBe((await fileOf(house, 'job')).incident.failedAt);
  });

  it('C2: a cluster of its own is made anew by the repair; nobody acts on it', async () => {
    const house = aHouse();
    house.workspace.put(CLUSTER, { source: 'JOB' });
    await losesCluster(house);
    await house.settle(4 * 3600);
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect((await fileOf(house, 'job')).incident.state).toBe('resolved');
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
  });

  it.each([
    ['UI', ['startCluster']],
    ['JOB', []],
  ])(
    'C2, E9: a cluster (%s) that could not be looked at is looked at again before the run is repaired',
    async (source, acts) => {
      const house = aHouse();
      house.workspace.put(CLUSTER, { source });
      house.workspace.order('unavailable', 'cluster', 1);
      await losesCluster(house);
      if (source === 'UI') await house.poll();
      await house.settle(4 * 3600);
      const { incident } = await fileOf(house, 'job');
      expect(incident).toMatchObject({ failureClass: 'DatabricksJobInterrupted', state: 'resolved' });
      expect(house.workspace.acts(CLUSTER)).toEqual(acts);
      expect(house.workspace.jobs.acts()).toEqual(['repair']);
    },
  );

  it('A5: a repaired run that fails again counts again, and in the end a person is called', async () => {
    const house = aHouse();
    house.workspace.jobs.order({ code: 'INTERNAL_ERROR', message: '' });
    house.workspace.jobs.order({ code: 'INTERNAL_ERROR', message: '' });
    await losesCluster(house);
    await house.settle(12 * 3600);
    expect(house.workspace.jobs.acts()).toEqual(['repair', 'repair']);
    expect((await fileOf(house, 'job')).incident.state).toBe('escalated');
  });

  it('E9: a repair that then fails by what the job does is a person’s at once', async () => {
    const house = aHouse();
    house.workspace.jobs.order({ code: 'RUN_EXECUTION_ERROR', message: 'ValueError' });
    await losesCluster(house);
    await house.settle(12 * 3600);
    expect(house.workspace.jobs.acts()).toEqual(['repair']);
    expect((await fileOf(house, 'job')).incident.state).toBe('escalated');
  });

  it('A5: a late copy of the notification changes nothing; a failure after the repair opens a new incident', async () => {
    const house = aHouse();
    const runId = await losesCluster(house);
    await house.settle(3600);
    await house.hear(notice(runId));
    await house.settle(60);
    expect(house.ports.incidents.ids).toHaveLength(2);
    await house.clock.advance(60_000);
    const next = house.workspace.jobs.failed(JOB, inCode, house.clock.now().toISOString());
    await house.hear(notice(next));
    await house.settle(60);
    expect(house.ports.incidents.ids).toHaveLength(3);
  });
});

describe('a run whose code failed', () => {
  it('C2: is a person’s, with what it said, and is never run again by default', async () => {
    const house = aHouse();
    await house.hear(notice(house.workspace.jobs.failed(JOB, inCode)));
    await house.settle(3600);
    expect((await house.incident()).incident).toMatchObject({
      failureClass: 'DatabricksJobFailed',
      code: 'RUN_EXECUTION_ERROR',
      state: 'escalated',
      opening: { message: expect.stringContaining('ValueError: no such column') },
    });
    expect(house.workspace.jobs.acts()).toEqual([]);
  });

  it.each([
    [2, 'resolved', ['repair']],
    [0, 'escalated', []],
  ])('E9: where the playbook allows it and the job’s own retries are %i, it is %s', async (maxRetries, state, acts) => {
    const house = aHouse({ rerun: 'safe', playbooks: { DatabricksJobFailed: { remedies: ['recover-run'] } } });
    house.workspace.jobs.put(JOB, { tasks: [{ task: 'predict', maxRetries }] });
    await house.hear(notice(house.workspace.jobs.failed(JOB, inCode)));
    await house.settle(4 * 3600);
    expect((await house.incident()).incident.state).toBe(state);
    expect(house.workspace.jobs.acts()).toEqual(acts);
  });

  it('C3: what a person cancelled is recorded, and never run again', async () => {
    const house = aHouse();
    await house.hear(notice(house.workspace.jobs.failed(JOB, { code: 'USER_CANCELED' })));
    await house.settle(3600);
    expect(house.ports.incidents.ids).toEqual([]);
    expect(house.workspace.jobs.acts()).toEqual([]);
  });
});

describe('a later success', () => {
  async function escalated(): Promise<{ house: House; runId: string }> {
    const house = aHouse();
    const runId = house.workspace.jobs.failed(JOB, inCode);
    await house.hear(notice(runId));
    await house.settle(60);
    await house.clock.advance(60_000);
    return { house, runId };
  }

  async function stateAfter(house: House, runId: string): Promise<string> {
    await house.hear(notice(runId, 'jobs.on_success'));
    await house.settle(60);
    return (await house.incident()).incident.state;
  }

  it('C2: of the same run, repaired by somebody, resolves the incident; so does one of a run that began later', async () => {
    const repaired = await escalated();
    repaired.house.workspace.jobs.repairedBySomebody(repaired.runId);
    await repaired.house.clock.advance(600_000);
    expect(await stateAfter(repaired.house, repaired.runId)).toBe('resolved');
    const later = await escalated();
    expect(await stateAfter(later.house, later.house.workspace.jobs.succeeded(JOB))).toBe('resolved');
  });

  it('C2: resolves also the incident that our own rerun could not repair', async () => {
    const house = aHouse();
    house.workspace.jobs.order({ code: 'RUN_EXECUTION_ERROR', message: 'ValueError' });
    await losesCluster(house);
    await house.settle(12 * 3600);
    expect((await fileOf(house, 'job')).runs[0]?.state.name).toBe('failed');
    await house.hear(notice(house.workspace.jobs.succeeded(JOB, house.clock.now().toISOString()), 'jobs.on_success'));
    await house.settle(60);
    expect((await fileOf(house, 'job')).incident.state).toBe('resolved');
  });

  it('C2: resolves also the incident whose run only waits for an approval: nobody is asked any more', async () => {
    const house = aHouse({ rerun: 'safe', autonomy: 'approve' });
    await house.hear(notice(house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR' })));
    await house.settle(600);
    expect((await house.incident()).runs[0]?.state.name).toBe('waiting-approval');
    await house.clock.advance(600_000);
    const told = house.told.length;
    expect(await stateAfter(house, house.workspace.jobs.succeeded(JOB, house.clock.now().toISOString()))).toBe(
      'resolved',
    );
    expect((await house.incident()).runs[0]?.state.name).toBe('aborted');
    await house.settle(30 * 3600);
    const later = house.told.slice(told).map(({ message }) => message.kind);
    expect(later).toEqual(['incident-resolved', 'incident-resolved']);
    expect(house.workspace.jobs.acts()).toEqual([]);
  });

  it('C2: of a run that began before the failure, or that cannot be looked at, resolves nothing', async () => {
    const { house } = await escalated();
    const earlier = new Date(house.clock.now().getTime() - 7_200_000).toISOString();
    expect(await stateAfter(house, house.workspace.jobs.succeeded(JOB, earlier))).toBe('escalated');
    expect(await stateAfter(house, '999')).toBe('escalated');
  });
});

describe('a dry run', () => {
  it('E7: tells what would be done for a failed run, and does nothing', async () => {
    const house = aHouse();
    const runId = house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR' });
    const plan = await planRunRecovery(house.ports, 'databricks-dev', runId);
    expect(plan).toMatchObject({
      failureClass: 'DatabricksJobInterrupted',
      gate: 'open',
      remedies: [{ remedy: 'recover-run', would: expect.stringContaining(`repair run ${runId}`) }],
    });
    house.workspace.crash(CLUSTER, driverLost);
    const waiting = await planRunRecovery(house.ports, 'databricks-dev', house.workspace.jobs.failed(JOB, onCluster));
    expect(waiting.remedies).toMatchObject([{ now: expect.stringContaining('waits for cluster'), would: null }]);
    expect(house.workspace.jobs.acts()).toEqual([]);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect(house.ports.incidents.ids).toEqual([]);
    await expect(planRunRecovery(house.ports, 'databricks-dev', '999')).rejects.toThrow('knows no run 999');
  });
});

describe('a crash in the middle', () => {
  async function recovered(crashesAt: () => boolean): Promise<House> {
    const house = aHouse({ rerun: 'safe' }, { crashesAt });
    await losesCluster(house);
    await house.settle(4 * 3600);
    return house;
  }

  it('D3: at any await ends like a recovery without one: one repair', { timeout: 120_000 }, async () => {
    let awaits = 0;
    await recovered(() => {
      awaits += 1;
      return false;
    });
    expect(awaits).toBeGreaterThan(100);
    for (let fatal = 1; fatal <= awaits; fatal += 1) {
      let passed = 0;
      const house = await recovered(() => {
        passed += 1;
        return passed === fatal;
      });
      const where = `crash at await ${fatal} of ${awaits}`;
      expect((await fileOf(house, 'job')).incident.state, where).toBe('resolved');
      expect(house.workspace.jobs.acts(), where).toEqual(['repair']);
      expect(house.workspace.acts(CLUSTER), where).toEqual(['startCluster']);
      expect(house.ports.incidents.ids, where).toHaveLength(2);
    }
  });
});
