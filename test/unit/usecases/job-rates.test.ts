// Success rates as series: what polls and notifications write, what is asked, what becomes of it with age.
import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../../shared/domain/errors.ts';
import { ALL_JOBS } from '../../../shared/domain/jobs/rate-sample.ts';
import { purgeOldRecords } from '../../../shared/usecases/purge/purge-old-records.ts';
import { showJobSuccess } from '../../../shared/usecases/show-job-success.ts';
import type { House } from '../../builders/house.ts';
import { aHouse, inCode, JOB, notice } from '../../builders/jobs-house.ts';

const HOUR_MS = 3_600_000;

async function rate(house: House, job = JOB, hours = 24) {
  const { value } = await showJobSuccess(house.ports, { workspace: 'databricks-dev', job, hours });
  return value.map(({ succeeded, failed, source }) => [source, succeeded, failed]);
}

async function told(house: House, runId: string, event: string): Promise<void> {
  await house.hear(notice(runId, event));
  await house.settle(60);
}

describe('the success rate of a job', () => {
  it('B2: is written by each poll, for critical jobs and for the workspace, also while nothing runs', async () => {
    const house = aHouse({ critical: true });
    await house.poll();
    house.workspace.jobs.succeeded(JOB);
    house.workspace.jobs.succeeded('412508634217802');
    await house.clock.advance(300_000);
    await house.poll();
    expect(await rate(house)).toEqual([
      ['poll', 0, 0],
      ['poll', 1, 0],
    ]);
    expect((await rate(house, ALL_JOBS)).at(-1)).toEqual(['poll', 2, 0]);
    expect(await rate(house, '412508634217802')).toEqual([]);
  });

  it('B2: moves with a notification at once, once however often it is told, and the next poll counts it once', async () => {
    const house = aHouse({ critical: true });
    await house.poll();
    await house.clock.advance(60_000);
    const good = house.workspace.jobs.succeeded(JOB);
    await told(house, good, 'jobs.on_success');
    await told(house, good, 'jobs.on_success');
    const bad = house.workspace.jobs.failed(JOB, inCode, house.clock.now().toISOString());
    await told(house, bad, 'jobs.on_failure');
    const moved = [
      ['poll', 0, 0],
      ['notification', 1, 0],
      ['notification', 1, 1],
    ];
    expect(await rate(house)).toEqual(moved);
    expect(await rate(house, ALL_JOBS)).toEqual(moved);
    await house.clock.advance(60_000);
    await house.poll();
    expect((await rate(house)).at(-1)).toEqual(['poll', 1, 1]);
  });

  it('B2: a cancelled run, and the task of a run, move nothing', async () => {
    const house = aHouse({ critical: true });
    const cancelled = house.workspace.jobs.failed(JOB, { code: 'USER_CANCELED' });
    await told(house, cancelled, 'jobs.on_failure');
    await house.hear({ ...notice(house.workspace.jobs.succeeded(JOB), 'jobs.on_success'), task: { task_key: 'a' } });
    await house.settle(60);
    expect(await rate(house)).toEqual([]);
  });

  it('A4: a store of rates that is away costs no signal', async () => {
    const house = aHouse({ critical: true });
    house.ports.rates.keep = () => Promise.reject(new Unavailable('store-unavailable', 'away'));
    const bad = house.workspace.jobs.failed(JOB, inCode);
    await told(house, bad, 'jobs.on_failure');
    expect((await house.incident()).incident.failureClass).toBe('DatabricksJobFailed');
  });

  it('B2: of a long span one sample an hour is shown; a workspace that nobody knows is refused', async () => {
    const house = aHouse({ critical: true });
    for (let n = 0; n < 30; n += 1) {
      await house.poll();
      await house.clock.advance(600_000);
    }
    expect(await rate(house, JOB, 48)).toHaveLength(30);
    expect(await rate(house, JOB, 168)).toHaveLength(5);
    const unknown = { workspace: 'nobody', job: JOB, hours: 1 };
    await expect(showJobSuccess(house.ports, unknown)).rejects.toMatchObject({ fields: [{ pointer: '/workspace' }] });
  });

  it('B2: is thinned with age: every sample, then one of each hour, then one of each day', async () => {
    const house = aHouse({ critical: true });
    const key = { workspace: 'databricks-dev', job: JOB };
    for (let n = 0; n < 4; n += 1) {
      await house.poll();
      await house.clock.advance(HOUR_MS / 2);
    }
    const left = async () => {
      const span = { from: '2026-01-01T00:00:00.000Z', to: '2029-01-01T00:00:00.000Z', most: 100 };
      const levels = ['sample', 'hour', 'day'] as const;
      return await Promise.all(levels.map(async (level) => (await house.ports.rates.between(key, level, span)).length));
    };
    expect(await left()).toEqual([4, 2, 1]);
    for (const [days, kept] of [
      [3, [0, 2, 1]],
      [30, [0, 0, 1]],
      [400, [0, 0, 0]],
    ] as const) {
      await house.clock.advance(days * 24 * HOUR_MS);
      await purgeOldRecords(house.ports);
      expect(await left(), `after ${days} more days`).toEqual(kept);
    }
  });
});
