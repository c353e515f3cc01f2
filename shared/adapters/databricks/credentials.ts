// Where the bearer token comes from. A managed identity's token is kept and asked for once, however many calls wait for it.
import type { WorkspaceCredentials } from './options.ts';

/** Azure Databricks' application id in every tenant (learn.microsoft.com, azure/databricks/dev-tools/auth). */
const DATABRICKS_SCOPE = '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default';
/** A token about to end is not used: clocks differ, and the call itself takes time. */
const REFRESH_BEFORE_END_MS = 5 * 60_000;

interface AccessToken {
  readonly token: string;
  readonly expiresOnTimestamp: number;
}

export interface TokenSource {
  token(): Promise<string>;
  /** The workspace answered 401 to this token. False when no other can be had. */
  reject(token: string): boolean;
}

export class NoToken extends Error {}

export function tokenSource(credentials: WorkspaceCredentials): TokenSource {
  return credentials === 'managed-identity' ? cachedTokens(managedIdentity()) : fixedToken(credentials.token);
}

function fixedToken(token: string): TokenSource {
  return { token: async () => token, reject: () => false };
}

/** One request for a token at a time; whoever comes meanwhile waits for the same one. */
export function cachedTokens(acquire: () => Promise<AccessToken>, now: () => number = Date.now): TokenSource {
  let kept: AccessToken | undefined;
  let pending: Promise<AccessToken> | undefined;
  async function token(): Promise<string> {
    if (kept !== undefined && kept.expiresOnTimestamp - REFRESH_BEFORE_END_MS > now()) return kept.token;
    pending ??= acquire().finally(() => {
      pending = undefined;
    });
    kept = await pending;
    return kept.token;
  }
  function reject(refused: string): boolean {
    // Of ten calls that were refused together only the first drops the token; the others must not drop its successor.
    if (kept?.token === refused) kept = undefined;
    return true;
  }
  return { token, reject };
}

function managedIdentity(): () => Promise<AccessToken> {
  let credential: Promise<{ getToken(scope: string): Promise<AccessToken> }> | undefined;
  async function load(): Promise<{ getToken(scope: string): Promise<AccessToken> }> {
    const { ManagedIdentityCredential } = await import('@azure/identity');
    return new ManagedIdentityCredential();
  }
  return async () => {
    credential ??= load();
    return (await credential).getToken(DATABRICKS_SCOPE);
  };
}
