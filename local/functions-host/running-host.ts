// The host at work: starts what triggers the functions, and ends it in order: no new work, a second for what is in hand,
// the rest given back, appTerminate hooks. When the real host would kill its worker, everything in flight fails and it ends.
import { type Clock, systemClock } from './clock.ts';
import type { InvocationResponse } from './core-types.ts';
import type { HostSettings } from './host-json.ts';
import type { Keys } from './http/keys.ts';
import { HttpFront } from './http/server.ts';
import { StreamProxy } from './http/stream-proxy.ts';
import type { HttpFunction, Index, IndexedFunction, IndexingFault, QueueFunction, TimerFunction } from './indexing.ts';
import { Invoker } from './invoker.ts';
import { messageOf } from './json.ts';
import type { HostLog } from './log.ts';
import { QueueTriggers } from './service-bus/queue-triggers.ts';
import { TimerTriggers } from './timers/timer-triggers.ts';
import type { WorkerApp } from './worker-app.ts';

/** Together below the 2 s that the parent of a child process allows. */
const DRAIN_MS = 900;
const GIVE_BACK_MS = 500;
const TERMINATE_MS = 400;
/** How long failed invocations may take to answer and to give their messages back before a fatal end. */
const FATAL_MS = 500;

const MANUAL = 'This function was programmatically called via the host APIs.';

export interface HostOptions {
  readonly appDir: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Put into the environment before the app is loaded. */
  readonly settings: Readonly<Record<string, string>>;
  readonly keys: Keys;
  /** Functions not to start, like AzureWebJobs.<name>.Disabled, which counts too. */
  readonly disabled?: readonly string[];
  /** Where timers remember when they ran; without it they forget with the process. */
  readonly stateDir?: string;
  readonly clock?: Clock;
  /** Called when the real host would kill its worker; the default ends the process with 1. */
  readonly onFatal?: (reason: string) => void;
}

export interface Host {
  readonly port: number;
  readonly functions: readonly { name: string; type: string }[];
  /** Functions that did not start, and why. */
  readonly faults: readonly IndexingFault[];
  /** Runs a function that is not HTTP now; rejects as the function does. */
  invoke(name: string, input?: string): Promise<InvocationResponse>;
  stop(): Promise<void>;
}

export interface Parts {
  readonly options: HostOptions;
  readonly app: WorkerApp;
  readonly log: HostLog;
  readonly hostSettings: HostSettings;
  readonly index: Index;
  /** Takes the patches away. */
  release(): void;
}

export class RunningHost implements Host {
  readonly functions: readonly { name: string; type: string }[];
  readonly faults: readonly IndexingFault[];
  port = 0;
  readonly #parts: Parts;
  readonly #invoker: Invoker;
  readonly #timers: TimerTriggers;
  readonly #queues: QueueTriggers;
  readonly #front: HttpFront;
  readonly #proxy: StreamProxy | undefined;
  readonly #onUncaught = (error: unknown) => void this.#die(`uncaught: ${messageOf(error)}`, error);
  #stopped: Promise<void> | undefined;
  #isDying = false;

  constructor(parts: Parts) {
    const { app, options, hostSettings, index, log } = parts;
    const clock = options.clock ?? systemClock;
    this.#parts = parts;
    this.functions = index.functions.map(({ name, type }) => ({ name, type }));
    this.faults = index.faults;
    this.#invoker = new Invoker({
      app,
      clock,
      timeoutMs: hostSettings.functionTimeoutMs,
      onTimeout: (reason) => void this.#die(reason),
    });
    const shared = { invoker: this.#invoker, clock, log };
    this.#timers = new TimerTriggers(index.functions.filter(isTimer), { ...shared, stateDir: options.stateDir });
    this.#queues = new QueueTriggers(index.functions.filter(isQueue), { ...shared, settings: hostSettings.serviceBus });
    const httpUri = app.capabilities.HttpUri;
    this.#proxy = httpUri === undefined ? undefined : new StreamProxy(httpUri);
    this.#front = this.#createFront();
  }

  async listen(): Promise<Host> {
    const { log, options } = this.#parts;
    this.port = await this.#front.listen(options.port);
    process.on('uncaughtException', this.#onUncaught);
    for (const { name, fault } of this.faults)
      log.write('error', 'Host.Startup', `The '${name}' function is in error: ${fault}`);
    await this.#timers.start();
    this.#queues.start();
    log.write('information', 'Host.Startup', 'Host started', {
      port: this.port,
      functions: this.functions.map(({ name }) => name),
    });
    return this;
  }

  async invoke(name: string, input = ''): Promise<InvocationResponse> {
    const fn = this.#parts.index.functions.find((known) => known.name.toLowerCase() === name.toLowerCase());
    if (!fn) throw new Error(`there is no function '${name}'`);
    return this.#runNow(fn, input);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #createFront(): HttpFront {
    const { index, options, log } = this.#parts;
    const clock = options.clock ?? systemClock;
    const { keys } = options;
    const admin = {
      keys,
      functions: index.functions,
      faults: index.faults,
      startedAtMs: clock.now(),
      now: clock.now,
      // The outcome of such a run is in the log.
      runNow: (fn: IndexedFunction, input: string) => void this.#runNow(fn, input).catch(() => {}),
    };
    return new HttpFront({
      functions: index.functions.filter(isHttp),
      admin,
      keys,
      invoker: this.#invoker,
      proxy: this.#proxy,
      clock,
      log,
    });
  }

  async #runNow(fn: IndexedFunction, input: string): Promise<InvocationResponse> {
    if (fn.type === 'httpTrigger') throw new Error(`'${fn.name}' is called by HTTP`);
    const { data, metadata } =
      fn.type === 'timerTrigger' ? this.#timers.manualInput(fn) : this.#queues.manualInput(input);
    return this.#invoker.invoke(fn.registered, { inputs: [{ name: fn.triggerName, data }], metadata, reason: MANUAL });
  }

  async #stop(): Promise<void> {
    const { app, log, release } = this.#parts;
    this.#front.stopTaking();
    await within(
      DRAIN_MS,
      Promise.allSettled([
        this.#timers.stop(),
        this.#queues.drain(),
        this.#invoker.whenIdle(),
        this.#front.whenAnswered(),
      ]),
    );
    await within(GIVE_BACK_MS, this.#queues.close());
    await within(TERMINATE_MS, app.terminate()).catch((error) => {
      log.write('error', 'Host.Shutdown', 'an appTerminate hook failed', { error: messageOf(error) });
    });
    this.#front.close();
    this.#proxy?.close();
    process.off('uncaughtException', this.#onUncaught);
    release();
  }

  async #die(reason: string, error?: unknown): Promise<void> {
    if (this.#isDying) return;
    this.#isDying = true;
    const stack = error instanceof Error ? error.stack : undefined;
    this.#parts.log.write('critical', 'Host.Worker', `the worker process ends: ${reason}`, { stack });
    this.#front.stopTaking();
    this.#invoker.failAll(`the worker process ended: ${reason}`);
    // What failed just now still answers 500 and abandons its message; new messages are not taken.
    await within(FATAL_MS, Promise.allSettled([this.#queues.drain(), this.#front.whenAnswered()]));
    const end = this.#parts.options.onFatal ?? (() => process.exit(1));
    end(reason);
  }
}

function isHttp(fn: IndexedFunction): fn is HttpFunction {
  return fn.type === 'httpTrigger';
}

function isTimer(fn: IndexedFunction): fn is TimerFunction {
  return fn.type === 'timerTrigger';
}

function isQueue(fn: IndexedFunction): fn is QueueFunction {
  return fn.type === 'serviceBusTrigger';
}

/** Goes on after the time limit, whether it is done or not. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
