// The Databricks provider's connection to one (simulated) workspace, by its public API and with its token, as the real provider has.
import { type Clock, waitUntil } from '../simulator/clock.ts';

/** What ends a plan or an apply as `errored`: words as the provider writes them into the log. */
export class ProviderError extends Error {}

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DatabricksClient {
  /** Answers below 500 other than 429; throws `ProviderError` for the rest once its tries are used up. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Reply>;
  /** The same, but anything other than 200 is an error with Databricks' words. */
  must(what: string, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Reply['body']>;
}

export interface ClientOptions {
  readonly url: string;
  readonly token: string;
  readonly clock: Clock;
  readonly timeScale: number;
  readonly stopping: AbortSignal;
  /** Told of every call that is under way. */
  track<T>(work: Promise<T>): Promise<T>;
}

const TRIES = 5;
const PAUSE_SECONDS = 2;
const DEADLINE_MS = 10_000;

export function databricksClient(options: ClientOptions): DatabricksClient {
  const { clock, timeScale, stopping, track } = options;
  async function ask(method: string, path: string, body?: unknown): Promise<Reply> {
    for (let tries = 1; ; tries += 1) {
      const reply = await track(once(options, method, path, body));
      if ('status' in reply && reply.status < 500 && reply.status !== 429) return reply;
      if (tries >= TRIES || stopping.aborted) throw new ProviderError(`${method} ${path}: ${wordsOf(reply)}`);
      await waitUntil(clock, clock.now() + (PAUSE_SECONDS * 1000) / timeScale, stopping);
    }
  }
  return {
    ask,
    async must(what, method, path, body) {
      const reply = await ask(method, path, body);
      if (reply.status === 200) return reply.body;
      throw new ProviderError(`cannot ${what}: ${wordsOf(reply)}`);
    },
  };
}

type Once = Reply | { readonly failure: string };

async function once({ url, token }: ClientOptions, method: string, path: string, body: unknown): Promise<Once> {
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'user-agent': 'databricks-tf-provider',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return { status: response.status, body: recordOf(await response.text()) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function recordOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return { message: text.slice(0, 200) };
  }
}

function wordsOf(reply: Once): string {
  return 'failure' in reply ? reply.failure : `${reply.status} ${String(reply.body.message ?? '')}`.trim();
}
