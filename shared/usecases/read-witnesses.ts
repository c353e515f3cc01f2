// Every minute: reads who can tell of regions and of what went wrong without being asked to send it. The status page speaks as a witness (B6);
// health events and alerts are taken for what push missed (A9). Each for itself: one that cannot be read hides no other.
import { LakewardenError } from '../domain/errors.ts';
import type { Estate } from '../domain/estate/estate.ts';
import { regionsOf } from '../domain/estate/lookup.ts';
import type { SourceState } from '../domain/own-health/source-state.ts';
import { statusTestimony } from '../domain/regions/status-reading.ts';
import { judgeNotice } from '../domain/signals/azure/judge-notice.ts';
import type { AzureSignal } from '../domain/signals/signal.ts';
import type { AzureEvents, AzureReading } from '../ports/azure-events.ts';
import type { Leases } from '../ports/leases.ts';
import type { Log } from '../ports/log.ts';
import type { SourceLog } from '../ports/source-log.ts';
import type { StatusPage } from '../ports/status-page.ts';
import type { WitnessStore } from '../ports/witness-store.ts';
import { type PullPorts, pullNotices } from './azure/pull-notices.ts';

export interface ReadWitnessPorts extends PullPorts {
  readonly estate: Estate;
  readonly log: Log;
  readonly leases: Leases;
  newOwner(): string;
  readonly sources: SourceLog;
  readonly witnesses: WitnessStore;
  readonly azureEvents: AzureEvents;
  /** Undefined where nobody wants it read. */
  readonly statusPage: StatusPage | undefined;
}

export interface WitnessReading {
  readonly source: string;
  /** Notices that push had not told. */
  readonly sent: number;
  /** Why it could not be read to its end. */
  readonly unreadable?: string;
}

const LEASE = 'read-witnesses';
/** Real milliseconds: longer than the adapters let a pass last. */
const LEASE_MS = 120_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Azure's lists are behind by minutes, and a pass may have died on its way. */
const OVERLAP_MS = 5 * MINUTE_MS;
/** By Azure's clock: how far back is looked at the least, and at the most. */
const REACH_MS = { least: HOUR_MS, most: 24 * HOUR_MS } as const;

/** Passes never overlap, whoever started them: undefined while another is on its way. */
export async function readWitnesses(ports: ReadWitnessPorts): Promise<readonly WitnessReading[] | undefined> {
  const owner = ports.newOwner();
  const now = ports.clock.now();
  try {
    const isOurs = await ports.leases.take(LEASE, owner, now, new Date(now.getTime() + LEASE_MS));
    return isOurs ? await readAll(ports) : undefined;
  } finally {
    // Also when the answer to taking it was lost: it may be ours.
    await ports.leases.release(LEASE, owner);
  }
}

async function readAll(ports: ReadWitnessPorts): Promise<readonly WitnessReading[]> {
  const { azureEvents, statusPage, log } = ports;
  const known = new Map((await ports.sources.all()).map((state) => [state.source, state]));
  const pulls = azureEvents.subscriptions.flatMap((subscription): Pull[] => [
    {
      source: `health-events/${subscription}`,
      push: 'service-health',
      read: (since) => azureEvents.healthEvents(subscription, since),
    },
    {
      source: `alerts/${subscription}`,
      push: 'monitor-alert',
      read: (since) => azureEvents.alerts(subscription, since),
    },
  ]);
  const readings = await Promise.all([
    ...(statusPage ? [readStatusPage(ports, statusPage)] : []),
    ...pulls.map((pull) => readList(ports, pull, known.get(pull.source))),
  ]);
  log.info('read witnesses', { readings });
  return readings;
}

async function readStatusPage(ports: ReadWitnessPorts, page: StatusPage): Promise<WitnessReading> {
  const source = 'status-page';
  const reading = await page.read();
  const now = ports.clock.now();
  for (const region of regionsOf(ports.estate)) await ports.witnesses.put(statusTestimony(reading, region, now));
  if (!reading.readable) return await noteFailure(ports, source, `The status page cannot be read: ${reading.because}`);
  await ports.sources.read(source, now);
  return { source, sent: 0 };
}

interface Pull {
  readonly source: string;
  /** What should have told it already. */
  readonly push: 'service-health' | 'monitor-alert';
  read(since: Date): Promise<AzureReading>;
}

async function readList(ports: ReadWitnessPorts, pull: Pull, known: SourceState | undefined): Promise<WitnessReading> {
  const now = ports.clock.now();
  const reading = await readOrWhyNot(() => pull.read(sinceOf(known?.lastReadAt, now)));
  if (typeof reading === 'string') return await noteFailure(ports, pull.source, reading);
  const { notices, unreadable } = reading;
  // A list of which nothing can be read any more has changed its form: that is not "nothing happened".
  if (unreadable > 0 && notices.length === 0)
    return await noteFailure(ports, pull.source, `none of its ${unreadable} entries can be read`);
  if (unreadable > 0) ports.log.warn('entries of a list cannot be read', { source: pull.source, unreadable });
  const sent = await pullNotices(ports, reading);
  // Of before the first look nobody knows whether push could have told it.
  if (known?.lastReadAt !== undefined) await noteMissed(ports, pull, sent, now);
  await ports.sources.read(pull.source, now);
  return { source: pull.source, sent: sent.length };
}

/** What is no failure here (an advisory, an incident elsewhere) need not have been sent by any rule. */
async function noteMissed(
  { sources, estate }: ReadWitnessPorts,
  { push }: Pull,
  sent: readonly AzureSignal[],
  now: Date,
): Promise<void> {
  const times = sent.flatMap(({ notice }) => (judgeNotice(notice, estate, now).is === 'failure' ? [notice.at] : []));
  const newestOf = times.sort().at(-1);
  if (newestOf !== undefined) await sources.missed(push, now, { count: times.length, newestOf });
}

/** Our own stores and bus are no excuse: those errors are thrown. */
async function readOrWhyNot(read: () => Promise<AzureReading>): Promise<AzureReading | string> {
  try {
    return await read();
  } catch (error) {
    const isTheirs =
      error instanceof LakewardenError && (error.code === 'azure-unavailable' || error.code === 'azure-refused');
    if (!isTheirs) throw error;
    return error.message;
  }
}

async function noteFailure(
  { sources, clock, log }: ReadWitnessPorts,
  source: string,
  because: string,
): Promise<WitnessReading> {
  await sources.failed(source, clock.now(), because);
  log.warn('source cannot be read', { source, because });
  return { source, sent: 0, unreadable: because };
}

function sinceOf(lastReadAt: string | undefined, now: Date): Date {
  const wanted = lastReadAt === undefined ? 0 : Date.parse(lastReadAt) - OVERLAP_MS;
  const bounded = Math.min(Math.max(wanted, now.getTime() - REACH_MS.most), now.getTime() - REACH_MS.least);
  return new Date(bounded);
}
