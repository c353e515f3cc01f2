// What becomes of an incident, and of its run, when it is reported that what failed is well again.
import { type Incident, moved, type Recovery } from '../domain/incidents/incident.ts';
import type { TimelineEntry } from '../domain/incidents/timeline.ts';
import { goesByItself, type Run } from '../domain/runbooks/run.ts';
import type { Clock } from '../ports/clock.ts';
import type { IncidentFile } from '../ports/incident-store.ts';
import { endRun } from './operator/end-run.ts';
import { QUIET_SECONDS } from './run/pace.ts';

export interface TakenBack {
  readonly incident: Incident;
  readonly runs: readonly Run[];
  readonly events: readonly TimelineEntry[];
  readonly news: { readonly kind: 'incident-resolved'; readonly text: string };
}

/** A run acts for it: that finds out by itself. */
export function isActedFor({ incident, runs }: IncidentFile): boolean {
  return runs.some((run) => run.number === incident.activeRun && goesByItself(run));
}

/** Resolved; the run that waits for a person ends with it. */
export function takenBack(clock: Clock, file: IncidentFile, { event, signalId, actor, at }: Recovery): TakenBack {
  const now = clock.now().toISOString();
  const closesAt = clock.after(QUIET_SECONDS).toISOString();
  const ended = endRun(file, {
    because: `${event} was reported`,
    at: now,
    entry: ({ number }) => ({
      type: 'run-aborted',
      actor: 'lakewarden',
      text: `Run ${number} ended: ${event} was reported, nothing is left to do`,
    }),
  });
  const { overBy: _done, ...rest } = ended.incident;
  const incident = moved(rest, 'resolved', {
    resolvedAt: now,
    closesAt,
    nextDueAt: closesAt,
    ...(at === undefined ? {} : { recoveredAt: at }),
  });
  const text = `Recovered without an act of ours: ${event} was reported`;
  return {
    incident,
    runs: ended.runs,
    events: [...ended.events, { type: 'incident-resolved', actor, text, data: { signalId } }],
    news: { kind: 'incident-resolved', text: `${text}.` },
  };
}
