// Questions about the failures of the last hours (D5): how many of which type and how long they took, and how many per hour.
// Read from the counts by the minute, so that the answer costs the same after a quiet day and after 100,000 incidents.
import {
  type FailureRate,
  type FailuresByType,
  failureRate,
  failuresByType,
  spanOf,
} from '../domain/reports/failure-counts.ts';
import type { Clock } from '../ports/clock.ts';
import type { IncidentIndex } from '../ports/incident-store.ts';

export interface FailurePorts {
  readonly index: IncidentIndex;
  readonly clock: Pick<Clock, 'now'>;
}

export async function countFailuresByType({ index, clock }: FailurePorts, hours: number): Promise<FailuresByType> {
  const span = spanOf(clock.now(), hours);
  return failuresByType(span, await index.tallies(span.from, span.to));
}

export async function countFailuresPerHour({ index, clock }: FailurePorts, hours: number): Promise<FailureRate> {
  const span = spanOf(clock.now(), hours);
  return failureRate(span, await index.tallies(span.from, span.to));
}
