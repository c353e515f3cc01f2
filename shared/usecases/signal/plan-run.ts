// The run of a playbook: its remedies as steps, with parameters from playbook, code and estate.
import type { Incident } from '../../domain/incidents/incident.ts';
import { isRemedyId, type RemedyId } from '../../domain/playbooks/remedy-ids.ts';
import { type RemedyParams, remedyParamsSchema } from '../../domain/playbooks/remedy-params.ts';
import { type Run, runbookOf, type StepRecord } from '../../domain/runbooks/run.ts';
import type { Clock } from '../../ports/clock.ts';
import { remedies } from '../../steps/remedies/index.ts';
import { paramsFor } from '../../steps/remedies/playbooks.ts';
import type { Step } from '../../steps/step.ts';
import { APPROVAL_SECONDS, asksAgainAt, LEASE_SECONDS } from '../run/pace.ts';
import type { Opening, RunStart } from './decide-opening.ts';
import type { SignalPorts } from './ports.ts';

const RUNBOOK_VERSION = 1;
/** Time a run may lose to outages of the workspace before a person is called, in seconds of operations. */
const OUTAGE_ALLOWANCE_SECONDS = 900;

export interface PlannedRun {
  readonly run: Run;
  readonly steps: readonly StepRecord[];
}

export function planRun(
  { clock, estate }: Pick<SignalPorts, 'clock' | 'estate'>,
  incident: Incident,
  opening: Opening,
  number = 1,
): PlannedRun {
  const params = paramsFor(estate, opening.component, opening);
  const steps = stepsOf(opening.remedies, params, { run: number, position: 1 });
  const now = clock.now().toISOString();
  const run: Run = {
    schemaVersion: 1,
    number,
    runbook: runbookOf(opening.failureClass),
    runbookVersion: RUNBOOK_VERSION,
    resource: incident.subject,
    workspace: opening.component.workspace ?? '',
    state: stateOf(opening.start, now),
    revision: 0,
    position: 1,
    unavailableInARow: 0,
    startedAt: now,
    deadlineAt: deadlineOf(clock, steps),
    dueAt: dueAtOf(opening.start, clock),
  };
  return { run, steps };
}

function stateOf(start: RunStart, since: string): Run['state'] {
  return start.as === 'running' ? { name: 'running' } : { name: start.as, because: start.because, since };
}

/** An approval that nobody gives in time is an end, too: no run is without a due time. */
function dueAtOf(start: RunStart, clock: Clock): string {
  if (start.as === 'waiting-approval') return clock.after(APPROVAL_SECONDS).toISOString();
  if (start.as === 'held') return asksAgainAt(clock, start);
  return clock.now().toISOString();
}

/** Remedies as the steps of a run, from this position on. */
export function stepsOf(
  ids: readonly RemedyId[],
  params: RemedyParams,
  { run, position }: Pick<StepRecord, 'run' | 'position'>,
): StepRecord[] {
  return ids.map((id, at) => ({
    schemaVersion: 1,
    run,
    position: position + at,
    id,
    title: remedies[id].title,
    params: { ...params },
    maxAttempts: params.maxAttempts,
    state: 'pending',
    attempts: 0,
    notes: {},
  }));
}

/** Leases are real time, so they are added as such: an attempt whose end nobody saw must not cost the run its deadline. */
export function deadlineOf(clock: Clock, steps: readonly StepRecord[]): string {
  const seconds = steps.map((step) => secondsOf(remedyParamsSchema.parse(step.params)));
  const planned = clock.after(seconds.reduce((sum, one) => sum + one, OUTAGE_ALLOWANCE_SECONDS));
  const leases = steps.reduce((sum, { id, maxAttempts }) => sum + maxAttempts * callsOf(id), 0);
  return new Date(planned.getTime() + leases * LEASE_SECONDS * 1000).toISOString();
}

function callsOf(id: string): number {
  const step: Step | undefined = isRemedyId(id) ? remedies[id] : undefined;
  return step?.calls ?? 1;
}

function secondsOf({
  maxAttempts,
  timeoutSeconds,
  healthCheckSeconds,
  waitSeconds = 0,
  backoffSeconds,
}: RemedyParams): number {
  const backoff = backoffSeconds.reduce((sum, seconds) => sum + seconds, 0);
  return maxAttempts * (timeoutSeconds + healthCheckSeconds + waitSeconds) + backoff;
}
