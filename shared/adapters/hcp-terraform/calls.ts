// Every call to HCP Terraform goes through here: token, deadline, bounded answer, tries inside a budget. Reads are repeated on what
// may pass; an act only when it certainly was not done. No redirect is followed: the token is for one host.
import { setTimeout as sleepFor } from 'node:timers/promises';
import { Unavailable } from '../../domain/errors.ts';
import type { LastLook } from '../../ports/last-look.ts';
import { readAnswer } from './answer.ts';
import * as limits from './options.ts';
import { failureOf, noAnswer, outOfTime, type RefusedStatus } from './translate.ts';

export interface Call {
  readonly method: 'GET' | 'POST';
  /** Under /api/v2, with query. */
  readonly path: string;
  readonly body?: unknown;
  /** Asked each time before it is sent. */
  readonly lastLook?: LastLook;
}

/** The last look said no: nothing was sent. */
export class Unwanted extends Error {}

/** A success, or one of the refusals that mean something to the caller. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const MEDIA_TYPE = 'application/vnd.api+json';
/** With less than this left no further try is begun: it would only be cut off. */
const SHORTEST_TRY_MS = 500;

export class TerraformCalls {
  readonly #options: limits.HcpTerraformOptions;
  readonly #now: () => number;
  readonly #sleep: (milliseconds: number) => Promise<void>;

  constructor(options: limits.HcpTerraformOptions) {
    this.#options = options;
    this.#now = options.elapsedMilliseconds ?? (() => performance.now());
    this.#sleep = options.sleep ?? (async (milliseconds) => await sleepFor(milliseconds));
  }

  /** When a use of the port that begins now has to be over. */
  budget(): number {
    return this.#now() + limits.BUDGET_SECONDS * 1_000;
  }

  /** `heeded`: statuses that are answers and no failures. */
  async ask(call: Call, endsAt: number, heeded: readonly RefusedStatus[] = []): Promise<Reply> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#once(call, endsAt, heeded);
      } catch (error) {
        const pause = pauseAfter(error, call, tries);
        if (pause === undefined || tries >= limits.MAX_TRIES || this.#now() + pause + SHORTEST_TRY_MS > endsAt)
          throw error;
        await this.#sleep(pause);
      }
    }
  }

  async #once(call: Call, endsAt: number, heeded: readonly number[]): Promise<Reply> {
    const unwanted = await call.lastLook?.();
    if (unwanted !== undefined) throw new Unwanted(unwanted);
    // By the clock and not by a timer: a process that was stopped goes on with what it was about to send.
    if (this.#now() >= endsAt) throw outOfTime(call);
    const deadlineMs = (this.#options.deadlineSeconds ?? limits.DEADLINE_SECONDS) * 1_000;
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(deadlineMs, endsAt - this.#now()))));
    const response = await this.#send(call, signal);
    const answer = await readAnswer(response, limits.MAX_ANSWER_BYTES);
    const isJson = answer.body !== undefined;
    if (heeded.includes(response.status) && isJson) return { status: response.status, body: answer.body };
    if (response.ok && (isJson || answer.isEmpty)) return { status: response.status, body: answer.body };
    throw failureOf(call, response, answer);
  }

  async #send({ method, path, body }: Call, signal: AbortSignal): Promise<Response> {
    const { origin, token } = this.#options;
    try {
      return await fetch(`${origin}/api/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': MEDIA_TYPE, 'user-agent': 'lakewarden' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'manual',
        signal,
      });
    } catch (error) {
      throw noAnswer({ method, path }, error);
    }
  }
}

/** Milliseconds until the same call may be tried again; undefined: never. */
function pauseAfter(error: unknown, { method }: Call, tries: number): number | undefined {
  if (!(error instanceof Unavailable)) return undefined;
  if (method !== 'GET' && error.mayHaveHappened) return undefined;
  return error.retryAfterSeconds * 1_000 || limits.FIRST_PAUSE_MS * 2 ** (tries - 1);
}
