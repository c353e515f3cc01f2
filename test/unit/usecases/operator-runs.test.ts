// What operators order about a run, over the whole house in memory: it stops, goes on, begins anew, leaves out, ends.
import { describe, expect, it } from 'vitest';
import { runCommands } from '../../../shared/domain/incidents/commands.ts';
import { abortRun } from '../../../shared/usecases/operator/abort-run.ts';
import { acknowledgeIncident } from '../../../shared/usecases/operator/acknowledge-incident.ts';
import { approveRun } from '../../../shared/usecases/operator/approve-run.ts';
import { pauseRun } from '../../../shared/usecases/operator/pause-run.ts';
import { rejectRun } from '../../../shared/usecases/operator/reject-run.ts';
import { resolveIncident } from '../../../shared/usecases/operator/resolve-incident.ts';
import { resumeRun } from '../../../shared/usecases/operator/resume-run.ts';
import { retryStep } from '../../../shared/usecases/operator/retry-step.ts';
import { skipStep } from '../../../shared/usecases/operator/skip-step.ts';
import { refusalOf } from '../../builders/failures.ts';
import { CLUSTER, House, UNLISTED } from '../../builders/house.ts';
import { order, runOrder, withSecondStep } from '../../builders/operators.ts';

const reason = 'because we say so';
const STOCKOUT = { code: 'CLOUD_PROVIDER_LAUNCH_FAILURE', type: 'CLOUD_FAILURE', parameters: {} };

/** The workspace is away for one look: nothing has been done yet. */
async function beforeActing(): Promise<House> {
  const house = new House();
  await house.dies();
  house.workspace.order('unavailable', 'any', 1);
  await house.settle(5);
  expect(house.workspace.acts(CLUSTER)).toEqual([]);
  return house;
}

/** Started once, and being verified. */
async function verifying(): Promise<House> {
  const house = new House();
  await house.dies();
  await house.settle(20);
  expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
  return house;
}

/** Every start has failed: no remedy is left. */
async function failed(): Promise<House> {
  const house = new House();
  for (let n = 0; n < 2; n += 1) house.workspace.failNextStart(CLUSTER, STOCKOUT);
  await house.dies();
  await house.settle();
  expect((await runOf(house)).state.name).toBe('failed');
  return house;
}

async function runOf(house: House) {
  const [run] = (await house.incident()).runs;
  if (!run) throw new Error('no run');
  return run;
}

describe('a run that an operator', () => {
  it('D4: pauses does nothing until it is resumed, and then goes on with all its time', async () => {
    const house = await beforeActing();
    await pauseRun(house.ports, runOrder(house), { reason });
    expect((await house.incident()).incident).toMatchObject({ state: 'escalated' });
    expect((await house.incident()).incident).not.toHaveProperty('nextDueAt');
    await house.settle(8 * 3600);
    await house.clock.advance(8 * 3600 * 1000);
    await house.watch();
    await house.settle(8 * 3600);
    expect(await runOf(house)).toMatchObject({ state: { name: 'paused', because: `Paused by ana: ${reason}` } });
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    await resumeRun(house.ports, runOrder(house), {});
    await house.settle(900);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
  });

  it('D4: pauses while it is verified is verified anew when it is resumed, not failed for the time in between', async () => {
    const house = await verifying();
    await pauseRun(house.ports, runOrder(house), {});
    await house.clock.advance(3600 * 1000);
    house.workspace.setLibraries(CLUSTER, [{ library: 'slow.whl', status: 'INSTALLING', messages: [] }]);
    const { records } = await resumeRun(house.ports, runOrder(house), {});
    expect(records.incident.state).toBe('verifying');
    await house.settle(20);
    house.workspace.setLibraries(CLUSTER, []);
    await house.settle(600);
    expect(await house.types()).not.toContain('step-failed');
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
  });

  it('D4: retries after it has failed begins its step anew, with all its attempts', async () => {
    const house = await failed();
    expect((await house.incident()).attempts).toHaveLength(2);
    const { records } = await retryStep(house.ports, runOrder(house), { reason });
    expect(records.steps[0]).toMatchObject({ state: 'pending', attempts: 0, attemptsBefore: 2 });
    expect(records.incident.state).toBe('remediating');
    await house.settle(900);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.acts(CLUSTER)).toHaveLength(3);
  });

  it('D4: may be retried again and again: what came before a retry is no longer counted', async () => {
    const house = await failed();
    for (let retry = 1; retry <= 5; retry += 1) {
      for (let n = 0; n < 2; n += 1) house.workspace.failNextStart(CLUSTER, STOCKOUT);
      await retryStep(house.ports, runOrder(house), { reason });
      await house.settle();
      expect(house.workspace.acts(CLUSTER)).toHaveLength(2 + retry * 2);
    }
  });

  it('J6: retries and that fails once more is told of once more', async () => {
    const house = await failed();
    const told = house.told.length;
    for (let n = 0; n < 2; n += 1) house.workspace.failNextStart(CLUSTER, STOCKOUT);
    await retryStep(house.ports, runOrder(house), { reason });
    await house.settle();
    expect((await runOf(house)).state.name).toBe('failed');
    expect(house.told.slice(told).map(({ message }) => message.kind)).toEqual(['human-needed', 'human-needed']);
  });

  it('D4: retries although nobody knows whether an attempt happened acts again: a person says so (invariant 3)', async () => {
    const house = new House();
    house.workspace.put(CLUSTER, { name: 'Test Cluster', state: 'TERMINATED' });
    house.workspace.order('lost-answer', 'startCluster', 1);
    await house.hear({
      event: 'cluster.terminated',
      cluster: {
        cluster_id: CLUSTER,
        termination_reason: { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} },
      },
    });
    await house.settle(5);
    // The start that got no answer leads nowhere: the world is as if it had never been.
    house.workspace.put(CLUSTER, { name: 'Test Cluster', state: 'TERMINATED' });
    await house.settle(120);
    const before = await house.incident();
    expect(before.runs[0]?.state).toMatchObject({ name: 'paused', because: expect.stringContaining('nothing tells') });
    const { records } = await retryStep(house.ports, runOrder(house), { reason });
    expect(records.attempts[0]?.outcome).toBe('overruled');
    await house.settle(900);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(2);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('D4: retries while an attempt may still be acting waits for its end before it asks the world', async () => {
    const house = new House();
    await house.dies();
    house.workspace.order('lost-answer', 'startCluster', 1);
    await house.settle(2);
    const [attempt] = (await house.incident()).attempts;
    expect(attempt?.outcome).toBeUndefined();
    const { records } = await retryStep(house.ports, runOrder(house), { reason });
    expect(records.runs[0]?.dueAt).toBe(attempt?.until);
    expect(records.attempts[0]).not.toHaveProperty('outcome');
    await house.settle(900);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('D4: skips the last step of has failed, and people are told why', async () => {
    const house = await beforeActing();
    const told = house.told.length;
    const { records } = await skipStep(house.ports, runOrder(house), { reason });
    expect(records.runs[0]?.state).toMatchObject({
      name: 'failed',
      because: `Step restart-cluster skipped by ana: ${reason}`,
    });
    expect(records.steps[0]?.state).toBe('skipped');
    expect(records.incident.state).toBe('escalated');
    expect(records.incident).not.toHaveProperty('activeRun');
    await house.settle(3600);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect(house.told.slice(told).map(({ message }) => message.kind)).toEqual(['human-needed', 'human-needed']);
  });

  it('D4: skips a step of goes on with the next one', async () => {
    const house = await beforeActing();
    await withSecondStep(house);
    const { records } = await skipStep(house.ports, runOrder(house), { reason });
    expect(records.runs[0]).toMatchObject({ position: 2, state: { name: 'running' } });
    expect(records.steps.map(({ state }) => state)).toEqual(['skipped', 'pending']);
    await house.settle(900);
    const { incident, steps } = await house.incident();
    expect(incident.state).toBe('resolved');
    expect(steps.map(({ state }) => state)).toEqual(['skipped', 'succeeded']);
  });

  it('D4: aborts is never acted on again, whatever comes; the incident is escalated and people are told', async () => {
    const house = await beforeActing();
    const told = house.told.length;
    const { records } = await abortRun(house.ports, runOrder(house), { reason });
    expect(records.runs[0]?.state).toMatchObject({ name: 'aborted', because: `Aborted by ana: ${reason}` });
    expect(records.incident).toMatchObject({ state: 'escalated' });
    expect(records.incident).not.toHaveProperty('activeRun');
    await house.settle(3600);
    await house.clock.advance(600_000);
    await house.watch();
    await house.dies();
    await house.settle(3600);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect(house.told.slice(told).map(({ message }) => message.text)).toEqual(
      Array(2).fill(`Aborted by ana: ${reason}. Nothing more is done by itself.`),
    );
  });

  it('D4: may be ordered only what its state allows, and only the newest one', async () => {
    const use = {
      approve: approveRun,
      reject: rejectRun,
      pause: pauseRun,
      resume: resumeRun,
      retry: retryStep,
      skip: skipStep,
      abort: abortRun,
    };
    const house = await verifying();
    expect((await refusalOf(resumeRun(house.ports, runOrder(house), {}))).message).toMatch(
      /^Run 1 of RCA-\d+-001 is running: resume is not possible\. Possible now: pause, retry, skip, abort\.$/,
    );
    await abortRun(house.ports, runOrder(house), { reason });
    for (const command of runCommands) {
      const refused = await refusalOf(use[command](house.ports, runOrder(house), { reason }));
      expect(refused.message).toContain(`is aborted: ${command} is not possible. Nothing can be ordered any more.`);
    }
    expect(await refusalOf(pauseRun(house.ports, runOrder(house, { run: 7 }), {}))).toMatchObject({
      code: 'not-found',
    });
  });

  it('D4: has failed is not retried once its incident is resolved', async () => {
    const house = await failed();
    await resolveIncident(house.ports, order(house), { reason });
    expect(await refusalOf(retryStep(house.ports, runOrder(house), { reason }))).toMatchObject({
      code: 'illegal-transition',
    });
    await house.settle(3600);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(2);
  });

  it('E3: retries while the incident is taken stays held until it is released', async () => {
    const house = await failed();
    await acknowledgeIncident(house.ports, order(house), {});
    await retryStep(house.ports, runOrder(house), { reason });
    await house.settle(3600);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(2);
    expect((await runOf(house)).state.name).toBe('held');
  });
});

describe('a run that waits for approval', () => {
  async function waiting(): Promise<House> {
    const house = new House();
    house.workspace.put(UNLISTED);
    await house.dies(UNLISTED);
    await house.settle(60);
    expect((await runOf(house)).state.name).toBe('waiting-approval');
    return house;
  }

  it('E8: acts once it is approved, and who approved it is on record', async () => {
    const house = await waiting();
    await approveRun(house.ports, runOrder(house), { reason });
    await house.settle(3600);
    expect(house.workspace.acts(UNLISTED)).toHaveLength(1);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect((await runOf(house)).approval).toMatchObject({ decision: 'approved', by: 'ana', reason });
    expect(await house.types()).toContain('run-approved');
  });

  it('E8: never acts once it is rejected', async () => {
    const house = await waiting();
    await rejectRun(house.ports, runOrder(house), { reason });
    await house.settle(48 * 3600);
    expect(house.workspace.acts(UNLISTED)).toEqual([]);
    expect((await house.incident()).incident.state).toBe('escalated');
    expect((await runOf(house)).state.name).toBe('aborted');
  });

  it('E8: an approval that has expired opens the gate no more', async () => {
    const house = await waiting();
    house.workspace.order('unavailable');
    await approveRun(house.ports, runOrder(house), { reason });
    await house.settle(60);
    await house.clock.advance(5 * 3600 * 1000);
    house.workspace.calm();
    await house.settle(3600);
    expect(house.workspace.acts(UNLISTED)).toEqual([]);
  });
});
