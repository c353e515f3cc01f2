// Brings the laptop cloud up and down: storage, broker and simulators first, then the app that needs them all.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type OwnNetwork, startOwnNetwork } from '../own-network/own-network.ts';
import { Supervisor } from '../supervisor.ts';
import { appSettings, type Endpoints, simulatedTargets } from './app-settings.ts';
import { type Control, startControl } from './control.ts';
import { firstLook } from './first-look.ts';
import { identityFor } from './identity.ts';
import type { StartOptions } from './options.ts';
import { freePort, portOf } from './ports.ts';
import {
  appReadySchema,
  appSpec,
  hostStateDir,
  logFile,
  type Surroundings,
  serviceBusReadySchema,
  serviceBusSpec,
  simulatorsReadySchema,
  simulatorsSpec,
  tablesReadySchema,
  tablesSpec,
} from './processes.ts';
import { readinessFaults } from './readiness.ts';
import type { Secrets } from './secrets.ts';
import { type ProcessName, removeStackFile, type StackFile, writeStackFile } from './stack-file.ts';

const OWNER_ONLY = 0o700;
const PROCESSES: readonly ProcessName[] = ['app', 'serviceBus', 'tables', 'simulators'];

export interface StackEvents {
  /** Something a person should read while the stack runs. */
  onTrouble(process: string, words: string): void;
  /** A process cannot be brought back: the stack is of no use any more. */
  onGivenUp(process: string, words: string): void;
}

/** What the app says is wrong with its configuration. */
export class BrokenConfiguration extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

export class Stack {
  readonly #options: StartOptions;
  readonly #root: string;
  readonly #supervisor: Supervisor;
  readonly #pids = new Map<string, number>();
  #control: Control | undefined;
  #network: OwnNetwork | undefined;
  #file: StackFile | undefined;

  constructor(root: string, options: StartOptions, events: StackEvents) {
    this.#root = root;
    this.#options = options;
    this.#supervisor = new Supervisor({ ...events, onPid: (name, pid) => this.#notePid(name, pid) });
  }

  /** Rejects with `StartFailed` or `BrokenConfiguration`; whatever runs by then is for `stop` to end. */
  async start(): Promise<StackFile> {
    this.#prepareDir();
    const identity = await identityFor(this.#options);
    const { secrets } = identity;
    const surroundings = { root: this.#root, options: this.#options, identity };
    const endpoints = await this.#startCloud(surroundings);
    const settings = appSettings({ ...this.#options, endpoints, secrets });
    const app = await this.#supervisor.start(appSpec(surroundings, portOf(endpoints.app), settings));
    appReadySchema.parse(app);
    const faults = await readinessFaults(endpoints.app);
    if (faults.length > 0) throw new BrokenConfiguration(faults);
    await firstLook({
      app: endpoints.app,
      adminKey: secrets.adminKey,
      workspaces: Object.values(endpoints.databricks),
    });
    const controlled = { supervisor: this.#supervisor, network: this.#network };
    this.#control = await startControl(controlled, secrets.adminKey, identity.ports.control);
    return this.#publish(endpoints, secrets, this.#control.url);
  }

  /** Ends every process within 3 s, the app first: it can still settle what it holds. */
  async stop(): Promise<void> {
    this.#file = undefined;
    removeStackFile(this.#options.dir);
    await Promise.all([this.#supervisor.stop('app'), this.#control?.stop(), this.#network?.stop()]);
  }

  async #startCloud(surroundings: Surroundings): Promise<Endpoints & CloudUrls> {
    const starting = [tablesSpec, serviceBusSpec, simulatorsSpec].map((spec) =>
      this.#supervisor.start(spec(surroundings)),
    );
    const [tablesReady, serviceBusReady, simulatorsReady] = await Promise.all(starting);
    const tables = tablesReadySchema.parse(tablesReady);
    const serviceBus = serviceBusReadySchema.parse(serviceBusReady);
    const { messages, terraform, azure, ...databricks } = simulatorsReadySchema.parse(simulatorsReady);
    const targets = simulatedTargets(this.#options.estateFile, { databricks, azure, blobs: tables.blobs });
    this.#network = await startOwnNetwork(targets);
    return {
      app: `http://127.0.0.1:${await freePort(surroundings.identity.ports.app)}`,
      tables: tables.tables,
      blobs: tables.blobs,
      storageConnectionString: tables.connectionString,
      serviceBus: `sb://127.0.0.1:${serviceBus.port}`,
      serviceBusConnectionString: serviceBus.connectionString,
      databricks,
      terraform,
      messages,
      azure,
      connectivity: this.#network.hosts,
    };
  }

  #prepareDir(): void {
    const { dir, durable } = this.#options;
    mkdirSync(join(dir, 'logs'), { recursive: true, mode: OWNER_ONLY });
    // Of a stack that was killed: nobody must take it for this one's.
    removeStackFile(dir);
    if (durable) return;
    // Of an earlier start: the cloud begins empty, so what its timers and logs remember is of no use.
    rmSync(hostStateDir(this.#options), { recursive: true, force: true });
    for (const name of PROCESSES) rmSync(logFile(dir, name), { force: true });
  }

  #publish(endpoints: Endpoints & CloudUrls, secrets: Secrets, control: string): StackFile {
    const { apiKey, basic, adminKey, databricksToken, terraformToken } = secrets;
    const { storageConnectionString, connectivity: _probed, ...urls } = endpoints;
    this.#file = {
      pid: process.pid,
      processes: this.#processes(),
      ...urls,
      tablesConnectionString: storageConnectionString,
      control,
      apiKey,
      basic,
      adminKey,
      databricksToken,
      terraformToken,
      armToken: secrets.azure.armToken,
      timeScale: this.#options.timeScale,
    };
    writeStackFile(this.#options.dir, this.#file);
    return this.#file;
  }

  #notePid(name: string, pid: number): void {
    this.#pids.set(name, pid);
    if (!this.#file) return;
    this.#file = { ...this.#file, processes: this.#processes() };
    writeStackFile(this.#options.dir, this.#file);
  }

  #processes(): StackFile['processes'] {
    const pid = (name: ProcessName) => this.#pids.get(name) ?? 0;
    return { app: pid('app'), serviceBus: pid('serviceBus'), tables: pid('tables'), simulators: pid('simulators') };
  }
}

interface CloudUrls {
  readonly tables: string;
  readonly blobs: string;
  readonly serviceBus: string;
}

/** Words for a start that cannot even begin; undefined if it can. */
export function missingBuild(root: string): string | undefined {
  const entry = join(root, 'dist/functions/index.js');
  return existsSync(entry)
    ? undefined
    : 'The app has not been built: run "npm run build" first ("npm start" does it by itself).';
}
