// The run of a playbook: its remedies as steps, with parameters from playbook, code and estate.
import type { Estate } from '../../domain/estate/estate.ts';
import { listedComponent, playbookOverride } from '../../domain/estate/lookup.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import type { RemedyParams } from '../../domain/playbooks/remedy-params.ts';
import type { Run, StepRecord } from '../../domain/runbooks/run.ts';
import type { Clock } from '../../ports/clock.ts';
import { remedies } from '../../steps/remedies/index.ts';
import { paramsFor } from '../../steps/remedies/playbooks.ts';
import { APPROVAL_SECONDS, HELD_SECONDS, LEASE_SECONDS } from '../run/pace.ts';
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
): PlannedRun {
  const params = paramsFor(opening.action, overridesOf(estate, opening));
  const steps = opening.remedies.map(
    (id, at): StepRecord => ({
      schemaVersion: 1,
      run: 1,
      position: at + 1,
      id,
      title: remedies[id].title,
      params: { ...params },
      maxAttempts: params.maxAttempts,
      state: 'pending',
      attempts: 0,
      notes: {},
    }),
  );
  const now = clock.now().toISOString();
  const run: Run = {
    schemaVersion: 1,
    number: 1,
    runbook: `playbook/${opening.failureClass}`,
    runbookVersion: RUNBOOK_VERSION,
    resource: incident.subject,
    workspace: opening.component.workspace ?? '',
    state: stateOf(opening.start, now),
    revision: 0,
    position: 1,
    unavailableInARow: 0,
    startedAt: now,
    deadlineAt: deadlineOf(clock, steps.length, params),
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
  if (start.as === 'held') return start.until ?? clock.after(HELD_SECONDS).toISOString();
  return clock.now().toISOString();
}

/** What the estate says about this class, for everything and for this component (E1). */
function overridesOf(estate: Estate, { component, failureClass }: Opening): Partial<RemedyParams> {
  const { timeoutSeconds, healthCheckSeconds, attempts, cooldownSeconds } = playbookOverride(
    estate,
    listedComponent(estate, component),
    failureClass,
  );
  return {
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(healthCheckSeconds === undefined ? {} : { healthCheckSeconds }),
    ...(attempts === undefined ? {} : { maxAttempts: attempts }),
    ...(cooldownSeconds === undefined ? {} : { backoffSeconds: [cooldownSeconds] }),
  };
}

/** Leases are real time, so they are added as such: an attempt whose end nobody saw must not cost the run its deadline. */
export function deadlineOf(clock: Clock, steps: number, params: RemedyParams): string {
  const planned = clock.after(steps * secondsOf(params) + OUTAGE_ALLOWANCE_SECONDS);
  return new Date(planned.getTime() + steps * params.maxAttempts * LEASE_SECONDS * 1000).toISOString();
}

function secondsOf(params: RemedyParams): number {
  const backoff = params.backoffSeconds.reduce((sum, seconds) => sum + seconds, 0);
  return params.maxAttempts * (params.timeoutSeconds + params.healthCheckSeconds) + backoff;
}
