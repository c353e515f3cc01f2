// An incident that a person ends takes its run with it: nothing is acted on afterwards.
import { Refused } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import { hasEnded, type Run } from '../../domain/runbooks/run.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';

export interface EndedRun {
  /** The incident without a run and without a due time. */
  readonly incident: Incident;
  readonly runs: readonly Run[];
  readonly events: readonly TimelineEntry[];
}

/** `entry` makes the event that says so. Throws `Refused` while the run is being undone: that is not left half done. */
export function endRun(
  { incident, runs }: IncidentFile,
  end: { readonly because: string; readonly at: string; entry(run: Run): TimelineEntry },
): EndedRun {
  const run = runs.find(({ number }) => number === incident.activeRun);
  const { activeRun: _run, nextDueAt: _due, ...rest } = incident;
  if (!run || hasEnded(run)) return { incident: rest, runs: [], events: [] };
  if (run.state.name === 'aborting') {
    throw new Refused(
      'illegal-transition',
      `Run ${run.number} of ${incident.id} is being undone: wait until it is aborted.`,
    );
  }
  return { incident: rest, runs: [aborted(run, end.because, end.at)], events: [end.entry(run)] };
}

export function aborted(run: Run, because: string, at: string): Run {
  const { dueAt: _none, ...rest } = run;
  return { ...rest, state: { name: 'aborted', because, at }, revision: run.revision + 1 };
}
