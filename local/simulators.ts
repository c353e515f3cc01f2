// The child process that holds both simulated Databricks workspaces, HCP Terraform, Azure's own side and the sink for messages.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AzureControlOptions, startAzureControl } from './azure-control/azure-control.ts';
import { namedSubscriptions } from './azure-control/subscriptions.ts';
import { runChild } from './child.ts';
import { type Role, seedsFor } from './databricks/reference-estate.ts';
import { type SimulatedWorkspace, startWorkspace } from './databricks/workspace.ts';
import { holdFolder } from './durable/folder-lock.ts';
import { type KeptMap, openKeptMap } from './durable/kept-map.ts';
import { startMessageSink } from './messages/message-sink.ts';
import { namedWorkspaces } from './terraform/configuration.ts';
import { type SimulatedTerraform, startTerraform } from './terraform/terraform.ts';

interface SimulatorOptions {
  readonly ports: {
    readonly primary: number;
    readonly dr: number;
    readonly terraform: number;
    readonly messages: number;
    readonly azure: number;
  };
  readonly token: string;
  readonly terraformToken: string;
  readonly azure: Pick<AzureControlOptions, 'tenantId' | 'hooksAppId' | 'hooksCallerSecret' | 'armToken'>;
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
    startMessageSink({ port: options.ports.messages, timeScale: options.timeScale, ...kept('messages', options) }),
  ]);
  const [azure] = await Promise.allSettled([azureFor(options, estate)]);
  const faults = [...started, azure].flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (faults.length > 0 || azure.status === 'rejected') throw new AggregateError(faults);
  const [primary, dr, messages] = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const terraform = await terraformFor(options, estate, { primary: primary?.url ?? '', dr: dr?.url ?? '' });
  return {
    ready: {
      primary: primary?.url,
      dr: dr?.url,
      terraform: terraform.url,
      messages: messages?.url,
      azure: azure.value.url,
    },
    async stop() {
      // First, since it calls the others.
      await terraform.stop();
      await Promise.all([primary?.stop(), dr?.stop(), messages?.stop(), azure.value.stop()]);
      letGo();
    },
  };
});

function workspace(role: Role, options: SimulatorOptions, estate: unknown): Promise<SimulatedWorkspace> {
  const { ports, token, timeScale } = options;
  const seeds = seedsFor(estate, role, Date.now());
  return startWorkspace({ port: ports[role], token, timeScale, ...seeds, ...kept(role, options) });
}

/** Looks at the workspaces as it starts: its configuration is what stands there. */
function terraformFor(
  options: SimulatorOptions,
  estate: unknown,
  urls: Record<Role, string>,
): Promise<SimulatedTerraform> {
  const { ports, token, terraformToken, timeScale } = options;
  return startTerraform({
    port: ports.terraform,
    token: terraformToken,
    timeScale,
    workspaces: namedWorkspaces(estate),
    databricks: { primary: { url: urls.primary, token }, dr: { url: urls.dr, token } },
    ...kept('terraform', options),
  });
}

function azureFor({ ports, azure, timeScale, ...options }: SimulatorOptions, estate: unknown) {
  const subscriptions = namedSubscriptions(estate);
  return startAzureControl({
    ...azure,
    port: ports.azure,
    timeScale,
    subscriptions,
    ...kept('azure', { ports, azure, timeScale, ...options }),
  });
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
