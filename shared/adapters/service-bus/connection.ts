// One client and one sender per queue for the whole process, opened with the first message.
// Rule kept here: a client that stopped answering is retired, so that what it waits for does not hold up the next message.

import type { TokenCredential } from '@azure/identity';
import type { ServiceBusClient, ServiceBusSender } from '@azure/service-bus';
import type { QueueName } from '../../ports/bus.ts';

export interface BusConnection {
  /** A connection string, or a fully qualified namespace to which `credential` (default: the environment's identity) signs in. */
  readonly connection: string;
  readonly credential?: () => Promise<TokenCredential>;
}

/**
 * The SDK's defaults wait 60 s for a lost answer and 30 s between tries (facts/service-bus.md). One short retry carries
 * a message over a connection that was cut while it left: its answer never comes, the second try reconnects.
 */
const RETRY = { maxRetries: 1, retryDelayInMs: 100, timeoutInMs: 800 } as const;
const CLOSE_LIMIT_MS = 1_000;

/** A connection may take longer to open than a caller waits, so the first silence does not end it. */
const SILENCE_LIMIT_MS = 2_000;

/** One client with its senders. */
export class Line {
  readonly #client: ServiceBusClient;
  readonly #senders = new Map<QueueName, ServiceBusSender>();
  #users = 0;
  #isRetired = false;
  /** When the broker last answered over it, or when it was opened. */
  #heardAt = performance.now();

  constructor(client: ServiceBusClient) {
    this.#client = client;
  }

  get isSilent(): boolean {
    return performance.now() - this.#heardAt > SILENCE_LIMIT_MS;
  }

  sender(queue: QueueName): ServiceBusSender {
    const known = this.#senders.get(queue);
    if (known) return known;
    const sender = this.#client.createSender(queue);
    this.#senders.set(queue, sender);
    return sender;
  }

  /** A sender of its own, whose link has to be made anew: whoever opens it has heard the broker. */
  freshSender(queue: QueueName): ServiceBusSender {
    return this.#client.createSender(queue);
  }

  async use(work: (line: Line) => Promise<unknown>): Promise<void> {
    this.#users += 1;
    try {
      await work(this);
      this.#heardAt = performance.now();
    } finally {
      this.#users -= 1;
      this.#closeIfDone();
    }
  }

  /** Closes once nobody waits for it any more. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#isRetired && this.#users === 0) void this.close();
  }

  /** Closing a connection that hangs would wait for the broker's answer. */
  async close(): Promise<void> {
    const limit = AbortSignal.timeout(CLOSE_LIMIT_MS);
    const limited = new Promise<void>((resolve) => limit.addEventListener('abort', () => resolve(), { once: true }));
    const closing = this.#client.close().catch(() => undefined);
    await Promise.race([closing, limited]);
  }
}

export async function openLine({ connection, credential }: BusConnection): Promise<Line> {
  const { ServiceBusClient } = await import('@azure/service-bus');
  const options = { retryOptions: RETRY };
  if (connection.includes('=')) return new Line(new ServiceBusClient(connection, options));
  const identity = await (credential ?? environmentIdentity)();
  return new Line(new ServiceBusClient(connection, identity, options));
}

async function environmentIdentity(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}
