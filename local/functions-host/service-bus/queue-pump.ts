// Queues without sessions, and every dead-letter queue: single messages up to maxConcurrentCalls at once, each with its lock
// renewed, or (cardinality many) one batch at a time without renewal.
import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import type { Lease } from './clients.ts';
import { keepLocked } from './lock-renewal.ts';
import { Backoff, InHand, inTime, type Pump, type PumpOptions } from './pump.ts';
import { LATE_MS, receiveBatch } from './receive.ts';

export class QueuePump implements Pump {
  readonly #options: PumpOptions;
  readonly #inHand: InHand;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  readonly #handling = new Set<Promise<void>>();
  readonly #working: Promise<void>;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#inHand = new InHand(options);
    this.#backoff = new Backoff(options.clock, options.settings.retry.delayMs);
    this.#working = this.#work();
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    await this.#working;
    await Promise.all(this.#handling);
  }

  async close(): Promise<void> {
    await this.#inHand.abandonAll();
    await this.#options.clients.close();
  }

  /** One connection after the other, each for as long as it holds. */
  async #work(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#workOn(await this.#options.clients.lease());
      } catch (error) {
        if (!signal.aborted) this.#inHand.report('warning', 'no message could be received', error);
      }
      await this.#backoff.wait(signal);
    }
  }

  async #workOn(lease: Lease): Promise<void> {
    const receiver = this.#open(lease.client);
    try {
      while (!this.#stop.signal.aborted) await this.#take(lease, receiver);
    } finally {
      if (this.#stop.signal.aborted) await this.#drainCredit(receiver).catch(() => {});
      lease.retire();
      lease.release();
    }
  }

  /** An aborted receive leaves its credit with the broker, which would fetch again what a stopping host gives back. */
  async #drainCredit(receiver: ServiceBusReceiver): Promise<void> {
    const late = await receiveBatch(receiver, 1, 1);
    await Promise.all(late.map((message) => receiver.abandonMessage(message)));
  }

  async #take(lease: Lease, receiver: ServiceBusReceiver): Promise<void> {
    const { fn, settings, clock } = this.#options;
    const most = fn.isBatch ? 1 : settings.maxConcurrentCalls;
    while (this.#handling.size >= most) await Promise.race(this.#handling);
    if (this.#stop.signal.aborted) return;
    const waitMs = settings.retry.timeoutMs;
    const messages = await inTime(this.#receive(receiver, waitMs), waitMs + LATE_MS, clock);
    this.#backoff.reset();
    if (messages.length > 0) this.#begin(lease, receiver, messages);
  }

  /** Only minMessageBatchSize above 1 makes the extension wait for a fuller batch, at most maxBatchWaitTime. */
  #receive(receiver: ServiceBusReceiver, waitMs: number): Promise<ServiceBusReceivedMessage[]> {
    const { fn, settings } = this.#options;
    const { signal } = this.#stop;
    if (!fn.isBatch) return receiveBatch(receiver, 1, waitMs, signal);
    const fillMs = settings.minMessageBatchSize > 1 ? settings.maxBatchWaitMs : undefined;
    return receiveBatch(receiver, settings.maxMessageBatchSize, waitMs, signal, fillMs);
  }

  #begin(lease: Lease, receiver: ServiceBusReceiver, messages: readonly ServiceBusReceivedMessage[]): void {
    const { fn, clock, settings } = this.#options;
    const onError = (error: unknown) => this.#inHand.report('warning', 'a lock could not be renewed', error);
    const renewed = fn.isBatch ? [] : messages;
    const options = { clock, longestMs: settings.maxAutoLockRenewalMs, onError };
    const ends = renewed.map((message) => keepLocked(receiver, message, options));
    const held = lease.again();
    const handling = this.#inHand.handle(receiver, messages).finally(() => {
      for (const end of ends) end();
      held.release();
      this.#handling.delete(handling);
    });
    this.#handling.add(handling);
  }

  #open(client: ServiceBusClient): ServiceBusReceiver {
    const { fn } = this.#options;
    return client.createReceiver(fn.queueName, {
      receiveMode: 'peekLock',
      skipParsingBodyAsJson: true,
      // Single messages are renewed by lock-renewal.ts, batches not at all.
      maxAutoLockRenewalDurationInMs: 0,
      ...(fn.isDeadLetter && { subQueueType: 'deadLetter' }),
    });
  }
}
