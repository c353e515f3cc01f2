// What our looks have found, for people: how each workspace and each way to it does now, and the samples behind it.
import { Refused } from '../../domain/errors.ts';
import { type Course, courseOf } from '../../domain/probes/course.ts';
import { JUDGED_FOR_MS, LOOKS_JUDGED } from '../../domain/probes/figures.ts';
import { linksOf, type NetworkLink, onlyRegion } from '../../domain/probes/links.ts';
import { MOST_SAMPLES_SHOWN } from '../../domain/probes/query.ts';
import type { ProbeSample } from '../../domain/probes/sample.ts';
import type { ProbeTarget } from '../../domain/probes/target.ts';
import type { ProbePorts } from './ports.ts';
import { coursesOf } from './probe-regions.ts';

export type ShowPorts = Pick<ProbePorts, 'estate' | 'probes' | 'targets' | 'clock'>;

export interface ShownLooks {
  readonly workspace: string;
  readonly region: string | null;
  readonly shallow: Course;
  readonly deep: Course;
  /** Newest first; only where one workspace is asked for. */
  readonly samples?: { readonly shallow: readonly ProbeSample[]; readonly deep: readonly ProbeSample[] };
  /** There are older ones within the hours asked for. */
  readonly truncated?: true;
}

export async function showProbes(
  ports: ShowPorts,
  { workspace, hours }: { readonly workspace?: string | undefined; readonly hours: number },
): Promise<ShownLooks[]> {
  const targets = ports.targets.filter(({ kind, name }) => kind === 'workspace' && (!workspace || name === workspace));
  if (targets.length === 0) throw new Refused('not-found', `The estate has no workspace ${workspace}.`);
  return await Promise.all(targets.map((target) => shown(ports, target, workspace ? hours : undefined)));
}

async function shown(ports: ShowPorts, target: ProbeTarget, hours: number | undefined): Promise<ShownLooks> {
  const now = ports.clock.now();
  const courses = { workspace: target.name, region: target.region, ...(await coursesOf(ports, target.id, now)) };
  if (hours === undefined) return courses;
  const since = new Date(now.getTime() - hours * 3_600_000);
  const [shallow, deep] = await Promise.all(
    (['shallow', 'deep'] as const).map((kind) =>
      ports.probes.newest({ target: target.id, kind }, since, MOST_SAMPLES_SHOWN),
    ),
  );
  const samples = { shallow: shallow ?? [], deep: deep ?? [] };
  const isWhole = Object.values(samples).every(({ length }) => length < MOST_SAMPLES_SHOWN);
  return { ...courses, samples, ...(!isWhole && { truncated: true }) };
}

export interface ShownWay {
  readonly target: string;
  readonly kind: ProbeTarget['kind'] | NetworkLink['kind'];
  /** null: it is of no region, or of several. */
  readonly region: string | null;
  readonly course: Course;
  /** null: not tested yet. */
  readonly newest: ProbeSample | null;
}

export async function showConnectivity({ estate, probes, targets, clock }: ShowPorts): Promise<ShownWay[]> {
  const now = clock.now();
  const since = new Date(now.getTime() - JUDGED_FOR_MS.connectivity);
  const links = linksOf(estate).map((link) => ({ ...link, region: onlyRegion(link) }));
  return await Promise.all(
    [...targets, ...links].map(async ({ id: target, kind, region }) => {
      const looks = await probes.newest({ target, kind: 'connectivity' }, since, LOOKS_JUDGED);
      return { target, kind, region, course: courseOf(looks, 'connectivity', now), newest: looks[0] ?? null };
    }),
  );
}
