// Who may import whom (style 2.2), as one table. Type imports count: what a layer names, it depends on.
import { isIn, type Planted, type Rule } from './rule.ts';
import type { Import, SourceFile } from './source.ts';

interface Layer {
  readonly sentence: string;
  readonly holds: (path: string) => boolean;
  /** Folders and files it may import, besides what it holds. */
  readonly paths: readonly string[];
  /** Modules by name; `types of X` allows only what is erased, `node:*` every builtin. */
  readonly modules: readonly string[];
  readonly caught: readonly Planted[];
  readonly allowed: readonly Planted[];
}

const DEPLOYED = ['functions', 'shared'];
const CHECKS = ['local/check.ts', 'local/checks'];

/** Each adapter's own outside world. zod parses what comes from there. */
const ADAPTER_MODULES: Readonly<Record<string, readonly string[]>> = {
  databricks: ['@databricks/sdk-experimental', '@azure/identity', 'cockatiel', 'zod'],
  'table-storage': ['@azure/data-tables', '@azure/identity', 'zod'],
  'blob-storage': ['@azure/storage-blob', '@azure/identity', 'zod'],
  'service-bus': ['@azure/service-bus', '@azure/identity', 'zod'],
  channels: ['zod'],
  'hcp-terraform': ['zod'],
  entra: ['jose'],
  arm: ['@azure/identity'],
  'azure-network': ['zod'],
  'status-page': ['zod'],
};

const layers: readonly Layer[] = [
  {
    sentence: 'domain imports nothing but zod, node:crypto and types of the Databricks SDK',
    holds: (path) => isIn(path, ['shared/domain']),
    paths: [],
    modules: ['zod', 'node:crypto', 'types of @databricks/sdk-experimental'],
    caught: [
      { 'shared/domain/a.ts': "import type { Clock } from '../ports/clock.ts';" },
      { 'shared/domain/a.ts': "import { compute } from '@databricks/sdk-experimental';" },
      { 'shared/domain/a.ts': "import { readFileSync } from 'node:fs';" },
      { 'shared/domain/a.ts': "type Log = import('../adapters/telemetry/log.ts').Log;" },
      { 'shared/domain/a.ts': "export * from '../config.ts';" },
      { 'shared/domain/a.ts': 'const load = (name: string) => import(name);' },
    ],
    allowed: [
      {
        'shared/domain/a/b.ts':
          "import * as z from 'zod'; import { c } from '../c.ts'; import type { compute } from '@databricks/sdk-experimental';",
      },
    ],
  },
  {
    sentence: 'ports import only domain',
    holds: (path) => isIn(path, ['shared/ports']),
    paths: ['shared/domain'],
    modules: [],
    caught: [
      { 'shared/ports/bus.ts': "import type { ServiceBusMessage } from '@azure/service-bus';" },
      { 'shared/ports/bus.ts': "import type { Step } from '../steps/step.ts';" },
    ],
    allowed: [
      {
        'shared/ports/bus.ts':
          "import type { TicketId } from '../domain/ids.ts'; import type { Clock } from './clock.ts';",
      },
    ],
  },
  {
    sentence: 'steps import only domain and ports',
    holds: (path) => isIn(path, ['shared/steps']),
    paths: ['shared/domain', 'shared/ports'],
    modules: [],
    caught: [{ 'shared/steps/step.ts': "import { advanceRun } from '../usecases/advance-run.ts';" }],
    allowed: [
      {
        'shared/steps/remedies/a.ts':
          "import type { Step } from '../step.ts'; import type { Clock } from '../../ports/clock.ts';",
      },
    ],
  },
  {
    sentence: 'use cases import only domain, ports and steps',
    holds: (path) => isIn(path, ['shared/usecases']),
    paths: ['shared/domain', 'shared/ports', 'shared/steps'],
    modules: [],
    caught: [
      {
        'shared/usecases/a.ts':
          "import { TableIncidentStore } from '../adapters/table-storage/table-incident-store.ts';",
      },
      { 'shared/usecases/a.ts': "import type { HttpRequest } from '@azure/functions';" },
      { 'shared/usecases/a.ts': "import { problem } from '../http/problem.ts';" },
    ],
    allowed: [{ 'shared/usecases/a.ts': "import { remedies } from '../steps/remedies/index.ts';" }],
  },
  ...Object.keys(ADAPTER_MODULES).map(adapterLayer),
  {
    sentence: 'an adapter without an SDK of its own imports only domain, ports and Node',
    holds: (path) => isIn(path, ['shared/adapters']) && !Object.hasOwn(ADAPTER_MODULES, path.split('/')[2] ?? ''),
    paths: ['shared/domain', 'shared/ports'],
    modules: ['node:*'],
    caught: [{ 'shared/adapters/telemetry/log.ts': "import { ServiceBusClient } from '@azure/service-bus';" }],
    allowed: [
      {
        'shared/adapters/telemetry/log.ts':
          "import { hostname } from 'node:os'; import type { Log } from '../../ports/log.ts';",
      },
    ],
  },
  {
    sentence: 'shared/http imports only domain, ports, Node and types of the functions library',
    holds: (path) => isIn(path, ['shared/http']),
    paths: ['shared/domain', 'shared/ports'],
    modules: ['node:*', 'types of @azure/functions'],
    caught: [
      { 'shared/http/route.ts': "import { app } from '@azure/functions';" },
      { 'shared/http/route.ts': "import { acceptSignal } from '../usecases/accept-signal.ts';" },
      // Erased names, but the module is loaded all the same.
      { 'shared/http/route.ts': "import { type HttpRequest } from '@azure/functions';" },
    ],
    allowed: [{ 'shared/http/route.ts': "import type { HttpRequest } from '@azure/functions';" }],
  },
  {
    sentence: 'config imports only domain, the configuration schemas of the channels, zod and Node',
    holds: (path) => isIn(path, ['shared/config.ts', 'shared/config', 'shared/settings.ts']),
    paths: ['shared/domain', 'shared/adapters/channels'],
    modules: ['zod', 'node:*'],
    caught: [{ 'shared/config.ts': "import { connect } from './adapters/service-bus/connection.ts';" }],
    allowed: [{ 'shared/config.ts': "import { parseEstate } from './domain/estate/parse-estate.ts';" }],
  },
  {
    sentence: 'compose imports only what is in shared, and Node',
    holds: (path) => isIn(path, ['shared/compose.ts', 'shared/compose']),
    paths: ['shared'],
    modules: ['node:*'],
    caught: [
      { 'shared/compose.ts': "import { ServiceBusClient } from '@azure/service-bus';" },
      { 'shared/compose.ts': "import { doors } from '../functions/index.ts';" },
    ],
    allowed: [
      {
        'shared/compose.ts':
          "import { readConfig } from './config.ts'; import { ServiceBus } from './adapters/service-bus/service-bus.ts';",
      },
    ],
  },
  {
    sentence: 'functions import only use cases, shared/http, compose and domain',
    holds: (path) => isIn(path, ['functions']),
    paths: ['shared/usecases', 'shared/http', 'shared/compose.ts', 'shared/domain'],
    modules: ['types of @azure/functions'],
    caught: [
      {
        'functions/http/a.ts':
          "import { TableIncidentStore } from '../../shared/adapters/table-storage/table-incident-store.ts';",
      },
      { 'functions/http/a.ts': "import { startBroker } from '../../local/service-bus/broker.ts';" },
      { 'functions/http/a.ts': "import { app } from '@azure/functions';" },
    ],
    allowed: [
      {
        'functions/http/a.ts':
          "import type { HttpRequest } from '@azure/functions'; import { app } from '../../shared/compose.ts';",
      },
      { 'functions/index.ts': "import { app } from '@azure/functions'; import { door } from './http/a.ts';" },
    ],
  },
  {
    sentence:
      'the laptop cloud imports nothing of shared or functions: a simulator that shares code with the adapter proves nothing',
    holds: (path) => isIn(path, ['local']) && !isIn(path, CHECKS),
    paths: [],
    modules: ['*'],
    caught: [
      { 'local/service-bus/broker.ts': "import type { Bus } from '../../shared/ports/bus.ts';" },
      { 'local/start.ts': "const app = await import('../functions/index.ts');" },
      { 'local/start.ts': "import { checks } from './checks/docs.ts';" },
    ],
    allowed: [{ 'local/service-bus/broker.ts': "import rhea from 'rhea'; import { limit } from './refusals.ts';" }],
  },
  {
    // They are no part of the cloud: they read the tables of shared/ in order to write their reference pages.
    sentence: 'the checks import only domain',
    holds: (path) => isIn(path, CHECKS),
    paths: ['shared/domain'],
    modules: ['*'],
    caught: [{ 'local/checks/docs.ts': "import { compose } from '../../shared/compose.ts';" }],
    allowed: [{ 'local/checks/docs.ts': "import { errorCodes } from '../../shared/domain/errors.ts';" }],
  },
  {
    sentence: 'console and command line see nothing but the HTTP API',
    holds: (path) => isIn(path, ['console', 'cli']),
    paths: [],
    modules: ['*'],
    caught: [
      { 'cli/main.ts': "import type { Incident } from '../shared/domain/incidents/incident.ts';" },
      { 'console/main.tsx': "export { route } from '../functions/http/incidents.ts';" },
    ],
    allowed: [{ 'cli/main.ts': "import { request } from './request.ts';" }],
  },
];

export const layerRules: readonly Rule[] = layers.map((layer) => ({
  ...layer,
  faults: (files: readonly SourceFile[]) =>
    files.filter(({ path }) => layer.holds(path)).flatMap((file) => foreign(file, layer)),
}));

export const everyFileHasALayer: Rule = {
  sentence: 'every file of functions and shared has a layer',
  faults: (files) =>
    files
      .filter(({ path }) => isIn(path, DEPLOYED) && !layers.some(({ holds }) => holds(path)))
      .map(({ path }) => `${path}:1: belongs to no layer of style 2.1`),
  caught: [{ 'shared/helpers/a.ts': '' }, { 'shared/everything.ts': '' }],
  allowed: [{ 'shared/domain/a.ts': '', 'functions/index.ts': '', 'shared/compose.ts': '' }],
};

function adapterLayer(name: string): Layer {
  const own = ADAPTER_MODULES[name] ?? [];
  return {
    sentence: `adapters/${name} imports only domain, ports, Node and its own SDK (${own.join(', ')})`,
    holds: (path) => isIn(path, [`shared/adapters/${name}`]),
    paths: ['shared/domain', 'shared/ports'],
    modules: ['node:*', ...own],
    caught: [
      { [`shared/adapters/${name}/a.ts`]: "import { translate } from '../other/translate.ts';" },
      { [`shared/adapters/${name}/a.ts`]: "import type { Somebody } from 'somebody-elses-sdk';" },
      { [`shared/adapters/${name}/a.ts`]: "import { compose } from '../../compose.ts';" },
    ],
    allowed: [
      {
        [`shared/adapters/${name}/a.ts`]:
          "import { b } from './b.ts'; import type { Clock } from '../../ports/clock.ts';",
      },
    ],
  };
}

function foreign(file: SourceFile, layer: Layer): string[] {
  return file.imports
    .filter((entry) => !(entry.path === undefined ? mayUse(file, layer, entry) : mayReach(layer, entry.path)))
    .map(({ path, module, kind, line }) => `${file.path}:${line}: must not import ${path ?? module} (${kind})`);
}

function mayReach(layer: Layer, path: string): boolean {
  return layer.holds(path) || isIn(path, layer.paths);
}

function mayUse(file: SourceFile, { modules }: Layer, { module = '', kind }: Import): boolean {
  if (modules.includes('*') || modules.includes(module)) return true;
  if (module.startsWith('node:') && modules.includes('node:*')) return true;
  // The one entry point registers every door (style 2.1).
  if (file.path === 'functions/index.ts' && module === '@azure/functions') return true;
  return kind === 'type' && modules.includes(`types of ${module}`);
}
