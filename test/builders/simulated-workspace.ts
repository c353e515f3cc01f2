// A simulated workspace for a test, under a clock that the test moves, with the real SDK and a bare fetch beside it.
import { Config, type ConfigOptions, WorkspaceClient } from '@databricks/sdk-experimental';
import { type SimulatedWorkspace, startWorkspace, type WorkspaceOptions } from '../../local/databricks/workspace.ts';
import type { Clock } from '../../local/simulator/clock.ts';

export const TOKEN = 'dapi-test-token';
/** An instant that no test depends on beyond its being fixed. */
export const START = Date.parse('2026-03-02T08:00:00Z');

export interface ManualClock extends Clock {
  /** Moves time on, running what is due in its order. */
  advance(seconds: number): void;
}

export function manualClock(start = START): ManualClock {
  let now = start;
  let pending: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    schedule(at, run) {
      const entry = { at, run };
      pending.push(entry);
      return () => {
        pending = pending.filter((other) => other !== entry);
      };
    },
    advance(seconds) {
      const end = now + seconds * 1000;
      for (;;) {
        const next = pending.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (!next) break;
        pending = pending.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed JSON; tests look into it freely. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on whatever the wire brings
  readonly json: any;
}

export interface Bench {
  readonly clock: ManualClock;
  readonly workspace: SimulatedWorkspace;
  readonly client: WorkspaceClient;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  stop(): Promise<void>;
}

export async function aWorkspace(options: Partial<WorkspaceOptions> = {}): Promise<Bench> {
  const clock = manualClock();
  const workspace = await startWorkspace({ token: TOKEN, clock, ...options });
  return {
    clock,
    workspace,
    client: clientFor(workspace.url),
    call: (method, path, body, headers) => call(workspace.url + path, method, body, headers),
    stop: () => workspace.stop(),
  };
}

/** Options as the application must choose them: no environment, TLS verified, short retries. */
export function clientFor(host: string, options: ConfigOptions = {}): WorkspaceClient {
  const fixed: ConfigOptions = { host, token: TOKEN, authType: 'pat', loaders: [], skipVerify: false };
  return new WorkspaceClient(new Config({ ...fixed, retryTimeoutSeconds: 1, ...options }));
}

export async function call(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const sent = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: sent }),
    redirect: 'manual',
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
