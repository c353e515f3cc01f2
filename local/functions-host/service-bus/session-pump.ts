// Session queues: one handler at a time per session, many sessions at once. A single acceptor waits at the broker and the
// next one starts when it got a session, so that an idle queue costs one long poll however many sessions are allowed.
import type { ServiceBusReceiver, ServiceBusSessionReceiver } from '@azure/service-bus';
import { Backoff, errorCode, InHand, type Pump, type PumpOptions } from './pump.ts';
import { receiveBatch } from './receive.ts';

/** How the client reports that no session had a message for as long as it was ready to wait. */
const NO_SESSION_CODES: readonly (string | undefined)[] = ['ServiceTimeout', 'SessionCannotBeLocked'];

export class SessionPump implements Pump {
  readonly #options: PumpOptions;
  readonly #inHand: InHand;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  readonly #sessions = new Set<Promise<void>>();
  readonly #receivers = new Set<ServiceBusReceiver>();
  #accepting: Promise<void> | undefined;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#inHand = new InHand(options);
    this.#backoff = new Backoff(options.clock, options.settings.retry.delayMs);
    this.#accept();
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#accepting, ...this.#sessions]);
  }

  async close(): Promise<void> {
    await this.#inHand.abandonAll();
    await Promise.allSettled([...this.#receivers].map((receiver) => receiver.close()));
  }

  get #limit(): number {
    // With batches the extension takes one session at a time (azure-functions-dotnet-worker#3087).
    return this.#options.fn.isBatch ? 1 : this.#options.settings.maxConcurrentSessions;
  }

  #accept(): void {
    if (this.#accepting || this.#stop.signal.aborted || this.#sessions.size >= this.#limit) return;
    this.#accepting = this.#acceptNext().then((receiver) => {
      this.#accepting = undefined;
      if (receiver) this.#begin(receiver);
      this.#accept();
    });
  }

  #begin(receiver: ServiceBusSessionReceiver): void {
    this.#receivers.add(receiver);
    const session = this.#work(receiver).finally(() => {
      this.#sessions.delete(session);
      this.#receivers.delete(receiver);
      this.#accept();
    });
    this.#sessions.add(session);
  }

  /** undefined = none this time; whoever calls tries again. */
  async #acceptNext(): Promise<ServiceBusSessionReceiver | undefined> {
    const { client, fn, settings } = this.#options;
    try {
      const receiver = await client.acceptNextSession(fn.queueName, {
        skipParsingBodyAsJson: true,
        maxAutoLockRenewalDurationInMs: fn.isBatch ? 0 : settings.maxAutoLockRenewalMs,
        abortSignal: this.#stop.signal,
      });
      this.#backoff.reset();
      return receiver;
    } catch (error) {
      if (this.#stop.signal.aborted || NO_SESSION_CODES.includes(errorCode(error))) return undefined;
      this.#inHand.report('warning', 'no session could be accepted', error);
      await this.#backoff.wait(this.#stop.signal);
      return undefined;
    }
  }

  /** Until the session has been idle for sessionIdleTimeout, is lost, or the host stops. Never rejects. */
  async #work(receiver: ServiceBusSessionReceiver): Promise<void> {
    const { fn, settings } = this.#options;
    const most = fn.isBatch ? settings.maxMessageBatchSize : 1;
    const { signal } = this.#stop;
    try {
      while (!signal.aborted) {
        const messages = await receiveBatch(receiver, most, settings.sessionIdleMs, signal);
        if (messages.length === 0) break;
        await this.#inHand.handle(receiver, messages);
      }
    } catch (error) {
      if (!signal.aborted) this.#inHand.report('warning', `the session ${receiver.sessionId} was lost`, error);
    }
    await receiver.close().catch(() => {});
  }
}
