// What a poll counted goes into the series: of each critical job, and of the workspace (B2).
import type { Estate } from '../../domain/estate/estate.ts';
import { workspacesOf } from '../../domain/estate/lookup.ts';
import { ALL_JOBS } from '../../domain/jobs/rate-sample.ts';
import { noRuns, type RunCount } from '../../domain/jobs/success-rate.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RateStore } from '../../ports/rate-store.ts';

export interface RatePorts {
  readonly estate: Estate;
  readonly rates: RateStore;
  readonly clock: Clock;
}

export interface Counts {
  readonly jobs: ReadonlyMap<string, RunCount>;
  readonly all: RunCount;
}

export async function keepRates({ estate, rates, clock }: RatePorts, workspace: string, counts: Counts): Promise<void> {
  const { windowHours } = estate.jobRates;
  const at = clock.now().toISOString();
  const keep = ({ succeeded, failed, recent }: RunCount, job: string) =>
    rates.keep({ workspace, job }, { at, windowHours, succeeded, failed, source: 'poll', recent: [...recent] }, 'poll');
  for (const job of criticalJobs(estate, workspace)) await keep(counts.jobs.get(job) ?? noRuns, job);
  await keep(counts.all, ALL_JOBS);
}

export function criticalJobs(estate: Estate, name: string): readonly string[] {
  const found = workspacesOf(estate).find(({ workspace }) => workspace.name === name)?.workspace;
  return (found?.components ?? []).flatMap(({ kind, critical, id }) => (kind === 'job' && critical ? [id] : []));
}
