// Tests our way to every workspace, storage account and Front Door, and to the control witnesses (B5), naming the layer that fails.
import { courseOf } from '../../domain/probes/course.ts';
import { CONNECTIVITY_LIMIT_SECONDS, JUDGED_FOR_MS, LOOKS_JUDGED } from '../../domain/probes/figures.ts';
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
  readonly target: ProbeTarget;
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
  const seen = await Promise.all(ports.targets.map((target) => test(ports, target)));
  const broken = isOwnNetworkBroken(samplesOf(seen, 'workspace'), samplesOf(seen, 'reference'));
  const tested = broken ? seen.map(withoutOurFault) : seen;
  for (const { sample } of tested) await ports.probes.append(sample);
  // The workspaces are told of by the looks of every minute; while our own network is broken nobody knows anything new.
  const others = broken ? [] : tested.filter(({ target }) => target.kind === 'storage');
  for (const one of others) await testify(ports, one, seen);
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
  return { target, sample: sampleOf({ target: target.id, kind: 'connectivity', region: target.region, at, checks }) };
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

function withoutOurFault({ target, sample }: Tested): Tested {
  return { target, sample: neverGotThere(sample) ? setAside(sample, OWN_NETWORK_BROKEN) : sample };
}

async function testify(ports: ProbePorts, { target }: Tested, seen: readonly Tested[]): Promise<void> {
  const now = ports.clock.now();
  const since = new Date(now.getTime() - JUDGED_FOR_MS.connectivity);
  const looks = await ports.probes.newest({ target: target.id, kind: 'connectivity' }, since, LOOKS_JUDGED);
  const course = courseOf(looks, 'connectivity', now);
  const othersFail = seen.some((other) => other.target.id !== target.id && isOnTheWay(other.sample.failedAt));
  const testimony = otherTestimony({ target, course, othersFail }, now);
  if (testimony) await ports.witnesses.put(testimony);
  else if (target.region !== null) await ports.witnesses.retract(target.region, otherWitness(target));
}

function samplesOf(tested: readonly Tested[], kind: ProbeTarget['kind']): ProbeSample[] {
  return tested.filter(({ target }) => target.kind === kind).map(({ sample }) => sample);
}
