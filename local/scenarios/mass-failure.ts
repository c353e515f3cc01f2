// Many different clusters die together: every event is an incident of its own, none is lost, and what is done keeps to the budget.
import { sendUntilAccepted, terminatedEvent } from './app.ts';
import { awaitTicket, deadlineOf, line } from './follow.ts';
import { notWell, overWell, type Scenario, type Scene } from './scenario.ts';
import { readCluster, type SimulatedCluster, simulator } from './workspace.ts';

const PREFIX = 'mass';
/** Senders at once; each waits for its answer. */
const SENDERS = 10;
const LOOK_AGAIN_MS = 100;

export const massFailure: Scenario = {
  name: 'mass-failure',
  summary: 'many clusters die together; each has its incident, none is lost (unlisted ones wait for approval)',
  takes: ['count', 'code'],
  defaults: { code: 'CLOUD_PROVIDER_SHUTDOWN' },
  run: async (scene) => {
    const { stack, code, count } = scene;
    const deadline = deadlineOf(scene);
    // A name of its own each time: what failed before is another failure.
    const prefix = `${PREFIX}-${Date.now().toString(36)}`;
    await simulator(stack, 'fleet', { method: 'POST', body: { clusters: count, prefix } });
    const since = Date.now();
    const crash = { code, type: 'CLOUD_FAILURE', prefix, count };
    await simulator(stack, 'fleet/crash', { method: 'POST', body: crash });
    scene.say(line(since, since, 'crash', `${count} clusters die of ${code}`));
    const ids = Array.from({ length: count }, (_, number) => `${prefix}-${number + 1}`);
    const tickets = await reportAll(scene, ids, deadline);
    const distinct = new Set(tickets.filter((ticket) => ticket !== null));
    const seconds = ((Date.now() - since) / 1000).toFixed(1);
    scene.say(line(Date.now(), since, 'handled', `${count} events, ${distinct.size} incidents after ${seconds} s`));
    if (distinct.size !== count) return notWell(`${distinct.size} incidents for ${count} clusters`);
    return overWell(`each of ${count} clusters has its incident, ${seconds} s after they died`);
  },
};

async function reportAll(scene: Scene, ids: readonly string[], deadline: number): Promise<(string | null)[]> {
  const left = [...ids];
  const tickets: (string | null)[] = [];
  const sender = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) tickets.push(await report(scene, id, deadline));
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return tickets;
}

async function report(scene: Scene, id: string, deadline: number): Promise<string | null> {
  const event = terminatedEvent(await terminated(scene, id, deadline));
  const { ticketId, location } = await sendUntilAccepted(scene.stack, event, { deadline, say: () => undefined });
  if (ticketId !== null || location === undefined) return ticketId;
  return await awaitTicket(scene, location, deadline);
}

/** Dying takes its time. */
async function terminated({ stack }: Scene, id: string, deadline: number): Promise<SimulatedCluster> {
  for (;;) {
    const cluster = await readCluster(stack, id);
    if (cluster.state === 'TERMINATED') return cluster;
    if (Date.now() > deadline) throw new Error(`cluster ${id} was crashed, but is ${cluster.state}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
