// What is wrong after a round of killing, asked of the app, of the simulator's log and of the broker. What the rows say by themselves is in
// test/builders/aftermath.ts.
import * as z from 'zod';
import { wrongGuards } from '../builders/aftermath.ts';
import { type CloudClient, eventually } from '../builders/cloud-client.ts';
import { type KeptIncident, keptGuards } from '../builders/kept-state.ts';

const LIMIT_MS = 240_000;
const START = /\/clusters\/(re)?start$/;

const clusters = z.array(
  z.looseObject({
    cluster_id: z.string(),
    state: z.string(),
    events: z.array(z.looseObject({ type: z.string() })),
  }),
);

export interface Accepted {
  readonly cluster: string;
  readonly location: string;
}

export async function wrongOutcomes(cloud: CloudClient, accepted: readonly Accepted[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { cluster, location } of accepted) {
    const outcome = await patiently(() => cloud.outcome(location), `an outcome at ${location}`);
    const { ticketId, subject } = outcome;
    if (ticketId === null || !String(subject).endsWith(`/${cluster}`))
      wrong.push(`${location} about ${cluster} ended in no incident of it: ${JSON.stringify(outcome)}`);
  }
  return wrong;
}

/** None may be old; and none is left once the watchdog has been by. Resolves with how many it found. */
export async function wrongOrLeftGuards(cloud: CloudClient, wrong: string[]): Promise<number> {
  const guards = () => keptGuards(cloud.stack.tablesConnectionString);
  const left = await guards();
  wrong.push(...wrongGuards(left, Date.now()));
  const isGone = async () => {
    await cloud.runTimer('watchdog');
    return (await guards()).length === 0 ? true : undefined;
  };
  await patiently(isGone, `no guards, of ${JSON.stringify(left)}`);
  return left.length;
}

/** What was answered is on the timeline, once. */
export function wrongComments(fresh: readonly KeptIncident[], written: ReadonlyMap<string, string>): string[] {
  const byId = new Map(fresh.map((one) => [one.incident.id, one]));
  return [...written].flatMap(([text, id]) => {
    const found = byId.get(id)?.timeline.filter((event) => event.text === text) ?? [];
    return found.length === 1 || !byId.has(id) ? [] : [`${id} holds '${text}' ${found.length} times`];
  });
}

interface Starts {
  /** What its own event log says. */
  readonly events: number;
  /** Calls that were answered 200. */
  readonly calls: number;
  readonly state: string;
}

export function wrongCluster(
  id: string,
  fresh: readonly KeptIncident[],
  { before, after }: { before: ReadonlyMap<string, Starts>; after: ReadonlyMap<string, Starts> },
): string[] {
  const own = fresh.filter(({ incident }) => incident.subject.endsWith(`/${id}`));
  const acted = own.flatMap(({ attempts }) => attempts.filter(({ outcome }) => outcome === 'acted')).length;
  const decided = own.length + own.flatMap(retriesOf).length;
  const events = (after.get(id)?.events ?? 0) - (before.get(id)?.events ?? 0);
  const calls = (after.get(id)?.calls ?? 0) - (before.get(id)?.calls ?? 0);
  const state = after.get(id)?.state;
  return [
    ...(own.length === 1 ? [] : [`${id} failed once and has ${own.length} incidents`]),
    ...(state === 'RUNNING' ? [] : [`${id} is ${state}`]),
    ...(calls === acted && events === acted && acted >= 1 && acted <= decided
      ? []
      : [`${id}: ${calls} calls and ${events} starts for ${acted} attempts, ${decided} decided: ${storyOf(own)}`]),
  ];
}

/** A second start needs a first one that failed, on the timeline. */
export function retriesOf({ incident, timeline }: KeptIncident): string[] {
  return timeline.flatMap(({ type }, index) =>
    type === 'retrying' ? [`${incident.id}: ${timeline[index - 1]?.text ?? ''}`] : [],
  );
}

function storyOf(incidents: readonly KeptIncident[]): string {
  return incidents.flatMap(({ timeline }) => timeline.map(({ type, text }) => `${type} ${text}`)).join(' | ');
}

export async function startsOf(cloud: CloudClient): Promise<Map<string, Starts>> {
  const calls = (await cloud.calls()).filter(({ path, status }) => START.test(path) && status === 200);
  const all = clusters.parse(await cloud.sim('/clusters', undefined, 'GET'));
  return new Map(
    all.map(({ cluster_id, state, events }) => [
      cluster_id,
      {
        state,
        events: events.filter(({ type }) => type === 'STARTING' || type === 'RESTARTING').length,
        calls: calls.filter(({ body }) => Object(body).cluster_id === cluster_id).length,
      },
    ]),
  );
}

export async function wrongQueues(cloud: CloudClient): Promise<string[]> {
  return Object.entries(await cloud.queues()).flatMap(([name, { deadLettered }]) =>
    deadLettered === 0 ? [] : [`${name} has ${deadLettered} dead letters`],
  );
}

/** Whatever is asked may be away for a moment. */
export function patiently<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  return eventually(() => look().catch(() => undefined), LIMIT_MS, what);
}
