// The child process of the laptop cloud that runs the app.
import { type Child, runChild } from '../child.ts';
import { startHost } from './host.ts';

interface MainOptions {
  readonly appDir: string;
  readonly port: number;
  readonly settings: Record<string, string>;
  readonly masterKey: string;
  readonly hostKeys?: Record<string, string>;
  readonly functionKeys?: Record<string, Record<string, string>>;
  readonly disabled?: string[];
  readonly stateDir?: string;
}

runChild<MainOptions>(async (options): Promise<Child> => {
  const { masterKey, hostKeys, functionKeys, ...rest } = options;
  const keys = {
    master: masterKey,
    ...(hostKeys && { host: hostKeys }),
    ...(functionKeys && { functions: functionKeys }),
  };
  const host = await startHost({ ...rest, keys });
  return {
    ready: { port: host.port, functions: host.functions.map(({ name }) => name), faults: host.faults },
    stop: () => host.stop(),
    control: (op, args) => obey(op, args),
  };

  async function obey(op: string, { name, input }: Record<string, unknown>): Promise<unknown> {
    if (op !== 'invoke') throw new Error(`the functions host does not know the order ${op}`);
    return host.invoke(String(name), typeof input === 'string' ? input : '');
  }
});
