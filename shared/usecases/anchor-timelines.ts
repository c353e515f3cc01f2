// Anchors the heads of the timelines: one write-once document per UTC day, each carrying the hash of the one before (D2).
// Rule kept here: a day that was missed is made up for; a day that has its anchor is never written again.
import { digestOf } from '../domain/ids.ts';
import { canonical } from '../domain/incidents/timeline.ts';
import type { AnchorStore } from '../ports/anchor-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { IncidentStore } from '../ports/incident-store.ts';
import type { Log } from '../ports/log.ts';

const DAY_MS = 24 * 3600 * 1000;
/** After this many days without an anchor only yesterday's is written. */
const REACH_DAYS = 7;
/** An event of the last moments of a day may have been committed after that day's anchor was written: the next one has it too. */
const OVERLAP_MS = 3600 * 1000;

export interface AnchorPorts {
  readonly anchors: AnchorStore;
  readonly incidents: IncidentStore;
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
    const anchor = await anchorOf(ports, day);
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

async function anchorOf(ports: AnchorPorts, day: string): Promise<Anchor> {
  const start = Date.parse(`${day}T00:00:00.000Z`);
  const heads: AnchoredHead[] = [];
  for await (const incident of ports.incidents.all(new Date(start - OVERLAP_MS).toISOString())) {
    heads.push({ id: incident.id, seq: incident.lastEventSeq, hash: incident.lastEventHash });
  }
  const previous = await ports.anchors.get(dayOf(start - DAY_MS));
  return {
    schemaVersion: 1,
    day,
    writtenAt: ports.clock.now().toISOString(),
    previousSha256: previous ? digestOf(previous) : null,
    heads: heads.sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

function dayOf(instantMs: number): string {
  return new Date(instantMs).toISOString().slice(0, 10);
}
