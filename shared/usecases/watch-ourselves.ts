// Looks at Lakewarden itself (D6): what it finds is a signal like any other, and so is that it is over.
import type { FailureClass } from '../domain/classification/failure-classes.ts';
import type { Estate } from '../domain/estate/estate.ts';
import { regionsOf } from '../domain/estate/lookup.ts';
import { hashOf, signalIdOf } from '../domain/ids.ts';
import { takesJoins } from '../domain/incidents/incident.ts';
import { subjectOf } from '../domain/incidents/subject.ts';
import { lateTimers, timerPeriodSeconds } from '../domain/own-health/timers.ts';
import type { OtherComponentSignal } from '../domain/signals/signal.ts';
import type { Bus } from '../ports/bus.ts';
import type { BreakerStore, GateStore } from '../ports/gate-store.ts';
import type { Heartbeats } from '../ports/heartbeats.ts';
import type { IncidentIndex, IncidentStore, IncidentSummary, SubjectStore } from '../ports/incident-store.ts';
import type { Log } from '../ports/log.ts';
import { signalMessage } from './accept-signal.ts';
import { currentIncident } from './current-incident.ts';
import { type SourcePorts, troubledSources } from './show-sources.ts';

const HOUR_SECONDS = 3600;
/** A region unseen for longer is trouble of our own. */
const BLIND_SECONDS = 600;
/** Incidents read at once. */
const PAGE = 200;

export interface OwnHealthPorts extends SourcePorts {
  readonly estate: Estate;
  readonly bus: Bus;
  readonly log: Log;
  readonly incidents: IncidentStore;
  readonly subjects: SubjectStore;
  readonly index: IncidentIndex;
  readonly breakers: BreakerStore;
  readonly gate: GateStore;
  readonly heartbeats: Heartbeats;
}

interface Trouble {
  readonly text: string;
  /** The same trouble has the same key at every look, and is told once. */
  readonly key: string;
}

interface Check {
  /** Id of the subject: `lakewarden/<id>`. */
  readonly id: string;
  readonly failureClass: FailureClass;
  find(ports: OwnHealthPorts, now: Date): Promise<Trouble | undefined>;
}

const checks: readonly Check[] = [
  { id: 'cluster-failures', failureClass: 'LakewardenClusterFailureRate', find: clusterFailures },
  { id: 'breakers', failureClass: 'LakewardenBreakerOpened', find: openBreakers },
  { id: 'recoveries', failureClass: 'LakewardenRecoveryFailed', find: failedRecoveries },
  { id: 'sight', failureClass: 'LakewardenBlind', find: unseenRegions },
  { id: 'sources', failureClass: 'LakewardenSourceQuiet', find: sourcesInTrouble },
  { id: 'timers', failureClass: 'LakewardenTimerMissed', find: missedTimers },
];

/** Sends a signal for each trouble that is new or over; returns how many. One that cannot be looked at hides no other, and fails the pass. */
export async function watchOurselves(ports: OwnHealthPorts): Promise<{ readonly told: number }> {
  const failures: unknown[] = [];
  let told = 0;
  for (const check of checks) {
    try {
      told += await tell(ports, check);
    } catch (error) {
      ports.log.error('could not look at ourselves', { check: check.id, because: String(error) });
      failures.push(error);
    }
  }
  ports.log.info('looked at ourselves', { told });
  if (failures.length > 0) throw failures[0];
  return { told };
}

async function tell(ports: OwnHealthPorts, check: Check): Promise<0 | 1> {
  const now = ports.clock.now();
  const signal = await signalFor(ports, check, await check.find(ports, now), now);
  if (!signal) return 0;
  await ports.bus.send([signalMessage(signal)]);
  return 1;
}

/** What is told already is not told again: neither the same trouble, nor that all is well when nothing is open. */
async function signalFor(
  ports: OwnHealthPorts,
  { id, failureClass }: Check,
  trouble: Trouble | undefined,
  now: Date,
): Promise<OtherComponentSignal | undefined> {
  const { file } = await currentIncident(ports, subjectOf({ kind: 'lakewarden', workspace: null, id }));
  const open = file && takesJoins(file.incident.state) ? file.incident : undefined;
  if (!trouble && !open) return undefined;
  const what = trouble ? `trouble|${id}|${trouble.key}` : `well|${id}|${open?.id}|${open?.signalCount}`;
  const signalId = signalIdOf(hashOf(`own|${what}`));
  if (file && (await ports.incidents.hasHandled(file.incident.id, signalId))) return undefined;
  return {
    schemaVersion: 1,
    kind: 'lakewarden',
    id: signalId,
    source: 'lakewarden',
    receivedAt: now.toISOString(),
    correlationId: signalId,
    rawSubject: `lakewarden/${id}`,
    event: trouble ? 'lakewarden.trouble' : 'lakewarden.well',
    componentId: id,
    failureClass,
    ...(trouble ? { text: trouble.text } : {}),
  };
}

/** By the subject: a cluster failure is one whose subject is a cluster, whatever its class (D5). */
async function clusterFailures({ index, clock, estate }: OwnHealthPorts, now: Date): Promise<Trouble | undefined> {
  const limit = estate.selfMonitoring.clusterFailuresPerHour;
  const since = new Date(now.getTime() - clock.millisecondsOf(HOUR_SECONDS)).toISOString();
  const { failed, isMore } = await clustersFailedSince(index, since, limit);
  const newest = failed[0];
  if (!newest || failed.length <= limit) return undefined;
  const clusters = new Set(failed.map(({ subject }) => subject)).size;
  const counted = `${isMore ? 'At least ' : ''}${failed.length} failures of ${clusters} clusters`;
  return { text: `${counted} within an hour, more than ${limit}: look for one cause.`, key: newest.id };
}

/** Newest first, and no further than it takes to know that they are more than `limit`. */
async function clustersFailedSince(index: IncidentIndex, since: string, limit: number) {
  const failed: IncidentSummary[] = [];
  let continuation: string | undefined;
  do {
    const page = await index.list({}, PAGE, continuation);
    failed.push(
      ...page.incidents.filter(({ subject, openedAt }) => subject.startsWith('cluster/') && openedAt >= since),
    );
    continuation = page.incidents.some(({ openedAt }) => openedAt < since) ? undefined : page.continuation;
  } while (continuation !== undefined && failed.length <= limit);
  return { failed, isMore: continuation !== undefined };
}

async function openBreakers({ breakers }: OwnHealthPorts): Promise<Trouble | undefined> {
  const open = (await breakers.list()).filter(({ breaker }) => breaker.state !== 'closed');
  if (open.length === 0) return undefined;
  // By the failure that opened it: a trial under way is no new trouble.
  const keys = open.map(({ kind, key, breaker }) => `${kind} ${key} ${breaker.failures.at(-1)?.run ?? ''}`).sort();
  const names = open.map(({ kind, key }) => `${kind} ${key}`).join(', ');
  return { text: `Remedies keep failing; open breakers: ${names}.`.slice(0, 2_000), key: hashOf(keys.join('|')) };
}

/** By the breakers of classes, which count every run that failed. */
async function failedRecoveries({ breakers, clock }: OwnHealthPorts, now: Date): Promise<Trouble | undefined> {
  const since = now.getTime() - clock.millisecondsOf(HOUR_SECONDS);
  const failures = (await breakers.list())
    .filter(({ kind }) => kind === 'class')
    .flatMap(({ breaker }) => breaker.failures)
    .filter(({ at }) => Date.parse(at) >= since)
    .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
  const newest = failures.at(-1);
  if (!newest) return undefined;
  const runs = [...new Set(failures.map(({ run }) => run))].sort();
  // By the newest: that an older one is no longer counted is no new trouble.
  return { text: `Automatic recovery failed: ${runs.join(', ')}.`.slice(0, 2_000), key: hashOf(newest.run) };
}

/** A region that nobody can say anything of is no outage; but then an outage would not be seen either. */
async function unseenRegions({ gate, clock, estate }: OwnHealthPorts, now: Date): Promise<Trouble | undefined> {
  const since = new Date(now.getTime() - clock.millisecondsOf(BLIND_SECONDS)).toISOString();
  const { regions } = await gate.read();
  const watched = new Set(regionsOf(estate));
  const unseen = regions.filter(
    ({ region, seen, seenSince }) => watched.has(region) && seen === 'unknown' && seenSince <= since,
  );
  if (unseen.length === 0) return undefined;
  const words = unseen.map(({ region, seenSince, words: why }) => `${region} since ${seenSince} (${why})`).sort();
  const key = hashOf(unseen.map(({ region, seenSince }) => `${region} ${seenSince}`).join('|'));
  return { text: `Nothing can be said of ${words.join('; ')}`.slice(0, 2_000), key };
}

/** One that goes on failing, or stays quiet, is the same trouble. */
async function sourcesInTrouble(ports: OwnHealthPorts): Promise<Trouble | undefined> {
  const troubled = await troubledSources(ports);
  if (troubled.length === 0) return undefined;
  const key = troubled.map(({ source, is, since }) => `${source} ${is} ${since}`).join('|');
  const words = troubled.map((trouble) => trouble.words).join('; ');
  return { text: `Not everything reaches us: ${words}.`.slice(0, 2_000), key: hashOf(key) };
}

/** A timer that never came through begins to count at the first look. */
async function missedTimers({ heartbeats }: OwnHealthPorts, now: Date): Promise<Trouble | undefined> {
  const beats = await heartbeats.all();
  const unknown = Object.keys(timerPeriodSeconds).filter((name) => !beats.some((beat) => beat.name === name));
  for (const name of unknown) await heartbeats.beat(name, now);
  const late = lateTimers(beats, now);
  if (late.length === 0) return undefined;
  const words = late.map(({ name, at }) => `${name} came through last at ${at}`).sort();
  return { text: `A timer missed its schedule: ${words.join('; ')}.`, key: hashOf(words.join('|')) };
}
