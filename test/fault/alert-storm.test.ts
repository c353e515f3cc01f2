// 2,000 alerts of several sorts pour in by senders that try again as action groups do, the app is killed twice in the middle: afterwards every
// alert that was accepted is accounted for. STORM_SEED says in which order they come, STORM_ALERTS how many there are.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { wrongAtAnyTime, wrongChain } from '../builders/aftermath.ts';
import { type AlertStory, alertStories } from '../builders/alert-stories.ts';
import { CloudClient } from '../builders/cloud-client.ts';
import { type KeptState, keptState } from '../builders/kept-state.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';
import { seeded } from '../builders/seeded.ts';
import { patiently, wrongQueues } from './round-checks.ts';

const ALERTS = Number(process.env.STORM_ALERTS ?? 2_000);
const SEED = Number(process.env.STORM_SEED ?? 1);
const SENDERS = 12;
const READERS = 12;
/** After so much of the storm has been accepted. */
const KILLED_AT = [0.3, 0.65];
/** What an action group tries again, as does who got no answer. [local/azure-control/refusals.ts] */
const TRIED_AGAIN: readonly number[] = [0, 408, 429, 503, 504];
const MOST_TRIES = 60;
const BETWEEN_TRIES_MS = 500;
const REQUEST_LIMIT_MS = 10_000;
const LIMIT_MS = 900_000;
const OVER: readonly string[] = ['resolved', 'closed'];

const answerSchema = z.looseObject({ status_url: z.string() });
const noticeSchema = z.looseObject({ key: z.string(), phase: z.string(), became: z.string() });
const noticesSchema = z.object({ value: z.array(noticeSchema), nextLink: z.string().optional() });
const outcomeSchema = z.looseObject({ ended: z.string(), subject: z.string(), ticketId: z.string().nullable() });

interface Post {
  readonly story: AlertStory;
  readonly body: string;
}

interface Accepted extends Post {
  readonly location: string;
}

interface Handled extends Accepted {
  readonly outcome: z.infer<typeof outcomeSchema>;
}

describe('a storm of alerts', { timeout: LIMIT_MS }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  it(`A4, D3: ${ALERTS} alerts, the app killed twice: every accepted one is accounted for (seed ${SEED})`, async () => {
    const stories = alertStories(ALERTS);
    const posts = shuffled(stories.flatMap(postsOf));
    const accepted = await pourIn(posts);
    expect(accepted.length).toBeGreaterThanOrEqual(posts.length * 0.99);
    const handled = await outcomesOf(accepted);
    expect(handled.filter(({ outcome }) => outcome.ended === 'quarantined')).toEqual([]);
    const notices = await settledNotices(new Set(stories.flatMap(({ key }) => key ?? [])));
    const state = await keptState(cloud.stack.tablesConnectionString);
    console.info(`seed ${SEED}`, JSON.stringify(tally(handled, state)));
    // Unless some were open when they were resolved, nothing was closed.
    expect(tally(handled, state).resolved).toBeGreaterThan(ALERTS * 0.05);
    const wrong = stories.flatMap((story) => wrongStory(story, { handled, notices, state }));
    expect([...wrong, ...wrongIncidents(state), ...(await wrongQueues(cloud))]).toEqual([]);
  });

  async function pourIn(posts: readonly Post[]): Promise<Accepted[]> {
    const left = [...posts];
    const accepted: Accepted[] = [];
    const kills = KILLED_AT.map((share) => Math.floor(share * posts.length));
    const pids = new Set([cloud.stack.processes.app]);
    const sender = async () => {
      for (let post = left.shift(); post; post = left.shift()) {
        const location = await send(post);
        if (location !== undefined) accepted.push({ ...post, location });
        if (accepted.length >= (kills[0] ?? Number.POSITIVE_INFINITY)) {
          kills.shift();
          await cloud.control('/app/kill', {});
        }
        pids.add(cloud.stack.processes.app);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
    expect(pids.size, 'processes of the app that were seen').toBe(KILLED_AT.length + 1);
    return accepted;
  }

  /** Undefined: given up. */
  async function send({ story, body }: Post): Promise<string | undefined> {
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const { status, location } = await post(story.door, body);
      if (status === 202) return location;
      if (!TRIED_AGAIN.includes(status)) throw new Error(`${story.door} answers ${status} to ${body}`);
      await pause(BETWEEN_TRIES_MS);
    }
    return undefined;
  }

  /** Status 0: no answer. */
  async function post(door: string, body: string): Promise<{ status: number; location?: string }> {
    try {
      const { app, apiKey } = cloud.stack;
      const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
      const signal = AbortSignal.timeout(REQUEST_LIMIT_MS);
      const response = await fetch(`${app}${door}`, { method: 'POST', headers, body, signal });
      const text = await response.text();
      if (response.status !== 202) return { status: response.status };
      return { status: 202, location: answerSchema.parse(JSON.parse(text)).status_url };
    } catch (error) {
      if (error instanceof z.ZodError) throw error;
      return { status: 0 };
    }
  }

  async function outcomesOf(accepted: readonly Accepted[]): Promise<Handled[]> {
    const left = [...accepted];
    const handled: Handled[] = [];
    const reader = async () => {
      for (let one = left.shift(); one; one = left.shift()) {
        const { location } = one;
        const found = await patiently(() => cloud.get(location).then((body) => body), `an outcome at ${location}`);
        handled.push({ ...one, outcome: outcomeSchema.parse(found) });
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    return handled;
  }

  /** What became of a notice is noted after the outcome. */
  async function settledNotices(wanted: ReadonlySet<string>): Promise<Map<string, z.infer<typeof noticeSchema>>> {
    return await patiently(async () => {
      const notices = new Map((await allNotices()).map((notice) => [notice.key, notice]));
      const missing = [...wanted].filter((key) => !notices.has(key));
      const busy = [...notices.values()].filter(({ became }) => became === 'Being handled.');
      return missing.length + busy.length === 0 ? notices : undefined;
    }, 'notices of which something became');
  }

  async function allNotices(): Promise<z.infer<typeof noticeSchema>[]> {
    const found: z.infer<typeof noticeSchema>[] = [];
    for (let next: string | undefined = '/api/notices?pageSize=500'; next; ) {
      const page: z.infer<typeof noticesSchema> = noticesSchema.parse(await cloud.get(next));
      found.push(...page.value);
      next = page.nextLink;
    }
    return found;
  }
});

function postsOf(story: AlertStory): Post[] {
  return story.bodies.map((body) => ({ story, body: JSON.stringify(body) }));
}

function shuffled(posts: readonly Post[]): Post[] {
  const random = seeded(SEED);
  return posts
    .map((post) => ({ post, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ post }) => post);
}

interface Aftermath {
  readonly handled: readonly Handled[];
  readonly notices: ReadonlyMap<string, { readonly phase: string }>;
  readonly state: KeptState;
}

function wrongStory(story: AlertStory, { handled, notices, state }: Aftermath): string[] {
  const told = handled.filter((one) => one.story === story);
  // Where a body was given up the story is not the one that was to be told.
  if (told.length < story.bodies.length) return [];
  const subject = story.subject ?? told[0]?.outcome.subject ?? 'nobody';
  const key = story.key ?? subject.replace('azure-alert/unclassified-', 'unclassified/');
  const incidents = state.incidents.filter(({ incident }) => incident.subject === subject);
  const states = incidents.map(({ incident }) => incident.state);
  const phase = notices.get(key)?.phase;
  const words = `${story.ends} story ${key}: notice ${phase}, incidents ${states.join(', ')}`;
  return isAsTold(story.ends, phase, states) &&
    ticketsMatch(
      told,
      incidents.map(({ incident }) => incident.id),
    )
    ? []
    : [words];
}

function isAsTold(ends: AlertStory['ends'], phase: string | undefined, states: readonly string[]): boolean {
  switch (ends) {
    case 'open':
      return phase === 'active' && states.length === 1 && !states.some((state) => OVER.includes(state));
    case 'over':
      return phase === 'over' && states.length <= 1 && states.every((state) => OVER.includes(state));
    case 'record':
      return phase !== undefined && states.length === 0;
  }
}

/** Who was told a ticket was told that of its own subject. */
function ticketsMatch(told: readonly Handled[], incidents: readonly string[]): boolean {
  return told.every(({ outcome: { ticketId } }) => ticketId === null || incidents.includes(ticketId));
}

function tally(handled: readonly Handled[], { incidents }: KeptState): Record<string, number> {
  // The same body twice may be one signal.
  const signals = [...new Map(handled.map((one) => [one.location, one])).values()];
  const ended = Object.groupBy(signals, ({ outcome }) => outcome.ended);
  const counts = Object.entries(ended).map(([how, those = []]) => [`ended ${how}`, those.length] as const);
  const resolved = incidents.filter(({ incident }) => OVER.includes(incident.state)).length;
  return { ...Object.fromEntries(counts), incidents: incidents.length, resolved };
}

function wrongIncidents(state: KeptState): string[] {
  const incidents = state.incidents.map(({ incident }) => incident);
  return [...wrongAtAnyTime({ incidents, runs: [] }), ...state.incidents.flatMap(wrongChain)];
}
