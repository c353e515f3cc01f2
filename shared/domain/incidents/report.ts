// What the API shows of an incident: the incident, its runs, its times, why it opened and what was merged, and its timeline.
import type { Attempt, Run, StepRecord } from '../runbooks/run.ts';
import type { Incident } from './incident.ts';
import type { TimelineEvent } from './timeline.ts';
import { type IncidentTimes, timesOf } from './times.ts';

export interface IncidentReport extends Incident {
  readonly runs: readonly RunReport[];
  readonly times: IncidentTimes;
  /** Reports 1, 2, 5, 10, 20, ... that joined; `signalCount` counts them all. */
  readonly merges: readonly Merge[];
  readonly timeline: readonly TimelineEvent[];
}

export interface RunReport extends Run {
  readonly steps: readonly (StepRecord & { readonly attemptsMade: readonly Attempt[] })[];
}

/** A report that joined: by which rule and under which key (C9). */
export interface Merge {
  readonly at: string;
  readonly signalId: unknown;
  readonly mergedBy: unknown;
  readonly key: unknown;
  readonly count: unknown;
}

export interface IncidentRecords {
  readonly incident: Incident;
  readonly runs: readonly Run[];
  readonly steps: readonly StepRecord[];
  readonly attempts: readonly Attempt[];
}

/** Events that were written after these records were read are left out: the answer is of one version. */
export function reportOf(records: IncidentRecords, events: readonly TimelineEvent[]): IncidentReport {
  const { incident, runs } = records;
  const timeline = events.filter(({ seq }) => seq <= incident.lastEventSeq);
  return {
    ...incident,
    runs: runs.map((run) => runReport(records, run)),
    times: timesOf(incident, timeline),
    merges: timeline.filter(({ type }) => type === 'signal-joined').map(mergeOf),
    timeline,
  };
}

function mergeOf({ at, data }: TimelineEvent): Merge {
  const { signalId, mergedBy, key, count } = data ?? {};
  return { at, signalId, mergedBy, key, count };
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
