// The road of jobs: from a notification that carries only ids to the repaired run, over the whole house in memory.
import { describe, expect, it } from 'vitest';
import { isWarehouseId, type WarehouseId } from '../../../shared/domain/ids.ts';
import { planRunRecovery } from '../../../shared/usecases/plan-remedies.ts';
import { aJob, withComponents } from '../../builders/estates.ts';
import { CLUSTER, House, type HouseOptions } from '../../builders/house.ts';
import type { Failure } from '../../builders/memory-jobs.ts';

const JOB = '412508634217801';
const TABLE = 'inference_db.model_predictions';
const WAREHOUSE = warehouseId('f24fd0345a24b381');
const driverLost = { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} };
const onCluster: Failure = { code: 'CLUSTER_ERROR', clusterId: CLUSTER };
const inCode: Failure = { code: 'RUN_EXECUTION_ERROR', message: 'ValueError: no such column' };

function warehouseId(text: string): WarehouseId {
  if (!isWarehouseId(text)) throw new Error(text);
  return text;
}

type Listed = Parameters<typeof aJob>[1];

function aHouse(listed: Listed = { rerun: 'safe' }, options: HouseOptions = {}): House {
  const house = new House({ ...options, estate: withComponents(aJob(JOB, listed)) });
  house.workspace.jobs.put(JOB, { name: 'nightly' });
  return house;
}

function notice(runId: string, event = 'jobs.on_failure', job = JOB) {
  return { event_type: event, run: { run_id: Number(runId) }, job: { job_id: Number(job), name: 'nightly' } };
}

/** Its cluster dies under a run of the job, and Databricks tells of the run. */
async function losesCluster(house: House, failure: Failure = onCluster): Promise<string> {
  house.workspace.crash(CLUSTER, driverLost);
  const runId = house.workspace.jobs.failed(JOB, failure);
  await house.hear(notice(runId));
  return runId;
}

async function fileOf(house: House, kind: 'job' | 'cluster') {
  for (const id of house.ports.incidents.ids) {
    const file = await house.file(id);
    if (file.incident.component.kind === kind) return file;
  }
  throw new Error(`no incident of a ${kind}`);
}

async function textsOf(house: House, kind: 'job' | 'cluster'): Promise<string[]> {
  const { incident } = await fileOf(house, kind);
  return (await house.ports.incidents.timeline(incident.id)).map(({ text }) => text);
}

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

  it('C2: a cluster of its own is made anew by the repair; nobody acts on it', async () => {
    const house = aHouse();
    house.workspace.put(CLUSTER, { source: 'JOB' });
    await losesCluster(house);
    await house.settle(4 * 3600);
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect((await fileOf(house, 'job')).incident.state).toBe('resolved');
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
  });

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

describe('repair, rerun or leave', () => {
  const writes = { writes: [TABLE] };

  async function ofDataCheck(listed: Listed, prepare: (house: House) => void = () => undefined, failure = {}) {
    const house = aHouse(listed);
    prepare(house);
    house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR', ...failure });
    const runId = house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR', ...failure });
    await house.hear(notice(runId));
    await house.settle(4 * 3600);
    const { incident } = await house.incident();
    return { house, incident, told: house.told.at(-1)?.message.text ?? '' };
  }

  it('E9: nothing written since the attempt began, by the history of its tables: repaired', async () => {
    const { house, incident } = await ofDataCheck(writes, ({ workspace }) => workspace.warehouses.put(WAREHOUSE));
    expect(incident.state).toBe('resolved');
    expect(house.workspace.jobs.acts()).toEqual(['repair']);
    expect(house.workspace.warehouses.acts(WAREHOUSE)).toEqual([]);
  });

  it.each([
    [
      'written since',
      ({ workspace }: House) => {
        workspace.warehouses.put(WAREHOUSE);
        workspace.warehouses.commit(TABLE);
      },
      'was written to at',
    ],
    [
      'not to be read',
      ({ workspace }: House) => {
        workspace.warehouses.put(WAREHOUSE);
        workspace.warehouses.hide(WAREHOUSE, TABLE);
      },
      'could not be found out',
    ],
    [
      'asked of no warehouse',
      ({ workspace }: House) => workspace.warehouses.put(WAREHOUSE, { target: 'STOPPED' }),
      'no warehouse runs',
    ],
  ])('E9: a table %s leaves the run to a person', async (_what, prepare, words) => {
    const { house, incident, told } = await ofDataCheck(writes, prepare);
    expect(incident.state).toBe('escalated');
    expect(told).toContain(words);
    expect(house.workspace.jobs.acts()).toEqual([]);
    expect(house.workspace.warehouses.acts(WAREHOUSE)).toEqual([]);
  });

  it('E9: without the tables that it writes it is a person’s, unless its work had not begun', async () => {
    expect((await ofDataCheck({})).told).toContain('does not say which tables');
    const { house } = await ofDataCheck({}, undefined, { hasBegun: false });
    expect(house.workspace.jobs.acts()).toEqual(['repair']);
  });

  it('E9: what the estate forbids, the passive side and a deleted job are left', async () => {
    expect((await ofDataCheck({ rerun: 'never' })).told).toContain('only a person runs it again');
    const passive = ({ workspace }: House) => workspace.jobs.put(JOB, { maxConcurrentRuns: 0 });
    expect((await ofDataCheck({ rerun: 'safe' }, passive)).told).toContain('max_concurrent_runs');
    expect((await ofDataCheck({ rerun: 'safe' }, ({ workspace }) => workspace.jobs.remove(JOB))).told).toContain(
      'no longer exists',
    );
  });

  it('E9: a run that was skipped is run again, with a token; the lost answer of its start is no second run', async () => {
    const house = aHouse();
    const skipped = house.workspace.jobs.skipped(JOB);
    house.workspace.jobs.trouble('lost-answer');
    await house.clock.advance(1000);
    await house.hear(notice(skipped));
    await house.settle(4 * 3600);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.jobs.acts()).toEqual(['runNow']);
  });

  it('E9: the lost answer of a repair is no second repair', async () => {
    const house = aHouse();
    house.workspace.jobs.trouble('lost-answer');
    await house.hear(notice(house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR' })));
    await house.settle(4 * 3600);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.jobs.acts()).toEqual(['repair']);
  });

  it('E9: Databricks’ own retries are waited for, and a newer run that has succeeded is enough', async () => {
    const house = aHouse();
    await house.hear(notice(house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR', runGoesOn: true })));
    await house.settle(600);
    expect((await house.incident()).incident.state).not.toBe('resolved');
    await house.clock.advance(1000);
    house.workspace.jobs.succeeded(JOB);
    await house.settle(600);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.jobs.acts()).toEqual([]);
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

  it('C2: of a run that began before the failure, or that cannot be looked at, resolves nothing', async () => {
    const { house } = await escalated();
    const earlier = new Date(house.clock.now().getTime() - 7_200_000).toISOString();
    expect(await stateAfter(house, house.workspace.jobs.succeeded(JOB, earlier))).toBe('escalated');
    expect(await stateAfter(house, '999')).toBe('escalated');
  });
});

describe('the poll', () => {
  /** Runs that began and ended one after the other, ten minutes apart. */
  async function runs(house: House, ...codes: readonly string[]): Promise<void> {
    for (const code of codes) {
      await house.clock.advance(600_000);
      const now = house.clock.now().toISOString();
      if (code === 'SUCCESS') house.workspace.jobs.succeeded(JOB, now);
      else house.workspace.jobs.failed(JOB, { code }, now);
    }
  }

  it('A9: finds a failed run that nobody reported, once, and goes the same road', async () => {
    const house = aHouse();
    await house.poll();
    await runs(house, 'INTERNAL_ERROR');
    await house.poll();
    await house.poll();
    await house.settle(3600);
    expect((await house.incident()).incident).toMatchObject({
      failureClass: 'DatabricksJobInterrupted',
      state: 'resolved',
      signalCount: 1,
    });
    expect(house.workspace.jobs.acts()).toEqual(['repair']);
    await house.poll();
    await house.settle(60);
    expect(house.ports.incidents.ids).toHaveLength(1);
  });

  it('A9: leaves alone what was reported, what failed before it first looked, and what a later run made good', async () => {
    const house = aHouse();
    house.workspace.jobs.failed(JOB, inCode);
    await house.poll();
    await runs(house, 'RUN_EXECUTION_ERROR', 'SUCCESS', 'USER_CANCELED');
    await house.poll();
    expect(house.ports.incidents.ids).toEqual([]);
    const reported = house.workspace.jobs.failed(JOB, inCode, house.clock.now().toISOString());
    await house.hear(notice(reported));
    await house.settle(60);
    await house.poll();
    await house.settle(60);
    expect((await house.incident()).incident.signalCount).toBe(1);
  });

  it('B2: too low a success rate of a critical job, and of the workspace, is one finding each; back to normal resolves it', async () => {
    const house = aHouse({ critical: true });
    await house.poll();
    await runs(house, ...Array.from({ length: 3 }, () => 'INTERNAL_ERROR'), 'SUCCESS', 'SUCCESS');
    await house.poll();
    await house.poll();
    await house.settle(60);
    const found = await Promise.all(house.ports.incidents.ids.map(async (id) => (await house.file(id)).incident));
    expect(found.map(({ subject, failureClass }) => [subject, failureClass]).sort()).toEqual([
      [`job/databricks-dev/${JOB}`, 'DatabricksJobSuccessRateLow'],
      ['job/databricks-dev/all-jobs', 'DatabricksJobSuccessRateLow'],
    ]);
    expect(found[0]?.opening.message).toContain('40 % of 5 runs within 24 h succeeded');
    await runs(house, ...Array.from({ length: 10 }, () => 'SUCCESS'));
    await house.poll();
    await house.settle(60);
    const after = await Promise.all(house.ports.incidents.ids.map(async (id) => (await house.file(id)).incident.state));
    expect(after).toEqual(['resolved', 'resolved']);
    await house.poll();
    await house.settle(60);
    expect(house.ports.incidents.ids).toHaveLength(2);
  });

  it('B2: few runs say nothing, and runs older than the window are forgotten', async () => {
    const house = aHouse({ critical: true });
    await house.poll();
    await runs(house, 'INTERNAL_ERROR', 'INTERNAL_ERROR', 'INTERNAL_ERROR', 'SUCCESS');
    await house.poll();
    await house.clock.advance(25 * 3600_000);
    await runs(house, 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS');
    await house.poll();
    await house.settle(60);
    expect(house.ports.incidents.ids).toEqual([]);
  });
});

describe('a crash in the middle', () => {
  it('D3: at any await ends like a recovery without one: one repair', { timeout: 120_000 }, async () => {
    for (let at = 1; at < 140; at += 1) {
      let awaits = 0;
      const crashesAt = () => {
        awaits += 1;
        return awaits === at;
      };
      const house = aHouse({ rerun: 'safe' }, { crashesAt });
      await losesCluster(house);
      await house.settle(4 * 3600);
      const where = `crash at await ${at}`;
      expect((await fileOf(house, 'job')).incident.state, where).toBe('resolved');
      expect(house.workspace.jobs.acts(), where).toEqual(['repair']);
      expect(house.workspace.acts(CLUSTER), where).toEqual(['startCluster']);
      expect(house.ports.incidents.ids, where).toHaveLength(2);
    }
  });
});
