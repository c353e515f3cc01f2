// The four processes of the stack: their files, options and what they report when ready.
import { join } from 'node:path';
import * as z from 'zod';
import type { ProcessSpec } from '../supervisor.ts';
import { durableDir, type Identity } from './identity.ts';
import type { StartOptions } from './options.ts';
import { portOf } from './ports.ts';
import type { ProcessName } from './stack-file.ts';

export const tablesReadySchema = z.object({ tables: z.url(), blobs: z.url(), connectionString: z.string() });
export const serviceBusReadySchema = z.object({ port: z.number(), connectionString: z.string() });
export const simulatorsReadySchema = z.object({
  primary: z.url(),
  dr: z.url(),
  terraform: z.url(),
  messages: z.url(),
  azure: z.url(),
});
export const appReadySchema = z.object({ port: z.number(), functions: z.array(z.string()) });

export interface Surroundings {
  /** Root of the checkout: where `package.json`, `host.json` and `dist` are. */
  readonly root: string;
  readonly options: StartOptions;
  readonly identity: Identity;
}

type Before = Record<string, unknown> | undefined;

export function tablesSpec(surroundings: Surroundings): ProcessSpec {
  const { ports, secrets } = surroundings.identity;
  return spec(surroundings, 'tables', 'local/azure/main.ts', (before) => {
    const ready = before && tablesReadySchema.parse(before);
    return {
      ports: {
        tables: ready ? portOf(ready.tables) : ports.tables,
        blobs: ready ? portOf(ready.blobs) : ports.blobs,
      },
      accountKey: secrets.storageKey,
      ...durable(surroundings, 'azurite'),
    };
  });
}

export function serviceBusSpec(surroundings: Surroundings): ProcessSpec {
  const { root, options, identity } = surroundings;
  return spec(surroundings, 'serviceBus', 'local/service-bus/main.ts', (before) => ({
    port: before ? serviceBusReadySchema.parse(before).port : identity.ports.serviceBus,
    queuesFile: join(root, 'infra/queues.json'),
    timeScale: options.timeScale,
    sharedAccessKey: identity.secrets.sharedAccessKey,
    duplicateDeliveries: options.duplicateDeliveries,
    ...durable(surroundings, 'service-bus'),
  }));
}

export function simulatorsSpec(surroundings: Surroundings): ProcessSpec {
  const { options, identity } = surroundings;
  const { ports, secrets } = identity;
  return spec(surroundings, 'simulators', 'local/simulators.ts', (before) => {
    const ready = before && simulatorsReadySchema.parse(before);
    return {
      ports: {
        primary: ready ? portOf(ready.primary) : ports.primary,
        dr: ready ? portOf(ready.dr) : ports.dr,
        terraform: ready ? portOf(ready.terraform) : ports.terraform,
        messages: ready ? portOf(ready.messages) : ports.messages,
        azure: ready ? portOf(ready.azure) : ports.azure,
      },
      token: secrets.databricksToken,
      terraformToken: secrets.terraformToken,
      azure: secrets.azure,
      timeScale: options.timeScale,
      estateFile: options.estateFile,
      ...durable(surroundings, 'simulators'),
    };
  });
}

export function appSpec(surroundings: Surroundings, port: number, settings: Record<string, string>): ProcessSpec {
  const { root, options, identity } = surroundings;
  return spec(surroundings, 'app', 'local/functions-host/main.ts', () => ({
    appDir: root,
    port,
    settings,
    masterKey: identity.secrets.adminKey,
    stateDir: hostStateDir(options),
  }));
}

/** Where the host keeps when each timer ran last. */
export function hostStateDir({ dir, durable }: StartOptions): string {
  return durable ? durableDir(dir, 'functions-host') : join(dir, 'functions-host');
}

function durable({ options }: Surroundings, folder: string): { durableDir?: string } {
  return options.durable ? { durableDir: durableDir(options.dir, folder) } : {};
}

export function logFile(dir: string, name: ProcessName): string {
  return join(dir, 'logs', `${name}.log`);
}

function spec(
  { root, options }: Surroundings,
  name: ProcessName,
  file: string,
  childOptions: (before: Before) => Record<string, unknown>,
): ProcessSpec {
  return {
    name,
    file: join(root, file),
    logFile: logFile(options.dir, name),
    environment: ownEnvironment(),
    options: childOptions,
  };
}

/** Not our own environment: what a developer's shell happens to hold must not reach the app. */
function ownEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}
