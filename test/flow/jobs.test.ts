// The road of jobs from outside: Databricks' own webhook with its ids, the run that is looked up, what is done, and what is not.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { connectWebhooks, orderNext, readRun, startJob } from '../../local/scenarios/jobs.ts';
import { CloudClient, eventually } from '../builders/cloud-client.ts';
import { foundByPoll, killOnceActed, seenByPoll, stepsOf } from '../builders/cloud-remedies.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const JOB = '412508634217801';
const CLUSTER = '0424-035941-pl8ku9sr';
const SUBJECT = `job/databricks-dev/${JOB}`;
const DESTINATION = '5d3c7c1e-6f0b-4a39-9d0e-2f1f6f1f7a11';
const plan = z.looseObject({
  failureClass: z.string(),
  remedies: z.array(z.looseObject({ remedy: z.string(), would: z.string().nullable() })),
});

const rates = z.looseObject({
  job: z.string(),
  each: z.string(),
  value: z.array(
    z.looseObject({ source: z.string(), succeeded: z.number(), failed: z.number(), percent: z.number().nullable() }),
  ),
});

describe('a run of a job fails', { timeout: 120_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story', '--time-scale', '60');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  beforeEach(async () => {
    await connectWebhooks(cloud.stack);
    await fetch(`${cloud.stack.databricks.primary}/_sim/calls`, { method: 'DELETE' });
  });
  afterAll(() => laptop.remove());

  async function writes(): Promise<string[]> {
    const acts = (await cloud.calls()).filter(({ method, path }) => method === 'POST' && /\/api\//.test(path));
    const named = acts.map(({ path }) => /(runs\/repair|run-now|clusters\/(?:start|restart|edit))/.exec(path)?.[1]);
    return named.filter((name) => name !== undefined);
  }

  async function newIncident(known: readonly string[]): Promise<string> {
    const look = async () => {
      const { value } = await cloud.incidents(`?subject=${encodeURIComponent(SUBJECT)}`);
      return value.map(({ id }) => id).find((id) => !known.includes(id));
    };
    return await eventually(look, 30_000, 'an incident of the job');
  }

  async function incidents(): Promise<string[]> {
    return (await cloud.incidents(`?subject=${encodeURIComponent(SUBJECT)}`)).value.map(({ id }) => id);
  }

  async function over(run: number): Promise<string> {
    const look = async () => (await readRun(cloud.stack, run)).status.termination_details?.code;
    return await eventually(look, 30_000, `the end of run ${run}`);
  }

  it('E7: a dry run says what would be done for it, and the simulator hears nothing but questions', async () => {
    const none = await fetch(`${cloud.stack.databricks.primary}/_sim/destinations/${DESTINATION}`, {
      method: 'DELETE',
    });
    expect(none.status).toBe(204);
    await orderNext(cloud.stack, JOB, { task: 'predict', fail: { code: 'INTERNAL_ERROR' } });
    const run = await startJob(cloud.stack, JOB);
    await over(run);
    const before = await writes();
    const answer = plan.parse(await cloud.get(`/api/dry-run?runId=${run}&workspace=databricks-dev`));
    expect(answer.failureClass).toBe('DatabricksJobInterrupted');
    expect(answer.remedies[0]?.remedy).toBe('recover-run');
    expect(answer.remedies[0]?.would).toContain(`repair run ${run} of job batch-inference`);
    expect(await writes()).toEqual(before);
    expect((await readRun(cloud.stack, run)).repair_history).toHaveLength(1);
  });

  it('A9, E9: the failed run of before, of which nobody heard, is found by the poll and repaired', async () => {
    const id = await foundByPoll(cloud, SUBJECT);
    const resolved = await cloud.incidentIn(id, 'resolved');
    expect(resolved.timeline[0]?.text).toContain('The poll found');
    expect((await writes()).filter((act) => act === 'runs/repair')).toHaveLength(1);
  });

  it('C2, E9: with its cluster: the cluster’s incident starts it once, then the run is repaired once, through a kill of the app', async () => {
    const known = await incidents();
    await orderNext(cloud.stack, JOB, { task: 'predict', cluster: { code: 'DRIVER_UNREACHABLE', during: 'run' } });
    const run = await startJob(cloud.stack, JOB);
    const ticket = await newIncident(known);
    await killOnceActed(cloud, ticket);
    const incident = await cloud.incidentIn(ticket, 'resolved');
    expect(stepsOf(incident)).toEqual([['recover-run', 'succeeded']]);
    expect(incident).toMatchObject({ failureClass: 'DatabricksJobInterrupted', code: 'DRIVER_UNREACHABLE' });
    expect(incident.timeline.map(({ text }) => text).join('\n')).toMatch(/Waits for cluster[\s\S]*repair run/);
    expect(await cloud.starts(CLUSTER)).toBe(1);
    expect((await writes()).sort()).toEqual(['clusters/start', 'run-now', 'runs/repair']);
    expect(await over(run)).toBe('SUCCESS');
  });

  it('E5: a repair that then fails by what the job does is not recovered: a person is called, and nothing runs again', async () => {
    const known = await incidents();
    await orderNext(cloud.stack, JOB, { task: 'predict', fail: { code: 'INTERNAL_ERROR' } });
    await cloud.sim(`/jobs/${JOB}/orders`, [{ task: 'predict', fail: { message: 'ValueError' } }]);
    await startJob(cloud.stack, JOB);
    const incident = await cloud.incidentIn(await newIncident(known), 'escalated');
    expect(stepsOf(incident)).toEqual([['recover-run', 'failed']]);
    expect(incident.timeline.map(({ text }) => text).join('\n')).toContain('failed again, with RUN_EXECUTION_ERROR');
    expect((await writes()).sort()).toEqual(['run-now', 'runs/repair']);
  });

  it('B3: a changed definition is told field by field; taken back, its incident is resolved', async () => {
    const job = '412508634217802';
    const seen = async (state: string) => {
      const { value } = await cloud.incidents(`?subject=job/databricks-dev/${job}`);
      return value[0] && value[0].state === state ? await cloud.incident(value[0].id) : undefined;
    };
    const define = (settings: unknown) => cloud.sim(`/jobs/${job}`, { settings }, 'PUT');
    // The second look begins after the end of the first, which keeps what is there.
    const looked = async () => {
      const lists = (await cloud.calls()).filter(({ path }) => path.includes('/jobs/list'));
      return lists.length > 1 ? true : undefined;
    };
    await seenByPoll(cloud, looked, 'two looks at the list of jobs');
    await define({ max_concurrent_runs: 7 });
    const changed = await seenByPoll(cloud, () => seen('escalated'), 'an incident of the change');
    expect(changed.failureClass).toBe('DatabricksJobChanged');
    expect(changed.timeline.map(({ text }) => text).join('\n')).toContain('max_concurrent_runs from 1 to 7');
    await define({ max_concurrent_runs: 1 });
    await seenByPoll(cloud, () => seen('resolved'), 'its resolution');
  });

  it('B2: the success rate is asked over HTTP, for a workspace and for a job', async () => {
    const asked = async (query: string) => {
      const found = rates.parse(await cloud.get(`/api/questions/job-success?workspace=databricks-dev${query}`));
      return found.value.some(({ source }) => source === 'poll') ? found : undefined;
    };
    const all = await seenByPoll(cloud, () => asked('&hours=2'), 'a sample of the workspace');
    expect(all).toMatchObject({ job: 'all-jobs', each: 'sample' });
    const { succeeded, failed, percent } = all.value.at(-1) ?? {};
    expect([succeeded ?? 0, failed ?? 0].some((count) => count > 0)).toBe(true);
    expect(percent).toBe(Math.floor((100 * (succeeded ?? 0)) / ((succeeded ?? 0) + (failed ?? 0))));
    for (const wrong of ['?workspace=nobody', '?hours=24', '?workspace=databricks-dev&job=x'])
      expect(await cloud.get(`/api/questions/job-success${wrong}`)).toBeUndefined();
  });
});
