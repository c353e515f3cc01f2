// Where the token for Resource Manager comes from: the app's managed identity, which caches it, or a setting on a laptop.

export interface TokenSource {
  token(): Promise<string>;
  /** It was answered 401. False when no other can be had. */
  reject(token: string): boolean;
}

interface AccessToken {
  readonly token: string;
  readonly expiresOnTimestamp: number;
}

/** A token about to end is not used: clocks differ, and the call itself takes time. */
const REFRESH_BEFORE_END_MS = 5 * 60_000;

export function fixedToken(token: string): TokenSource {
  return { token: async () => token, reject: () => false };
}

/** `origin` is that of the cloud's Resource Manager, which is what the token is for. */
export function managedIdentityTokens(origin: string): TokenSource {
  return keptTokens(async () => {
    // Loaded by the first call: a cold start does without it.
    const { ManagedIdentityCredential } = await import('@azure/identity');
    return await new ManagedIdentityCredential().getToken(`${origin}/.default`);
  });
}

export function keptTokens(acquire: () => Promise<AccessToken>, now: () => number = Date.now): TokenSource {
  let kept: AccessToken | undefined;
  return {
    async token() {
      if (kept === undefined || kept.expiresOnTimestamp - REFRESH_BEFORE_END_MS <= now()) kept = await acquire();
      return kept.token;
    },
    reject(refused) {
      if (kept?.token === refused) kept = undefined;
      return true;
    },
  };
}
