// One pass over all workspaces at once. Each goes its own way; only who got nowhere waits for the others, since it takes all of them,
// and the control witnesses, to tell a fault of our own network.
import { SHALLOW_LIMIT_SECONDS } from '../../domain/probes/figures.ts';
import { isOwnNetworkBroken, neverGotThere } from '../../domain/probes/own-network.ts';
import { type ProbeSample, sampleOf } from '../../domain/probes/sample.ts';
import type { ProbePorts } from './ports.ts';

export class Pass {
  readonly #ports: ProbePorts;
  readonly #looks: Map<string, PromiseWithResolvers<ProbeSample | undefined>>;
  #broken: Promise<boolean> | undefined;

  constructor(ports: ProbePorts, targets: readonly string[]) {
    this.#ports = ports;
    this.#looks = new Map(targets.map((target) => [target, Promise.withResolvers()]));
  }

  /** undefined: there was no look at it this time. The first word counts. */
  report(target: string, sample: ProbeSample | undefined): void {
    this.#looks.get(target)?.resolve(sample);
  }

  isOwnNetworkBroken(): Promise<boolean> {
    this.#broken ??= this.#judge();
    return this.#broken;
  }

  async #judge(): Promise<boolean> {
    const looks = await Promise.all([...this.#looks.values()].map(({ promise }) => promise));
    // One that was left out, or not reached by another pass, may be fine.
    const seen = looks.filter((look) => look !== undefined);
    if (seen.length < looks.length || !seen.every(neverGotThere)) return false;
    return isOwnNetworkBroken(seen, await lookAtReferences(this.#ports));
  }
}

/** At the control witnesses. */
export async function lookAtReferences({ targets, network, clock }: ProbePorts): Promise<ProbeSample[]> {
  const references = targets.filter(({ kind }) => kind === 'reference');
  return await Promise.all(
    references.map(async (target) => {
      const checks = await network.reach(target, SHALLOW_LIMIT_SECONDS);
      return sampleOf({ target: target.id, kind: 'shallow', region: null, at: clock.now(), checks });
    }),
  );
}
