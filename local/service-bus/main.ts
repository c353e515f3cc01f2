// The broker as a process of the laptop cloud. Orders: `down` (for a while, or until `up`), `up`, `counts`, `operations`.
import { runChild } from '../child.ts';
import { type Broker, startBroker } from './broker.ts';
import { readQueuesFile } from './queue-settings.ts';

interface Options {
  readonly port: number;
  readonly queuesFile: string;
  readonly timeScale?: number;
  readonly sharedAccessKey?: string;
  /** A folder for the queues; without it they live in memory. */
  readonly durableDir?: string;
  readonly duplicateDeliveries?: boolean;
}

runChild<Options>(async ({ queuesFile, durableDir, ...options }) => {
  const queues = await readQueuesFile(queuesFile);
  const durable = durableDir === undefined ? {} : { durable: { dir: durableDir, onBroken: endAtOnce } };
  const broker = await startBroker({ ...options, ...durable, queues });
  const names = queues.map(({ name }) => name);
  let comingUp: NodeJS.Timeout | undefined;
  return {
    ready: { port: broker.port, connectionString: broker.connectionString },
    stop,
    control,
  };

  async function control(op: string, { forMs }: Record<string, unknown>): Promise<unknown> {
    if (op === 'down') return goDown(typeof forMs === 'number' ? forMs : undefined);
    if (op === 'up') return comeUp();
    if (op === 'counts') return countsOf(broker, names);
    if (op === 'operations') return broker.operations();
    throw new Error(`the broker knows no order '${op}': down, up, counts, operations`);
  }

  async function goDown(forMs: number | undefined): Promise<void> {
    clearTimeout(comingUp);
    await broker.down();
    if (forMs !== undefined) comingUp = setTimeout(() => void broker.up().catch(console.error), forMs);
  }

  async function comeUp(): Promise<void> {
    clearTimeout(comingUp);
    await broker.up();
  }

  async function stop(): Promise<void> {
    clearTimeout(comingUp);
    await broker.stop();
  }
});

function countsOf(broker: Broker, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, broker.counts(name)]));
}

/** As Azure would fail over: clients reconnect, and find what the log holds. */
function endAtOnce(error: unknown): void {
  console.error('service bus broker: the log cannot be written to, so nothing more is accepted', error);
  process.exit(1);
}
