// Promised: accepting a webhook costs little more than the one send that it needs (issue 2, judged 7): accepted webhooks per
// second against a hello function on the same host, and for orientation against a bare server; then with everything on.
import { join } from 'node:path';
import autocannon from 'autocannon';
import { timers } from '../../functions/registry.ts';
import { type Benchmark, median, type Report, spread } from './benchmark.ts';
import { buildApp, bundle } from './build-app.ts';
import { Cloud, clusterId, terminatedEvent } from './cloud.ts';

const BAR = 0.7;
const CONNECTIONS = 32;
const ROUNDS = 7;
const ROUND_SECONDS = 1.5;
/** Until the compiler has seen what is called often: the larger side needs longer. */
const WARM_UP_SECONDS = 4;
/** Events of this many clusters take turns, each in a session of its own. */
const CLUSTERS = 200;

const QUEUE_FUNCTIONS = ['handle-signal', 'advance-run', 'deliver-message'];
const TIMERS = Object.keys(timers);

interface Side {
  readonly words: string;
  readonly url: string;
  readonly path: string;
  readonly perSecond: number[];
  readonly p99: number[];
}

export const accept: Benchmark = {
  name: 'accept',
  promise: `accepted webhooks per second, ${CONNECTIONS} connections, Prefer: wait=0, at least ${BAR} of a hello function that sends once`,
  async run() {
    const quiet = await withCloud(quietSides);
    const busy = await withCloud(busySides);
    return report(quiet, busy);
  },
};

/** Queue functions off: nothing but the doors. */
async function quietSides(cloud: Cloud): Promise<Side[]> {
  const hello = await buildApp('test/bench/apps/hello-sender.ts', join(cloud.folder, 'hello'));
  const bare = join(cloud.folder, 'bare-server.mjs');
  await bundle('test/bench/apps/bare-server.ts', bare);
  const disabled = [...QUEUE_FUNCTIONS, ...TIMERS];
  return [
    aSide('Lakewarden, queue functions off', await cloud.startHost({ name: 'doors', disabled }), '/databricks-monitor'),
    aSide('hello function that sends once', await cloud.startHost({ name: 'hello', appDir: hello }), '/hello'),
    aSide(
      'bare server that sends once',
      await cloud.startProcess('bare', bare, { connection: cloud.busConnection }),
      '/',
    ),
  ];
}

async function busySides(cloud: Cloud): Promise<Side[]> {
  return [aSide('Lakewarden, everything on', await cloud.startHost({ name: 'app' }), '/databricks-monitor')];
}

async function withCloud(sidesOf: (cloud: Cloud) => Promise<Side[]>): Promise<Side[]> {
  const cloud = await Cloud.start({ clusters: CLUSTERS, timeScale: 30 });
  try {
    const sides = await sidesOf(cloud);
    for (const side of sides) await load(cloud, side, WARM_UP_SECONDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      // Back and forth, so that no side always comes after the same other one.
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) await measure(cloud, side);
    }
    return sides;
  } finally {
    await cloud.stop();
  }
}

async function measure(cloud: Cloud, side: Side): Promise<void> {
  const sentBefore = await sends(cloud);
  const result = await load(cloud, side, ROUND_SECONDS);
  // What was answered 202 has been sent: a door that answers first and sends later would win every race.
  const sent = (await sends(cloud)) - sentBefore;
  if (sent < result['2xx']) throw new Error(`${side.words}: ${result['2xx']} accepted, only ${sent} sent`);
  side.perSecond.push(result['2xx'] / result.duration);
  side.p99.push(result.latency.p99);
}

async function load(cloud: Cloud, { words, url, path }: Side, duration: number) {
  const headers = { 'content-type': 'application/json', 'x-api-key': cloud.apiKey, prefer: 'wait=0' };
  const requests = Array.from({ length: CLUSTERS }, (_, number) => ({
    method: 'POST',
    path,
    headers,
    body: terminatedEvent(clusterId(number)),
  }));
  const result = await autocannon({ url, connections: CONNECTIONS, duration, requests });
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0) throw new Error(`${words}: ${failed} requests were not accepted`);
  return result;
}

async function sends(cloud: Cloud): Promise<number> {
  const { serviceBus } = await cloud.operations();
  return serviceBus.send ?? 0;
}

function aSide(words: string, url: string, path: string): Side {
  return { words, url, path, perSecond: [], p99: [] };
}

function report(quiet: readonly Side[], busy: readonly Side[]): Report {
  const [app, hello] = quiet;
  if (!app || !hello) throw new Error('both sides of the bar have to be measured');
  const ratio = ratioOf(app, hello);
  return {
    head: ['side', 'accepted a second, lowest / median / highest', 'of hello', 'p99 ms'],
    rows: [...quiet, ...busy].map((side) => [
      side.words,
      spread(side.perSecond),
      ratioOf(side, hello).toFixed(2),
      median(side.p99).toFixed(0),
    ]),
    missed: ratio < BAR ? [`${ratio.toFixed(2)} of what a hello function accepts, less than ${BAR}`] : [],
  };
}

/** Median over the rounds: what a noisy neighbour does to one round, it does to both sides of that round's ratio. */
function ratioOf(side: Side, other: Side): number {
  return median(side.perSecond.map((value, round) => value / (other.perSecond[round] ?? Number.NaN)));
}
