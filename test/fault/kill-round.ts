// A round of killing: a fleet dies, events about it pour in, a person comments on what opens, processes are killed at random moments of a
// seed; once everything has come to rest, nothing may be lost and nothing may have happened twice. Whom to kill is the caller's.
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { wrongAtAnyTime, wrongAtRest, wrongChain } from '../builders/aftermath.ts';
import { type CloudClient, clusterEvent } from '../builders/cloud-client.ts';
import { glance, type KeptState, keptState } from '../builders/kept-state.ts';
import { seeded } from '../builders/seeded.ts';
import {
  type Accepted,
  patiently,
  retriesOf,
  startsOf,
  wrongCluster,
  wrongComments,
  wrongOrLeftGuards,
  wrongOutcomes,
  wrongQueues,
} from './round-checks.ts';

const LONGEST_BETWEEN_EVENTS_MS = 160;
const LONGEST_BETWEEN_COMMENTS_MS = 100;
const PEOPLE = 3;
/** Comments between two looks at the list. */
const LIST_EVERY = 5;
const LONGEST_BEFORE_KILL_MS = 1_000;
const SENDERS = 4;
const LOOK_EVERY_MS = 1_500;

const breakers = z.object({
  breakers: z.array(z.object({ kind: z.string(), key: z.string(), failures: z.array(z.unknown()) })),
});

export interface RoundScene {
  readonly cloud: CloudClient;
  readonly clusters: readonly string[];
  readonly events: number;
  /** One after the other, each at a random moment. */
  readonly kills: readonly (() => Promise<void>)[];
  /** Each actor draws from a row of its own, so that one that is held up changes nothing for the others. */
  readonly seed: number;
}

/** What happened, and all that is wrong afterwards. */
export interface RoundEnd {
  readonly wrong: readonly string[];
  readonly accepted: number;
  readonly comments: number;
  /** Guards of writers that died, found before the watchdog was through. */
  readonly guardsLeft: number;
  readonly attempts: number;
  readonly starts: number;
  /** Remedies that failed and were tried again, which a machine under load may make of a slow start: why. */
  readonly retried: readonly string[];
}

export async function playRound(scene: RoundScene): Promise<RoundEnd> {
  const { cloud } = scene;
  await closeBreakers(cloud);
  const before = await startsOf(cloud);
  const known = new Set(
    (await keptState(cloud.stack.tablesConnectionString)).incidents.map(({ incident }) => incident.id),
  );
  await Promise.all(scene.clusters.map((id) => cloud.crash(id, 'DRIVER_UNREACHABLE')));
  const struggle = new AbortController();
  const watched = watch(cloud, struggle.signal);
  const comments = comment(scene, struggle.signal);
  const accepted: Accepted[] = [];
  await Promise.all([pourIn(scene, accepted), killNowAndThen(scene, accepted)]).finally(() => struggle.abort());
  const written = await comments;
  const wrong = await watched;
  wrong.push(...(await wrongOutcomes(cloud, accepted)));
  await comeToRest(scene, known);
  const guardsLeft = await wrongOrLeftGuards(cloud, wrong);
  const state = await keptState(cloud.stack.tablesConnectionString);
  const fresh = state.incidents.filter(({ incident }) => !known.has(incident.id));
  const starts = await startsOf(cloud);
  wrong.push(...wrongOf(scene, state), ...wrongComments(fresh, written));
  for (const id of scene.clusters) wrong.push(...wrongCluster(id, fresh, { before, after: starts }));
  wrong.push(...(await wrongQueues(cloud)));
  const attempts = fresh.flatMap((one) => one.attempts).length;
  const made = [...starts.values()].reduce((sum, { calls }) => sum + calls, 0);
  const madeBefore = [...before.values()].reduce((sum, { calls }) => sum + calls, 0);
  const counts = { accepted: accepted.length, comments: written.size, guardsLeft, attempts, starts: made - madeBefore };
  return { wrong, ...counts, retried: fresh.flatMap(retriesOf) };
}

/** The same clusters fail again within the half hour in which breakers count: with them open a round would prove only that they hold. */
async function closeBreakers(cloud: CloudClient): Promise<void> {
  const gate = await patiently(() => cloud.get('/api/gate'), 'the gate');
  for (const { kind, key, failures } of breakers.parse(gate).breakers) {
    if (failures.length === 0) continue;
    const body = JSON.stringify({ kind, key, reason: 'another round of killing' });
    const reset = async () => ((await cloud.send(body, {}, '/api/breakers/reset')).ok ? true : undefined);
    await patiently(reset, `${key} closed`);
  }
}

/** Posts events about random clusters, each at least once, again while the door is away. */
async function pourIn({ cloud, clusters: ids, events, seed }: RoundScene, accepted: Accepted[]): Promise<void> {
  const random = seeded(seed);
  const about = Array.from(
    { length: events },
    (_, event) => ids[event] ?? ids[Math.floor(random() * ids.length)] ?? '',
  );
  const sender = async () => {
    for (let cluster = about.shift(); cluster !== undefined; cluster = about.shift()) {
      const id = cluster;
      const location = await patiently(() => post(cloud, id), 'an accepted event');
      accepted.push({ cluster, location });
      await pause(random() * LONGEST_BETWEEN_EVENTS_MS);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
}

async function post(cloud: CloudClient, cluster: string): Promise<string | undefined> {
  const response = await cloud.send(JSON.stringify(clusterEvent(cluster)), { prefer: 'wait=0' });
  return response.status === 202 ? (response.headers.get('location') ?? undefined) : undefined;
}

/** By the count of what was accepted, so that the kills fall into the struggle on slow machines too; and then at some moment. */
async function killNowAndThen({ kills, events, seed }: RoundScene, accepted: readonly Accepted[]): Promise<void> {
  const random = seeded(seed + 1_000);
  const moments = kills.map(() => random() * events).toSorted((a, b) => a - b);
  for (const [number, kill] of kills.entries()) {
    const isTime = async () => (accepted.length >= (moments[number] ?? 0) ? true : undefined);
    await patiently(isTime, 'time for a kill');
    await pause(random() * LONGEST_BEFORE_KILL_MS);
    await kill();
  }
}

/** Operators' writes have no message that comes back after a kill: their guards do. Resolves with text -> incident of what was answered 200. */
async function comment(scene: RoundScene, struggle: AbortSignal): Promise<Map<string, string>> {
  const written = new Map<string, string>();
  const people = Array.from({ length: PEOPLE }, (_, person) => commentOn(scene, { struggle, person, written }));
  await Promise.all(people);
  return written;
}

async function commentOn(
  { cloud, seed }: RoundScene,
  { struggle, person, written }: { struggle: AbortSignal; person: number; written: Map<string, string> },
): Promise<void> {
  const random = seeded(seed + 2_000 + person);
  let ids: readonly string[] = [];
  for (let number = 0; !struggle.aborted; number += 1) {
    await pause(random() * LONGEST_BETWEEN_COMMENTS_MS);
    if (number % LIST_EVERY === 0) ids = await listed(cloud).catch(() => ids);
    const id = ids[Math.floor(random() * ids.length)];
    if (id === undefined) continue;
    const text = `comment ${number} of person ${person} at ${new Date().toISOString()}`;
    const headers = { 'x-operator': 'ada', 'if-match': '*', 'idempotency-key': text.replaceAll(' ', '-') };
    const path = `/api/incidents/${id}/comment`;
    const order = async () => ((await cloud.send(JSON.stringify({ text }), headers, path)).ok ? id : undefined);
    written.set(text, await patiently(order, `${text} on ${id}`));
  }
}

async function listed(cloud: CloudClient): Promise<string[]> {
  return (await cloud.incidents('?pageSize=50')).value.map(({ id }) => id);
}

/** Looks again and again at what stands in the tables; two looks in a row have to agree, because a look is not one moment. */
async function watch(cloud: CloudClient, struggle: AbortSignal): Promise<string[]> {
  const wrong = new Set<string>();
  const { tablesConnectionString } = cloud.stack;
  // The tables may be away, and nothing is to be seen then.
  const look = () => glance(tablesConnectionString).then(wrongAtAnyTime, () => []);
  while (!struggle.aborted) {
    const first = await look();
    const second = first.length === 0 ? [] : await look();
    for (const words of first) if (second.includes(words)) wrong.add(words);
    await pause(LOOK_EVERY_MS);
  }
  return [...wrong];
}

/** An incident about ourselves, e.g. that many clusters fail at once, takes its own time to end: its chain has to verify all the same. */
function wrongOf({ clusters: ids }: RoundScene, state: KeptState): string[] {
  const others = state.incidents.filter(({ incident }) => !isAbout(ids, incident.subject));
  const incidents = state.incidents.filter((one) => !others.includes(one));
  return [...wrongAtRest({ ...state, incidents }), ...others.flatMap(wrongChain)];
}

function isAbout(ids: readonly string[], subject: string): boolean {
  return ids.includes(subject.split('/').at(-1) ?? '');
}

/** Until every incident of the round is over, nothing is on its way, and the last message is delivered. */
async function comeToRest({ cloud, clusters: ids }: RoundScene, known: ReadonlySet<string>): Promise<void> {
  let last = '';
  const isAtRest = async () => {
    const { incidents } = await glance(cloud.stack.tablesConnectionString);
    const fresh = incidents.filter(({ id, subject }) => !known.has(id) && isAbout(ids, subject));
    const unresolved = fresh.filter(({ state }) => state !== 'resolved' && state !== 'closed');
    const busy = Object.entries(await cloud.queues()).filter(([, { active, scheduled }]) => active + scheduled > 0);
    last = `${fresh.length} incidents of ${ids.length}, not resolved: ${JSON.stringify(unresolved)}, on their way: ${JSON.stringify(busy)}`;
    return fresh.length >= ids.length && unresolved.length + busy.length === 0 ? true : undefined;
  };
  await patiently(isAtRest, 'rest').catch((error: unknown) => {
    throw new Error(`${error}: ${last}`);
  });
}
