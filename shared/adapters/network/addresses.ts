// The addresses of a name, as the machine's resolver tells them. It cannot be called off, so it is not waited for beyond its time.

import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';

export async function addressesOf(hostname: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
  signal.throwIfAborted();
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return await Promise.race([lookup(hostname, { all: true }), late]);
}
