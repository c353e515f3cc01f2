// Tests our way to every workspace, storage account and Front Door, and to the control witnesses (B5), naming the layer that fails;
// and asks Azure how the peerings and circuits are that the estate names.
import { courseOf } from '../../domain/probes/course.ts';
import { CONNECTIVITY_LIMIT_SECONDS, JUDGED_FOR_MS, LOOKS_JUDGED } from '../../domain/probes/figures.ts';
import { linkCheck, linksOf, type NetworkLink, onlyRegion } from '../../domain/probes/links.ts';
import { isOnTheWay, isOwnNetworkBroken, neverGotThere } from '../../domain/probes/own-network.ts';
import { type Check, type ProbeSample, sampleOf, setAside } from '../../domain/probes/sample.ts';
import type { ProbeTarget } from '../../domain/probes/target.ts';
import { OWN_NETWORK_BROKEN, otherTestimony, otherWitness } from '../../domain/probes/testimony.ts';
import type { Probed } from '../../ports/workspace-probe.ts';
import { reachWithin } from './look-shallow.ts';
import type { ProbePorts } from './ports.ts';

const LEASE = 'probe-connectivity';
/** All targets side by side, and authentication behind them: a pass is over long before. */
const LEASE_MS = 120_000;
const AUTHENTICATION_LIMIT_SECONDS = 5;
const TOO_MANY_REQUESTS = 429;

interface Tested {
  readonly target: Pick<ProbeTarget, 'id'> & { readonly kind: ProbeTarget['kind'] | NetworkLink['kind'] };
  /** That it speaks for when it fails steadily; the workspaces are told of by the looks of every minute. */
  readonly speaksFor: readonly string[];
  readonly sample: ProbeSample;
}

/** undefined: another pass is under way. */
export async function probeConnectivity(ports: ProbePorts): Promise<readonly ProbeSample[] | undefined> {
  const { leases, clock } = ports;
  const owner = ports.newOwner();
  const now = clock.now();
  if (!(await leases.take(LEASE, owner, now, new Date(now.getTime() + LEASE_MS)))) return undefined;
  try {
    return await testAll(ports);
  } finally {
    await leases.release(LEASE, owner);
  }
}

async function testAll(ports: ProbePorts): Promise<readonly ProbeSample[]> {
  const seen = await Promise.all([
    ...ports.targets.map((target) => test(ports, target)),
    ...linksOf(ports.estate).map((link) => ask(ports, link)),
  ]);
  const broken = isOwnNetworkBroken(samplesOf(seen, 'workspace'), samplesOf(seen, 'reference'));
  const tested = broken ? seen.map(withoutOurFault) : seen;
  for (const { sample } of tested) await ports.probes.append(sample);
  // While our own network is broken nobody knows anything new.
  if (!broken) for (const one of tested) await testify(ports, one, seen);
  const samples = tested.map(({ sample }) => sample);
  const failing = samples.filter(({ outcome }) => outcome === 'failed');
  const because = failing.map(({ target, because: words }) => `${target}: ${words}`);
  ports.log[failing.length === 0 ? 'info' : 'warn']('connectivity tested', { tested: samples.length, broken, because });
  return samples;
}

async function test(ports: ProbePorts, target: ProbeTarget): Promise<Tested> {
  const at = ports.clock.now();
  const reached = await reachWithin(ports, target, CONNECTIVITY_LIMIT_SECONDS);
  const isThere = reached.at(-1)?.outcome === 'ok';
  const checks = isThere && target.kind === 'workspace' ? [...reached, await signIn(ports, target)] : reached;
  const { id, kind, region } = target;
  const speaksFor = kind === 'storage' && region !== null ? [region] : [];
  return { target, speaksFor, sample: sampleOf({ target: id, kind: 'connectivity', region, at, checks }) };
}

async function ask({ links, clock }: ProbePorts, link: NetworkLink): Promise<Tested> {
  const at = clock.now();
  const checks = [linkCheck(await links.read(link))];
  const sample = sampleOf({ target: link.id, kind: 'connectivity', region: onlyRegion(link), at, checks });
  return { target: link, speaksFor: link.regions, sample };
}

/** The last layer of the way: there a refusal is a failure, but of ours. */
async function signIn({ workspaces }: ProbePorts, { name }: ProbeTarget): Promise<Check> {
  const found = await workspaces.get(name).probe.authenticate(AUTHENTICATION_LIMIT_SECONDS);
  const because = found.outcome === 'ok' ? {} : { because: found.because.slice(0, 300) };
  const timed = found.outcome === 'skipped' ? {} : { milliseconds: found.milliseconds };
  return { name: 'authentication', outcome: outcomeOf(found), ...timed, ...because };
}

function outcomeOf(found: Probed<unknown>): Check['outcome'] {
  if (found.outcome !== 'refused') return found.outcome;
  return found.status === TOO_MANY_REQUESTS ? 'refused' : 'failed';
}

function withoutOurFault(tested: Tested): Tested {
  const { sample } = tested;
  return neverGotThere(sample) ? { ...tested, sample: setAside(sample, OWN_NETWORK_BROKEN) } : tested;
}

async function testify(
  ports: ProbePorts,
  { target: { id }, speaksFor }: Tested,
  seen: readonly Tested[],
): Promise<void> {
  if (speaksFor.length === 0) return;
  const now = ports.clock.now();
  const since = new Date(now.getTime() - JUDGED_FOR_MS.connectivity);
  const looks = await ports.probes.newest({ target: id, kind: 'connectivity' }, since, LOOKS_JUDGED);
  const course = courseOf(looks, 'connectivity', now);
  const othersFail = seen.some((other) => other.target.id !== id && isOnTheWay(other.sample.failedAt));
  for (const region of speaksFor) {
    const testimony = otherTestimony({ target: { id, region }, course, othersFail }, now);
    if (testimony) await ports.witnesses.put(testimony);
    else await ports.witnesses.retract(region, otherWitness({ id }));
  }
}

function samplesOf(tested: readonly Tested[], kind: Tested['target']['kind']): ProbeSample[] {
  return tested.filter(({ target }) => target.kind === kind).map(({ sample }) => sample);
}
