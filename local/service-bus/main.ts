// The broker as a process of the laptop cloud. Orders: `down` (for a while, or until `up`), `up`, `counts`, `operations`.
import { runChild } from '../child.ts';
import { type Broker, startBroker } from './broker.ts';
import { readQueuesFile } from './queue-settings.ts';

interface Options {
  readonly port: number;
  readonly queuesFile: string;
  readonly timeScale?: number;
  readonly sharedAccessKey?: string;
}

runChild<Options>(async ({ port, queuesFile, timeScale = 1, sharedAccessKey }) => {
  const queues = await readQueuesFile(queuesFile);
  const broker = await startBroker({ port, queues, timeScale, ...(sharedAccessKey ? { sharedAccessKey } : {}) });
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
