// Every call to one workspace goes through here: token, our own limits, deadline, one try, and more tries inside a budget.
// Reads are repeated on what may pass; an act only when it certainly was not done (429, no connection).
import { setTimeout as sleepFor } from 'node:timers/promises';
import { ExponentialBackoff, fullJitterGenerator, type IBackoff } from 'cockatiel';
import { Unavailable } from '../../domain/errors.ts';
import type { LastLook } from '../../ports/last-look.ts';
import { AnswerWatch, type Seen } from './answer-watch.ts';
import { Attempt } from './attempt.ts';
import { NoToken, type TokenSource, tokenSource } from './credentials.ts';
import { Lane } from './lane.ts';
import * as limits from './options.ts';
import { openSdkClient, type SdkCall, type SdkClient } from './sdk.ts';
import { Closed, type Failure, NoTurn, translate, Unwanted, Unwatched } from './translate.ts';

export interface Call extends SdkCall {
  /** Repeating it does no harm: it reads, whatever its method. */
  readonly repeatable: boolean;
  /** Less than the budget of the options; never more. */
  readonly budgetSeconds?: number;
  /** So long the service itself may hold its answer back: deadline and budget come on top of it. */
  readonly heldSeconds?: number;
  readonly lastLook?: LastLook;
  /** Tried once, and at once or not at all: it never waits for the budget or behind other calls. */
  readonly once?: true;
}

export type Answer = { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly failure: Failure };

/** cockatiel's generator, not its retry policy: that one sleeps past the budget and its pauses cannot be injected. */
const BACKOFF = new ExponentialBackoff({ generator: fullJitterGenerator, initialDelay: 500, maxDelay: 5_000 });
/** With less than this left no further try is begun: it would only be cut off. */
const SHORTEST_TRY_MS = 1_000;

/** A call whose turn comes this shortly before its end would be sent only to be cut off, and an act would be left in doubt. */
const LAST_MOMENT_MS = 50;
/** A window that ends while it is looked is rare, and twice in a row even more so. */
const LOOKS = 3;

export class WorkspaceCalls {
  readonly #options: limits.WorkspaceOptions;
  readonly #origin: URL;
  readonly #tokens: TokenSource;
  readonly #watch = new AnswerWatch();
  readonly #lane: Lane;
  /** Of the calls that never wait: what hangs in the other must not hide that the workspace answers. */
  readonly #ownLane: Lane;
  readonly #now: () => number;
  readonly #sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  #client: Promise<SdkClient> | undefined;
  #closed = false;

  constructor(options: limits.WorkspaceOptions) {
    this.#options = options;
    this.#origin = limits.checkedOrigin(options);
    this.#tokens = tokenSource(options.credentials);
    this.#now = options.elapsedMilliseconds ?? (() => performance.now());
    this.#sleep = options.sleep ?? realSleep;
    const { concurrency = limits.MAX_CONCURRENT_CALLS, callsPerSecond = limits.MAX_CALLS_PER_SECOND } = options;
    const time = { elapsedMilliseconds: this.#now, sleep: this.#sleep };
    this.#lane = new Lane({ concurrency, callsPerSecond }, time);
    this.#ownLane = new Lane({ concurrency: 1, callsPerSecond }, time);
  }

  async ask(call: Call): Promise<Answer> {
    const { heldSeconds = 0 } = call;
    const most = (this.#options.retryBudgetSeconds ?? limits.RETRY_BUDGET_SECONDS) + heldSeconds;
    const endsAt = this.#now() + Math.min(call.budgetSeconds ?? most, most) * 1_000;
    let backoff: IBackoff<unknown> = BACKOFF.next();
    let renewed = false;
    for (let tries = 1; ; tries += 1, backoff = backoff.next(undefined)) {
      const answer = await this.#try(call, endsAt);
      if (answer.ok || call.once || tries >= limits.MAX_TRIES || !mayRepeat(call, answer.failure, renewed))
        return answer;
      renewed ||= answer.failure.retry === 'with-new-token';
      const pause = pauseAfter(answer.failure, backoff.duration);
      if (this.#now() + pause + heldSeconds * 1_000 + SHORTEST_TRY_MS > endsAt) return answer;
      await this.#sleep(pause);
    }
  }

  /** Takes one call from the budget if one is left. */
  async admitNow(): Promise<boolean> {
    return (await this.#options.admitNow?.()) ?? true;
  }

  now(): number {
    return this.#now();
  }

  pause(milliseconds: number): Promise<void> {
    return this.#sleep(milliseconds);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watch.close();
    const client = await this.#client?.catch(() => undefined);
    client?.close();
  }

  /** Waits for its turn at most as long as the budget lasts, then tries once. */
  async #try(call: Call, endsAt: number): Promise<Answer> {
    const queued = new AbortController();
    const timer = setTimeout(() => queued.abort(new NoTurn()), Math.max(0, endsAt - this.#now()));
    try {
      // Before the deadline runs: loading the SDK is our own time, and on a cold start not a short one.
      const client = await this.#open();
      return await (call.once ? this.#ownLane : this.#lane).run(async () => {
        clearTimeout(timer);
        // After a wait for its turn: what is counted in a window has to be sent within it.
        const admission = await this.#admit(call);
        return await this.#once(call, client, { endsAt, admission });
      }, queued.signal);
    } catch (error) {
      // The budget's own words.
      if (error instanceof Unavailable) throw error;
      return {
        ok: false,
        failure: translate(queued.signal.aborted ? new NoTurn() : error, undefined, this.#named(call)),
      };
    } finally {
      clearTimeout(timer);
    }
  }

  async #admit({ once }: Call): Promise<limits.Admission | undefined> {
    if (!once) return await this.#options.admit?.();
    if (!(await this.admitNow())) throw new NoTurn();
    return undefined;
  }

  async #once(
    call: Call,
    client: SdkClient,
    { endsAt, admission }: { readonly endsAt: number; readonly admission: limits.Admission | undefined },
  ): Promise<Answer> {
    const begunAt = this.#now();
    if (endsAt - begunAt < LAST_MOMENT_MS) throw new NoTurn();
    const attempt = new Attempt(Math.min(this.#deadlineMs(call), endsAt - begunAt));
    let seen: Seen | undefined;
    try {
      const token = await attempt.race(this.#token());
      const unwanted = await attempt.race(this.#lookAdmitted(call, admission));
      if (unwanted !== undefined) throw new Unwanted(unwanted);
      // By the clock and not by a timer: a process that was stopped goes on with what it was about to send, its timers come after.
      const isInTime = (): boolean => this.#now() < endsAt;
      seen = { token, settle: attempt.settle, abort: attempt.abort, isInTime, requested: false };
      const sending = this.#watch.run(seen, () => client.request(call, attempt.signal));
      const body = await attempt.race(sending);
      if (seen.status === undefined) throw new Unwatched();
      this.#report(call, begunAt, seen);
      return { ok: true, body };
    } catch (error) {
      // The budget's own words.
      if (error instanceof Unavailable) throw error;
      // What the SDK makes of being stopped is of no interest, only why we stopped it.
      const failure = translate(attempt.endedBy ?? error, seen, this.#named(call));
      this.#report(call, begunAt, seen, failure);
      return { ok: false, failure: this.#judgeToken(failure, seen) };
    } finally {
      attempt.end();
    }
  }

  /** Whoever waits for a token or looks for too long is counted once more, and looks again; it is not sent if that goes on. */
  async #lookAdmitted(call: Call, first: limits.Admission | undefined): Promise<string | undefined> {
    let admission = first;
    for (let looks = 0; looks < LOOKS; looks += 1) {
      if (admission?.isOver()) admission = await this.#options.admit?.();
      const unwanted = await call.lastLook?.();
      if (unwanted !== undefined || !admission?.isOver()) return unwanted;
    }
    throw new NoTurn();
  }

  #deadlineMs({ heldSeconds = 0 }: Call): number {
    return ((this.#options.deadlineSeconds ?? limits.DEADLINE_SECONDS) + heldSeconds) * 1_000;
  }

  async #token(): Promise<string> {
    try {
      return await this.#tokens.token();
    } catch (error) {
      // The identity library's words hold no secret, but may hold a whole answer: its name is enough.
      throw new NoToken(`no token for our identity (${error instanceof Error ? error.name : 'unknown cause'})`);
    }
  }

  #open(): Promise<SdkClient> {
    // A try that the watch does not see would be one without its guards.
    if (this.#closed) throw new Closed();
    this.#client ??= openSdkClient(this.#origin, this.#watch, this.#options.userAgentExtra);
    return this.#client;
  }

  /** 401 with the only token there is stays refused. */
  #judgeToken(failure: Failure, seen: Seen | undefined): Failure {
    if (failure.retry !== 'with-new-token' || seen === undefined) return failure;
    return this.#tokens.reject(seen.token) ? failure : { ...failure, retry: 'never' };
  }

  #report(call: Call, begunAt: number, seen: Seen | undefined, failure?: Failure): void {
    this.#options.onCall?.({
      method: call.method,
      path: call.path,
      ...(seen?.status === undefined ? {} : { status: seen.status }),
      ...(failure === undefined || seen?.status !== undefined ? {} : { error: failure.detail }),
      milliseconds: this.#now() - begunAt,
    });
  }

  #named(call: Call) {
    return { workspace: this.#options.name, method: call.method, path: call.path };
  }
}

function mayRepeat(call: Call, failure: Failure, renewed: boolean): boolean {
  if (failure.retry === 'with-new-token') return !renewed;
  if (failure.retry === 'never') return false;
  return call.repeatable || !(failure.error instanceof Unavailable && failure.error.mayHaveHappened);
}

function pauseAfter(failure: Failure, backoffMs: number): number {
  if (failure.retry === 'with-new-token') return 0;
  return (failure.retryAfterSeconds ?? 0) * 1_000 + backoffMs;
}

async function realSleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleepFor(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch {
    signal?.throwIfAborted();
  }
}
