// Many different clusters die together: every event is an incident of its own, none is lost, what is done keeps to the budget, and people
// get a handful of messages. Where the estate wants a person to approve what it does not list, the scenario plays that person.
import { approve, sendUntilAccepted, terminatedEvent } from './app.ts';
import { awaitTicket, deadlineOf, line } from './follow.ts';
import { followBudget } from './follow-budget.ts';
import { notWell, overWell, type Scenario, type Scene, type Verdict } from './scenario.ts';
import { toldSince } from './told.ts';
import { readCluster, type SimulatedCluster, simulator } from './workspace.ts';

const PREFIX = 'mass';
/** Senders at once; each waits for its answer. */
const SENDERS = 10;
const LOOK_AGAIN_MS = 100;
/** What an estate says unless it says otherwise (`notifications.folding.windowMinutes`). */
const FOLD_WINDOW_MINUTES = 10;
const SUMMARY_SLACK_MS = 3_000;

export const massFailure: Scenario = {
  name: 'mass-failure',
  summary:
    'many clusters die together; each has its incident, is approved, has its turn; people get a handful of messages',
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
    return await repairAll(scene, [...distinct], { prefix, since, deadline });
  },
};

interface Course {
  readonly prefix: string;
  readonly since: number;
  readonly deadline: number;
}

async function repairAll(scene: Scene, tickets: readonly string[], course: Course): Promise<Verdict> {
  const answers = await approveAll(scene, tickets);
  const approved = answers.filter((answer) => answer === 'approved').length;
  scene.say(line(Date.now(), course.since, 'approved', `${approved} runs by a person`));
  const clusters = answers.filter((answer) => answer !== 'no-run').length;
  const started = await followBudget(scene, { ...course, clusters });
  const seconds = ((Date.now() - course.since) / 1000).toFixed(1);
  scene.say(line(Date.now(), course.since, 'started', `${started} clusters after ${seconds} s`));
  const messages = await messagesOf(scene, course.since);
  if (started < clusters) return notWell(`${started} of ${clusters} clusters were started in time`);
  return overWell(
    `each of ${tickets.length} clusters has its incident, ${started} were started, and people got ${messages} messages`,
  );
}

type Approval = Awaited<ReturnType<typeof approve>>;

async function approveAll({ stack }: Scene, tickets: readonly string[]): Promise<Approval[]> {
  const left = [...tickets];
  const answers: Approval[] = [];
  const person = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) answers.push(await approve(stack, id, 1));
  };
  await Promise.all(Array.from({ length: SENDERS }, person));
  return answers;
}

/** Waits for the summary of the last window, then says what people were told. */
async function messagesOf(scene: Scene, since: number): Promise<number> {
  const windowMs = (FOLD_WINDOW_MINUTES * 60_000) / scene.stack.timeScale;
  scene.say(line(Date.now(), since, 'messages', `the last summary comes within ${(windowMs / 1000).toFixed(0)} s`));
  await new Promise((resolve) => setTimeout(resolve, windowMs + SUMMARY_SLACK_MS));
  const told = await toldSince(scene.stack, since);
  for (const { channel, messages, summaries, folded } of told) {
    const words = `${messages} over ${channel}: ${messages - summaries} one by one, ${summaries} summaries of ${folded} more`;
    scene.say(line(Date.now(), since, 'messages', words));
  }
  return told.reduce((sum, { messages }) => sum + messages, 0);
}

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
