// The storage account of the laptop cloud: Azurite's table and blob services behind a proxy each, in one child process.
import { type Child, runChild } from '../child.ts';
import { runAzurite } from './azurite.ts';
import type { Service } from './operations.ts';
import { type StorageProxy, startStorageProxy } from './storage-proxy.ts';

const ACCOUNT = 'devstoreaccount1';

interface StorageOptions {
  readonly ports: Record<Service, number>;
  readonly accountKey: string;
}

runChild<StorageOptions>(async ({ ports, accountKey }) => {
  const upstream = await runAzurite(ACCOUNT, accountKey);
  const tables = await startStorageProxy({ service: 'tables', port: ports.tables, upstreamPort: upstream.tables });
  const blobs = await startStorageProxy({ service: 'blobs', port: ports.blobs, upstreamPort: upstream.blobs });
  return storageChild({ tables, blobs }, accountKey);
});

function storageChild(proxies: Record<Service, StorageProxy>, accountKey: string): Child {
  const urls = { tables: endpoint(proxies.tables.port), blobs: endpoint(proxies.blobs.port) };
  return {
    ready: { ...urls, connectionString: connectionString(urls, accountKey) },
    async stop() {
      await Promise.all([proxies.tables.stop(), proxies.blobs.stop()]);
    },
    async control(op, args) {
      return obey(proxies, op, args);
    },
  };
}

/** `down` and `up` are for the tables unless `service` says `blobs`. */
function obey(proxies: Record<Service, StorageProxy>, op: string, args: Record<string, unknown>): unknown {
  const proxy = proxies[args.service === 'blobs' ? 'blobs' : 'tables'];
  if (op === 'down') return proxy.down(asNumber(args.forMs), asNumber(args.status));
  if (op === 'up') return proxy.up();
  if (op === 'counts') return { tables: proxies.tables.counts(), blobs: proxies.blobs.counts() };
  throw new Error(`no such order: ${op}. There is: down, up, counts`);
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
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
