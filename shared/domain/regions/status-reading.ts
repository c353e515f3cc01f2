// What a provider's status page says, and what that is worth as a witness: it is kept by people, comes late, and is never fine when unread.
import type { Saying, Testimony } from './testimony.ts';

/** Of a service in a region. */
export type ServiceStatus =
  | 'operational'
  | 'maintenance'
  | 'degraded'
  | 'partial-outage'
  | 'outage'
  | 'security'
  | 'unknown';

export interface ServiceState {
  readonly service: string;
  readonly status: ServiceStatus;
}

export type StatusReading =
  | {
      readonly readable: true;
      /** By ARM name. A region that is not here is one of which the page says nothing. */
      readonly regions: ReadonlyMap<string, readonly ServiceState[]>;
    }
  | { readonly readable: false; readonly because: string };

/** The page is read every minute: after some that failed its word is old. */
const VALID_MS = 5 * 60_000;
const WORDS_LIMIT = 500;
/** This share of the services of a region down is the region, fewer are those services. */
const OUTAGE_SHARE = 0.5;

export function statusTestimony(reading: StatusReading, region: string, now: Date): Testimony {
  const { says, words } = judged(reading, region);
  return {
    region,
    witness: 'status-page',
    source: 'status-page',
    fate: 'databricks-status-page',
    says,
    seenAt: now.toISOString(),
    validUntil: new Date(now.getTime() + VALID_MS).toISOString(),
    words: words.slice(0, WORDS_LIMIT),
  };
}

interface Judged {
  readonly says: Saying;
  readonly words: string;
}

function judged(reading: StatusReading, region: string): Judged {
  if (!reading.readable) return { says: 'unknown', words: `The status page cannot be read: ${reading.because}.` };
  const states = reading.regions.get(region) ?? [];
  if (states.length === 0) return { says: 'unknown', words: `The status page says nothing of ${region}.` };
  const told = states.filter(({ status }) => status !== 'operational');
  const words = told.map(({ service, status }) => `${service}: ${status}`).join(', ');
  return { says: sayingOf(states), words: words === '' ? 'All services are operational.' : `${words}.` };
}

/** Maintenance and security notices are shown, and say nothing against a region (C4). What is unknown cannot vouch for it. */
function sayingOf(states: readonly ServiceState[]): Saying {
  const count = (...statuses: ServiceStatus[]) => states.filter(({ status }) => statuses.includes(status)).length;
  if (count('outage') >= states.length * OUTAGE_SHARE) return 'outage';
  if (count('outage', 'partial-outage', 'degraded') > 0) return 'degraded';
  return count('unknown') > 0 ? 'unknown' : 'healthy';
}
