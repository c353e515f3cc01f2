// The laptop cloud's storage account as its own process, for tests that need real tables and blobs.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { portOf } from '../../local/stack/ports.ts';
import { tablesReadySchema } from '../../local/stack/processes.ts';
import type { SupervisedProcess } from '../../local/supervised-process.ts';
import { Supervisor } from '../../local/supervisor.ts';

export interface StorageAccount {
  readonly connectionString: string;
  readonly tables: string;
  readonly blobs: string;
  readonly pid: number;
  /** `down` {forMs?, status?, service?}, `up` {service?}, `counts`. */
  order(op: string, args?: Record<string, unknown>): Promise<unknown>;
  /** SIGKILL, at once; resolves when another process serves on the same ports. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface Durable {
  readonly durableDir?: string;
  readonly saveFromBytes?: number;
  /** Of an account that ran in the folder before. */
  readonly accountKey?: string;
}

/** With `durableDir` its state is kept there. */
export async function startStorageAccount(durable: Durable = {}): Promise<StorageAccount> {
  const accountKey = durable.accountKey ?? randomBytes(64).toString('base64');
  const start = (ports: { tables: number; blobs: number }) => startProcess({ ...durable, ports, accountKey });
  let { running, ready } = await start({ tables: 0, blobs: 0 });
  return {
    ...ready,
    pid: running.pid ?? 0,
    order: (op, args) => running.order(op, args),
    // Not left to the supervisor, which waits the longer the oftener a process dies.
    async kill() {
      running.retire();
      running.kill();
      await running.stop(0);
      ({ running, ready } = await start({ tables: portOf(ready.tables), blobs: portOf(ready.blobs) }));
    },
    stop: () => running.stop(2_000),
  };
}

async function startProcess(options: Record<string, unknown>) {
  const silent = () => undefined;
  const supervisor = new Supervisor({ onPid: silent, onTrouble: silent, onGivenUp: silent });
  const ready = await supervisor.start({
    name: 'tables',
    file: join(import.meta.dirname, '../../local/azure/main.ts'),
    logFile: '/dev/null',
    environment: { PATH: process.env.PATH ?? '' },
    options: (before) => (before ? { ...options, ports: portsOf(before) } : options),
  });
  const running: SupervisedProcess = supervisor.process('tables');
  return { running, ready: tablesReadySchema.parse(ready) };
}

function portsOf(before: Record<string, unknown>): { tables: number; blobs: number } {
  const { tables, blobs } = tablesReadySchema.parse(before);
  return { tables: portOf(tables), blobs: portOf(blobs) };
}
