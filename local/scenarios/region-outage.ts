// The primary region goes down: its control plane answers 503, its clusters are lost, Azure tells of it. Nothing is tried there while it
// is out, people hear of the region and not of each cluster, and everything is put right once it is well.
import { approve, readIncident, sendUntilAccepted, terminatedEvent } from './app.ts';
import { whileAzureTells } from './azure.ts';
import { awaitTicket, deadlineOf, line } from './follow.ts';
import {
  beginHealthy,
  eventually,
  fatesThatSay,
  incidentsSince,
  type Played,
  PRIMARY_REGION,
  playMinutes,
  readRegions,
  regionIn,
  untilHealthy,
} from './regions.ts';
import { INFERENCE_CLUSTER, notWell, overWell, type Scenario, type Scene, type Verdict } from './scenario.ts';
import { toldSince } from './told.ts';
import { actsBetween, simulator, underFault, untilTerminated } from './workspace.ts';

const WORKSPACE = 'databricks-dev';
const CODE = 'CLOUD_PROVIDER_SHUTDOWN';
const API_DOWN = { match: { path: '^/api/' }, fault: { kind: 'status', status: 503 } };
const TOLD = { title: 'Azure Databricks - East US - Workspaces are not reachable', services: ['Azure Databricks'] };
/** From the first sign to the verdict, in minutes of operations. */
const VERDICT_MINUTES = 3;
const INDEPENDENT_WITNESSES = 3;
/** Looked at while it is out. */
const MINUTES_OUT = 3;
/** Over one channel: what a person hears twice over two of them is one message. */
const MOST_MESSAGES = 10;
const OVER = new Set(['resolved', 'closed']);

interface Outage {
  readonly since: number;
  readonly clusters: readonly string[];
  readonly deadline: number;
}

export const regionOutage: Scenario = {
  name: 'region-outage',
  summary: 'the primary region goes down with its clusters; one incident, no remedy until it is well, then all of them',
  takes: ['count'],
  defaults: { count: 20 },
  run: async (scene) => {
    await beginHealthy(scene);
    const prefix = `region-${Date.now().toString(36)}`;
    await simulator(scene.stack, 'fleet', { method: 'POST', body: { clusters: scene.count, prefix } });
    const fleet = Array.from({ length: scene.count }, (_, number) => `${prefix}-${number + 1}`);
    const since = Date.now();
    const outage = { since, clusters: [...fleet, INFERENCE_CLUSTER], deadline: deadlineOf(scene) };
    const lost = await underFault(scene.stack, API_DOWN, () => {
      scene.say(line(since, since, 'outage', `the control plane of ${WORKSPACE} answers 503`));
      return whileAzureTells(scene.stack, TOLD, (trackingId) => {
        scene.say(line(Date.now(), since, 'service-health', `${trackingId}: ${TOLD.title}`));
        return whileOut(scene, outage);
      });
    });
    if ('verdict' in lost) return lost;
    scene.say(
      line(Date.now(), since, 'over', `the control plane of ${WORKSPACE} answers again, Azure says that it is over`),
    );
    return await putRight(scene, outage, lost.tickets);
  },
};

/** The clusters die, the region is called out, and nothing but that happens. */
async function whileOut(
  scene: Scene,
  { since, clusters, deadline }: Outage,
): Promise<Verdict | { readonly tickets: readonly string[] }> {
  const dying = loseClusters(scene, { since, clusters, deadline });
  const isProven = (played: Played['regions']) => {
    const region = regionIn(played, PRIMARY_REGION);
    return region.verdict === 'outage' && fatesThatSay('outage', region).length >= INDEPENDENT_WITNESSES;
  };
  const called = await playMinutes(scene, { since, most: VERDICT_MINUTES * 2, until: isProven });
  const region = regionIn(called.regions, PRIMARY_REGION);
  const fates = fatesThatSay('outage', region);
  if (!called.isReached)
    return notWell(`the region is ${region.verdict} by ${fates.length} witnesses: ${region.words}`);
  const minutes = ((Date.now() - since) * scene.stack.timeScale) / 60_000;
  scene.say(line(Date.now(), since, 'verdict', `outage by ${fates.join(', ')} after ${minutes.toFixed(1)} minutes`));
  if (called.minutes > VERDICT_MINUTES) return notWell(`the verdict took ${called.minutes} looks, one a minute`);
  const tickets = await dying;
  await playMinutes(scene, { since, most: MINUTES_OUT, until: () => false });
  const messages = await messagesSince(scene, since);
  scene.say(line(Date.now(), since, 'messages', `people have been told ${messages} messages`));
  return messages <= MOST_MESSAGES ? { tickets } : notWell(`people got ${messages} messages`);
}

async function loseClusters(scene: Scene, { since, clusters, deadline }: Outage): Promise<string[]> {
  for (const id of clusters) {
    const body = { code: CODE, type: 'CLOUD_FAILURE', parameters: {} };
    await simulator(scene.stack, `clusters/${id}/crash`, { method: 'POST', body });
  }
  scene.say(line(Date.now(), since, 'crash', `${clusters.length} clusters die of ${CODE}`));
  const tickets = await Promise.all(clusters.map((id) => report(scene, id, deadline)));
  const found = tickets.filter((ticket) => ticket !== null);
  scene.say(line(Date.now(), since, 'handled', `${clusters.length} events, ${new Set(found).size} incidents`));
  return found;
}

async function report(scene: Scene, id: string, deadline: number): Promise<string | null> {
  const event = terminatedEvent(await untilTerminated(scene.stack, id));
  const sending = { deadline, say: () => undefined, workspace: WORKSPACE };
  const { ticketId, location } = await sendUntilAccepted(scene.stack, event, sending);
  return ticketId === null && location !== undefined ? await awaitTicket(scene, location, deadline) : ticketId;
}

async function putRight(
  scene: Scene,
  { since, clusters, deadline }: Outage,
  tickets: readonly string[],
): Promise<Verdict> {
  const { stack } = scene;
  const outSince = regionIn(await readRegions(stack), PRIMARY_REGION).since ?? '';
  const { isReached, regions, minutes } = await untilHealthy(scene, since);
  const region = regionIn(regions, PRIMARY_REGION);
  if (!isReached) return notWell(`${minutes} minutes later the region is ${region.verdict}: ${region.words}`);
  const acts = await actsBetween(stack, outSince, region.since ?? '');
  if (acts.length > 0) return notWell(`while the region was out something was done in it: ${acts.join('; ')}`);
  scene.say(line(Date.now(), since, 'healthy', 'nothing was tried there while it was out'));
  const left = await untilRepaired(scene, tickets, deadline);
  if (left.length > 0) return notWell(`${left.length} incidents are not resolved: ${left.join(', ')}`);
  scene.say(line(Date.now(), since, 'repaired', `${tickets.length} incidents are resolved`));
  const opened = await incidentsSince(stack, `region/${PRIMARY_REGION}`, since);
  if (opened.length !== 1) return notWell(`the region has ${opened.length} incidents instead of one`);
  const ended = await eventually(deadline, async () => {
    const [incident] = await incidentsSince(stack, `region/${PRIMARY_REGION}`, since);
    return incident && OVER.has(incident.state) ? incident : undefined;
  });
  if (!ended) return notWell(`${opened[0]?.id} of the region is not resolved`);
  await tellIncident(scene, ended.id, since);
  const messages = await messagesSince(scene, since);
  return overWell(
    `${ended.id} speaks for ${clusters.length} clusters, is resolved, and people got ${messages} messages from beginning to end`,
  );
}

/** Where the estate wants a person to approve, the scenario plays that person. Resolves with those that are left at the deadline. */
async function untilRepaired({ stack }: Scene, tickets: readonly string[], deadline: number): Promise<string[]> {
  let left = [...tickets];
  await eventually(deadline, async () => {
    for (const id of left) await approve(stack, id, 1);
    const states = await Promise.all(left.map(async (id) => (await readIncident(stack, id))?.state));
    left = left.filter((_, index) => !OVER.has(states[index] ?? ''));
    return left.length === 0 ? true : undefined;
  });
  return left;
}

async function tellIncident({ stack, say }: Scene, id: string, since: number): Promise<void> {
  const incident = await readIncident(stack, id);
  say(`${id}, from its beginning:`);
  for (const { at, type, text } of incident?.timeline ?? []) say(line(Date.parse(at), since, type, text));
}

/** Over the busiest channel. */
async function messagesSince({ stack }: Scene, since: number): Promise<number> {
  return Math.max(0, ...(await toldSince(stack, since)).map(({ messages }) => messages));
}
