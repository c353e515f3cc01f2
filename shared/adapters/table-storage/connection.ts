// Opens one client per table. The SDK is loaded with the first of them, not at start.
// Rule kept here: plain HTTP only to this machine, and an answer or a failure within a few seconds.
import type { TableClient } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import { Broken } from '../../domain/errors.ts';

export interface TableConnection {
  /** A connection string, or an `https://` endpoint to which `credential` (default: the environment's identity) signs in. */
  readonly connection: string;
  readonly credential?: () => Promise<TokenCredential>;
}

export type OpenTable = (name: string) => Promise<TableClient>;

/** Doors and queue functions must know within about five seconds; the SDK's own defaults would take a minute. */
const RETRY = { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 } as const;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export function connectTables(settings: TableConnection): OpenTable {
  const { connection } = settings;
  if (/^[a-z]+:\/\//i.test(connection)) return byEndpoint(connection, settings.credential ?? environmentIdentity);
  return byConnectionString(connection);
}

function byConnectionString(connection: string): OpenTable {
  const insecure = plainEndpoint(connection);
  if (insecure && !LOOPBACK.test(insecure.hostname)) throw notOverHttp(insecure.hostname);
  return async (name) => {
    const { TableClient } = await import('@azure/data-tables');
    const options = { retryOptions: RETRY, allowInsecureConnection: insecure !== undefined };
    return TableClient.fromConnectionString(connection, name, options);
  };
}

function byEndpoint(endpoint: string, credential: () => Promise<TokenCredential>): OpenTable {
  const url = new URL(endpoint);
  // A bearer token is refused by the SDK over plain HTTP, even to this machine.
  if (url.protocol !== 'https:') throw notOverHttp(url.hostname);
  let signedIn: Promise<TokenCredential> | undefined;
  return async (name) => {
    const { TableClient } = await import('@azure/data-tables');
    signedIn ??= credential();
    // A failed sign-in must not be remembered.
    signedIn.catch(() => {
      signedIn = undefined;
    });
    return new TableClient(url.origin, name, await signedIn, { retryOptions: RETRY });
  };
}

/** The endpoint of a connection string when it is plain HTTP. */
function plainEndpoint(connection: string): URL | undefined {
  if (/UseDevelopmentStorage=true/i.test(connection)) return new URL('http://127.0.0.1');
  const endpoint = /(?:^|;)\s*TableEndpoint=([^;]+)/i.exec(connection)?.[1];
  if (endpoint) return URL.canParse(endpoint) && /^http:/i.test(endpoint) ? new URL(endpoint) : undefined;
  const isPlain = /(?:^|;)\s*DefaultEndpointsProtocol=http(?:;|$)/i.test(connection);
  return isPlain ? new URL('http://table.core.windows.net') : undefined;
}

async function environmentIdentity(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential();
}

function notOverHttp(host: string): Broken {
  return new Broken('not-configured', `the tables at ${host} must be reached over https`);
}
