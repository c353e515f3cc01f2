// Queues without sessions, and every dead-letter queue: up to maxConcurrentCalls messages at once, each with its lock
// renewed. The client's own subscription reconnects by clientRetryOptions.
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { keepLocked } from './lock-renewal.ts';
import { createReceiver, InHand, type Pump, type PumpOptions } from './pump.ts';

export class QueuePump implements Pump {
  readonly #options: PumpOptions;
  readonly #inHand: InHand;
  readonly #receiver: ServiceBusReceiver;
  readonly #subscription: { close(): Promise<void> };
  readonly #handling = new Set<Promise<void>>();

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#inHand = new InHand(options);
    this.#receiver = createReceiver(options);
    this.#subscription = this.#receiver.subscribe(
      {
        processMessage: (message) => this.#handle(message),
        processError: async ({ error, errorSource }) =>
          this.#inHand.report('warning', `the receiver failed (${errorSource})`, error),
      },
      { autoCompleteMessages: false, maxConcurrentCalls: options.settings.maxConcurrentCalls },
    );
  }

  async drain(): Promise<void> {
    await this.#subscription.close();
    await Promise.all(this.#handling);
  }

  async close(): Promise<void> {
    await this.#inHand.abandonAll();
    await this.#receiver.close();
  }

  async #handle(message: ServiceBusReceivedMessage): Promise<void> {
    const handling = this.#handleLocked(message);
    this.#handling.add(handling);
    await handling.finally(() => this.#handling.delete(handling));
  }

  async #handleLocked(message: ServiceBusReceivedMessage): Promise<void> {
    const { clock, settings } = this.#options;
    const onError = (error: unknown) => this.#inHand.report('warning', 'a lock could not be renewed', error);
    const release = keepLocked(this.#receiver, message, { clock, longestMs: settings.maxAutoLockRenewalMs, onError });
    await this.#inHand.handle(this.#receiver, [message]).finally(release);
  }
}
