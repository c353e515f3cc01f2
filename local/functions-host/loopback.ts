// Nothing of the laptop cloud listens beyond 127.0.0.1, also not what others start: the library's stream proxy calls
// `server.listen()` without a host (@azure/functions src/http/httpProxy.ts), which would mean every interface.
import { Server } from 'node:net';
import { PENDING_CONNECTIONS } from './refusals.ts';

export const LOOPBACK = '127.0.0.1';

const EVERYWHERE: readonly unknown[] = [undefined, null, '', '0.0.0.0', '::'];

export interface LoopbackGuard {
  /** Closes what was opened under the guard and gives `listen` back. */
  release(): void;
}

export function guardListening(): LoopbackGuard {
  const original = Server.prototype.listen;
  const opened = new Set<Server>();
  Server.prototype.listen = new Proxy(original, {
    apply(listen, server: Server, args: unknown[]) {
      opened.add(server);
      return Reflect.apply(listen, server, letWait(toLoopback(args)));
    },
  });
  return {
    release() {
      Server.prototype.listen = original;
      for (const server of opened) shut(server);
    },
  };
}

/** The arguments of net.Server.listen, with loopback for the host where none or every interface was asked for. */
export function toLoopback(args: readonly unknown[]): unknown[] {
  const [first, ...rest] = args;
  if (first === undefined || first === null) return [{ port: 0, host: LOOPBACK }, ...rest];
  if (typeof first === 'function') return [{ port: 0, host: LOOPBACK }, first];
  if (typeof first === 'object') return [onLoopback(first), ...rest];
  return isPort(first) ? portOnLoopback(first, rest) : [...args];
}

/** The proxy gets a connection for every caller that the front has let in. */
function letWait([first, ...rest]: readonly unknown[]): unknown[] {
  const isTcp = typeof first === 'object' && first !== null && 'port' in first;
  return [isTcp ? { backlog: PENDING_CONNECTIONS, ...first } : first, ...rest];
}

function onLoopback(options: object): object {
  const isTcp = !('path' in options) && !('fd' in options) && !('_handle' in options);
  const host = 'host' in options ? options.host : undefined;
  return isTcp && EVERYWHERE.includes(host) ? { ...options, host: LOOPBACK } : options;
}

function portOnLoopback(port: unknown, rest: readonly unknown[]): unknown[] {
  const callback = rest.filter((argument) => typeof argument === 'function');
  const [host, backlog] = typeof rest[0] === 'number' ? [undefined, rest[0]] : [rest[0], rest[1]];
  const wanted = typeof host === 'string' && !EVERYWHERE.includes(host) ? host : LOOPBACK;
  return [{ port, host: wanted, ...(typeof backlog === 'number' && { backlog }) }, ...callback];
}

function isPort(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));
}

function shut(server: Server): void {
  if (!server.listening) return;
  server.close();
  if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') server.closeAllConnections();
}
