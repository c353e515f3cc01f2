// Anchors the heads of the timelines: one write-once document per UTC day, each carrying the hash of the one before (D2).
// Rule kept here: a day that was missed is made up for; a day that has its anchor is never written again. An incident that cannot be
// read keeps no other from being anchored: the anchor names it, and people are told.
import { digestOf } from '../domain/ids.ts';
import { canonical } from '../domain/incidents/timeline.ts';
import type { AnchorStore } from '../ports/anchor-store.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { IncidentStore, UnreadableIncident } from '../ports/incident-store.ts';
import type { Log } from '../ports/log.ts';
import { tellOwnTrouble } from './own-trouble.ts';

const DAY_MS = 24 * 3600 * 1000;
/** After this many days without an anchor only yesterday's is written. */
const REACH_DAYS = 7;
/** An event of the last moments of a day may have been committed after that day's anchor was written: the next one has it too. */
const OVERLAP_MS = 3600 * 1000;

export interface AnchorPorts {
  readonly anchors: AnchorStore;
  readonly incidents: IncidentStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

/** The format is documented in docs/reference/timeline.md: an auditor reads it without us. */
export interface Anchor {
  readonly schemaVersion: 1;
  readonly day: string;
  readonly writtenAt: string;
  /** SHA-256 of the bytes of the previous day's anchor; null when there is none. */
  readonly previousSha256: string | null;
  /** By incident id. */
  readonly heads: readonly AnchoredHead[];
  /** Ids of those that could not be read and so have no head here; absent when there were none. */
  readonly unreadable?: readonly string[];
}

export interface AnchoredHead {
  readonly id: string;
  readonly seq: number;
  readonly hash: string;
}

/** Writes the anchors of the finished days that have none. Returns the days written. */
export async function anchorTimelines(ports: AnchorPorts): Promise<string[]> {
  const written: string[] = [];
  for (const day of await missingDays(ports)) {
    const { anchor, unreadable } = await anchorOf(ports, day);
    // First: once the day has its anchor nobody comes back to it.
    if (unreadable.length > 0) await tellUnreadable(ports, day, unreadable);
    const answer = await ports.anchors.create(day, new TextEncoder().encode(canonical(anchor)));
    ports.log.info('timelines anchored', { day, heads: anchor.heads.length, answer });
    if (answer === 'created') written.push(day);
  }
  return written;
}

/** From the day after the newest anchor up to yesterday, oldest first. */
async function missingDays({ anchors, clock }: AnchorPorts): Promise<string[]> {
  const today = clock.now().getTime();
  const missing: string[] = [];
  for (let back = 1; back <= REACH_DAYS; back += 1) {
    const day = dayOf(today - back * DAY_MS);
    if (await anchors.get(day)) return missing;
    missing.unshift(day);
  }
  return missing.slice(-1);
}

interface AnchorOfDay {
  readonly anchor: Anchor;
  readonly unreadable: readonly UnreadableIncident[];
}

async function anchorOf(ports: AnchorPorts, day: string): Promise<AnchorOfDay> {
  const start = Date.parse(`${day}T00:00:00.000Z`);
  const heads: AnchoredHead[] = [];
  const unreadable: UnreadableIncident[] = [];
  for await (const incident of ports.incidents.all(new Date(start - OVERLAP_MS).toISOString())) {
    if ('unreadable' in incident) unreadable.push(incident);
    else heads.push({ id: incident.id, seq: incident.lastEventSeq, hash: incident.lastEventHash });
  }
  const previous = await ports.anchors.get(dayOf(start - DAY_MS));
  const anchor: Anchor = {
    schemaVersion: 1,
    day,
    writtenAt: ports.clock.now().toISOString(),
    previousSha256: previous ? digestOf(previous) : null,
    heads: heads.sort((a, b) => (a.id < b.id ? -1 : 1)),
    ...(unreadable.length === 0 ? {} : { unreadable: unreadable.map(({ id }) => id).sort() }),
  };
  return { anchor, unreadable };
}

async function tellUnreadable(ports: AnchorPorts, day: string, unreadable: AnchorOfDay['unreadable']): Promise<void> {
  const words = unreadable.map(({ id, unreadable: because }) => `${id} (${because})`).join('; ');
  ports.log.error('incidents could not be anchored', { day, because: words });
  await tellOwnTrouble(ports, {
    componentId: 'timelines',
    failureClass: 'LakewardenIncidentUnreadable',
    text: `The anchor of ${day} is without the timelines of what cannot be read: ${words}.`.slice(0, 2_000),
    key: `anchor|${day}`,
  });
}

function dayOf(instantMs: number): string {
  return new Date(instantMs).toISOString().slice(0, 10);
}
