// What the pumps share: how messages become an invocation, how they are settled after it, and how long to wait before
// knocking at the broker again. Success completes, failure abandons (the broker counts and dead-letters).
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { type Clock, sleep } from '../clock.ts';
import type { ServiceBusSettings } from '../host-json.ts';
import type { QueueFunction } from '../indexing.ts';
import { isRecord, messageOf } from '../json.ts';
import type { HostLog } from '../log.ts';
import { PUMP_RETRY_LIMIT_MS } from '../refusals.ts';
import type { PumpClients } from './clients.ts';
import { batchInput, type MessageInput, singleInput } from './message-data.ts';

export interface PumpOptions {
  readonly fn: QueueFunction;
  readonly clients: PumpClients;
  readonly settings: ServiceBusSettings;
  readonly clock: Clock;
  readonly log: HostLog;
  /** Runs the function; a rejection has been reported already. */
  run(input: MessageInput): Promise<void>;
}

export interface Pump {
  /** Takes no more messages; resolves when none is in hand. */
  drain(): Promise<void>;
  /** Gives back what is still in hand and closes. */
  close(): Promise<void>;
}

const LOG_CATEGORY = 'Host.Triggers.ServiceBus';

/** Messages that a handler works on, so that a stopping host can give them back. */
export class InHand {
  readonly #options: PumpOptions;
  readonly #held = new Map<ServiceBusReceivedMessage, ServiceBusReceiver>();

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  /** Runs the function with the messages, one or a batch, and settles them all alike. Never rejects. */
  async handle(receiver: ServiceBusReceiver, messages: readonly ServiceBusReceivedMessage[]): Promise<void> {
    for (const message of messages) this.#held.set(message, receiver);
    const succeeded = await this.#run(messages);
    if (succeeded && !this.#options.fn.autoComplete) this.#forget(messages);
    else await this.#settle(messages, succeeded);
  }

  async abandonAll(): Promise<void> {
    await this.#settle([...this.#held.keys()], false);
  }

  report(level: 'debug' | 'warning', what: string, error?: unknown): void {
    const { fn, log } = this.#options;
    const fault = error === undefined ? {} : { error: messageOf(error), code: errorCode(error) };
    log.write(level, LOG_CATEGORY, what, { function: fn.name, queue: fn.queueName, ...fault });
  }

  async #run(messages: readonly ServiceBusReceivedMessage[]): Promise<boolean> {
    const { fn, run } = this.#options;
    try {
      const [first] = messages;
      const input = fn.isBatch || !first ? batchInput(messages, fn.isBinary) : singleInput(first, fn.isBinary);
      await run(input);
      return true;
    } catch (error) {
      this.report('debug', 'the message goes back to the queue', error);
      return false;
    }
  }

  async #settle(messages: readonly ServiceBusReceivedMessage[], succeeded: boolean): Promise<void> {
    const settled = messages.map((message) => this.#settleOne(message, succeeded));
    for (const result of await Promise.allSettled(settled)) {
      // A lost lock means that the message comes again, on Azure too.
      if (result.status === 'rejected') this.report('warning', 'a message could not be settled', result.reason);
    }
  }

  async #settleOne(message: ServiceBusReceivedMessage, succeeded: boolean): Promise<void> {
    const receiver = this.#held.get(message);
    // Already given back by a stopping host.
    if (!receiver) return;
    this.#held.delete(message);
    const { clock, settings } = this.#options;
    const settling = succeeded ? receiver.completeMessage(message) : receiver.abandonMessage(message);
    await inTime(settling, settings.retry.timeoutMs, clock);
  }

  #forget(messages: readonly ServiceBusReceivedMessage[]): void {
    for (const message of messages) this.#held.delete(message);
  }
}

export function errorCode(error: unknown): string | undefined {
  return isRecord(error) && typeof error.code === 'string' ? error.code : undefined;
}

/** The client's own limit is a minute, whatever clientRetryOptions say; no slot should hang that long. */
export async function inTime<T>(work: Promise<T>, ms: number, clock: Clock): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const stopClock = clock.schedule(clock.now() + ms, () =>
    reject(new Error(`no answer from the broker within ${ms} ms`)),
  );
  return Promise.race([work, late]).finally(stopClock);
}

/** Waits longer after each failure in a row, starting with clientRetryOptions.delay. */
export class Backoff {
  readonly #firstMs: number;
  readonly #clock: Clock;
  #failures = 0;

  constructor(clock: Clock, firstMs: number) {
    this.#clock = clock;
    this.#firstMs = firstMs;
  }

  reset(): void {
    this.#failures = 0;
  }

  async wait(signal: AbortSignal): Promise<void> {
    const ms = Math.min(PUMP_RETRY_LIMIT_MS, this.#firstMs * 2 ** this.#failures);
    this.#failures += 1;
    await sleep(this.#clock, ms, signal);
  }
}
