// The child process that holds both simulated Databricks workspaces and the sink for messages.
import { readFile } from 'node:fs/promises';
import { runChild } from './child.ts';
import { type Role, seedsFor } from './databricks/reference-estate.ts';
import { type SimulatedWorkspace, startWorkspace } from './databricks/workspace.ts';
import { startMessageSink } from './messages/message-sink.ts';

interface SimulatorOptions {
  readonly ports: { readonly primary: number; readonly dr: number; readonly messages: number };
  readonly token: string;
  readonly timeScale: number;
  readonly estateFile: string;
}

runChild<SimulatorOptions>(async (options) => {
  const estate = await readEstate(options.estateFile);
  const started = await Promise.allSettled([
    workspace('primary', options, estate),
    workspace('dr', options, estate),
    startMessageSink({ port: options.ports.messages }),
  ]);
  const faults = started.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (faults.length > 0) throw new AggregateError(faults);
  const [primary, dr, messages] = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return {
    ready: { primary: primary?.url, dr: dr?.url, messages: messages?.url },
    async stop() {
      await Promise.all([primary?.stop(), dr?.stop(), messages?.stop()]);
    },
  };
});

function workspace(
  role: Role,
  { ports, token, timeScale }: SimulatorOptions,
  estate: unknown,
): Promise<SimulatedWorkspace> {
  return startWorkspace({ port: ports[role], token, timeScale, ...seedsFor(estate, role, Date.now()) });
}

/** A broken estate file is for the application to refuse, with all its faults; the simulators start without it. */
async function readEstate(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    console.error(`estate file not read, only the reference estate is simulated: ${error}`);
    return undefined;
  }
}
