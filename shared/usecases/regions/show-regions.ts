// How the regions stand, for people: verdict, every witness with its age, the incident that speaks for a region, and its children.
import { regionsOf } from '../../domain/estate/lookup.ts';
import { takesJoins } from '../../domain/incidents/incident.ts';
import { subjectOf } from '../../domain/incidents/subject.ts';
import type { RegionState } from '../../domain/regions/region-state.ts';
import type { Testimony } from '../../domain/regions/testimony.ts';
import { currentIncident } from '../current-incident.ts';
import type { AssessPorts } from './assess-regions.ts';
import { childrenFrom } from './region-hands.ts';

/** More children than this are not counted for an answer. */
const MOST_CHILDREN = 5_000;

export interface ShownTestimony extends Testimony {
  readonly ageSeconds: number;
  /** Past its time: it counts as unknown. */
  readonly isStale: boolean;
}

export interface ShownRegion {
  readonly region: string;
  readonly verdict: RegionState['verdict'];
  readonly since: string | null;
  readonly assessedAt: string | null;
  readonly words: string;
  readonly witnesses: readonly ShownTestimony[];
  /** The open incident of the region. */
  readonly incidentId: string | null;
  /** Incidents of components that told the region of a failure since its incident began. */
  readonly children: { readonly count: number; readonly isMore: boolean } | null;
}

export async function showRegions(ports: AssessPorts): Promise<readonly ShownRegion[]> {
  const { regions: states } = await ports.gate.read();
  return await Promise.all(
    regionsOf(ports.estate).map((region) =>
      shown(
        ports,
        region,
        states.find((state) => state.region === region),
      ),
    ),
  );
}

async function shown(ports: AssessPorts, region: string, state: RegionState | undefined): Promise<ShownRegion> {
  const now = ports.clock.now();
  const [said, { file }] = await Promise.all([
    ports.witnesses.of(region),
    currentIncident(ports, subjectOf({ kind: 'region', workspace: null, id: region })),
  ]);
  const incident = file && takesJoins(file.incident.state) ? file.incident : undefined;
  return {
    region,
    verdict: state?.verdict ?? 'unknown',
    since: state?.since ?? null,
    assessedAt: state?.assessedAt ?? null,
    words: state?.words ?? 'It has not been assessed yet.',
    witnesses: [...said, ...countedBy(state)].map((one) => aged(one, now)),
    incidentId: incident?.id ?? null,
    children: incident ? await childrenSince(ports, region, childrenFrom(ports.clock, incident)) : null,
  };
}

/** The components are counted at each look and kept with its verdict, nowhere else. */
function countedBy(state: RegionState | undefined): readonly Testimony[] {
  return state?.testimonies.filter(({ source }) => source === 'components') ?? [];
}

function aged(testimony: Testimony, now: Date): ShownTestimony {
  const ageSeconds = Math.max(0, Math.round((now.getTime() - Date.parse(testimony.seenAt)) / 1000));
  return { ...testimony, ageSeconds, isStale: Date.parse(testimony.validUntil) < now.getTime() };
}

async function childrenSince(ports: AssessPorts, region: string, since: string): Promise<ShownRegion['children']> {
  let count = 0;
  for await (const page of ports.regions.toldSince(region, since)) {
    count += page.length;
    if (count >= MOST_CHILDREN) return { count, isMore: true };
  }
  return { count, isMore: false };
}
