// Looks at every workspace, and tells the assessment of regions what was seen (B4): shallow each time, deep every five minutes.
// Rule kept here: workspaces are looked at side by side and never twice at once, and none waits for another's fault.
import { type Course, courseOf } from '../../domain/probes/course.ts';
import {
  BASELINE_MS,
  CONFIRM_AFTER_SECONDS,
  DEEP_EVERY_MS,
  JUDGED_FOR_MS,
  LOOKS_JUDGED,
  STEADY_IN_A_ROW,
} from '../../domain/probes/figures.ts';
import { isOwnNetworkBroken, neverGotThere } from '../../domain/probes/own-network.ts';
import { type ProbeSample, setAside } from '../../domain/probes/sample.ts';
import type { ProbeTarget } from '../../domain/probes/target.ts';
import { OWN_NETWORK_BROKEN, workspaceTestimony } from '../../domain/probes/testimony.ts';
import { lookDeep } from './look-deep.ts';
import { lookShallow } from './look-shallow.ts';
import { lookAtReferences, Pass } from './pass.ts';
import type { ProbePorts } from './ports.ts';

/** Longer than a pass can take, shorter than the minute until the next: one that died costs nobody a turn. */
const LEASE_MS = 50_000;
/** More looks than an hour has. */
const MOST_LOOKS = 100;

export interface ProbeResult {
  readonly target: string;
  readonly shallow?: ProbeSample;
  readonly deep?: ProbeSample;
}

export async function probeRegions(ports: ProbePorts): Promise<ProbeResult[]> {
  const targets = ports.targets.filter(({ kind }) => kind === 'workspace');
  const pass = new Pass(
    ports,
    targets.map(({ id }) => id),
  );
  const ended = await Promise.allSettled(targets.map((target) => probeAlone(ports, target, pass)));
  const results = ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  ports.log.info('looked at the workspaces', { looks: results.map(summaryOf) });
  const failed = ended.find((end) => end.status === 'rejected');
  // Only trouble of our own is thrown; it has kept nobody else from being looked at.
  if (failed) throw failed.reason;
  return results;
}

async function probeAlone(ports: ProbePorts, target: ProbeTarget, pass: Pass): Promise<ProbeResult> {
  const { leases, clock } = ports;
  const lease = `probe/${target.name}`;
  const owner = ports.newOwner();
  try {
    const now = clock.now();
    const isOurs = await leases.take(lease, owner, now, new Date(now.getTime() + LEASE_MS));
    return isOurs ? await probeWorkspace(ports, target, pass) : { target: target.id };
  } finally {
    // Whatever went wrong here, nobody waits for it.
    pass.report(target.id, undefined);
    await leases.release(lease, owner);
  }
}

async function probeWorkspace(ports: ProbePorts, target: ProbeTarget, pass: Pass): Promise<ProbeResult> {
  const seen = await lookShallow(ports, target);
  pass.report(target.id, seen);
  const ownNetworkBroken = neverGotThere(seen) && (await pass.isOwnNetworkBroken());
  const { shallow, course } = await keep(ports, target, { seen, ownNetworkBroken });
  const isOneShort = course.is === 'intermittent' && course.inARow === STEADY_IN_A_ROW - 1;
  if (isOneShort && !ownNetworkBroken) await confirm(ports, target);
  if (shallow.outcome !== 'ok' || !(await isDeepDue(ports, target))) return { target: target.id, shallow };
  const deep = await lookDeep(ports, target);
  await ports.probes.append(deep);
  await testify(ports, target, ownNetworkBroken);
  return { target: target.id, shallow, deep };
}

/** What our own network kept from us is not counted as a failure of theirs, neither now nor when we are back. */
async function keep(
  ports: ProbePorts,
  target: ProbeTarget,
  { seen, ownNetworkBroken }: { readonly seen: ProbeSample; readonly ownNetworkBroken: boolean },
): Promise<{ readonly shallow: ProbeSample; readonly course: Course }> {
  const shallow = ownNetworkBroken ? setAside(seen, OWN_NETWORK_BROKEN) : seen;
  await ports.probes.append(shallow);
  return { shallow, course: await testify(ports, target, ownNetworkBroken) };
}

/** One more failure makes it steady: that look is not left to the next minute. */
async function confirm(ports: ProbePorts, target: ProbeTarget): Promise<void> {
  const { clock } = ports;
  await clock.sleep(clock.millisecondsOf(CONFIRM_AFTER_SECONDS));
  const seen = await lookShallow(ports, target);
  const ownNetworkBroken = neverGotThere(seen) && isOwnNetworkBroken([seen], await lookAtReferences(ports));
  await keep(ports, target, { seen, ownNetworkBroken });
}

async function isDeepDue({ probes, clock }: ProbePorts, { id: target }: ProbeTarget): Promise<boolean> {
  const since = new Date(clock.now().getTime() - DEEP_EVERY_MS);
  return (await probes.newest({ target, kind: 'deep' }, since, 1)).length === 0;
}

async function testify(ports: ProbePorts, target: ProbeTarget, ownNetworkBroken: boolean): Promise<Course> {
  const now = ports.clock.now();
  const { shallow, deep } = await coursesOf(ports, target.id, now);
  const testimony = workspaceTestimony({ target, shallow, deep, ownNetworkBroken }, now);
  if (testimony) await ports.witnesses.put(testimony);
  return shallow;
}

export async function coursesOf({ probes }: Pick<ProbePorts, 'probes'>, target: string, now: Date) {
  const since = (milliseconds: number) => new Date(now.getTime() - milliseconds);
  const [shallow, deep] = await Promise.all([
    probes.newest({ target, kind: 'shallow' }, since(BASELINE_MS), MOST_LOOKS),
    probes.newest({ target, kind: 'deep' }, since(JUDGED_FOR_MS.deep), LOOKS_JUDGED),
  ]);
  return { shallow: courseOf(shallow, 'shallow', now), deep: courseOf(deep, 'deep', now) };
}

function summaryOf({ target, shallow, deep }: ProbeResult) {
  return { target, shallow: shallow?.outcome, deep: deep?.outcome, because: shallow?.because ?? deep?.because };
}
