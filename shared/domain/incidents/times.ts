// The four times of an incident (D4), in seconds of our clock; null where it has not come to that, or nobody knows.
import type { Incident } from './incident.ts';
import type { TimelineEvent } from './timeline.ts';

export interface IncidentTimes {
  /** From the failure, by the service's clock, to the incident. */
  readonly detectSeconds: number | null;
  /** From the incident to the first person who acknowledged it. */
  readonly acknowledgeSeconds: number | null;
  /** From the incident to the moment at which the component ran again, by the service's clock. */
  readonly remediateSeconds: number | null;
  /** From the incident to its resolution, verified or by a person. */
  readonly resolveSeconds: number | null;
}

export function timesOf(incident: Incident, timeline: readonly TimelineEvent[]): IncidentTimes {
  const { failedAt, openedAt, recoveredAt } = incident;
  const acknowledged = timeline.find(({ type }) => type === 'acknowledged');
  return {
    detectSeconds: secondsBetween(failedAt, openedAt),
    acknowledgeSeconds: secondsBetween(openedAt, acknowledged?.at),
    remediateSeconds: secondsBetween(openedAt, recoveredAt),
    resolveSeconds: resolveSecondsOf(incident),
  };
}

export function resolveSecondsOf({ openedAt, resolvedAt }: Pick<Incident, 'openedAt' | 'resolvedAt'>): number | null {
  return secondsBetween(openedAt, resolvedAt);
}

/** Two clocks may disagree by a little: never negative. */
function secondsBetween(from: string | undefined, to: string | undefined): number | null {
  if (from === undefined || to === undefined) return null;
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}
