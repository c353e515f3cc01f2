// The laptop cloud's storage account as its own process, for tests that need real tables and blobs.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { tablesReadySchema } from '../../local/stack/processes.ts';
import { Supervisor } from '../../local/supervisor.ts';

export interface StorageAccount {
  readonly connectionString: string;
  readonly tables: string;
  readonly blobs: string;
  readonly pid: number;
  /** `down` {forMs?, status?, service?}, `up` {service?}, `counts`. */
  order(op: string, args?: Record<string, unknown>): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startStorageAccount(): Promise<StorageAccount> {
  const silent = () => undefined;
  const supervisor = new Supervisor({ onPid: silent, onTrouble: silent, onGivenUp: silent });
  const accountKey = randomBytes(64).toString('base64');
  const ready = await supervisor.start({
    name: 'tables',
    file: join(import.meta.dirname, '../../local/azure/main.ts'),
    logFile: '/dev/null',
    environment: { PATH: process.env.PATH ?? '' },
    options: () => ({ ports: { tables: 0, blobs: 0 }, accountKey }),
  });
  const running = supervisor.process('tables');
  return {
    ...tablesReadySchema.parse(ready),
    pid: running.pid ?? 0,
    order: (op, args) => running.order(op, args),
    stop: () => supervisor.stop(),
  };
}
