// One child process that comes back: started, watched, started again on the ports it reported, paused, ordered, ended.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

const START_LIMIT_MS = 40_000;
const ORDER_LIMIT_MS = 5_000;
const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 2_000;
/** A process that ran this long starts again with a clean record. */
const STEADY_MS = 10_000;
/** Starts in a row that never got ready before we stop trying. */
const FAILED_STARTS = 6;

export interface SupervisedOptions {
  readonly name: string;
  /** The child's `main.ts`. */
  readonly file: string;
  readonly logFile: string;
  readonly environment: Record<string, string>;
  /** The options of a start; `ready` is what the process reported when it ran before: its ports are to be taken again. */
  readonly options: (ready: Record<string, unknown> | undefined) => Record<string, unknown>;
  readonly onPid: (pid: number) => void;
  readonly onTrouble: (words: string) => void;
  readonly onGivenUp: (words: string) => void;
}

/** Why a process did not get ready: its own words, or how it ended. */
export class StartFailed extends Error {
  readonly faults: readonly string[];

  constructor(name: string, faults: readonly string[]) {
    super(`${name} did not start: ${faults.join('; ')}`);
    this.faults = faults;
  }
}

export class SupervisedProcess {
  readonly #options: SupervisedOptions;
  #child: ChildProcess | undefined;
  #ready: Record<string, unknown> | undefined;
  #isReady = false;
  #retired = false;
  #restart: NodeJS.Timeout | undefined;
  #deaths = 0;
  #failedStarts = 0;
  #orders = 0;
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  #wakeUp: (() => void) | undefined;

  constructor(options: SupervisedOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  async start(): Promise<Record<string, unknown>> {
    const ready = await this.#launch();
    this.#ready = ready;
    return ready;
  }

  /** Sends an order (`down`, `up`, `counts` ...) and resolves with its result. */
  order(op: string, args: Record<string, unknown> = {}): Promise<unknown> {
    const child = this.#child;
    if (!child?.connected || !this.#isReady) return Promise.reject(new Error(`${this.#options.name} is not running`));
    const id = ++this.#orders;
    const answer = Promise.withResolvers<unknown>();
    this.#answers.set(id, answer);
    const limit = setTimeout(() => answer.reject(new Error(`${op}: no answer`)), ORDER_LIMIT_MS);
    child.send({ ...args, kind: 'control', id, op }, (error) => error && answer.reject(error));
    return answer.promise.finally(() => {
      clearTimeout(limit);
      this.#answers.delete(id);
    });
  }

  /** Ends the process without warning, as a crash would. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  /** Stops the process in its tracks for a while. */
  pause(forMs: number): void {
    const pid = this.pid;
    if (pid === undefined) throw new Error(`${this.#options.name} is not running`);
    this.#wakeUp?.();
    // The waking is left to a process of its own that acts when its standard input ends: even if we are killed
    // meanwhile, the paused one wakes, sees that its parent is gone, and leaves.
    const waker = spawn('/bin/sh', ['-c', 'read -r _; kill -CONT "$0"', String(pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    waker.stdin.on('error', () => {});
    const timer = setTimeout(() => this.#wakeUp?.(), forMs);
    this.#wakeUp = () => {
      clearTimeout(timer);
      waker.stdin.end();
      this.#wakeUp = undefined;
    };
    process.kill(pid, 'SIGSTOP');
  }

  /** Lets a paused one go on before its time. */
  wake(): void {
    this.#wakeUp?.();
  }

  /** From now on a death is final. */
  retire(): void {
    this.#retired = true;
    clearTimeout(this.#restart);
    this.#wakeUp?.();
  }

  /** Asks the process to end, and ends it after the grace time. */
  async stop(graceMs: number): Promise<void> {
    this.retire();
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const grace = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(grace);
  }

  #launch(): Promise<Record<string, unknown>> {
    const { name, file, environment, options } = this.#options;
    const child = this.#fork(file, { ...environment, LAKEWARDEN_CHILD: JSON.stringify(options(this.#ready)) });
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
    const limit = setTimeout(() => {
      reject(new StartFailed(name, [`not ready after ${START_LIMIT_MS / 1000} s`]));
      child.kill('SIGKILL');
    }, START_LIMIT_MS);
    let faults: string[] = [];
    child.on('message', (message) => {
      const told = Object(message);
      if (told.kind === 'ready') resolve(detailsOf(told));
      if (told.kind === 'failed' && Array.isArray(told.faults)) faults = told.faults.map(String);
      if (told.kind === 'control-done') this.#settle(told);
    });
    child.once('error', (error) => reject(new StartFailed(name, [error.message])));
    child.once('exit', (code, signal) => {
      reject(new StartFailed(name, faults.length > 0 ? faults : [`it ended with ${signal ?? `code ${code}`}`]));
    });
    return promise.then((ready) => this.#becomeReady(child, ready)).finally(() => clearTimeout(limit));
  }

  #fork(file: string, env: Record<string, string>): ChildProcess {
    // A file, not a pipe: the process may write on after we are gone.
    const log = openSync(this.#options.logFile, 'a', 0o600);
    // Detached: the terminal's Ctrl-C reaches only us, and we end the processes in their order.
    const child = fork(file, { env, execArgv: [], detached: true, stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    this.#child = child;
    this.#isReady = false;
    if (child.pid !== undefined) this.#options.onPid(child.pid);
    return child;
  }

  #becomeReady(child: ChildProcess, ready: Record<string, unknown>): Record<string, unknown> {
    const since = Date.now();
    this.#isReady = true;
    this.#failedStarts = 0;
    // Attached here and not earlier: a start that fails has its own way out.
    if (hasEnded(child)) this.#died(child, since);
    else child.once('exit', () => this.#died(child, since));
    return ready;
  }

  #died(child: ChildProcess, since: number): void {
    this.#isReady = false;
    for (const answer of this.#answers.values()) answer.reject(new Error(`${this.#options.name} died`));
    if (this.#retired) return;
    this.#wakeUp?.();
    this.#deaths = Date.now() - since >= STEADY_MS ? 1 : this.#deaths + 1;
    this.#options.onTrouble(`ended (${child.signalCode ?? `code ${child.exitCode}`}); it is started again`);
    this.#startLater();
  }

  #startLater(): void {
    const attempts = Math.max(this.#deaths, this.#failedStarts + 1);
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (attempts - 1), LONGEST_BACKOFF_MS);
    this.#restart = setTimeout(() => this.#startAgain(), backoffMs);
  }

  #startAgain(): void {
    this.#launch().then(
      () => this.#options.onTrouble('is back'),
      (error: unknown) => {
        if (this.#retired) return;
        this.#failedStarts += 1;
        if (this.#failedStarts >= FAILED_STARTS) return this.#options.onGivenUp(String(error));
        this.#startLater();
      },
    );
  }

  #settle(told: { id?: unknown; result?: unknown; error?: unknown }): void {
    const answer = this.#answers.get(Number(told.id));
    if (told.error === undefined) answer?.resolve(told.result);
    else answer?.reject(new Error(String(told.error)));
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function detailsOf({ kind: _, ...details }: Record<string, unknown>): Record<string, unknown> {
  return details;
}
