// Removes what is past its retention, a bounded time long and page by page: what is left is the next pass's.
// Rule kept here: each kind of record has a time of its own in a pass, so that none waits for ever behind another.
import { isQuietSince } from '../../domain/breakers/breaker.ts';
import { Broken, Conflict } from '../../domain/errors.ts';
import type { Estate } from '../../domain/estate/estate.ts';
import { regionsOf } from '../../domain/estate/lookup.ts';
import { ticketDay } from '../../domain/incidents/ticket-id.ts';
import { rawSince, Thinning } from '../../domain/probes/thin.ts';
import {
  BREAKER_QUIET_DAYS,
  daysBefore,
  ORDER_DAYS,
  type Retention,
  rateDays,
  WITNESS_DAYS,
} from '../../domain/retention.ts';
import { endOf } from '../../domain/standing-orders/standing-order.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeadLetterStore } from '../../ports/dead-letter-store.ts';
import type { FoldStore } from '../../ports/fold-store.ts';
import type { BreakerStore, GateStore } from '../../ports/gate-store.ts';
import type { TicketCounter } from '../../ports/incident-store.ts';
import type { Log } from '../../ports/log.ts';
import type { NoticeStore } from '../../ports/notice-store.ts';
import type { ProbeSeries, StoredSample } from '../../ports/probe-series.ts';
import { type RateStore, rateLevels } from '../../ports/rate-store.ts';
import type { RegionStore } from '../../ports/region-store.ts';
import type { SignalStore } from '../../ports/signal-store.ts';
import type { WitnessStore } from '../../ports/witness-store.ts';
import { type PurgeIncidentPorts, purgeIncident } from './purge-incident.ts';

/** Real time for each kind; together they stay far below the five minutes that the smallest plan gives a function. */
const KIND_LIMIT_MS = 30_000;
/** Rows of different partitions cannot be removed together: so many at once. */
const AT_ONCE = 16;

export interface PurgePorts extends PurgeIncidentPorts {
  readonly signals: SignalStore;
  readonly deadLetters: DeadLetterStore;
  readonly breakers: BreakerStore;
  readonly folds: FoldStore;
  readonly gate: GateStore;
  readonly tickets: TicketCounter;
  readonly regions: RegionStore;
  readonly witnesses: WitnessStore;
  readonly notices: NoticeStore;
  readonly estate: Estate;
  readonly probes: ProbeSeries;
  readonly rates: RateStore;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1. */
  random(): number;
}

type GoesOn = () => boolean;

type PurgeKind = (ports: PurgePorts, goesOn: GoesOn) => Promise<number>;

const kinds = {
  incidents: purgeIncidents,
  signals: purgeSignals,
  deadLetters: purgeDeadLetters,
  breakers: purgeBreakers,
  /** Standing orders that are over. */
  orders: purgeOrders,
  /** What regions were told, what witnesses said of them, and what Azure told. */
  told: purgeTold,
  /** Looks at workspaces: one an hour stays. */
  samples: thinSamples,
  /** Windows of folded messages, and the places of messages. */
  folds: purgeFolds,
  rates: thinRates,
} as const satisfies Record<string, PurgeKind>;

/** How many records of each kind. */
export type Purged = Readonly<Record<string, number>>;

/** Every kind has its turn whatever becomes of another; then the pass fails with the first failure, so that it is missed. */
export async function purgeOldRecords(ports: PurgePorts): Promise<Purged> {
  const purged: Record<string, number> = {};
  const failures: unknown[] = [];
  for (const [kind, purgeKind] of Object.entries(kinds)) {
    try {
      purged[kind] = await purgeKind(ports, timeFor(ports));
    } catch (error) {
      ports.log.error('records could not be purged', { kind, because: String(error) });
      failures.push(error);
    }
  }
  // A number is given out again only on a day whose incidents are gone.
  await ports.tickets.forgetBefore(ticketDay(new Date(daysBefore(ports.clock.now(), ports.retention.incidentDays))));
  ports.log.info('old records purged', { ...purged });
  if (failures.length > 0) throw failures[0];
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
    count += await removeAll(page, goesOn, (outcome) => ports.signals.remove(outcome));
    if (!goesOn()) break;
  }
  return count;
}

/** As long as a dead letter may be replayed, a message of it still finds its place. */
async function purgeFolds(ports: PurgePorts, goesOn: GoesOn): Promise<number> {
  const before = daysBefore(ports.clock.now(), ports.retention.deadLetterDays);
  let count = 0;
  for await (const page of ports.folds.before(before)) {
    count += await removeAll(page, goesOn, (old) => ports.folds.remove(old));
    if (!goesOn()) break;
  }
  return count;
}

async function removeAll<Old>(
  page: readonly Old[],
  goesOn: GoesOn,
  remove: (old: Old) => Promise<void>,
): Promise<number> {
  let count = 0;
  for (let start = 0; start < page.length && goesOn(); start += AT_ONCE) {
    const batch = page.slice(start, start + AT_ONCE);
    await Promise.all(batch.map(remove));
    count += batch.length;
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

/** Only once nothing is left behind by it: what it touched has it on its timeline. */
async function purgeOrders({ gate, clock }: PurgePorts, goesOn: GoesOn): Promise<number> {
  const before = daysBefore(clock.now(), ORDER_DAYS);
  const { orders } = await gate.read();
  const old = orders.filter((order) => endOf(order) < before && order.noted.settled !== undefined);
  let count = 0;
  for (const { id } of old) {
    if (!goesOn()) break;
    await gate.removeOrder(id);
    count += 1;
  }
  return count;
}

async function purgeTold(ports: PurgePorts, goesOn: GoesOn): Promise<number> {
  const { estate, regions, witnesses, notices, clock, retention } = ports;
  const before = daysBefore(clock.now(), retention.signalDays);
  const silentSince = daysBefore(clock.now(), WITNESS_DAYS);
  let count = 0;
  for (const region of regionsOf(estate)) {
    if (goesOn()) count += await regions.forgetBefore(region, before);
    if (goesOn()) count += await witnesses.forgetBefore(region, silentSince);
  }
  return goesOn() ? count + (await notices.forgetBefore(before)) : count;
}

async function thinSamples(ports: PurgePorts, goesOn: GoesOn): Promise<number> {
  const now = ports.clock.now();
  const thinning = new Thinning<StoredSample>(now);
  let count = 0;
  for await (const page of ports.probes.before(rawSince(now))) {
    const gone = page.flatMap((sample) => thinning.take(sample) ?? []);
    for (let start = 0; start < gone.length && goesOn(); start += AT_ONCE) {
      const batch = gone.slice(start, start + AT_ONCE);
      await Promise.all(batch.map((sample) => ports.probes.remove(sample)));
      count += batch.length;
    }
    if (!goesOn()) break;
  }
  return count;
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
