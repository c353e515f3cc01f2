// Two updates of one life cycle: the newer one holds. It is the greater in one total order, so that neither order nor repetition of their
// arrival makes a difference (C8).
import type { AzureNotice, NoticePhase } from './notice.ts';

/** At the same instant, what is over is over. */
const PHASES: readonly NoticePhase[] = ['told', 'active', 'over'];

/** Returns one of both. */
export function mergeNotice(stored: AzureNotice | undefined, told: AzureNotice): AzureNotice {
  return stored === undefined || isNewer(told, stored) ? told : stored;
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
