// All timer functions of an app: one listener each, with the function's retry policy around the run.
import type { Clock } from '../clock.ts';
import type { TypedData } from '../core-types.ts';
import type { TimerFunction } from '../indexing.ts';
import type { Invoker } from '../invoker.ts';
import type { HostLog } from '../log.ts';
import { withRetries } from '../retry.ts';
import { createStatusStore } from './schedule-status.ts';
import { TimerListener } from './timer-listener.ts';

export interface TimerTriggersOptions {
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly log: HostLog;
  readonly stateDir: string | undefined;
}

export class TimerTriggers {
  readonly #options: TimerTriggersOptions;
  readonly #listeners = new Map<string, { listener: TimerListener; isDisabled: boolean }>();
  readonly #stop = new AbortController();

  constructor(functions: readonly TimerFunction[], options: TimerTriggersOptions) {
    this.#options = options;
    const store = createStatusStore(options.stateDir);
    for (const fn of functions) {
      const { name, schedule, useMonitor, runOnStartup, isDisabled } = fn;
      const run = (data: TypedData, reason: string) => this.#run(fn, data, reason);
      const { clock, log } = options;
      const listener = new TimerListener({ name, schedule, useMonitor, runOnStartup, store, clock, log, run });
      this.#listeners.set(name, { listener, isDisabled });
    }
  }

  async start(): Promise<void> {
    for (const { listener, isDisabled } of this.#listeners.values()) if (!isDisabled) await listener.start();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#listeners.values()].map(({ listener }) => listener.stop()));
  }

  manualInput(fn: TimerFunction): { data: TypedData; metadata: Record<string, TypedData> } {
    const listener = this.#listeners.get(fn.name)?.listener;
    if (!listener) throw new Error(`'${fn.name}' is no timer`);
    return { data: listener.manualRun(), metadata: {} };
  }

  async #run(fn: TimerFunction, data: TypedData, reason: string): Promise<void> {
    const { invoker, clock } = this.#options;
    const inputs = [{ name: fn.triggerName, data }];
    await withRetries(
      fn.retry,
      (retryContext) =>
        invoker.invoke(fn.registered, { inputs, metadata: {}, reason, ...(retryContext && { retryContext }) }),
      { clock, signal: this.#stop.signal },
    );
  }
}
