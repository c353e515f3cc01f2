// The Service Bus of the laptop cloud: AMQP 1.0 for the unmodified @azure/service-bus, queues in memory and, if wanted, in a log.
// Stopping it, and taking it down for a while, tells clients by close frames first: they reconnect at once instead of after a timeout.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from './clock.ts';
import { DurableJournal, type DurableOptions, type Recovered } from './durable-journal.ts';
import { Entities, type EntitiesOptions } from './entities.ts';
import { type AmqpSide, amqpSide } from './links/container.ts';
import type { QueueSettings } from './queue-settings.ts';
import { CONDITIONS } from './refusals.ts';
import type { Counts } from './stored-message.ts';
import { Tally } from './tally.ts';

export interface BrokerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly queues: readonly QueueSettings[];
  /**
   * Locks, scheduled messages, time to live and long polls go by it. The client renews locks by the real time, so a clock
   * that does not start there wants `maxAutoLockRenewalDurationInMs: 0`.
   */
  readonly clock?: Clock;
  readonly host?: string;
  /** Divides lock durations (60 s are 2 s at 30), not what the client itself times. */
  readonly timeScale?: number;
  /** Default: a fresh one. */
  readonly sharedAccessKey?: string;
  /** Keeps the queues on disk; a broker started there later goes on where this one was, whatever became of it. */
  readonly durable?: DurableOptions;
  /** Every message is delivered at least twice (refusals.ts). */
  readonly duplicateDeliveries?: boolean;
}

export interface Broker {
  readonly port: number;
  readonly connectionString: string;
  stop(): Promise<void>;
  /** Stops listening and closes every connection; the queues keep what they have. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  /** Of a queue, or of its `/$DeadLetterQueue`. */
  counts(queue: string): Counts;
  /** How often each kind of operation was done, as Azure would bill them. */
  operations(): Record<string, number>;
}

const KEY_NAME = 'local';
/** A client answers a close frame at once; whoever does not is cut off. */
const CLOSE_GRACE_MS = 250;

export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { queues, clock = systemClock, host = '127.0.0.1', timeScale = 1 } = options;
  const key = options.sharedAccessKey ?? randomBytes(32).toString('base64');
  const { entities, close } = await openEntities(queues, options.durable, {
    clock,
    timeScale,
    losesFirstLocks: options.duplicateDeliveries ?? false,
  });
  const tally = new Tally();
  const amqp = amqpSide({ entities, tally, access: { keyName: KEY_NAME, key } });
  let listener = await listen(amqp, host, options.port).catch((error: unknown) => {
    close();
    throw error;
  });
  const { port } = listener;
  return {
    port,
    connectionString: connectionStringOf(host, port, key),
    down,
    up,
    stop,
    counts,
    operations: () => tally.counts(),
  };

  async function down(): Promise<void> {
    await listener.close();
  }

  async function up(): Promise<void> {
    if (!listener.server.listening) listener = await listen(amqp, host, port);
  }

  async function stop(): Promise<void> {
    await down();
    close();
  }

  function counts(queue: string): Counts {
    return entities.find(queue).queue.counts();
  }
}

interface OpenEntities {
  readonly entities: Entities;
  close(): void;
}

async function openEntities(
  queues: readonly QueueSettings[],
  durable: DurableOptions | undefined,
  options: EntitiesOptions,
): Promise<OpenEntities> {
  const recovered = durable && (await DurableJournal.open(durable));
  const entities = new Entities(queues, { ...options, ...(recovered ? { journal: recovered.journal } : {}) });
  if (recovered) takeUp(entities, recovered);
  return {
    entities,
    close() {
      for (const queue of entities.all()) queue.stop();
      recovered?.journal.close();
    },
  };
}

function takeUp(entities: Entities, { journal, state }: Recovered): void {
  try {
    entities.restore(state);
    journal.rewriteFrom(() => entities.changes());
  } catch (error) {
    for (const queue of entities.all()) queue.stop();
    journal.close();
    throw error;
  }
}

interface Listener {
  readonly server: Server;
  readonly port: number;
  close(): Promise<void>;
}

async function listen(amqp: AmqpSide, host: string, wantedPort: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    amqp.accept(socket);
  });
  server.listen(wantedPort, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw isTaken(error) ? new Error(`port ${wantedPort} on ${host} is taken by another program`) : error;
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : wantedPort;
  return { server, port, close: () => closeGently(amqp, server, sockets) };
}

async function closeGently(amqp: AmqpSide, server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  for (const connection of amqp.connections.all()) {
    connection.close({ condition: CONDITIONS.connectionForced, description: 'The broker is shutting down.' });
  }
  const cutOff = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, CLOSE_GRACE_MS);
  await closed;
  clearTimeout(cutOff);
}

function connectionStringOf(host: string, port: number, key: string): string {
  return `Endpoint=sb://${host}:${port};SharedAccessKeyName=${KEY_NAME};SharedAccessKey=${key};UseDevelopmentEmulator=true`;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
