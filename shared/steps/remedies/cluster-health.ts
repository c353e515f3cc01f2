// E5 for clusters: RUNNING is not enough. The driver answers, libraries are installed, its events show no new errors.
import type { Cluster, ClusterEvent, LibraryStatus } from '../../ports/workspace.ts';
import type { StepContext, VerifyVerdict } from '../step.ts';

/** Real seconds in which one look waits for the driver; a slice of a run must stay short. */
const COMMAND_SECONDS = 20;
const MOST_EVENTS = 100;
const LIBRARY_BUSY = new Set(['PENDING', 'RESOLVING', 'INSTALLING']);
const LIBRARY_BAD = new Set(['FAILED', 'SKIPPED']);
/** Events that speak of a sick cluster although it is RUNNING (facts/databricks.md 1.9). */
const ERROR_EVENTS = new Set([
  'DRIVER_NOT_RESPONDING',
  'DRIVER_UNAVAILABLE',
  'METASTORE_DOWN',
  'DBFS_DOWN',
  'NODES_LOST',
  'SPARK_EXCEPTION',
  'ADD_NODES_FAILED',
]);
/** A healthy driver takes back what was said of it before. */
const TAKEN_BACK_BY_HEALTHY = new Set(['DRIVER_NOT_RESPONDING', 'DRIVER_UNAVAILABLE']);

export async function isHealthy(context: StepContext, cluster: Cluster): Promise<VerifyVerdict> {
  const sickness = await findSickness(context, cluster);
  if (!sickness) {
    const recoveredAt = newest(cluster.lastRestartedAt, cluster.startedAt);
    return {
      is: 'succeeded',
      because: 'RUNNING, the driver answers, libraries are installed, no new errors in its events',
      ...(recoveredAt === undefined ? {} : { recoveredAt }),
    };
  }
  if (sickness.is === 'final') return { is: 'failed', because: sickness.because, retryable: true };
  // Starting it again would only begin them anew: they have all the time that the remedy has.
  if (sickness.is === 'installing') return { is: 'waiting', because: sickness.because, notes: withoutWindow(context) };
  const since = runningSince(context);
  if (context.clock.now() > new Date(since.until)) {
    return {
      is: 'failed',
      because: `RUNNING, but not healthy within ${context.params.healthCheckSeconds} s: ${sickness.because}`,
      retryable: true,
    };
  }
  return { is: 'waiting', because: sickness.because, notes: { ...context.notes, health: since } };
}

interface Sickness {
  readonly because: string;
  /** `final`: it does not get better by waiting; `installing`: it is on its way. */
  readonly is: 'final' | 'installing' | 'sick';
}

async function findSickness(context: StepContext, cluster: Cluster): Promise<Sickness | undefined> {
  const answer = await context.workspace.runCommand(cluster.id, 'print(1)', COMMAND_SECONDS);
  if (!answer.answered) return { because: `the driver does not answer: ${answer.because}`, is: 'sick' };
  const libraries = librarySickness(await context.workspace.libraries(cluster.id));
  if (libraries) return libraries;
  return eventSickness(await context.workspace.clusterEvents(cluster.id, newSince(context, cluster), MOST_EVENTS));
}

/** What it had survived before the failure is not new, even where nobody has started it since: it may run for weeks. */
function newSince({ incident }: StepContext, { lastRestartedAt, startedAt }: Cluster): string {
  const failedAt = incident.failedAt ?? incident.openedAt;
  return newest(lastRestartedAt, startedAt, failedAt) ?? failedAt;
}

function librarySickness(statuses: readonly LibraryStatus[]): Sickness | undefined {
  const bad = statuses.find(({ status }) => LIBRARY_BAD.has(status));
  if (bad) return { because: `library ${bad.library} is ${bad.status}: ${bad.messages.join('; ')}`, is: 'final' };
  const busy = statuses.find(({ status }) => LIBRARY_BUSY.has(status));
  return busy && { because: `library ${busy.library} is ${busy.status}`, is: 'installing' };
}

/** Events come newest first. */
function eventSickness(events: readonly ClusterEvent[]): Sickness | undefined {
  const healthyAt = events.find(({ type }) => type === 'DRIVER_HEALTHY')?.at ?? '';
  const error = events.find(
    ({ type, at }) => ERROR_EVENTS.has(type) && !(TAKEN_BACK_BY_HEALTHY.has(type) && at <= healthyAt),
  );
  return error && { because: `its event log has ${error.type} at ${error.at}`, is: 'sick' };
}

interface HealthWindow {
  readonly until: string;
}

/** The window opens when it is first seen RUNNING, with nothing of it under way. */
function runningSince(context: StepContext): HealthWindow {
  const noted = context.notes.health;
  if (typeof noted === 'object' && noted !== null && 'until' in noted && typeof noted.until === 'string') {
    return { until: noted.until };
  }
  return { until: context.clock.after(context.params.healthCheckSeconds).toISOString() };
}

function withoutWindow({ notes }: StepContext): StepContext['notes'] {
  const { health: _window, ...others } = notes;
  return others;
}

function newest(...times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
}
