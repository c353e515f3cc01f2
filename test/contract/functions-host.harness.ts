// Runs the functions host as the laptop cloud does, a forked child with options in its environment, around a fixture app.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const FIXTURES = join(import.meta.dirname, '../fixtures/host-apps');
const MAIN = join(import.meta.dirname, '../../local/functions-host/main.ts');

export const MASTER_KEY = 'the-master-key';

export interface HostedOptions {
  readonly hostJson?: Record<string, unknown>;
  readonly settings?: Record<string, string>;
  readonly hostKeys?: Record<string, string>;
  readonly functionKeys?: Record<string, Record<string, string>>;
  readonly disabled?: string[];
  readonly stateDir?: string;
  readonly port?: number;
}

export interface LogLine {
  readonly level: string;
  readonly category: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface HostedApp {
  readonly url: string;
  readonly pid: number;
  readonly ready: {
    readonly port: number;
    readonly functions: string[];
    readonly faults: { name: string; fault: string }[];
  };
  readonly exited: Promise<number | null>;
  readonly appDir: string;
  logs(): LogLine[];
  order(op: string, args: Record<string, unknown>): Promise<{ result?: unknown; error?: string }>;
  stop(): Promise<number | null>;
}

export class StartFailed extends Error {
  readonly faults: string[];
  readonly exited: Promise<number | null>;

  constructor(faults: string[], exited: Promise<number | null>) {
    super(faults.join('; '));
    this.faults = faults;
    this.exited = exited;
  }
}

export const HOST_JSON = { version: '2.0', extensionBundle: {}, extensions: { http: { routePrefix: '' } } };

export async function hosted(fixture: string, options: HostedOptions = {}): Promise<HostedApp> {
  const { hostJson = HOST_JSON, settings = {}, port = 0, ...rest } = options;
  const appDir = await mkdtemp(join(tmpdir(), 'host-app-'));
  await writeFile(join(appDir, 'package.json'), JSON.stringify({ main: relative(appDir, join(FIXTURES, fixture)) }));
  await writeFile(join(appDir, 'host.json'), JSON.stringify(hostJson));
  const child = forkHost({ appDir, port, settings, masterKey: MASTER_KEY, ...rest });
  const logs = collectLogs(child);
  const exited = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null));
  void exited.then(() => rm(appDir, { recursive: true, force: true }));
  const first = await firstMessage(child, exited);
  if (first.kind !== 'ready') throw new StartFailed(first.faults ?? ['it ended without a word'], exited);
  return {
    url: `http://127.0.0.1:${first.port}`,
    pid: child.pid ?? 0,
    ready: { port: first.port ?? 0, functions: first.functions ?? [], faults: [], ...first },
    exited,
    appDir,
    logs,
    order: (op, args) => order(child, op, args),
    stop: () => stop(child, exited),
  };
}

function forkHost(options: Record<string, unknown>): ChildProcess {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, LAKEWARDEN_CHILD: JSON.stringify(options) };
  return fork(MAIN, { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
}

interface FirstMessage {
  readonly kind: string;
  readonly port?: number;
  readonly functions?: string[];
  readonly faults?: never[];
}

async function firstMessage(child: ChildProcess, exited: Promise<unknown>): Promise<FirstMessage> {
  const message = once(child, 'message').then(([first]: FirstMessage[]) => first);
  return (await Promise.race([message, exited.then(() => undefined)])) ?? { kind: 'gone' };
}

function collectLogs(child: ChildProcess): () => LogLine[] {
  let text = '';
  const lines: LogLine[] = [];
  child.stderr?.on('data', (chunk) => lines.push({ level: 'stderr', category: '', message: String(chunk) }));
  child.stdout?.on('data', (chunk) => {
    const parts = (text + String(chunk)).split('\n');
    text = parts.pop() ?? '';
    for (const line of parts) lines.push(parseLine(line));
  });
  return () => lines;
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line);
  } catch {
    return { level: 'raw', category: '', message: line };
  }
}

let orders = 0;

async function order(
  child: ChildProcess,
  op: string,
  args: Record<string, unknown>,
): Promise<{ result?: unknown; error?: string }> {
  orders += 1;
  const id = orders;
  const answer = new Promise<{ result?: unknown; error?: string }>((resolve) => {
    child.on('message', function listen(message: { kind?: string; id?: number; result?: unknown; error?: string }) {
      if (message.kind !== 'control-done' || message.id !== id) return;
      child.off('message', listen);
      resolve(message);
    });
  });
  child.send({ kind: 'control', id, op, ...args });
  return answer;
}

async function stop(child: ChildProcess, exited: Promise<number | null>): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  return exited;
}

/** Asks again until the answer satisfies, for what happens in another process. */
export async function eventually<T>(ask: () => Promise<T>, holds: (value: T) => boolean, limitMs = 15_000): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`it did not happen in ${limitMs} ms; last seen: ${JSON.stringify(value).slice(0, 2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The body of an answer, in the shape that the fixture app is known to give it. */
export async function json<T>(response: Response): Promise<T> {
  return JSON.parse(await response.text());
}
