// Reads lists and single resources of Azure Resource Manager: token, pages, pauses when told to wait, deadlines, answers of a bounded size. It only ever GETs.
// The token goes to one origin: no redirect is followed, and no next page of another host.
import { setTimeout as sleepFor } from 'node:timers/promises';
import { LakewardenError, Refused, Unavailable } from '../../domain/errors.ts';
import { readJson } from './answer.ts';
import type { TokenSource } from './tokens.ts';
import { answeredWith, noAnswer, outOfTime } from './translate.ts';

export interface ArmOptions {
  /** https, or plain http to this machine: checked where settings are read. */
  readonly origin: string;
  readonly tokens: TokenSource;
  /** Seconds of one try, and of a list with all its pages, tries and pauses. */
  readonly deadlineSeconds?: number;
  readonly budgetSeconds?: number;
  /** Milliseconds that pass, monotonic. */
  readonly elapsedMilliseconds?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

const DEADLINE_SECONDS = 10;
const BUDGET_SECONDS = 40;
const MAX_TRIES = 4;
const FIRST_PAUSE_MS = 500;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** More pages than any list that is read here has: a list that never ends is a fault of its sender. */
const MAX_PAGES = 200;

export class ArmReader {
  readonly #options: ArmOptions;
  readonly #now: () => number;
  readonly #sleep: (milliseconds: number) => Promise<void>;

  constructor(options: ArmOptions) {
    this.#options = options;
    this.#now = options.elapsedMilliseconds ?? (() => performance.now());
    this.#sleep = options.sleep ?? (async (milliseconds) => await sleepFor(milliseconds));
  }

  /**
   * The entries of a list, page by page: whoever has enough stops asking. `path` begins with `/`, and has its query.
   * Throws `Refused` (`azure-refused`) or `Unavailable` (`azure-unavailable`).
   */
  async *pages(path: string): AsyncGenerator<readonly unknown[]> {
    const endsAt = this.#endsAt();
    let next: URL | undefined = new URL(path, this.#options.origin);
    for (let page = 0; next !== undefined; page += 1) {
      if (page >= MAX_PAGES) throw new Refused('azure-refused', `${next.pathname}: the list does not end`);
      const body: Readonly<Record<string, unknown>> = await this.#read(next, endsAt);
      if (!Array.isArray(body.value)) throw new Refused('azure-refused', `${next.pathname}: the answer is no list`);
      yield body.value;
      next = this.#nextPage(body.nextLink, next);
    }
  }

  /** One resource, as Azure tells it. `path` begins with `/`, and has its query. Throws as `pages` does. */
  async resource(path: string): Promise<Readonly<Record<string, unknown>>> {
    return await this.#read(new URL(path, this.#options.origin), this.#endsAt());
  }

  #endsAt(): number {
    return this.#now() + (this.#options.budgetSeconds ?? BUDGET_SECONDS) * 1_000;
  }

  #nextPage(link: unknown, from: URL): URL | undefined {
    if (typeof link !== 'string' || link === '') return undefined;
    if (!URL.canParse(link, from.href) || new URL(link, from).origin !== this.#options.origin)
      throw new Refused('azure-refused', `${from.pathname}: the next page is at another host`);
    return new URL(link, from);
  }

  async #read(url: URL, endsAt: number): Promise<Readonly<Record<string, unknown>>> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#once(url, endsAt);
      } catch (error) {
        const pause = pauseAfter(error, tries);
        if (pause === undefined || tries >= MAX_TRIES || this.#now() + pause >= endsAt) throw error;
        await this.#sleep(pause);
      }
    }
  }

  async #once(url: URL, endsAt: number): Promise<Readonly<Record<string, unknown>>> {
    const left = endsAt - this.#now();
    if (left <= 0) throw outOfTime(url);
    const deadlineMs = (this.#options.deadlineSeconds ?? DEADLINE_SECONDS) * 1_000;
    const signal = AbortSignal.timeout(Math.ceil(Math.min(deadlineMs, left)));
    const token = await this.#token();
    const response = await this.#send(url, token, signal);
    const body = await readJson(response, MAX_ANSWER_BYTES);
    if (response.ok && body !== undefined) return body;
    // One that is over, or was taken back: another is asked for once.
    const isRenewable = response.status === 401 && this.#options.tokens.reject(token);
    throw answeredWith(url, response, { body, isRenewable });
  }

  async #token(): Promise<string> {
    try {
      return await this.#options.tokens.token();
    } catch (error) {
      if (error instanceof LakewardenError) throw error;
      throw new Unavailable('azure-unavailable', 'Azure gives no token to this application', { cause: error });
    }
  }

  async #send(url: URL, token: string, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(url, {
        headers: { authorization: `Bearer ${token}`, accept: 'application/json', 'user-agent': 'lakewarden' },
        redirect: 'manual',
        signal,
      });
    } catch (error) {
      throw noAnswer(url, error);
    }
  }
}

/** Milliseconds until it may be tried again; undefined: never. */
function pauseAfter(error: unknown, tries: number): number | undefined {
  if (!(error instanceof Unavailable)) return undefined;
  return error.retryAfterSeconds * 1_000 || FIRST_PAUSE_MS * 2 ** (tries - 1);
}
