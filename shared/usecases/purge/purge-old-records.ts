// Removes what is past its retention, a bounded time long and page by page: what is left is the next pass's.
// Rule kept here: each kind of record has a time of its own in a pass, so that none waits for ever behind another.
import { isQuietSince } from '../../domain/breakers/breaker.ts';
import { Broken, Conflict } from '../../domain/errors.ts';
import type { Estate } from '../../domain/estate/estate.ts';
import { regionsOf } from '../../domain/estate/lookup.ts';
import { ticketDay } from '../../domain/incidents/ticket-id.ts';
import { BREAKER_QUIET_DAYS, daysBefore, type Retention, rateDays } from '../../domain/retention.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeadLetterStore } from '../../ports/dead-letter-store.ts';
import type { BreakerStore } from '../../ports/gate-store.ts';
import type { TicketCounter } from '../../ports/incident-store.ts';
import type { Log } from '../../ports/log.ts';
import type { NoticeStore } from '../../ports/notice-store.ts';
import { type RateStore, rateLevels } from '../../ports/rate-store.ts';
import type { RegionStore } from '../../ports/region-store.ts';
import type { SignalStore } from '../../ports/signal-store.ts';
import { type PurgeIncidentPorts, purgeIncident } from './purge-incident.ts';

/** Real time for each kind; together they stay far below the five minutes that the smallest plan gives a function. */
const KIND_LIMIT_MS = 30_000;
/** Rows of different partitions cannot be removed together: so many at once. */
const AT_ONCE = 16;

export interface PurgePorts extends PurgeIncidentPorts {
  readonly signals: SignalStore;
  readonly deadLetters: DeadLetterStore;
  readonly breakers: BreakerStore;
  readonly tickets: TicketCounter;
  readonly regions: RegionStore;
  readonly notices: NoticeStore;
  readonly estate: Estate;
  readonly rates: RateStore;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1. */
  random(): number;
}

export interface Purged {
  readonly incidents: number;
  readonly signals: number;
  readonly deadLetters: number;
  readonly breakers: number;
  /** What regions were told, and what Azure told. */
  readonly told: number;
  readonly rates: number;
}

type GoesOn = () => boolean;

export async function purgeOldRecords(ports: PurgePorts): Promise<Purged> {
  const purged: Purged = {
    incidents: await purgeIncidents(ports, timeFor(ports)),
    signals: await purgeSignals(ports, timeFor(ports)),
    deadLetters: await purgeDeadLetters(ports, timeFor(ports)),
    breakers: await purgeBreakers(ports, timeFor(ports)),
    told: await purgeTold(ports, timeFor(ports)),
    rates: await thinRates(ports, timeFor(ports)),
  };
  // A number is given out again only on a day whose incidents are gone.
  await ports.tickets.forgetBefore(ticketDay(new Date(daysBefore(ports.clock.now(), ports.retention.incidentDays))));
  ports.log.info('old records purged', { ...purged });
  return purged;
}

function timeFor({ clock }: PurgePorts): GoesOn {
  const until = clock.now().getTime() + KIND_LIMIT_MS;
  return () => clock.now().getTime() < until;
}

async function purgeIncidents(ports: PurgePorts, goesOn: GoesOn): Promise<number> {
  const before = daysBefore(ports.clock.now(), ports.retention.incidentDays);
  let count = 0;
  for await (const closed of ports.index.closedBefore(before)) {
    const end = await unlessTouched(ports, closed.id, () => purgeIncident(ports, { closed, before, goesOn }));
    if (end === 'purged') count += 1;
    if (!goesOn()) break;
  }
  return count;
}

async function purgeSignals(ports: PurgePorts, goesOn: GoesOn): Promise<number> {
  const before = daysBefore(ports.clock.now(), ports.retention.signalDays);
  let count = 0;
  for await (const page of ports.signals.decidedBefore(before, ports.random())) {
    for (let start = 0; start < page.length && goesOn(); start += AT_ONCE) {
      const batch = page.slice(start, start + AT_ONCE);
      await Promise.all(batch.map((outcome) => ports.signals.remove(outcome)));
      count += batch.length;
    }
    if (!goesOn()) break;
  }
  return count;
}

/** Only what was handled in the end: what was given up waits for a person, however long. */
async function purgeDeadLetters(ports: PurgePorts, goesOn: GoesOn): Promise<number> {
  const before = daysBefore(ports.clock.now(), ports.retention.deadLetterDays);
  let count = 0;
  for await (const stored of ports.deadLetters.all(['handled'])) {
    if (!goesOn()) break;
    if (stored.letter.lastAt >= before) continue;
    const end = await unlessTouched(ports, stored.letter.id, () => ports.deadLetters.remove(stored));
    if (end !== 'touched') count += 1;
  }
  return count;
}

async function purgeBreakers(ports: PurgePorts, goesOn: GoesOn): Promise<number> {
  const before = daysBefore(ports.clock.now(), BREAKER_QUIET_DAYS);
  let count = 0;
  for (const stored of await ports.breakers.list()) {
    if (!goesOn()) break;
    if (!isQuietSince(stored.breaker, before)) continue;
    const end = await unlessTouched(ports, stored.key, () => ports.breakers.remove(stored));
    if (end !== 'touched') count += 1;
  }
  return count;
}

async function purgeTold({ estate, regions, notices, clock, retention }: PurgePorts, goesOn: GoesOn): Promise<number> {
  const before = daysBefore(clock.now(), retention.signalDays);
  let count = 0;
  for (const region of regionsOf(estate)) {
    if (goesOn()) count += await regions.forgetBefore(region, before);
  }
  return goesOn() ? count + (await notices.forgetBefore(before)) : count;
}

/** The older, the fewer: every sample, then one of each hour, then one of each day. */
async function thinRates(ports: PurgePorts, goesOn: GoesOn): Promise<number> {
  const days = rateDays(ports.retention);
  let count = 0;
  for (const level of rateLevels) {
    for await (const page of ports.rates.takenBefore(level, daysBefore(ports.clock.now(), days[level]))) {
      for (let start = 0; start < page.length && goesOn(); start += AT_ONCE) {
        const batch = page.slice(start, start + AT_ONCE);
        await Promise.all(batch.map((kept) => ports.rates.remove(kept)));
        count += batch.length;
      }
      if (!goesOn()) break;
    }
  }
  return count;
}

/** What somebody writes to, or what this release cannot read, stays and holds nothing else up. */
async function unlessTouched<Result>(
  { log }: PurgePorts,
  what: string,
  work: () => Promise<Result>,
): Promise<Result | 'touched'> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Conflict || error instanceof Broken)) throw error;
    log.warn('not purged this time', { what, because: error.message });
    return 'touched';
  }
}
