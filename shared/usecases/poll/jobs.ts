// Looks at the runs of a rolling window (B2): the success rate of each critical job and of the workspace, and failed runs that nobody
// reported, also of those that began before it. Pages of the list; one count per job is kept, and the rates go into their series.
import type { Estate } from '../../domain/estate/estate.ts';
import { listedComponent } from '../../domain/estate/lookup.ts';
import { hashOf, signalIdOf } from '../../domain/ids.ts';
import { type Incident, takesJoins } from '../../domain/incidents/incident.ts';
import { subjectOf } from '../../domain/incidents/subject.ts';
import { ALL_JOBS } from '../../domain/jobs/rate-sample.ts';
import type { RunSummary } from '../../domain/jobs/run.ts';
import { counted, noRuns, type RunCount, rateOf, standingFailure } from '../../domain/jobs/success-rate.ts';
import type { ComponentEvent } from '../../domain/signals/component-events.ts';
import type { OtherComponentSignal } from '../../domain/signals/signal.ts';
import { windowAround } from '../../domain/standing-orders/orders-over.ts';
import type { StandingOrder } from '../../domain/standing-orders/standing-order.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentIndex, IncidentStore, SubjectStore } from '../../ports/incident-store.ts';
import type { Inventory } from '../../ports/inventory.ts';
import type { SignalStore } from '../../ports/signal-store.ts';
import type { Workspace } from '../../ports/workspace.ts';
import { signalMessage } from '../accept-signal.ts';
import { currentIncident } from '../current-incident.ts';
import { type Counts, keepRates, type RatePorts } from './keep-rates.ts';
import type { LongRuns } from './long-runs.ts';
import { recoveredJobs } from './recovered-jobs.ts';
import { Refusals } from './refusals.ts';
import type { Found } from './warehouses.ts';

export interface JobPollPorts extends RatePorts {
  readonly estate: Estate;
  readonly orders: readonly StandingOrder[];
  readonly signals: SignalStore;
  readonly incidents: IncidentStore;
  readonly subjects: SubjectStore;
  readonly index: IncidentIndex;
  readonly inventory: Inventory;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly longRuns: LongRuns;
}

/** Pages of one poll: 2,500 runs. Of a workspace with more of them the newest count. */
const MOST_PAGES = 100;
const HOUR_MS = 3600 * 1000;

interface Poll extends JobPollPorts {
  readonly workspace: string;
  readonly firstContact: Date;
  /** When the window begins. */
  readonly since: string;
}

export async function pollJobs(
  ports: JobPollPorts,
  workspace: Workspace,
  firstContact: Date,
  goOn: () => Promise<void>,
): Promise<Found> {
  const since = new Date(ports.clock.now().getTime() - ports.estate.jobRates.windowHours * HOUR_MS).toISOString();
  const poll: Poll = { ...ports, workspace: workspace.name, firstContact, since };
  const counts = await countRuns(poll, workspace, goOn);
  await keepRates(poll, workspace.name, counts);
  const found = { failures: 0, sent: 0 };
  const reportFailure = async (jobId: string, count: RunCount) => {
    const failed = unreported(poll, count);
    if (!failed) return;
    found.failures += 1;
    found.sent += await reportRun(poll, jobId, failed);
    await goOn();
  };
  const refusals = new Refusals();
  for await (const run of ports.longRuns.ended(workspace, { since, refusals, goOn })) {
    await reportFailure(run.jobId, counted(counts.jobs.get(run.jobId) ?? noRuns, run));
  }
  for (const [jobId, count] of counts.jobs) {
    await reportFailure(jobId, count);
    if (isCritical(poll, jobId)) found.sent += await reportRate(poll, jobId, count);
  }
  found.sent += await reportRate(poll, ALL_JOBS, counts.all);
  for await (const { jobId, id, runId } of recoveredJobs(poll, poll.workspace, counts.jobs)) {
    found.sent += await send(poll, { ...signalOf(poll, jobId, 'jobs.on_success', id), run: { runId } });
    await goOn();
  }
  return { ...found, refused: refusals.told };
}

async function countRuns({ since }: Poll, { jobs }: Workspace, goOn: () => Promise<void>): Promise<Counts> {
  const counts = new Map<string, RunCount>();
  let [all, pages] = [noRuns, 0];
  for await (const page of jobs.runPages({ since, only: 'completed' })) {
    for (const run of page.filter(({ ofJob }) => ofJob)) {
      counts.set(run.jobId, counted(counts.get(run.jobId) ?? noRuns, run));
      all = counted(all, run);
    }
    await goOn();
    pages += 1;
    if (pages >= MOST_PAGES) break;
  }
  return { jobs: counts, all };
}

/** What failed after we first looked: what a later run has made good needs nobody. */
function unreported({ firstContact }: Poll, count: RunCount): RunSummary | undefined {
  const failed = standingFailure(count);
  return failed && (failed.end?.at ?? failed.startedAt) > firstContact.toISOString() ? failed : undefined;
}

function isCritical({ estate, workspace }: Poll, id: string): boolean {
  const key = { workspace, kind: 'job', id } as const;
  return listedComponent(estate, key)?.critical === true;
}

async function reportRun(poll: Poll, jobId: string, run: RunSummary): Promise<0 | 1> {
  const last = await lastIncident(poll, jobId);
  if (last && (takesJoins(last.state) || isAbout(last, run))) return 0;
  const id = signalIdOf(hashOf(`poll|run|${poll.workspace}|${run.runId}|${run.end?.at ?? ''}`));
  const more = { componentName: run.name.slice(0, 200), run: { runId: run.runId } };
  return await send(poll, { ...signalOf(poll, jobId, 'jobs.on_failure', id), ...more });
}

/** Already dealt with, whatever has become of it. */
function isAbout({ jobRun, failedAt = '' }: Incident, { runId, end }: RunSummary): boolean {
  return jobRun?.runId === runId && failedAt >= (end?.at ?? '');
}

/** Each time that it falls below counts once: as long as no other run fails, and while anything is open, nothing more is said. */
async function reportRate(poll: Poll, jobId: string, count: RunCount): Promise<0 | 1> {
  const { leastSuccessPercent: leastPercent, leastRuns, windowHours } = poll.estate.jobRates;
  const rate = rateOf(count, { leastPercent, leastRuns });
  const last = await lastIncident(poll, jobId);
  const isOpen = last !== undefined && takesJoins(last.state);
  if (rate.is === 'too-few-runs' || isQuiet(poll, poll.workspace, jobId)) return 0;
  const text = `${rate.percent} % of ${rate.runs} runs within ${windowHours} h succeeded; at least ${leastPercent} % should.`;
  if (rate.is === 'low') {
    if (isOpen) return 0;
    const id = signalIdOf(hashOf(`poll|rate|${poll.workspace}|${jobId}|${count.newestFailed?.runId ?? ''}`));
    return await send(poll, { ...signalOf(poll, jobId, 'job.success_rate_low', id), text });
  }
  if (!isOpen || last.failureClass !== 'DatabricksJobSuccessRateLow') return 0;
  const id = signalIdOf(hashOf(`poll|rate|${last.id}|normal`));
  return await send(poll, { ...signalOf(poll, jobId, 'job.success_rate_normal', id), text });
}

/** Its maintenance window is open. */
export function isQuiet({ estate, orders, clock }: JobPollPorts, workspace: string, id: string): boolean {
  const component = { workspace, kind: 'job', id } as const;
  return windowAround(estate, orders, { component, at: clock.now() }) !== undefined;
}

async function lastIncident(poll: Poll, id: string): Promise<Incident | undefined> {
  const { file } = await currentIncident(poll, subjectOf({ kind: 'job', workspace: poll.workspace, id }));
  return file?.incident;
}

function signalOf(
  { workspace, clock }: Poll,
  jobId: string,
  event: ComponentEvent,
  id: OtherComponentSignal['id'],
): OtherComponentSignal {
  return {
    schemaVersion: 1,
    kind: 'job',
    id,
    source: 'poll',
    receivedAt: clock.now().toISOString(),
    correlationId: id,
    rawSubject: `job/${jobId}`,
    workspace,
    event,
    componentId: jobId,
  };
}

async function send({ signals, bus }: Poll, signal: OtherComponentSignal): Promise<0 | 1> {
  if (await signals.get(signal.id)) return 0;
  await bus.send([signalMessage(signal)]);
  return 1;
}
