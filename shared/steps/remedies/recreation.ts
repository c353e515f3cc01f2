// What recreating asks of a kind of component: what stands in the workspace already, and whether what was made is well.
import type { Apply } from '../../ports/provisioner.ts';
import type { DoneVerdict, StepContext, VerifyVerdict } from '../step.ts';

export interface Recreation {
  /** undefined: nothing stands there, so it can be recreated. */
  standing(context: StepContext): Promise<DoneVerdict | undefined>;
  /** The proof of what has come back under its own id; undefined where nothing has. */
  verifyStanding(context: StepContext): Promise<VerifyVerdict | undefined>;
  /** The proof of what the apply made. */
  verifyNew(context: StepContext, own: Apply): Promise<VerifyVerdict>;
}

/** It is not gone, so what failed before says more. */
export function stands({ component }: StepContext, state: string): DoneVerdict {
  const because = `the workspace knows the ${component.kind}, which is ${state}: nothing to recreate`;
  return { is: 'impossible', because, aside: true };
}

export function mayBeRecreated({ component }: StepContext, other: string): DoneVerdict {
  const because = `the workspace no longer knows ${component.id}, but has ${other} of the same name: it may have been recreated already`;
  return { is: 'cannot-tell', because };
}

/** What cannot be automatic: the estate file and whoever else names the old id are not ours to write. */
export function whatIsLeft({ component }: StepContext, id: string): string {
  return `Put ${id} in the place of ${component.id} in the estate file: until then it is watched as not listed. Jobs, permissions and links that name the old id need an apply of the whole code, or a person`;
}

/** The health of what was made, told with the apply. Another apply would find nothing to do: it is there. */
export function proved(what: string, health: VerifyVerdict, left?: string): VerifyVerdict {
  if (health.is === 'failed') return { ...health, because: `${what}: ${health.because}`, retryable: false };
  if (health.is === 'waiting') return health;
  return { ...health, because: `${what}: ${health.because}${left === undefined ? '' : `. ${left}`}` };
}
