// Promised (A7): 1,000 clusters of one region die within a minute: every signal is handled within 10 minutes, and what is done to the
// workspace stays within its budget in every minute of operations, as the workspace itself counts it.
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { mostAdmitted } from '../builders/budget-windows.ts';
import type { Benchmark, Report } from './benchmark.ts';
import { Cloud, clusterId, terminatedEvent } from './cloud.ts';

const CLUSTERS = Number(process.env.MASS_CLUSTERS ?? 1_000);
const TIME_SCALE = 10;
/** A minute of operations. */
const WINDOW_MS = 60_000 / TIME_SCALE;
const BUDGETS = { actsPerMinute: 30, callsPerMinute: 300 };
/** Ten minutes of operations: over each of two channels five messages and a summary, and what is told of Lakewarden itself. */
const FOLD_WINDOW_MS = 10 * WINDOW_MS;
const IN_A_FOLD_WINDOW = 2 * (5 + 1) + 6;
const POST_SECONDS = (CLUSTERS * 60) / 1_000;
const HANDLED_LIMIT_SECONDS = 600;
const SLOWEST_SECONDS = 900;
const TRIES = 20;

const callsSchema = z.array(z.looseObject({ at: z.string(), path: z.string() }));
const gateSchema = z.looseObject({
  budgets: z.array(z.looseObject({ workspace: z.string(), waiting: z.number(), lastTurnAt: z.string().nullable() })),
});
const messagesSchema = z.array(z.looseObject({ at: z.string() }));
const outcomeSchema = z.looseObject({ ended: z.string(), decidedAt: z.string(), ticketId: z.string().nullable() });

export const massFailure: Benchmark = {
  name: 'mass-failure',
  promise: `${CLUSTERS} clusters die within ${POST_SECONDS} s: handled in ${HANDLED_LIMIT_SECONDS} s, never above ${BUDGETS.actsPerMinute} acts and ${BUDGETS.callsPerMinute} calls a minute`,
  async run() {
    const cloud = await Cloud.start({ clusters: CLUSTERS, timeScale: TIME_SCALE, budgets: BUDGETS });
    try {
      return await measure(cloud, await cloud.startHost({ name: 'app' }));
    } finally {
      await cloud.stop();
    }
  },
};

async function measure(cloud: Cloud, app: string): Promise<Report> {
  const body = JSON.stringify({ prefix: clusterId(0).slice(0, -4), code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE' });
  const headers = { 'content-type': 'application/json' };
  await (await fetch(`${cloud.databricks}/_sim/fleet/crash`, { method: 'POST', headers, body })).arrayBuffer();
  await sleep(2_000);
  const started = Date.now();
  const watching = new AbortController();
  const queue = longestQueue(cloud, app, watching.signal);
  const locations = await postAll(cloud, app);
  const posted = (Date.now() - started) / 1000;
  const outcomes = await outcomesOf(cloud, app, locations);
  const handled = Math.max(...outcomes.map(({ decidedAt }) => Date.parse(decidedAt) - started)) / 1000;
  await allActed(cloud, app);
  watching.abort();
  const tickets = new Set(outcomes.map(({ ticketId }) => ticketId));
  return await report(cloud, { posted, handled, tickets: tickets.size, queue: await queue });
}

async function postAll(cloud: Cloud, app: string): Promise<string[]> {
  const started = performance.now();
  const answers: Promise<string>[] = [];
  for (let number = 0; number < CLUSTERS; number += 1) {
    const dueMs = (number * POST_SECONDS * 1000) / CLUSTERS - (performance.now() - started);
    if (dueMs > 5) await sleep(dueMs);
    answers.push(postOne(cloud, app, clusterId(number)));
  }
  return await Promise.all(answers);
}

/** Resolves with where its outcome will be; a door that answers 503 is asked again, as senders do. */
async function postOne(cloud: Cloud, app: string, id: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'x-api-key': cloud.apiKey, prefer: 'wait=0' };
  const body = JSON.stringify({ ...JSON.parse(terminatedEvent(id)), event_id: `mass-${id}` });
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const answer = await fetch(`${app}/databricks-monitor`, { method: 'POST', headers, body }).catch(() => undefined);
    await answer?.arrayBuffer();
    const location = answer?.headers.get('location');
    if (answer?.status === 202 && location) return location;
    await sleep(1_000);
  }
  throw new Error(`the event of ${id} was refused again and again`);
}

async function get(cloud: Cloud, url: URL | string): Promise<unknown> {
  const response = await fetch(url, { headers: { 'x-api-key': cloud.apiKey } });
  return response.ok ? await response.json() : void (await response.arrayBuffer());
}

async function outcomesOf(cloud: Cloud, app: string, locations: readonly string[]) {
  const outcomes: z.infer<typeof outcomeSchema>[] = [];
  const until = Date.now() + 2 * HANDLED_LIMIT_SECONDS * 1000;
  for (const location of locations) {
    for (;;) {
      const outcome = outcomeSchema.safeParse(await get(cloud, new URL(location, app)));
      if (outcome.success) outcomes.push(outcome.data);
      if (outcome.success) break;
      if (Date.now() > until) throw new Error(`no outcome at ${location}`);
      await sleep(200);
    }
  }
  return outcomes;
}

async function budgetOf(cloud: Cloud, app: string) {
  const [primary] = gateSchema.parse(await get(cloud, `${app}/api/gate`)).budgets;
  if (!primary) throw new Error('no workspace has a budget');
  return primary;
}

interface Queue {
  readonly waiting: number;
  readonly forecastSeconds: number;
}

/** As `GET /api/gate` shows it. */
async function longestQueue(cloud: Cloud, app: string, signal: AbortSignal): Promise<Queue> {
  let longest: Queue = { waiting: 0, forecastSeconds: 0 };
  for (; !signal.aborted; await sleep(2_000)) {
    const { waiting, lastTurnAt } = await budgetOf(cloud, app);
    if (waiting > longest.waiting)
      longest = { waiting, forecastSeconds: (Date.parse(lastTurnAt ?? '') - Date.now()) / 1000 };
  }
  return longest;
}

async function allActed(cloud: Cloud, app: string): Promise<void> {
  for (const until = Date.now() + SLOWEST_SECONDS * 1000; Date.now() < until; await sleep(1_000)) {
    if ((await startsOf(cloud)).length >= CLUSTERS && (await budgetOf(cloud, app)).waiting === 0) return;
  }
}

async function callsOf(cloud: Cloud) {
  return callsSchema.parse(await (await fetch(`${cloud.databricks}/_sim/calls`)).json());
}

async function startsOf(cloud: Cloud): Promise<number[]> {
  const calls = await callsOf(cloud);
  return calls.filter(({ path }) => /\/clusters\/(re)?start$/.test(path)).map(({ at }) => Date.parse(at));
}

interface Measured {
  readonly posted: number;
  readonly handled: number;
  readonly tickets: number;
  readonly queue: Queue;
}

async function report(cloud: Cloud, { posted, handled, tickets, queue }: Measured): Promise<Report> {
  const starts = await startsOf(cloud);
  const acts = mostAdmitted(starts, WINDOW_MS, BUDGETS.actsPerMinute);
  const calls = mostAdmitted(
    (await callsOf(cloud)).map(({ at }) => Date.parse(at)),
    WINDOW_MS,
    BUDGETS.callsPerMinute,
  );
  const told = messagesSchema.parse(await (await fetch(`${cloud.partsFor('').messages}/`)).json());
  const times = told.map(({ at }) => Date.parse(at));
  const foldWindows = Math.floor((Math.max(...times) - Math.min(...times)) / FOLD_WINDOW_MS) + 1;
  const bars: readonly [boolean, string][] = [
    [tickets === CLUSTERS, `${tickets} incidents`],
    [handled <= HANDLED_LIMIT_SECONDS, `handled after ${handled.toFixed(0)} s`],
    [starts.length === CLUSTERS, `${starts.length} starts for ${CLUSTERS} clusters`],
    [acts <= BUDGETS.actsPerMinute, `${acts} acts in a minute of operations`],
    [told.length <= foldWindows * IN_A_FOLD_WINDOW, `${told.length} messages in ${foldWindows} windows of ten minutes`],
    [calls <= BUDGETS.callsPerMinute, `${calls} calls in a minute of operations`],
  ];
  return {
    head: ['what', 'measured'],
    rows: [
      ['posted, handled after', `${posted.toFixed(0)} s, ${handled.toFixed(0)} s`],
      ['incidents, starts', `${tickets}, ${starts.length}`],
      ['most acts and calls in a minute of operations', `${acts}, ${calls}`],
      ['most that waited at once', `${queue.waiting}, the last of them for ${queue.forecastSeconds.toFixed(0)} s`],
      ['messages to people, in windows of ten minutes', `${told.length}, ${foldWindows}`],
    ],
    missed: bars.filter(([isMet]) => !isMet).map(([, words]) => words),
  };
}
