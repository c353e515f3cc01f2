// Cardinality `many` without sessions: one batch at a time, completed or abandoned as a whole, no lock renewal.
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { Backoff, createReceiver, InHand, type Pump, type PumpOptions } from './pump.ts';
import { receiveBatch } from './receive.ts';

export class BatchPump implements Pump {
  readonly #options: PumpOptions;
  readonly #inHand: InHand;
  readonly #backoff: Backoff;
  readonly #receiver: ServiceBusReceiver;
  readonly #stop = new AbortController();
  readonly #working: Promise<void>;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#inHand = new InHand(options);
    this.#backoff = new Backoff(options.clock, options.settings.retry.delayMs);
    this.#receiver = createReceiver(options);
    this.#working = this.#work();
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  async close(): Promise<void> {
    await this.#inHand.abandonAll();
    await this.#receiver.close();
  }

  async #work(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const messages = await this.#receive(signal);
        this.#backoff.reset();
        if (messages.length > 0) await this.#inHand.handle(this.#receiver, messages);
      } catch (error) {
        if (signal.aborted) return;
        this.#inHand.report('warning', 'no batch could be received', error);
        await this.#backoff.wait(signal);
      }
    }
  }

  /** Only minMessageBatchSize above 1 makes the extension wait for a fuller batch, at most maxBatchWaitTime. */
  #receive(signal: AbortSignal): Promise<ServiceBusReceivedMessage[]> {
    const { maxMessageBatchSize, minMessageBatchSize, maxBatchWaitMs, retry } = this.#options.settings;
    if (minMessageBatchSize <= 1) return receiveBatch(this.#receiver, maxMessageBatchSize, retry.timeoutMs, signal);
    return receiveBatch(this.#receiver, maxMessageBatchSize, retry.timeoutMs, signal, maxBatchWaitMs);
  }
}
