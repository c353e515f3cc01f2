// One client, and so one AMQP connection, per Service Bus connection, as the extension's MessagingProvider keeps them.
// The SDK is imported only when a queue function starts: an app without one should not pay for it.
import type { ServiceBusClient, ServiceBusClientOptions } from '@azure/service-bus';
import type { ClientRetry } from '../host-json.ts';
import type { ServiceBusConnection } from '../settings.ts';

export class ServiceBusClients {
  readonly #retry: ClientRetry;
  readonly #clients = new Map<string, Promise<ServiceBusClient>>();

  constructor(retry: ClientRetry) {
    this.#retry = retry;
  }

  get(connection: ServiceBusConnection): Promise<ServiceBusClient> {
    const key = JSON.stringify(connection);
    const known = this.#clients.get(key) ?? connect(connection, this.#retry);
    this.#clients.set(key, known);
    return known;
  }

  /** Never rejects: what cannot be closed in order is gone with the process. */
  async close(): Promise<void> {
    const clients = await Promise.allSettled(this.#clients.values());
    await Promise.allSettled(
      clients.map((client) => (client.status === 'fulfilled' ? client.value.close() : undefined)),
    );
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
