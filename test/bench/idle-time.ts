// Measured, without a bar: how long it takes on an idle system from posting a webhook until Databricks is called because of it.
// The workspace's own log of calls is the witness; both clocks are this machine's.
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { timers } from '../../functions/registry.ts';
import { type Benchmark, percentile } from './benchmark.ts';
import { Cloud, clusterId, terminatedEvent } from './cloud.ts';

const SAMPLES = 100;
const WARM_UP_SAMPLES = 5;
const TIMERS = Object.keys(timers);
/** Recovery is quick: each incident is resolved before the next sample. One that fails would open the breaker of its class. */
const TIME_SCALE = 500;
const LIMIT_MS = 20_000;
/** A busy machine gets fewer samples instead of more time; the table says how many they were. */
const LONGEST_RUN_MS = 55_000;

const callsSchema = z.array(z.object({ at: z.string(), method: z.string(), path: z.string(), body: z.unknown() }));

interface Sample {
  readonly answered: number;
  readonly firstCall: number;
  readonly startCall: number;
}

export const idleTime: Benchmark = {
  name: 'idle-time',
  promise: 'milliseconds from webhook to the Databricks call on an idle system (no bar)',
  async run() {
    const cloud = await Cloud.start({ clusters: SAMPLES + WARM_UP_SAMPLES, timeScale: TIME_SCALE });
    try {
      const app = await cloud.startHost({ name: 'app', disabled: TIMERS });
      const samples: Sample[] = [];
      const end = Date.now() + LONGEST_RUN_MS;
      for (let number = 0; number < WARM_UP_SAMPLES + SAMPLES && Date.now() < end; number += 1) {
        const sample = await measure(cloud, app, clusterId(number));
        if (number >= WARM_UP_SAMPLES) samples.push(sample);
      }
      return report(samples);
    } finally {
      await cloud.stop();
    }
  },
};

async function measure(cloud: Cloud, app: string, id: string): Promise<Sample> {
  await crash(cloud, id);
  const posted = Date.now();
  const answer = await post(cloud, app, id);
  if (!answer.ok) throw new Error(`the webhook was answered ${answer.status}`);
  const answered = Date.now();
  const calls = await callsUntilStart(cloud, id);
  await untilIdle(cloud);
  const [first = Number.NaN] = calls.map(({ at }) => Date.parse(at));
  const start = Date.parse(calls.find(isStart)?.at ?? '');
  return { answered: answered - posted, firstCall: first - posted, startCall: start - posted };
}

export async function crash(cloud: Cloud, id: string): Promise<void> {
  const body = JSON.stringify({ code: 'DRIVER_UNREACHABLE' });
  const answer = await fetch(`${cloud.databricks}/_sim/clusters/${id}/crash`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  if (!answer.ok) throw new Error(`${id} cannot be crashed: ${answer.status} ${await answer.text()}`);
  await answer.body?.cancel();
  await fetch(`${cloud.databricks}/_sim/calls`, { method: 'DELETE' });
}

export async function post(cloud: Cloud, app: string, id: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-api-key': cloud.apiKey };
  const answer = await fetch(`${app}/databricks-monitor`, { method: 'POST', headers, body: terminatedEvent(id) });
  await answer.arrayBuffer();
  return answer;
}

/** Until no message waits or is due: nothing is under way any more. */
export async function untilIdle(cloud: Cloud): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  for (let quiet = 0; quiet < 3; ) {
    if (Date.now() > end) throw new Error('the system does not come to rest');
    quiet = (await cloud.messagesLeft()) === 0 ? quiet + 1 : 0;
    await sleep(20);
  }
}

async function callsUntilStart(cloud: Cloud, id: string) {
  const end = Date.now() + LIMIT_MS;
  while (Date.now() < end) {
    const all = callsSchema.parse(await (await fetch(`${cloud.databricks}/_sim/calls`)).json());
    const calls = all.filter(({ path, body }) => path.includes(id) || JSON.stringify(body ?? '').includes(id));
    if (calls.some(isStart)) return calls;
    await sleep(10);
  }
  throw new Error(`Databricks was not asked to start ${id}`);
}

function isStart({ method, path }: { method: string; path: string }): boolean {
  return method === 'POST' && path.endsWith('/clusters/start');
}

function report(samples: readonly Sample[]) {
  const row = (words: string, of: (sample: Sample) => number) => {
    const values = samples.map(of);
    return [words, String(percentile(values, 50)), String(percentile(values, 99))];
  };
  return {
    head: [`from the webhook until (${samples.length} samples)`, 'p50 ms', 'p99 ms'],
    rows: [
      row('the first call to Databricks', ({ firstCall }) => firstCall),
      row('the call that starts the cluster', ({ startCall }) => startCall),
      row('the answer with the decision', ({ answered }) => answered),
    ],
    missed: [],
  };
}
