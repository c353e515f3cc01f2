// What most scenarios do at their core: a cluster dies, its event is sent, and the incident is followed to its end.
import { type Answer, sendUntilAccepted, terminatedEvent } from './app.ts';
import { closeBreakers } from './breaker.ts';
import { awaitTicket, deadlineOf, type Following, followIncident, line } from './follow.ts';
import { notWell, type Scene, type Verdict } from './scenario.ts';
import { crashCluster, type SimulatedCluster } from './workspace.ts';

export interface Crash {
  readonly cluster: SimulatedCluster;
  /** Instant of the crash, in milliseconds since 1970. */
  readonly since: number;
  readonly event: unknown;
}

export async function crash(scene: Scene): Promise<Crash> {
  const { stack, cluster: id, code } = scene;
  for (const breaker of await closeBreakers(stack, id))
    scene.say(`The breaker of ${breaker} had counted failures: closed first.`);
  const since = Date.now();
  const cluster = await crashCluster(stack, id, code);
  scene.say(line(since, since, 'crash', `${cluster.cluster_name} (${id}) dies of ${code}`));
  return { cluster, since, event: terminatedEvent(cluster) };
}

/** The whole of it. `onEvent` lets a scenario strike in the middle. */
export async function crashAndFollow(scene: Scene, onEvent?: Following['onEvent']): Promise<Verdict> {
  const { verdict } = await crashAndFollowTicket(scene, onEvent);
  return verdict;
}

export async function crashAndFollowTicket(
  scene: Scene,
  onEvent?: Following['onEvent'],
): Promise<{ verdict: Verdict; ticketId: string | null }> {
  return await reportAndFollow(scene, await crash(scene), onEvent);
}

/** Of a cluster that is down, for whatever reason. */
export async function reportAndFollow(
  scene: Scene,
  crashed: Crash,
  onEvent?: Following['onEvent'],
): Promise<{ verdict: Verdict; ticketId: string | null }> {
  const deadline = deadlineOf(scene);
  const ticketId = await report(scene, crashed, deadline);
  if (ticketId === null) return { verdict: notWell('the event opened no incident'), ticketId };
  const following = { ticketId, clusterId: scene.cluster, since: crashed.since, deadline };
  return { verdict: await followIncident(scene, onEvent ? { ...following, onEvent } : following), ticketId };
}

/** Sends the event of a crash until it is accepted, and finds its ticket; null if it opened no incident. */
async function report(scene: Scene, { since, event }: Crash, deadline: number): Promise<string | null> {
  const say = (words: string) => scene.say(line(Date.now(), since, 'sender', words));
  const answer = await sendUntilAccepted(scene.stack, event, { deadline, say });
  say(spoken(answer));
  if (answer.status >= 300) throw new Error(`the app refuses the event: ${answer.status} ${answer.words}`);
  if (answer.ticketId !== null || answer.location === undefined) return answer.ticketId;
  return awaitTicket(scene, answer.location, deadline);
}

function spoken({ status, ticketId, location }: Answer): string {
  if (ticketId !== null) return `POST /databricks-monitor is answered ${status}, ticket ${ticketId}`;
  return `POST /databricks-monitor is answered ${status}, to be asked about at ${location ?? '(nowhere)'}`;
}
