// The child process that holds both simulated Databricks workspaces and the sink for messages.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from './child.ts';
import { type Role, seedsFor } from './databricks/reference-estate.ts';
import { type SimulatedWorkspace, startWorkspace } from './databricks/workspace.ts';
import { holdFolder } from './durable/folder-lock.ts';
import { type KeptMap, openKeptMap } from './durable/kept-map.ts';
import { startMessageSink } from './messages/message-sink.ts';

interface SimulatorOptions {
  readonly ports: { readonly primary: number; readonly dr: number; readonly messages: number };
  readonly token: string;
  readonly timeScale: number;
  readonly estateFile: string;
  /** A folder for what they hold; without it they hold it in memory. */
  readonly durableDir?: string;
}

runChild<SimulatorOptions>(async (options) => {
  const estate = await readEstate(options.estateFile);
  const letGo = options.durableDir === undefined ? () => undefined : await holdFolder(options.durableDir);
  const started = await Promise.allSettled([
    workspace('primary', options, estate),
    workspace('dr', options, estate),
    startMessageSink({ port: options.ports.messages, ...kept('messages', options) }),
  ]);
  const faults = started.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (faults.length > 0) throw new AggregateError(faults);
  const [primary, dr, messages] = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return {
    ready: { primary: primary?.url, dr: dr?.url, messages: messages?.url },
    async stop() {
      await Promise.all([primary?.stop(), dr?.stop(), messages?.stop()]);
      letGo();
    },
  };
});

function workspace(role: Role, options: SimulatorOptions, estate: unknown): Promise<SimulatedWorkspace> {
  const { ports, token, timeScale } = options;
  const seeds = seedsFor(estate, role, Date.now());
  return startWorkspace({ port: ports[role], token, timeScale, ...seeds, ...kept(role, options) });
}

function kept(name: string, { durableDir }: SimulatorOptions): { kept?: KeptMap } {
  return durableDir === undefined ? {} : { kept: openKeptMap(join(durableDir, `${name}.log`)) };
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
