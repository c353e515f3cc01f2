// The laptop cloud as the benchmarks need it: its processes, started as `npm start` starts them, with an estate of many clusters
// and with hosts whose functions can be left out.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { appSettings, type Endpoints } from '../../local/stack/app-settings.ts';
import { identityFor } from '../../local/stack/identity.ts';
import {
  type Surroundings,
  serviceBusReadySchema,
  serviceBusSpec,
  simulatorsReadySchema,
  simulatorsSpec,
  tablesReadySchema,
  tablesSpec,
} from '../../local/stack/processes.ts';
import type { StackFile } from '../../local/stack/stack-file.ts';
import type { SupervisedProcess } from '../../local/supervised-process.ts';
import { Supervisor } from '../../local/supervisor.ts';
import { root } from './build-app.ts';

/** Not of today: no test or story uses these. */
export function clusterId(number: number): string {
  return `0101-000000-bench${String(number).padStart(4, '0')}`;
}

const countsSchema = z.record(z.string(), z.number());
const queuesSchema = z.record(z.string(), z.object({ active: z.number(), scheduled: z.number() }));
const listening = z.object({ port: z.number() });

export interface CloudOptions {
  /** Clusters of the primary, all RUNNING, that Lakewarden may repair by itself. */
  readonly clusters: number;
  /** How much faster than real life the simulators and the app live. */
  readonly timeScale: number;
  /** What may be done to a workspace in a minute; else what the reference estate says. */
  readonly budgets?: { readonly actsPerMinute: number; readonly callsPerMinute: number };
  /** What may be done to clusters that the estate does not list; else what the reference estate says. */
  readonly unlisted?: 'auto';
  /** Which messages are folded; else what an estate says by default. */
  readonly folding?: { readonly individually?: number; readonly windowMinutes?: number };
  /** The same of the broker: by default it keeps real time, so that no lock runs out faster than on Azure. */
  readonly brokerTimeScale?: number;
}

export type CloudParts = Pick<
  StackFile,
  'app' | 'apiKey' | 'adminKey' | 'databricks' | 'messages' | 'tablesConnectionString'
>;

export interface HostOptions {
  readonly name: string;
  readonly appDir?: string;
  readonly disabled?: readonly string[];
  /** Over those of the cloud. */
  readonly settings?: Readonly<Record<string, string>>;
}

const MASTER_KEY = 'bench';

export class Cloud {
  readonly folder: string;
  readonly #supervisor: Supervisor;
  readonly #settings: Record<string, string>;
  readonly #endpoints: Endpoints;
  readonly apiKey: string;
  readonly busConnection: string;
  /** Base URL of the primary workspace. */
  readonly databricks: string;

  private constructor(
    parts: Pick<Cloud, 'folder' | 'apiKey' | 'busConnection' | 'databricks'>,
    supervisor: Supervisor,
    settings: Record<string, string>,
    endpoints: Endpoints,
  ) {
    ({
      folder: this.folder,
      apiKey: this.apiKey,
      busConnection: this.busConnection,
      databricks: this.databricks,
    } = parts);
    this.#supervisor = supervisor;
    this.#settings = settings;
    this.#endpoints = endpoints;
  }

  static async start(options: CloudOptions): Promise<Cloud> {
    const folder = await mkdtemp(join(tmpdir(), 'lakewarden-bench-'));
    await mkdir(join(folder, 'logs'));
    const estateFile = await writeEstate(folder, options);
    const surroundings = await surroundingsOf(folder, estateFile, options.timeScale);
    const { secrets } = surroundings.identity;
    const supervisor = new Supervisor({
      onPid: () => {},
      onTrouble: (name, words) => console.error(name, words),
      onGivenUp: giveUp,
    });
    try {
      const endpoints = await startServices(supervisor, surroundings, options.brokerTimeScale ?? 1);
      const settings = appSettings({ endpoints, secrets, estateFile, timeScale: options.timeScale });
      const { serviceBusConnectionString: busConnection, databricks } = endpoints;
      const parts = { folder, apiKey: secrets.apiKey, busConnection, databricks: databricks.primary };
      return new Cloud(parts, supervisor, settings, endpoints);
    } catch (error) {
      await supervisor.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** A functions host with an app, the real one unless another is named. Returns its base URL. */
  async startHost({ name, appDir = root, disabled = [], settings = {} }: HostOptions): Promise<string> {
    const options = { appDir, port: 0, settings: { ...this.#settings, ...settings }, masterKey: MASTER_KEY, disabled };
    return this.startProcess(name, 'local/functions-host/main.ts', options);
  }

  /** A host that was started, or another process of the cloud: to be paused, woken or killed. */
  process(name: string): SupervisedProcess {
    return this.#supervisor.process(name);
  }

  /** One of the hosts with what surrounds it, as a client of the laptop cloud wants it. */
  partsFor(app: string): CloudParts {
    const { databricks, messages, storageConnectionString: tablesConnectionString } = this.#endpoints;
    return { app, apiKey: this.apiKey, adminKey: MASTER_KEY, databricks, messages, tablesConnectionString };
  }

  /** A process that reports the port it listens on. */
  async startProcess(name: string, file: string, options: Record<string, unknown>): Promise<string> {
    const ready = await this.#supervisor.start({
      name,
      file: resolve(root, file),
      logFile: join(this.folder, 'logs', `${name}.log`),
      environment: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
      options: () => options,
    });
    return `http://127.0.0.1:${listening.parse(ready).port}`;
  }

  /** Operations so far, by kind. */
  async operations(): Promise<{
    tables: Record<string, number>;
    blobs: Record<string, number>;
    serviceBus: Record<string, number>;
  }> {
    const storage = z
      .object({ tables: countsSchema, blobs: countsSchema })
      .parse(await this.#supervisor.process('tables').order('counts'));
    const serviceBus = countsSchema.parse(await this.#supervisor.process('serviceBus').order('operations'));
    return { ...storage, serviceBus };
  }

  /** Messages that wait or are due later, in all queues. Asking is not an operation. */
  async messagesLeft(): Promise<number> {
    const queues = queuesSchema.parse(await this.#supervisor.process('serviceBus').order('counts'));
    return Object.values(queues).reduce((sum, { active, scheduled }) => sum + active + scheduled, 0);
  }

  async stop(): Promise<void> {
    await this.#supervisor.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Storage, broker and simulators. */
async function startServices(
  supervisor: Supervisor,
  surroundings: Surroundings,
  brokerTimeScale: number,
): Promise<Endpoints> {
  const [tablesReady, busReady, simulatorsReady] = await Promise.all([
    supervisor.start(tablesSpec(surroundings)),
    supervisor.start(
      serviceBusSpec({ ...surroundings, options: { ...surroundings.options, timeScale: brokerTimeScale } }),
    ),
    supervisor.start(simulatorsSpec(surroundings)),
  ]);
  const { messages, terraform, azure, ...databricks } = simulatorsReadySchema.parse(simulatorsReady);
  return {
    app: 'http://127.0.0.1',
    storageConnectionString: tablesReadySchema.parse(tablesReady).connectionString,
    serviceBusConnectionString: serviceBusReadySchema.parse(busReady).connectionString,
    databricks,
    terraform,
    messages,
    azure,
    connectivity: {},
  };
}

async function surroundingsOf(folder: string, estateFile: string, timeScale: number): Promise<Surroundings> {
  const told = { playsStory: false, once: false, durable: false, duplicateDeliveries: false };
  const options = { port: 0, dir: folder, estateFile, timeScale, ...told };
  return { root, identity: await identityFor(options), options };
}

function giveUp(name: string, words: string): never {
  throw new Error(`${name} cannot be brought back: ${words}`);
}

const estateSchema = z.looseObject({
  channels: z.array(z.looseObject({})),
  pairs: z.array(z.looseObject({ primary: z.looseObject({ components: z.array(z.unknown()) }) })).min(1),
});

/**
 * The reference estate with more clusters in its primary. Its Slack channel becomes a webhook: Slack takes a message a second,
 * and incidents that come faster than that would be measured waiting for it.
 */
async function writeEstate(folder: string, { clusters, budgets, unlisted, folding }: CloudOptions): Promise<string> {
  const estate = estateSchema.parse(JSON.parse(await readFile(join(root, 'infra/estates/reference.json'), 'utf8')));
  for (let number = 0; number < clusters; number += 1) {
    estate.pairs[0]?.primary.components.push({
      kind: 'cluster',
      id: clusterId(number),
      name: `bench-${number}`,
      autonomy: 'auto',
    });
  }
  const channels = estate.channels.map((channel) => ({ ...channel, type: 'webhook', urlSetting: 'WEBHOOK_URL' }));
  const file = join(folder, 'estate.json');
  const autonomy = unlisted === undefined ? {} : { autonomy: { ...Object(estate.autonomy), unlisted } };
  const notifications = folding === undefined ? {} : { notifications: { folding } };
  await writeFile(
    file,
    JSON.stringify({ ...estate, channels, ...autonomy, ...notifications, ...(budgets && { budgets }) }),
  );
  return file;
}

/** The event that a sender posts when a cluster has died. */
export function terminatedEvent(id: string): string {
  return JSON.stringify({
    event: 'cluster.terminated',
    cluster: {
      cluster_id: id,
      cluster_name: `bench ${id}`,
      state: 'TERMINATED',
      termination_reason: { code: 'DRIVER_UNREACHABLE', type: 'CLIENT_ERROR', parameters: { driver_id: 'driver-abc' } },
    },
  });
}
