// What the API shows of an incident: the incident, its run and its timeline, without what only the store needs.
import type { Attempt, Run, StepRecord } from '../runbooks/run.ts';
import type { Incident } from './incident.ts';
import type { TimelineEvent } from './timeline.ts';

export interface IncidentReport extends Incident {
  readonly runs: readonly RunReport[];
  readonly timeline: readonly TimelineEvent[];
}

export interface RunReport extends Run {
  readonly steps: readonly (StepRecord & { readonly attemptsMade: readonly Attempt[] })[];
}

export interface IncidentRecords {
  readonly incident: Incident;
  readonly runs: readonly Run[];
  readonly steps: readonly StepRecord[];
  readonly attempts: readonly Attempt[];
}

export function reportOf(records: IncidentRecords, timeline: readonly TimelineEvent[]): IncidentReport {
  return { ...records.incident, runs: records.runs.map((run) => runReport(records, run)), timeline };
}

function runReport({ steps, attempts }: IncidentRecords, run: Run): RunReport {
  const mine = steps.filter((step) => step.run === run.number).sort((a, b) => a.position - b.position);
  return {
    ...run,
    steps: mine.map((step) => ({
      ...step,
      attemptsMade: attempts.filter((attempt) => attempt.run === run.number && attempt.position === step.position),
    })),
  };
}
