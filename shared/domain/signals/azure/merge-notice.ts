// Two updates of one life cycle: the newer one holds. It is the greater in one total order, so that neither order nor repetition of their
// arrival makes a difference (C8).
import type { AzureNotice, NoticePhase } from './notice.ts';

/** At the same instant, what is over is over. */
const PHASES: readonly NoticePhase[] = ['told', 'active', 'over'];

export interface Merged {
  /** What holds: one of both. */
  readonly notice: AzureNotice;
  /** Both tell the same: it was told before. */
  readonly isSame: boolean;
  /** What was told is not what holds. */
  readonly isOlder: boolean;
}

export function mergeNotice(stored: AzureNotice | undefined, told: AzureNotice): Merged {
  if (stored === undefined) return { notice: told, isSame: false, isOlder: false };
  const [known, now] = [completedBy(stored, told), completedBy(told, stored)];
  const isSame = isSameNotice(known, now);
  const isOlder = !isSame && !isNewer(now, known);
  return { notice: isOlder ? known : now, isSame, isOlder };
}

/** Lists tell of an alert without its dimensions: what it is about does not change while it lives. */
export function completedBy(notice: AzureNotice, other: AzureNotice): AzureNotice {
  if (notice.sort !== 'alert') return notice;
  const { component = other.component, targets } = notice;
  const isPlaced = notice.isGlobal || notice.regions.length > 0;
  const { regions, isGlobal } = isPlaced ? notice : other;
  return {
    ...notice,
    regions,
    isGlobal,
    targets: targets.length > 0 ? targets : other.targets,
    ...(component === undefined ? {} : { component }),
  };
}

/** Whether both tell the same, whichever members were left out of one and are empty in the other. */
export function isSameNotice(one: AzureNotice, other: AzureNotice): boolean {
  return canonical(one) === canonical(other);
}

/** Whether `one` takes the place of `other`. */
function isNewer(one: AzureNotice, other: AzureNotice): boolean {
  const [left, right] = [placeOf(one), placeOf(other)];
  const at = left.findIndex((part, index) => part !== right[index]);
  const [ours, theirs] = [left[at], right[at]];
  return ours !== undefined && theirs !== undefined && ours > theirs;
}

function placeOf(notice: AzureNotice): readonly string[] {
  const { isTest, phase, at, updateId = '' } = notice;
  return [
    isTest ? '0' : '1',
    saysNothing(notice) ? '0' : '1',
    at,
    String(PHASES.indexOf(phase)),
    updateId,
    canonical(notice),
  ];
}

/** A resource of whose health nothing is known is as it was known to be. */
function saysNothing({ sort, phase }: AzureNotice): boolean {
  return sort === 'resource-health' && phase === 'told';
}

/** The same text for the same notice, in whichever order its members were written. */
function canonical(notice: AzureNotice): string {
  const told = Object.entries(notice).filter(([, value]) => value !== undefined);
  return JSON.stringify(told.sort(([a], [b]) => (a < b ? -1 : 1)));
}
