// One line to a server on loopback, on a port of its own that it keeps. Blocked it refuses connections (nobody listens), lets them hang
// (taken, and nothing passes) or resets them at the first word.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { listenOnLoopback } from '../loopback.ts';

export const BLOCKS = ['refuse', 'hang', 'reset'] as const;
export type Block = (typeof BLOCKS)[number];

/** While nobody listened, a connection on its way out may have been given our port: it will be free again. */
const PORT_WAIT_MS = 10_000;
const LOOK_AGAIN_MS = 50;

export interface Line {
  readonly port: number;
  block(mode: Block): Promise<void>;
  open(): Promise<void>;
  stop(): Promise<void>;
}

export async function openLine(upstreamPort: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let mode: Block | 'open' = 'open';
  const server = createServer((client) => {
    keep(client, sockets);
    if (mode === 'reset') return void client.once('data', () => client.resetAndDestroy());
    if (mode === 'open') pass(client, keep(connect(upstreamPort, '127.0.0.1'), sockets));
  });
  const port = await listenOnLoopback(server, 0);

  async function change(to: Block | 'open'): Promise<void> {
    mode = to;
    for (const socket of sockets) socket.destroy();
    if (to === 'refuse') await closed(server);
    else if (!server.listening) await listenAgain(server, port);
  }
  return {
    port,
    block: change,
    open: () => (mode === 'open' ? Promise.resolve() : change('open')),
    stop: () => change('refuse'),
  };
}

function keep(socket: Socket, sockets: Set<Socket>): Socket {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  // An end that breaks off takes the other with it; there is nobody else to tell.
  socket.on('error', () => undefined);
  return socket;
}

function pass(client: Socket, server: Socket): void {
  client.pipe(server).pipe(client);
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroy());
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  const end = once(server, 'close');
  server.close();
  await end;
}

async function listenAgain(server: Server, port: number): Promise<void> {
  const deadline = Date.now() + PORT_WAIT_MS;
  while (Date.now() < deadline) {
    const found = await listenOnLoopback(server, port).catch(() => undefined);
    if (found !== undefined) return;
    await pause(LOOK_AGAIN_MS);
  }
  await listenOnLoopback(server, port);
}
