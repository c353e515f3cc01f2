// Keeps the newest state of what Azure tells, whatever the order it is told in, and what became of it.
import { completedBy, isSameNotice, mergeNotice } from '../../domain/signals/azure/merge-notice.ts';
import type { AzureNotice } from '../../domain/signals/azure/notice.ts';
import type { StoredNotice } from '../../domain/signals/azure/stored-notice.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { AzureSignal } from '../../domain/signals/signal.ts';
import type { NoticeStore, NoticeVersion } from '../../ports/notice-store.ts';

const BECAME_LIMIT = 500;
const NOT_YET = 'Being handled.';

export interface KeptNotice {
  /** What holds now. */
  readonly notice: AzureNotice;
  /** A newer update than this one holds: it changes nothing. */
  readonly isOlder: boolean;
  /** As it is kept. */
  readonly version: NoticeVersion;
}

/** Throws `Conflict` when somebody was faster. Safe to repeat. */
export async function keepNotice(store: NoticeStore, { notice: told, receivedAt }: AzureSignal): Promise<KeptNotice> {
  const known = await store.get(told.key);
  const { notice, isSame, isOlder } = mergeNotice(known && noticeIn(known.notice), told);
  const version = known && isSame ? known : await store.set(keptOf(notice, known?.notice, receivedAt), known);
  return { notice, isOlder, version };
}

/** For lists: what was made of the newest update. `kept` is as it was kept a moment ago. Safe to repeat; throws `Conflict`. */
export async function noteBecame(
  store: NoticeStore,
  { notice: told }: AzureSignal,
  outcome: SignalOutcome,
  kept?: NoticeVersion,
): Promise<void> {
  const version = kept ?? (await store.get(told.key));
  if (!version || !holds(noticeIn(version.notice), told)) return;
  const became = outcome.message.slice(0, BECAME_LIMIT);
  const ticketId = outcome.ticketId ?? version.notice.ticketId;
  if (version.notice.became === became && version.notice.ticketId === ticketId) return;
  await store.set({ ...version.notice, became, ...(ticketId === undefined ? {} : { ticketId }) }, version);
}

function keptOf(notice: AzureNotice, before: StoredNotice | undefined, receivedAt: string): StoredNotice {
  const isNew = before === undefined || !isSameNotice(noticeIn(before), notice);
  const { firstHeardAt = receivedAt, lastHeardAt = receivedAt, updates = 0, ticketId } = before ?? {};
  return {
    ...notice,
    schemaVersion: 1,
    firstHeardAt: receivedAt < firstHeardAt ? receivedAt : firstHeardAt,
    lastHeardAt: receivedAt > lastHeardAt ? receivedAt : lastHeardAt,
    updates: updates + 1,
    became: isNew ? NOT_YET : before.became,
    ...(ticketId === undefined ? {} : { ticketId }),
  };
}

function holds(kept: AzureNotice, told: AzureNotice): boolean {
  return isSameNotice(kept, completedBy(told, kept));
}

function noticeIn(stored: StoredNotice): AzureNotice {
  const {
    schemaVersion: _v,
    firstHeardAt: _f,
    lastHeardAt: _l,
    updates: _u,
    became: _b,
    ticketId: _t,
    ...notice
  } = stored;
  return notice;
}
