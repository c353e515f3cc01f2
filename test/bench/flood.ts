// Promised (A7): 10,000 events about one cluster within a minute are one incident with the exact count and at most 5 messages,
// drained within 10 minutes, while another subject's remedy starts within a minute. The store's 503s and repairs play no part here.
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Benchmark, Report } from './benchmark.ts';
import { Cloud, clusterId, terminatedEvent } from './cloud.ts';
import { crash } from './idle-time.ts';

const EVENTS = Number(process.env.FLOOD_EVENTS ?? 10_000);
const POST_SECONDS = EVENTS / 167;
const MOST_MESSAGES = 5;
const DRAIN_LIMIT_SECONDS = 600;
const OTHER_LIMIT_SECONDS = 60;
const FLOODED = clusterId(0);
const OTHERS = [clusterId(1), clusterId(2), clusterId(3)];
/** A door that answers 503 is asked again, as senders do. */
const TRIES = 5;

const incidentsSchema = z.object({ value: z.array(z.looseObject({ id: z.string(), subject: z.string() })) });
const incidentSchema = z.looseObject({
  state: z.string(),
  signalCount: z.number(),
  timeline: z.array(z.looseObject({ type: z.string() })),
});

export const flood: Benchmark = {
  name: 'flood',
  promise: `${EVENTS} events about one cluster within a minute: one incident, exact count, drained in ${DRAIN_LIMIT_SECONDS} s, others unhindered`,
  async run() {
    const cloud = await Cloud.start({ clusters: OTHERS.length + 1, timeScale: 30 });
    try {
      const app = await cloud.startHost({ name: 'app' });
      return await measure(cloud, app);
    } finally {
      await cloud.stop();
    }
  },
};

async function measure(cloud: Cloud, app: string): Promise<Report> {
  await crash(cloud, FLOODED);
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  const posting = postAll(cloud, app);
  const others: number[] = [];
  for (const [at, id] of OTHERS.entries()) {
    await sleep(Math.max(0, (((at + 1) * POST_SECONDS) / 4 - since()) * 1000));
    others.push(await remedySeconds(cloud, app, id));
  }
  const answers = await posting;
  const posted = since();
  const before = await cloud.operations();
  await drained(cloud, since);
  const drainedAt = since();
  const after = await cloud.operations();
  // The list shows a count about a second late.
  await sleep(1_500);
  return await report(cloud, app, { posted, drainedAt, others, answers, operations: operationsBetween(before, after) });
}

async function postAll(cloud: Cloud, app: string): Promise<number[]> {
  const started = performance.now();
  const answers: Promise<number>[] = [];
  for (let event = 0; event < EVENTS; event += 1) {
    const dueMs = (event * POST_SECONDS * 1000) / EVENTS - (performance.now() - started);
    if (dueMs > 5) await sleep(dueMs);
    answers.push(postOne(cloud, app, FLOODED, `flood-${event}`));
  }
  return await Promise.all(answers);
}

/** Milliseconds until it was accepted. It has an id, so that a try whose answer was lost does not count twice. */
async function postOne(cloud: Cloud, app: string, id: string, eventId: string): Promise<number> {
  const body = JSON.stringify({ ...JSON.parse(terminatedEvent(id)), event_id: eventId });
  const headers = { 'content-type': 'application/json', 'x-api-key': cloud.apiKey };
  const started = performance.now();
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const status = await fetch(`${app}/databricks-monitor`, { method: 'POST', headers, body }).then(
      statusOf,
      () => 503,
    );
    if (status < 300) return performance.now() - started;
    if (status !== 503) throw new Error(`an event was answered ${status}`);
    await sleep(1_000);
  }
  throw new Error('an event was refused again and again');
}

async function statusOf(answer: Response): Promise<number> {
  await answer.arrayBuffer();
  return answer.status;
}

async function remedySeconds(cloud: Cloud, app: string, id: string): Promise<number> {
  await crash(cloud, id);
  const started = performance.now();
  await postOne(cloud, app, id, `other-${id}`);
  const hasStarted = async () => {
    const calls = z.array(z.unknown()).parse(await (await fetch(`${cloud.databricks}/_sim/calls`)).json());
    return calls.some((call) => JSON.stringify(call).includes('/clusters/start') && JSON.stringify(call).includes(id));
  };
  while (!(await hasStarted())) {
    if (performance.now() - started > 2 * OTHER_LIMIT_SECONDS * 1000) break;
    await sleep(50);
  }
  return (performance.now() - started) / 1000;
}

async function drained(cloud: Cloud, since: () => number): Promise<void> {
  for (let quiet = 0; quiet < 3 && since() < 2 * DRAIN_LIMIT_SECONDS; ) {
    quiet = (await cloud.messagesLeft()) === 0 ? quiet + 1 : 0;
    await sleep(200);
  }
}

type Operations = Awaited<ReturnType<Cloud['operations']>>;

function operationsBetween(before: Operations, after: Operations): number {
  return Object.entries(after.tables).reduce((sum, [kind, count]) => sum + count - (before.tables[kind] ?? 0), 0);
}

interface Measured {
  readonly posted: number;
  readonly drainedAt: number;
  readonly others: readonly number[];
  readonly answers: readonly number[];
  readonly operations: number;
}

async function report(cloud: Cloud, app: string, measured: Measured): Promise<Report> {
  const { posted, drainedAt, others, answers, operations } = measured;
  const get = async (path: string): Promise<unknown> =>
    (await fetch(`${app}${path}`, { headers: { 'x-api-key': cloud.apiKey } })).json();
  const { value } = incidentsSchema.parse(await get('/api/incidents'));
  const mine = value.filter(({ subject }) => subject.endsWith(FLOODED));
  const incident = incidentSchema.parse(await get(`/api/incidents/${mine[0]?.id}`));
  const messages = incident.timeline.filter(({ type }) => type === 'message-delivered').length;
  const slowest = Math.max(...others);
  const bars: readonly [boolean, string][] = [
    [mine.length === 1, `${mine.length} incidents instead of one`],
    [incident.signalCount === EVENTS, `the count is ${incident.signalCount}`],
    [mine[0]?.signalCount === EVENTS, `the list says ${mine[0]?.signalCount}`],
    [messages <= MOST_MESSAGES, `${messages} messages to people`],
    [drainedAt <= DRAIN_LIMIT_SECONDS, `drained after ${drainedAt.toFixed(0)} s`],
    [slowest <= OTHER_LIMIT_SECONDS, `another subject's remedy started after ${slowest.toFixed(0)} s`],
  ];
  return {
    head: ['what', 'measured'],
    rows: [
      ['posted within', `${posted.toFixed(0)} s, slowest answer ${Math.max(...answers).toFixed(0)} ms`],
      ['incidents, count, state', `${mine.length}, ${incident.signalCount}, ${incident.state}`],
      ['messages to people', String(messages)],
      ['drained after', `${drainedAt.toFixed(0)} s, ${(EVENTS / drainedAt).toFixed(0)} a second`],
      ['table operations while draining', String(operations)],
      ["other subjects' remedies started after", others.map((seconds) => `${seconds.toFixed(1)} s`).join(', ')],
    ],
    missed: bars.filter(([isMet]) => !isMet).map(([, words]) => words),
  };
}
