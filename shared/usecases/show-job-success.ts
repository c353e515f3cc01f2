// The success rate of a job, or of all jobs of a workspace, over the last hours (B2): read from its series, a bounded number of rows.
import { InvalidInput } from '../domain/errors.ts';
import { workspacesOf } from '../domain/estate/lookup.ts';
import { type JobSuccess, type JobSuccessQuestion, shownRate } from '../domain/reports/job-success.ts';
import { RATE_SAMPLE_DAYS } from '../domain/retention.ts';
import type { RatePorts } from './poll/keep-rates.ts';

const HOUR_MS = 3_600_000;
/** For so long every sample is there. */
const SAMPLE_HOURS = 24 * RATE_SAMPLE_DAYS;
/** Polls of two days are 576; what notifications add beyond that is cut off at the old end. */
const MOST_ROWS = 1_000;

export async function showJobSuccess(ports: RatePorts, question: JobSuccessQuestion): Promise<JobSuccess> {
  const { estate, rates, clock } = ports;
  const { workspace, job, hours } = question;
  mustKnow(ports, workspace);
  const now = clock.now();
  const [from, to] = [new Date(now.getTime() - hours * HOUR_MS).toISOString(), now.toISOString()];
  const each = hours <= SAMPLE_HOURS ? 'sample' : 'hour';
  const found = await rates.between({ workspace, job }, each, { from, to, most: MOST_ROWS });
  const { leastSuccessPercent } = estate.jobRates;
  return { workspace, job, from, to, each, leastSuccessPercent, value: found.toReversed().map(shownRate) };
}

function mustKnow({ estate }: RatePorts, name: string): void {
  if (workspacesOf(estate).some(({ workspace }) => workspace.name === name)) return;
  const field = { pointer: '/workspace', detail: 'is no workspace of the estate' };
  throw new InvalidInput('bad-request', 'The workspace is not known.', [field]);
}
