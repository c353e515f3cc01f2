// A notification about the end of a run moves the success rates at once (B2); the next poll counts them anew. What is no failure to the
// pipeline, e.g. a run that a person cancelled, is none here.
import { Unavailable } from '../../domain/errors.ts';
import { ALL_JOBS, type CountedRun, type RateKey, withRun } from '../../domain/jobs/rate-sample.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { Signal } from '../../domain/signals/signal.ts';
import type { Log } from '../../ports/log.ts';
import { criticalJobs, type RatePorts } from '../poll/keep-rates.ts';

export interface CountRunPorts extends RatePorts {
  readonly log: Log;
}

/** Safe to repeat. A store that is away costs a sample, which the next poll makes good, and never the signal. */
export async function countNotifiedRun(ports: CountRunPorts, signal: Signal, outcome: SignalOutcome): Promise<void> {
  const run = runOf(signal, outcome);
  const workspace = workspaceOf(outcome.subject);
  if (!run || signal.kind !== 'job' || workspace === undefined) return;
  const isCritical = criticalJobs(ports.estate, workspace).includes(signal.componentId);
  const series = [ALL_JOBS, ...(isCritical ? [signal.componentId] : [])].map((job) => ({ workspace, job }));
  try {
    for (const key of series) await count(ports, key, run, signal);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    ports.log.warn('a run is not in the success rates before the next poll', {
      signalId: signal.id,
      because: error.message,
    });
  }
}

async function count({ rates, estate }: CountRunPorts, key: RateKey, run: CountedRun, { id, receivedAt: at }: Signal) {
  const sample = withRun(await rates.newestUntil(key, at), run, { at, windowHours: estate.jobRates.windowHours });
  if (sample) await rates.keep(key, sample, id);
}

/** Of a run as a whole: what its tasks notify says nothing of it. */
function runOf(signal: Signal, { ticketId }: SignalOutcome): CountedRun | undefined {
  if (signal.kind !== 'job' || signal.source !== 'webhook' || !signal.run || signal.run.task !== undefined)
    return undefined;
  const { runId } = signal.run;
  if (signal.event === 'jobs.on_success') return { runId, succeeded: true };
  return signal.event === 'jobs.on_failure' && ticketId !== null ? { runId, succeeded: false } : undefined;
}

/** `job/<workspace>/<id>` */
function workspaceOf(subject: string): string | undefined {
  const [kind, workspace] = subject.split('/');
  return kind === 'job' && workspace !== 'unknown' ? workspace : undefined;
}
