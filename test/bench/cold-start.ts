// Promised: the app is registered in at most twice the time of a hello-world app (issue 2, judged 6).
// Each run is a fresh process; the runs of both sides alternate, so that a busy machine slows both.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, median, spread } from './benchmark.ts';
import { buildApp, bundle, root } from './build-app.ts';

const BAR = 2.0;
const RUNS = 25;
/** Until files and code are in the page cache. */
const WARM_UP_RUNS = 3;

interface Registered {
  readonly milliseconds: number;
  readonly functions: number;
}

export const coldStart: Benchmark = {
  name: 'cold-start',
  promise: `process start to all functions registered, at most ${BAR.toFixed(1)} times a hello-world app`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'lakewarden-bench-'));
    try {
      return report(await measure(folder));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure(folder: string): Promise<{ hello: Registered[]; app: Registered[] }> {
  const hello = await buildApp('test/bench/apps/hello.ts', join(folder, 'hello'));
  // Bundled, so that neither side waits for the types of the loader to be stripped.
  const register = join(folder, 'register.mjs');
  await bundle('test/bench/apps/register.ts', register);
  const runs = { hello: [] as Registered[], app: [] as Registered[] };
  for (let run = 0; run < WARM_UP_RUNS + RUNS; run += 1) {
    const one = { hello: await start(register, hello), app: await start(register, root) };
    if (run < WARM_UP_RUNS) continue;
    runs.hello.push(one.hello);
    runs.app.push(one.app);
  }
  return runs;
}

function report({ hello, app }: { hello: Registered[]; app: Registered[] }) {
  const times = { hello: hello.map(timeOf), app: app.map(timeOf) };
  const ratio = median(times.app) / median(times.hello);
  const row = (side: string, runs: Registered[], ratioText: string) => [
    side,
    String(runs[0]?.functions),
    spread(runs.map(timeOf)),
    ratioText,
  ];
  return {
    head: ['app', 'functions', 'ms, lowest / median / highest', 'ratio'],
    rows: [row('hello world', hello, '1.00'), row('Lakewarden', app, ratio.toFixed(2))],
    missed: ratio > BAR ? [`a cold start takes ${ratio.toFixed(2)} times that of hello world, more than ${BAR}`] : [],
  };
}

/** From just before the process is started until it says that its functions are registered. */
async function start(register: string, appDir: string): Promise<Registered> {
  const started = performance.now();
  const { PATH = '', HOME = '' } = process.env;
  const child = fork(register, [appDir], {
    env: { PATH, HOME },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return await new Promise((resolve, reject) => {
    let registered: Registered | undefined;
    child.once('error', reject);
    child.once('message', (message) => {
      registered = { milliseconds: performance.now() - started, functions: Number(Object(message).functions) };
    });
    child.once('exit', (code) => {
      if (registered) resolve(registered);
      else reject(new Error(`${appDir} did not register: code ${code}`));
    });
  });
}

function timeOf({ milliseconds }: Registered): number {
  return milliseconds;
}
