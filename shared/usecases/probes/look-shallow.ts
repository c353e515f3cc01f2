// Whether a control plane answers at all: one GET without credentials, where 401 is proof of life. It counts in the budget of calls.
import { SHALLOW_LIMIT_SECONDS } from '../../domain/probes/figures.ts';
import { type Check, type ProbeSample, sampleOf } from '../../domain/probes/sample.ts';
import type { ProbeTarget } from '../../domain/probes/target.ts';
import type { ProbePorts } from './ports.ts';

const NO_ROOM: Check = { name: 'http', outcome: 'skipped', because: 'our budget of calls to it is used up' };

export async function lookShallow(ports: ProbePorts, target: ProbeTarget): Promise<ProbeSample> {
  const at = ports.clock.now();
  const checks = await reachWithin(ports, target, SHALLOW_LIMIT_SECONDS);
  return sampleOf({ target: target.id, kind: 'shallow', region: target.region, at, checks });
}

/** Workspaces within their budget of calls; others have none. */
export async function reachWithin(
  { network, workspaces }: Pick<ProbePorts, 'network' | 'workspaces'>,
  target: ProbeTarget,
  limitSeconds: number,
): Promise<readonly Check[]> {
  const hasRoom = target.kind !== 'workspace' || (await workspaces.get(target.name).probe.mayCall());
  return hasRoom ? await network.reach(target, limitSeconds) : [NO_ROOM];
}
