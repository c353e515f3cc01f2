// Failed runs that nobody reported, and success rates.
import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../../shared/domain/errors.ts';
import { acknowledgeIncident } from '../../../shared/usecases/operator/acknowledge-incident.ts';
import type { House } from '../../builders/house.ts';
import { aHouse, inCode, JOB, notice } from '../../builders/jobs-house.ts';
import { order } from '../../builders/operators.ts';

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

  it('A9: finds a failed run that had begun before the window, once, and leaves alone one that ends well', async () => {
    const house = aHouse();
    await house.poll();
    const [bad, good] = [house.workspace.jobs.goesOn(JOB), house.workspace.jobs.goesOn(JOB)];
    await house.clock.advance(72 * 3600_000);
    await house.poll();
    house.workspace.jobs.ends(good, { code: 'SUCCESS' });
    house.workspace.jobs.ends(bad, inCode);
    for (let polls = 0; polls < 3; polls += 1) await house.poll();
    await house.settle(60);
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect((await house.incident()).incident).toMatchObject({ failureClass: 'DatabricksJobFailed', signalCount: 1 });
  });

  it.each(['SKIPPED', 'MAX_CONCURRENT_RUNS_EXCEEDED'])(
    'A9: finds a failed run that went on after a later one had ended with %s',
    async (code) => {
      const house = aHouse();
      await house.poll();
      await house.clock.advance(600_000);
      const begun = house.clock.now().toISOString();
      await house.clock.advance(600_000);
      house.workspace.jobs.skipped(JOB, code);
      await house.clock.advance(600_000);
      house.workspace.jobs.failed(JOB, inCode, begun);
      await house.poll();
      await house.settle(60);
      expect((await house.incident()).incident.failureClass).toBe('DatabricksJobFailed');
    },
  );

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

  describe('a success of which nobody heard', () => {
    async function failedByItself(listed?: Parameters<typeof aHouse>[0]): Promise<{ house: House; runId: string }> {
      const house = aHouse(listed);
      await house.poll();
      const runId = house.workspace.jobs.failed(JOB, inCode);
      await house.hear(notice(runId));
      await house.settle(60);
      expect((await house.incident()).incident.state).toBe('escalated');
      await house.clock.advance(600_000);
      return { house, runId };
    }

    async function pollAndSettle(house: House): Promise<string> {
      await house.poll();
      await house.settle(60);
      await house.clock.advance(300_000);
      return (await house.incident()).incident.state;
    }

    it('A9: of a later run resolves the incident within one poll, once', async () => {
      const { house } = await failedByItself();
      await runs(house, 'SUCCESS');
      expect(await pollAndSettle(house)).toBe('resolved');
      const types = await house.types();
      await pollAndSettle(house);
      expect(await house.types()).toEqual(types);
      expect(house.ports.incidents.ids).toHaveLength(1);
    });

    it('A9: of the failed run itself, repaired by somebody else, resolves it; a cancelled run afterwards changes nothing', async () => {
      const { house, runId } = await failedByItself();
      house.workspace.jobs.repairedBySomebody(runId);
      await house.clock.advance(600_000);
      house.workspace.jobs.skipped(JOB, 'USER_CANCELED');
      expect(await pollAndSettle(house)).toBe('resolved');
    });

    it('A9: of an earlier run, or before another failure, resolves nothing', async () => {
      const { house } = await failedByItself();
      house.workspace.jobs.succeeded(JOB, new Date(house.clock.now().getTime() - 7200_000).toISOString());
      expect(await pollAndSettle(house)).toBe('escalated');
      await runs(house, 'SUCCESS', 'RUN_EXECUTION_ERROR');
      expect(await pollAndSettle(house)).toBe('escalated');
    });

    it('A9: is left to the person who has taken the incident', async () => {
      const { house } = await failedByItself();
      await acknowledgeIncident(house.ports, order(house), {});
      await runs(house, 'SUCCESS');
      expect(await pollAndSettle(house)).toBe('escalated');
    });

    it('A9: that could not be looked at is reported again by the next poll', async () => {
      const { house } = await failedByItself();
      await runs(house, 'SUCCESS');
      const look = house.ports.looks.run.bind(house.ports.looks);
      house.ports.looks.run = () => Promise.reject(new Unavailable('workspace-unavailable', 'away'));
      expect(await pollAndSettle(house)).toBe('escalated');
      house.ports.looks.run = look;
      expect(await pollAndSettle(house)).toBe('resolved');
    });
  });
});
