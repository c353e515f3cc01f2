// The control endpoint of a running stack: faults of the cloud itself, on loopback, for whoever holds the admin key.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod';
import { listenOnLoopback } from '../loopback.ts';
import { BLOCKS } from '../own-network/line.ts';
import type { OwnNetwork } from '../own-network/own-network.ts';
import type { Supervisor } from '../supervisor.ts';

const BODY_LIMIT_BYTES = 10_000;
const LONGEST_FAULT_MS = 600_000;

const downSchema = z.strictObject({
  forMs: z.int().positive().max(LONGEST_FAULT_MS).optional(),
  status: z.union([z.literal(503), z.literal(500)]).optional(),
  service: z.enum(['tables', 'blobs']).optional(),
  partition: z.string().min(1).optional(),
});
const targets = z.array(z.string()).min(1).optional();
const blockSchema = z.strictObject({
  targets,
  mode: z.enum(BLOCKS).default('refuse'),
  forMs: z.int().positive().max(LONGEST_FAULT_MS).optional(),
});
const openSchema = z.strictObject({ targets });
const pauseSchema = z.strictObject({ forMs: z.int().positive().max(LONGEST_FAULT_MS) });

export interface Controlled {
  readonly supervisor: Supervisor;
  /** The lines by which the app looks at what is outside. */
  readonly network: OwnNetwork | undefined;
}

type Answer = Record<string, unknown>;
type Order = (controlled: Controlled, body: unknown) => Promise<Answer> | Answer;

/** Method and path -> what is done. `POST /kill/{process}` is the one with a name in its path. */
const ORDERS: Record<string, Order> = {
  'GET /': () => ({ pid: process.pid }),
  'GET /counts': async ({ supervisor }) => ({
    storage: await supervisor.process('tables').order('counts'),
    serviceBus: await supervisor.process('serviceBus').order('operations'),
    queues: await supervisor.process('serviceBus').order('counts'),
  }),
  'POST /broker/down': ({ supervisor }, body) => order(supervisor, 'serviceBus', 'down', downSchema.parse(body)),
  'POST /broker/up': ({ supervisor }) => order(supervisor, 'serviceBus', 'up', {}),
  'POST /tables/down': ({ supervisor }, body) => order(supervisor, 'tables', 'down', downSchema.parse(body)),
  'POST /tables/up': ({ supervisor }) => order(supervisor, 'tables', 'up', {}),
  'POST /network/block': async ({ network }, body) => {
    const order = blockSchema.parse(body);
    await network?.block(order);
    return { blocked: order.targets ?? Object.keys(network?.hosts ?? {}), mode: order.mode };
  },
  'POST /network/open': async ({ network }, body) => {
    const { targets: opened } = openSchema.parse(body);
    await network?.open(opened);
    return { open: opened ?? Object.keys(network?.hosts ?? {}) };
  },
  'POST /app/kill': ({ supervisor }) => kill(supervisor, 'app'),
  'POST /app/pause': ({ supervisor }, body) => {
    supervisor.process('app').pause(pauseSchema.parse(body).forMs);
    return { paused: 'app' };
  },
};

export interface Control {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startControl(controlled: Controlled, adminKey: string, wantedPort: number): Promise<Control> {
  const server = createServer((request, response) => {
    serve(controlled, adminKey, request).then(
      ({ status, body }) => reply(response, status, body),
      (error: unknown) => reply(response, 400, { error: wordsOf(error) }),
    );
  });
  const port = await listenOnLoopback(server, wantedPort);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(controlled: Controlled, adminKey: string, request: IncomingMessage) {
  if (!isSame(String(request.headers['x-admin-key'] ?? ''), adminKey)) {
    return { status: 401, body: { error: 'x-admin-key is missing or wrong' } };
  }
  const name = `${request.method} ${request.url}`;
  const killed = /^POST \/kill\/(\w+)$/.exec(name)?.[1];
  if (killed) return { status: 200, body: kill(controlled.supervisor, killed) };
  const known = Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined;
  if (!known) return { status: 404, body: { error: `no such order. There is: ${orderNames().join(', ')}` } };
  return { status: 200, body: await known(controlled, await readJson(request)) };
}

function orderNames(): string[] {
  return [...Object.keys(ORDERS), 'POST /kill/{process}'];
}

async function order(supervisor: Supervisor, process: string, op: string, args: Answer): Promise<Answer> {
  await supervisor.process(process).order(op, args);
  return { [op]: process, ...args };
}

function kill(supervisor: Supervisor, name: string): Answer {
  const killed = supervisor.process(name);
  const { pid } = killed;
  killed.kill();
  return { killed: name, pid };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > BODY_LIMIT_BYTES) throw new Error('the body is too long');
  }
  return text === '' ? {} : JSON.parse(text);
}

function reply(response: ServerResponse, status: number, body: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function wordsOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
