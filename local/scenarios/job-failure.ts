// A run of the reference job fails, by its cluster or by what it does, and Databricks tells of it with a webhook that carries ids only.
import { newestTicket, readIncident } from './app.ts';
import { closeBreakers } from './breaker.ts';
import { deadlineOf, followIncident, line } from './follow.ts';
import { connectWebhooks, orderNext, readRun, repairRun, startJob } from './jobs.ts';
import { type Cause, notWell, type Scenario, type Scene, type Verdict } from './scenario.ts';

const JOB = '412508634217801';
const SUBJECT = `job/databricks-dev/${JOB}`;
const LOOK_AGAIN_MS = 200;

const ORDERS: Record<Cause, unknown> = {
  cluster: { task: 'predict', cluster: { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', during: 'run' } },
  code: { task: 'predict', fail: { message: 'ValueError: no such column: score', error: 'ValueError' } },
};

export const jobFailure: Scenario = {
  name: 'job-failure',
  summary:
    'a run fails, by its cluster or by its code: the one is repaired once the cluster is well, the other is a person’s',
  takes: ['cause'],
  run: async (scene) => {
    const { stack, cause } = scene;
    const since = Date.now();
    const before = await newestTicket(stack, SUBJECT);
    for (const id of [JOB, scene.cluster]) await closeBreakers(stack, id);
    await connectWebhooks(stack);
    await orderNext(stack, JOB, ORDERS[cause]);
    const run = await startJob(stack, JOB);
    scene.say(line(Date.now(), since, 'run', `run ${run} of batch-inference begins; its ${cause} will fail`));
    const ticketId = await awaitIncident(scene, before);
    if (ticketId === undefined) return notWell('no incident was opened for the run');
    return cause === 'cluster'
      ? await byCluster(scene, run, ticketId, since)
      : await byCode(scene, run, ticketId, since);
  },
};

async function byCluster(scene: Scene, run: number, ticketId: string, since: number): Promise<Verdict> {
  const proof = () => notRepairedOnce(scene, run);
  return await followIncident(scene, { ticketId, clusterId: scene.cluster, since, deadline: deadlineOf(scene), proof });
}

/** Nobody runs it again until a person has mended it; that person's success resolves the incident. */
async function byCode(scene: Scene, run: number, ticketId: string, since: number): Promise<Verdict> {
  const { stack } = scene;
  const incident = await awaitEscalation(scene, ticketId);
  for (const { at, type, text } of incident?.timeline ?? []) scene.say(line(Date.parse(at), since, type, text));
  if (incident?.state !== 'escalated') return notWell(`${ticketId} is ${incident?.state ?? 'gone'}, not a person’s`);
  const failed = await readRun(stack, run);
  if (failed.repair_history.length > 1) return notWell(`run ${run} was repaired although its code failed`);
  scene.say(line(Date.now(), since, 'person', `mends the code and repairs run ${run}`));
  await repairRun(stack, failed);
  const after = incident.timeline.at(-1)?.seq ?? 0;
  const proof = () => notRepairedOnce(scene, run);
  const following = { ticketId, clusterId: scene.cluster, since, deadline: deadlineOf(scene), proof, after };
  return await followRepaired(scene, following);
}

/** Why the workspace does not say that the run was repaired once and succeeded. */
async function notRepairedOnce({ stack }: Scene, runId: number): Promise<string | undefined> {
  const { status, repair_history: history } = await readRun(stack, runId);
  const code = status.termination_details?.code ?? status.state;
  const repairs = history.length - 1;
  return code === 'SUCCESS' && repairs === 1 ? undefined : `run ${runId} is ${code} after ${repairs} repairs`;
}

/** It is escalated until the success is told. */
async function followRepaired(scene: Scene, following: Parameters<typeof followIncident>[1]): Promise<Verdict> {
  while (Date.now() < following.deadline) {
    const incident = await readIncident(scene.stack, following.ticketId);
    if (incident && incident.state !== 'escalated') return await followIncident(scene, following);
    await pause();
  }
  return notWell(`${following.ticketId} was not resolved by the success of the repaired run`);
}

async function awaitIncident(scene: Scene, before: string | undefined): Promise<string | undefined> {
  for (const deadline = deadlineOf(scene); Date.now() < deadline; await pause()) {
    const ticket = await newestTicket(scene.stack, SUBJECT);
    if (ticket !== undefined && ticket !== before) return ticket;
  }
  return undefined;
}

async function awaitEscalation(scene: Scene, ticketId: string) {
  for (const deadline = deadlineOf(scene); Date.now() < deadline; await pause()) {
    const incident = await readIncident(scene.stack, ticketId);
    if (incident) return incident;
  }
  return undefined;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
}
