// Measured, without a bar: what one incident costs, from webhook to resolved, in operations that Azure would bill.
// Counted by the broker and the storage proxy, one incident after the other, timers off. What merely waits is told apart.
import { setTimeout as sleep } from 'node:timers/promises';
import { timers } from '../../functions/registry.ts';
import type { Benchmark } from './benchmark.ts';
import { Cloud, clusterId } from './cloud.ts';
import { crash, post, untilIdle } from './idle-time.ts';

const INCIDENTS = 8;
const WARM_UP_INCIDENTS = 1;
const TIMERS = Object.keys(timers);
const TIME_SCALE = 500;
/** Sessions that nobody has a message for: asked for all day, with or without incidents. */
const WAITING = new Set(['acceptSessionTimeout']);

type Operations = Awaited<ReturnType<Cloud['operations']>>;

export const operationsPerIncident: Benchmark = {
  name: 'operations-per-incident',
  promise: `operations from webhook to resolved, counted over ${INCIDENTS} incidents (no bar)`,
  async run() {
    const cloud = await Cloud.start({ clusters: INCIDENTS + WARM_UP_INCIDENTS, timeScale: TIME_SCALE });
    try {
      const app = await cloud.startHost({ name: 'app', disabled: TIMERS });
      for (let number = 0; number < WARM_UP_INCIDENTS; number += 1) await recover(cloud, app, number);
      const before = await cloud.operations();
      for (let number = 0; number < INCIDENTS; number += 1) await recover(cloud, app, WARM_UP_INCIDENTS + number);
      const after = await cloud.operations();
      await mustBeResolved(cloud, app);
      return report(before, after);
    } finally {
      await cloud.stop();
    }
  },
};

async function recover(cloud: Cloud, app: string, number: number): Promise<void> {
  const id = clusterId(number);
  await crash(cloud, id);
  const answer = await post(cloud, app, id);
  if (answer.status !== 200) throw new Error(`the webhook was answered ${answer.status}`);
  // A handler hands its next message over before its own is settled, but not within the same moment.
  await sleep(50);
  await untilIdle(cloud);
}

/** Counting the operations of incidents that failed would flatter. */
async function mustBeResolved(cloud: Cloud, app: string): Promise<void> {
  const answer = await fetch(`${app}/api/incidents`, { headers: { 'x-api-key': cloud.apiKey } });
  const { value = [] } = Object(await answer.json());
  const resolved = value.filter((incident: { state?: string }) => incident.state === 'resolved').length;
  if (resolved !== INCIDENTS + WARM_UP_INCIDENTS) throw new Error(`only ${resolved} incidents are resolved`);
}

function report(before: Operations, after: Operations) {
  const services = { 'Table Storage': 'tables', 'Blob Storage': 'blobs', 'Service Bus': 'serviceBus' } as const;
  const rows = Object.entries(services).flatMap(([words, service]) => {
    const kinds = Object.entries(after[service])
      .map(([kind, count]) => [kind, (count - (before[service][kind] ?? 0)) / INCIDENTS] as const)
      .filter(([, count]) => count > 0);
    const total = kinds.reduce((sum, [kind, count]) => (WAITING.has(kind) ? sum : sum + count), 0);
    return [[words, 'all', total.toFixed(1)], ...kinds.map(([kind, count]) => ['', nameOf(kind), count.toFixed(1)])];
  });
  return { head: ['service', 'operation', 'per incident'], rows, missed: [] };
}

function nameOf(kind: string): string {
  return WAITING.has(kind) ? `${kind} (waiting, not in the sum)` : kind;
}
