// Is what pull found news beside what is known? Lists tell less than action groups send, and tell it with a time a little apart: what was told
// must not be told again, let alone take the place of what says more.
import type { AzureNotice } from './notice.ts';

/** The list's time of an update and that of its notification are this far apart at most. */
const SAME_UPDATE_MS = 5 * 60_000;

export function isNews(known: AzureNotice | undefined, pulled: AzureNotice): boolean {
  if (known === undefined) return true;
  const laterMs = Date.parse(pulled.at) - Date.parse(known.at);
  if (known.phase !== pulled.phase) return laterMs >= 0;
  // An alert fires once, and is resolved once.
  return pulled.sort === 'service-health' && laterMs > SAME_UPDATE_MS;
}
