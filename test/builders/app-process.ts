// Starts the built app on the local functions host as a child process, with settings of a test's own.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import * as z from 'zod';

const ROOT = dirname(dirname(import.meta.dirname));
export const MASTER_KEY = 'master-key-of-a-test';

const readySchema = z.looseObject({ kind: z.literal('ready'), port: z.number(), functions: z.array(z.string()) });

export interface AppProcess {
  readonly url: string;
  readonly functions: readonly string[];
  stop(): Promise<void>;
}

export async function startApp(
  settings: Record<string, string>,
  disabled: readonly string[] = [],
): Promise<AppProcess> {
  const options = { appDir: ROOT, port: 0, settings, masterKey: MASTER_KEY, disabled };
  const child: ChildProcess = fork(join(ROOT, 'local/functions-host/main.ts'), {
    env: { PATH: process.env.PATH ?? '', LAKEWARDEN_CHILD: JSON.stringify(options) },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const [message] = await once(child, 'message');
  const ready = readySchema.parse(message);
  return {
    url: `http://127.0.0.1:${ready.port}`,
    functions: ready.functions,
    stop: async () => {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    },
  };
}
