// Session queues: one handler at a time per session, many sessions at once. A single acceptor waits at the broker, the next
// one starts when it got a session, and more of them while sessions come at once: an idle queue costs one long poll.
import type { ServiceBusReceiver, ServiceBusSessionReceiver } from '@azure/service-bus';
import type { Lease } from './clients.ts';
import { Backoff, errorCode, InHand, inTime, type Pump, type PumpOptions } from './pump.ts';
import { LATE_MS, receiveBatch } from './receive.ts';

/** How the client reports that no session had a message for as long as it was ready to wait. */
const NO_SESSION_CODES: readonly (string | undefined)[] = ['ServiceTimeout', 'SessionCannotBeLocked'];
/** A session granted sooner had been waiting for us. */
const AT_ONCE_MS = 50;
const MOST_ACCEPTORS = 8;

interface Session {
  readonly receiver: ServiceBusSessionReceiver;
  readonly lease: Lease;
}

export class SessionPump implements Pump {
  readonly #options: PumpOptions;
  readonly #inHand: InHand;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  readonly #sessions = new Set<Promise<void>>();
  readonly #receivers = new Set<ServiceBusReceiver>();
  readonly #acceptors = new Set<Promise<void>>();
  #wanted = 1;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#inHand = new InHand(options);
    this.#backoff = new Backoff(options.clock, options.settings.retry.delayMs);
    this.#accept();
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#acceptors]);
    await Promise.all([...this.#sessions]);
  }

  async close(): Promise<void> {
    await this.#inHand.abandonAll();
    await Promise.allSettled([...this.#receivers].map((receiver) => receiver.close()));
    await this.#options.clients.close();
  }

  get #limit(): number {
    // With batches the extension takes one session at a time (azure-functions-dotnet-worker#3087).
    return this.#options.fn.isBatch ? 1 : this.#options.settings.maxConcurrentSessions;
  }

  #accept(): void {
    const free = this.#limit - this.#sessions.size;
    while (!this.#stop.signal.aborted && this.#acceptors.size < Math.min(this.#wanted, free)) {
      const acceptor = this.#acceptOne().finally(() => {
        this.#acceptors.delete(acceptor);
        this.#accept();
      });
      this.#acceptors.add(acceptor);
    }
  }

  async #acceptOne(): Promise<void> {
    const { clients, clock } = this.#options;
    const lease = await clients.lease().catch((error) => this.#failed(error));
    if (!lease) return;
    const askedAt = clock.now();
    const receiver = await this.#next(lease);
    const isAtOnce = receiver !== undefined && clock.now() - askedAt < AT_ONCE_MS;
    this.#wanted = isAtOnce ? Math.min(MOST_ACCEPTORS, this.#wanted * 2) : 1;
    if (receiver) this.#begin({ receiver, lease });
    else lease.release();
  }

  /** undefined = none this time; whoever calls tries again. */
  async #next(lease: Lease): Promise<ServiceBusSessionReceiver | undefined> {
    const { fn, settings, clock } = this.#options;
    const { signal } = this.#stop;
    this.#inHand.report('debug', 'waiting for a session');
    const accepting = lease.client.acceptNextSession(fn.queueName, {
      skipParsingBodyAsJson: true,
      maxAutoLockRenewalDurationInMs: fn.isBatch ? 0 : settings.maxAutoLockRenewalMs,
      abortSignal: signal,
    });
    try {
      const receiver = await inTime(accepting, settings.retry.timeoutMs + LATE_MS, clock);
      this.#backoff.reset();
      return receiver;
    } catch (error) {
      accepting.then((late) => late.close()).catch(() => {});
      if (signal.aborted || NO_SESSION_CODES.includes(errorCode(error))) return undefined;
      lease.retire();
      return this.#failed(error);
    }
  }

  async #failed(error: unknown): Promise<undefined> {
    this.#inHand.report('warning', 'no session could be accepted', error);
    await this.#backoff.wait(this.#stop.signal);
    return undefined;
  }

  #begin({ receiver, lease }: Session): void {
    this.#receivers.add(receiver);
    const session = this.#work(receiver).finally(() => {
      this.#sessions.delete(session);
      this.#receivers.delete(receiver);
      lease.release();
      this.#accept();
    });
    this.#sessions.add(session);
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
    await inTime(receiver.close(), LATE_MS, this.#options.clock).catch(() => {});
  }
}
