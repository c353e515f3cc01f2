// What an incident tells the subject of its region: evidence, not a verdict. An incident tells it once, whatever is repeated.

import { hashOf, signalIdOf } from '../ids.ts';
import type { Incident } from '../incidents/incident.ts';
import type { RegionEvidence } from './signal.ts';

/** 1 may speak of the region, 2 speaks of it strongly (the row of the termination code); 0 only happened while the region is out. */
export type RegionWeight = 0 | 1 | 2;

export function regionSubject(region: string): string {
  return `region/${region}`;
}

export function regionEvidence(incident: Incident, region: string, weight: RegionWeight): RegionEvidence {
  const { id, subject, failureClass, code, openedAt, failedAt } = incident;
  const signalId = signalIdOf(hashOf(`region|${region}|${id}`));
  return {
    schemaVersion: 1,
    kind: 'region-evidence',
    id: signalId,
    source: 'lakewarden',
    receivedAt: openedAt,
    correlationId: id,
    rawSubject: regionSubject(region),
    region,
    weight,
    told: { incidentId: id, subject, failureClass, code, ...(failedAt === undefined ? {} : { failedAt }) },
  };
}
