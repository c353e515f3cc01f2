// What our looks at one workspace, or at another target of a region, say of that region.
import type { Testimony } from '../regions/testimony.ts';
import type { Course } from './course.ts';
import { LEAST_FAILURES_TOLD, TESTIMONY_MS } from './figures.ts';
import { isOnTheWay } from './own-network.ts';
import type { ProbeTarget } from './target.ts';

const OUR_NETWORK = 'our-network';
export const OWN_NETWORK_BROKEN = 'our own network is broken: neither any workspace nor any control witness is reached';

const MAX_WORDS = 500;

export interface WorkspaceLooks {
  readonly target: ProbeTarget;
  readonly shallow: Course;
  readonly deep: Course;
  readonly ownNetworkBroken: boolean;
}

/** undefined: it is of no region. */
export function workspaceTestimony(
  { target, shallow, deep, ownNetworkBroken }: WorkspaceLooks,
  now: Date,
): Testimony | undefined {
  if (target.region === null) return undefined;
  const { says, words } = ownNetworkBroken ? broken() : judged(shallow, deep);
  const onTheWay = ownNetworkBroken || isOnTheWay(shallow.failedAt);
  return {
    region: target.region,
    witness: `probe/${target.name}`,
    source: 'probes',
    says,
    // Looks from here that fail on the way there are wrong together; what answers wrongly is the workspace's own.
    fate: onTheWay ? OUR_NETWORK : target.id,
    seenAt: now.toISOString(),
    validUntil: after(now, TESTIMONY_MS.shallow),
    words: `${target.name}: ${words}`.slice(0, MAX_WORDS),
    evidence: { shallow: figuresOf(shallow), deep: figuresOf(deep) },
  };
}

export interface OtherLooks {
  readonly target: Pick<ProbeTarget, 'id' | 'region'>;
  readonly course: Course;
  /** Whether something else failed on the way at the same time. */
  readonly othersFail: boolean;
}

export function otherWitness({ id }: Pick<ProbeTarget, 'id'>): string {
  return `connectivity/${id}`;
}

/** Storage of a region, or a link to it: its loss is no outage of the region, and its being there no proof that the region is well. So it speaks only of a steady fault. */
export function otherTestimony({ target, course, othersFail }: OtherLooks, now: Date): Testimony | undefined {
  if (target.region === null || course.is !== 'steady') return undefined;
  // A link that is down takes other looks with it: apart from them it would be a second witness of one fault.
  const sharesOurs = othersFail || course.failedAt === 'state';
  return {
    region: target.region,
    witness: otherWitness(target),
    source: 'probes',
    says: 'degraded',
    fate: sharesOurs ? OUR_NETWORK : target.id,
    seenAt: now.toISOString(),
    validUntil: after(now, TESTIMONY_MS.connectivity),
    words: `${target.id}: a steady fault: ${course.because}`.slice(0, MAX_WORDS),
    evidence: figuresOf(course),
  };
}

type Saying = Pick<Testimony, 'says' | 'words'>;

function judged(shallow: Course, deep: Course): Saying {
  if (shallow.is === 'unknown') return { says: 'unknown', words: shallow.because };
  if (shallow.is === 'steady') return { says: 'outage', words: `a steady fault: ${shallow.because}` };
  if (isTold(shallow)) return { says: 'degraded', words: `an intermittent fault: ${shallow.because}` };
  if (isTold(deep)) return { says: 'degraded', words: `the control plane answers, but looking deeper ${deep.because}` };
  return { says: shallow.is === 'slow' ? 'degraded' : 'healthy', words: shallow.because };
}

function isTold({ is, failed }: Course): boolean {
  return (is === 'steady' || is === 'intermittent') && failed >= LEAST_FAILURES_TOLD;
}

function broken(): Saying {
  return { says: 'unknown', words: OWN_NETWORK_BROKEN };
}

function figuresOf({ is, failed, of, failedAt, latencyMs, baselineMs }: Course): Record<string, unknown> {
  const evidence = { is, failed, of, failedAt, latencyMs, baselineMs };
  return Object.fromEntries(Object.entries(evidence).filter(([, value]) => value !== undefined));
}

function after(now: Date, milliseconds: number): string {
  return new Date(now.getTime() + milliseconds).toISOString();
}
