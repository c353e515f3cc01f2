// Which apply is ours. The attempt that starts one puts its owner into the apply's message; the attempt that confirms it keeps the
// apply's id in what it has seen. So both can be told after a crash, and nothing is started or confirmed twice.
import { Broken } from '../../domain/errors.ts';
import { type Apply, hasEnded, type Provisioner } from '../../ports/provisioner.ts';
import type { StepContext } from '../step.ts';

const NONE_BEFORE = '1970-01-01T00:00:00.000Z';

/** What a starting attempt has seen: when the newest apply of whoever began, on the service's clock. */
export function markOfNewest(newest: Apply | undefined): string {
  return newest?.startedAt ?? NONE_BEFORE;
}

/** What a confirming attempt has seen, and what verification goes by: the apply itself. */
export function markOf({ startedAt, id }: Apply): string {
  return `${startedAt} ${id}`;
}

export function idIn(mark: string | null | undefined): string | undefined {
  return mark?.split(' ')[1];
}

export function provisionerOf({ infrastructure }: StepContext): Provisioner {
  if (!infrastructure) throw new Broken('broken', 'a component without infrastructure code got as far as its apply');
  return infrastructure.provisioner;
}

/** The apply of the newest attempt; undefined when it never arrived, or a person has overruled the attempt. */
export async function ownApply(context: StepContext): Promise<Apply | undefined> {
  const { attempt } = context;
  if (!attempt || attempt.outcome === 'overruled') return undefined;
  const id = idIn(attempt.seen);
  const provisioner = provisionerOf(context);
  return id === undefined ? await provisioner.find(attempt.owner) : await provisioner.read(id);
}

/** The apply that is being verified. */
export async function verifiedApply(context: StepContext): Promise<Apply | undefined> {
  const id = idIn(context.actedSince);
  return id === undefined ? await ownApply(context) : await provisionerOf(context).read(id);
}

/** It ended and did not help, as verification or a person has said: what comes now is another one. */
export function wasJudged({ actedSince, begunAnew }: StepContext, apply: Apply): boolean {
  return hasEnded(apply) && (begunAnew === true || idIn(actedSince) === apply.id);
}
