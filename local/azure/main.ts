// The storage account of the laptop cloud: Azurite's table and blob services behind a proxy each, in one child process.
import { type Child, runChild } from '../child.ts';
import { runAzurite } from './azurite.ts';
import { type DurableDatabases, keepDatabases } from './durable-databases.ts';
import type { Service } from './operations.ts';
import { type StorageProxy, startStorageProxy } from './storage-proxy.ts';

const ACCOUNT = 'devstoreaccount1';

interface StorageOptions {
  readonly ports: Record<Service, number>;
  readonly accountKey: string;
  /** A folder for tables and blobs; without it they live in memory. */
  readonly durableDir?: string;
  /** For tests: how large the log may grow before the databases are saved whole. */
  readonly saveFromBytes?: number;
}

runChild<StorageOptions>(async ({ ports, accountKey, durableDir, saveFromBytes }) => {
  const databases = durableDir === undefined ? undefined : await keepDatabases(durableDir, saveFromBytes);
  const upstream = await runAzurite(ACCOUNT, accountKey, durableDir);
  const proxy = (service: Service) =>
    startStorageProxy({
      service,
      port: ports[service],
      upstreamPort: upstream[service],
      ...(databases ? { kept: () => databases.kept().catch(endAtOnce) } : {}),
    });
  return storageChild({ tables: await proxy('tables'), blobs: await proxy('blobs') }, accountKey, databases);
});

/** What cannot be kept must not be answered, nor be seen by anybody who asks next. */
function endAtOnce(error: unknown): never {
  console.error('storage account: what was written cannot be kept', error);
  process.exit(1);
}

function storageChild(
  proxies: Record<Service, StorageProxy>,
  accountKey: string,
  databases: DurableDatabases | undefined,
): Child {
  const urls = { tables: endpoint(proxies.tables.port), blobs: endpoint(proxies.blobs.port) };
  return {
    ready: { ...urls, connectionString: connectionString(urls, accountKey) },
    async stop() {
      await Promise.all([proxies.tables.stop(), proxies.blobs.stop()]);
      databases?.close();
    },
    async control(op, args) {
      return obey(proxies, op, args);
    },
  };
}

/** `down` and `up` are for the tables unless `service` says `blobs`; `partition` is a partition key of a table. */
function obey(proxies: Record<Service, StorageProxy>, op: string, args: Record<string, unknown>): unknown {
  const proxy = proxies[args.service === 'blobs' ? 'blobs' : 'tables'];
  if (op === 'down') return proxy.down(asNumber(args.forMs), asNumber(args.status), asText(args.partition));
  if (op === 'up') return proxy.up();
  if (op === 'counts') return { tables: proxies.tables.counts(), blobs: proxies.blobs.counts() };
  throw new Error(`no such order: ${op}. There is: down, up, counts`);
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function endpoint(port: number): string {
  return `http://127.0.0.1:${port}/${ACCOUNT}`;
}

function connectionString(urls: Record<Service, string>, accountKey: string): string {
  const parts = {
    DefaultEndpointsProtocol: 'http',
    AccountName: ACCOUNT,
    AccountKey: accountKey,
    BlobEndpoint: urls.blobs,
    TableEndpoint: urls.tables,
  };
  return Object.entries(parts)
    .map(([name, value]) => `${name}=${value};`)
    .join('');
}
