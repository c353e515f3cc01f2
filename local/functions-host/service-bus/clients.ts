// The Service Bus client of one pump. After a failure the pump goes on with a fresh one: links that open at the same time
// on a connection that is being refused can leave a client of the SDK (7.9.5) waiting for a minute, broker back or not.
// For the same reason pumps share no client. The SDK is imported only when a queue function starts.
import type { ServiceBusClient, ServiceBusClientOptions } from '@azure/service-bus';
import type { ClientRetry } from '../host-json.ts';
import type { ServiceBusConnection } from '../settings.ts';

export interface Lease {
  readonly client: ServiceBusClient;
  /** Another user of the same client, e.g. a handler that outlives the loop that received for it. */
  again(): Lease;
  /** To be called once, when nothing uses the client any more. */
  release(): void;
  /** Whoever asks next gets another client; this one is closed when its last user is done. */
  retire(): void;
}

interface Entry {
  readonly client: Promise<ServiceBusClient>;
  users: number;
  isRetired: boolean;
}

export class PumpClients {
  readonly #connection: ServiceBusConnection;
  readonly #retry: ClientRetry;
  readonly #entries = new Set<Entry>();
  #current: Entry | undefined;

  constructor(connection: ServiceBusConnection, retry: ClientRetry) {
    this.#connection = connection;
    this.#retry = retry;
  }

  /** Rejects where the connection setting is none. */
  async lease(): Promise<Lease> {
    const entry = this.#current ?? this.#open();
    try {
      return this.#leased(entry, await entry.client);
    } catch (error) {
      this.#retire(entry);
      this.#entries.delete(entry);
      throw error;
    }
  }

  /** Never rejects: what cannot be closed in order is gone with the process. */
  async close(): Promise<void> {
    await Promise.all([...this.#entries].map((entry) => this.#close(entry)));
  }

  #open(): Entry {
    const entry = { client: connect(this.#connection, this.#retry), users: 0, isRetired: false };
    this.#entries.add(entry);
    this.#current = entry;
    return entry;
  }

  #leased(entry: Entry, client: ServiceBusClient): Lease {
    entry.users += 1;
    return {
      client,
      again: () => this.#leased(entry, client),
      release: () => this.#release(entry),
      retire: () => this.#retire(entry),
    };
  }

  #retire(entry: Entry): void {
    entry.isRetired = true;
    if (this.#current === entry) this.#current = undefined;
  }

  #release(entry: Entry): void {
    entry.users -= 1;
    if (entry.isRetired && entry.users === 0) void this.#close(entry);
  }

  async #close(entry: Entry): Promise<void> {
    this.#entries.delete(entry);
    await entry.client.then((client) => client.close()).catch(() => {});
  }
}

async function connect(connection: ServiceBusConnection, retry: ClientRetry): Promise<ServiceBusClient> {
  const { ServiceBusClient } = await import('@azure/service-bus');
  const options = clientOptions(retry);
  if ('connectionString' in connection) return new ServiceBusClient(connection.connectionString, options);
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new ServiceBusClient(connection.fullyQualifiedNamespace, new DefaultAzureCredential(), options);
}

/** RetryMode of core-amqp, which this project does not import for one number. */
const RETRY_MODE = { exponential: 0, fixed: 1 } as const;

function clientOptions(retry: ClientRetry): ServiceBusClientOptions {
  return {
    retryOptions: {
      mode: RETRY_MODE[retry.mode],
      timeoutInMs: retry.timeoutMs,
      retryDelayInMs: retry.delayMs,
      maxRetryDelayInMs: retry.maxDelayMs,
      maxRetries: retry.maxRetries,
    },
  };
}
