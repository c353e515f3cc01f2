// Ports on loopback: whether one is free, and any that is.
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { listenOnLoopback } from '../loopback.ts';
import { RefusedOptions } from './options.ts';

const LOOK_AGAIN_MS = 50;

/**
 * A port of 127.0.0.1 that was free a moment ago: `wanted`, or any for 0. The app must know its own URL before it starts,
 * so the port has to be found before; a taken one is `RefusedOptions` with words for a person, after
 * `waitMs` in which it might have become free.
 */
export async function freePort(wanted: number, waitMs = 0): Promise<number> {
  const deadline = Date.now() + waitMs;
  while (Date.now() < deadline) {
    const found = await tryPort(wanted).catch(() => undefined);
    if (found !== undefined) return found;
    await pause(LOOK_AGAIN_MS);
  }
  return tryPort(wanted);
}

async function tryPort(wanted: number): Promise<number> {
  const server = createServer();
  try {
    return await listenOnLoopback(server, wanted);
  } catch (error) {
    throw new RefusedOptions(explain(wanted, error));
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function explain(port: number, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken by another program. Stop it, or choose a port with --port N (0 takes any free one).`;
  if (code === 'EACCES') return `Port ${port} may not be opened by this user. Choose a port above 1023 with --port N.`;
  return `Port ${port} cannot be opened: ${String(error)}`;
}

/** The port of a base URL such as `http://127.0.0.1:4711/devstoreaccount1`. */
export function portOf(url: string): number {
  return Number(new URL(url).port);
}
