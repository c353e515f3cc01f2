// Two app processes over one broker, one store and one pair of workspaces: what tests of several instances have in common.
import { portOf } from '../../local/stack/ports.ts';
import { Cloud, type CloudParts } from '../bench/cloud.ts';
import { CloudClient } from './cloud-client.ts';
import { type FaultyLink, type HeldAnswer, startFaultyLink } from './faulty-link.ts';

export interface TwoAppsOptions {
  readonly clusters: number;
  readonly timeScale: number;
}

/** A transaction that writes an attempt down comes after what names its cluster; and the answer to one that was carried out. */
const INTENT = '[^]*a(\\||%7C)attempt';
const WRITTEN = /HTTP\/1\.1 204/;

export class TwoApps {
  readonly cloud: Cloud;
  /** The line of all apps to Table Storage. */
  readonly #tables: FaultyLink;
  readonly #settings: Record<string, string>;

  private constructor(cloud: Cloud, tables: FaultyLink, settings: Record<string, string>) {
    this.cloud = cloud;
    this.#tables = tables;
    this.#settings = settings;
  }

  /** The cloud without an app. */
  static async begin(options: TwoAppsOptions): Promise<TwoApps> {
    const cloud = await Cloud.start({
      ...options,
      brokerTimeScale: options.timeScale,
      folding: { individually: 10_000 },
    });
    const { tablesConnectionString } = cloud.partsFor('');
    const [, endpoint = ''] = /TableEndpoint=([^;]+)/.exec(tablesConnectionString) ?? [];
    const tables = await startFaultyLink(portOf(endpoint));
    const through = tablesConnectionString.replace(`:${portOf(endpoint)}/`, `:${tables.port}/`);
    return new TwoApps(cloud, tables, { TABLES_CONNECTION: through });
  }

  async startApp(name: string): Promise<CloudClient<CloudParts>> {
    const app = await this.cloud.startHost({ name, settings: this.#settings });
    const parts = this.cloud.partsFor(app);
    return new CloudClient(() => parts);
  }

  /** The next attempt on this cluster is written down, and whoever wrote it does not hear of it until the answer is released. */
  holdIntent(cluster: string): HeldAnswer {
    return this.#tables.holdAnswer(new RegExp(cluster + INTENT), WRITTEN);
  }

  async stop(): Promise<void> {
    await this.cloud.stop();
    await this.#tables.stop();
  }
}
