// What Azure has told: the newest state of each thing's life cycle, and what became of it here.
import type { StoredNotice } from '../domain/signals/azure/stored-notice.ts';

export interface NoticeVersion {
  readonly notice: StoredNotice;
  readonly etag: string;
}

export interface NoticePage {
  /** Newest first by `at`. */
  readonly notices: readonly StoredNotice[];
  /** Opaque; absent on the last page. */
  readonly continuation?: string;
}

export interface NoticeStore {
  get(key: string): Promise<NoticeVersion | undefined>;
  /** `basis` is what was read (undefined: there was none). Throws `Conflict` when somebody was faster. */
  set(notice: StoredNotice, basis: NoticeVersion | undefined): Promise<NoticeVersion>;
  /** Those whose `at` is not before `since`; reads a bounded number of rows for a page. */
  list(filter: { readonly since?: string }, pageSize: number, continuation?: string): Promise<NoticePage>;
  /** Forgets what was told before this ISO instant and is not active; returns how many. */
  forgetBefore(instant: string): Promise<number>;
}
