// What is known of regions, notices and sources, in memory, by the words of the ports.
import { Conflict } from '../../shared/domain/errors.ts';
import {
  failedAt,
  heardAt,
  type Missed,
  missedAt,
  readAt,
  type SourceState,
} from '../../shared/domain/own-health/source-state.ts';
import type { Testimony } from '../../shared/domain/regions/testimony.ts';
import type { StoredNotice } from '../../shared/domain/signals/azure/stored-notice.ts';
import type { NoticePage, NoticeStore, NoticeVersion } from '../../shared/ports/notice-store.ts';
import type { RegionStore, Told } from '../../shared/ports/region-store.ts';
import type { SourceLog } from '../../shared/ports/source-log.ts';
import type { WitnessStore } from '../../shared/ports/witness-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryWitnessStore implements WitnessStore {
  readonly #interrupt: Interrupt;
  readonly #said = new Map<string, Testimony>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  put(testimony: Testimony): Promise<void> {
    return interruptible(this.#interrupt, 'witnesses.put', () => {
      const key = `${testimony.region}|${testimony.witness}`;
      const known = this.#said.get(key);
      if (known === undefined || known.seenAt <= testimony.seenAt) this.#said.set(key, testimony);
    });
  }

  retract(region: string, witness: string): Promise<void> {
    return interruptible(this.#interrupt, 'witnesses.retract', () => void this.#said.delete(`${region}|${witness}`));
  }

  of(region: string): Promise<readonly Testimony[]> {
    return interruptible(this.#interrupt, 'witnesses.of', () =>
      [...this.#said.values()].filter((one) => one.region === region),
    );
  }

  forgetBefore(region: string, instant: string): Promise<number> {
    return interruptible(this.#interrupt, 'witnesses.forgetBefore', () => {
      const over = [...this.#said].filter(([, one]) => one.region === region && one.validUntil < instant);
      for (const [key] of over) this.#said.delete(key);
      return over.length;
    });
  }
}

export class MemoryRegionStore implements RegionStore {
  readonly #interrupt: Interrupt;
  readonly #told = new Map<string, Told>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  note(told: Told): Promise<void> {
    const key = `${told.region}|${told.at}|${told.told.incidentId}`;
    return interruptible(this.#interrupt, 'regions.note', () => void this.#told.set(key, told));
  }

  async *toldSince(region: string, since: string): AsyncGenerator<readonly Told[]> {
    yield await interruptible(this.#interrupt, 'regions.toldSince', () =>
      [...this.#told.values()]
        .filter((one) => one.region === region && one.at >= since)
        .sort((a, b) => (a.at < b.at ? -1 : 1)),
    );
  }

  forgetBefore(region: string, instant: string): Promise<number> {
    return interruptible(this.#interrupt, 'regions.forgetBefore', () => {
      const old = [...this.#told].filter(([, one]) => one.region === region && one.at < instant);
      for (const [key] of old) this.#told.delete(key);
      return old.length;
    });
  }
}

export class MemoryNoticeStore implements NoticeStore {
  readonly #interrupt: Interrupt;
  readonly #kept = new Map<string, NoticeVersion>();
  #version = 0;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  get(key: string): Promise<NoticeVersion | undefined> {
    return interruptible(this.#interrupt, 'notices.get', () => this.#kept.get(key));
  }

  set(notice: StoredNotice, basis: NoticeVersion | undefined): Promise<NoticeVersion> {
    return interruptible(this.#interrupt, 'notices.set', () => {
      if (this.#kept.get(notice.key)?.etag !== basis?.etag)
        throw new Conflict('written-meanwhile', `the notice ${notice.key} was written by somebody else meanwhile`);
      this.#version += 1;
      const version = { notice, etag: String(this.#version) };
      this.#kept.set(notice.key, version);
      return version;
    });
  }

  list({ since }: { readonly since?: string }, pageSize: number, continuation?: string): Promise<NoticePage> {
    return interruptible(this.#interrupt, 'notices.list', () => {
      const all = [...this.#kept.values()]
        .map(({ notice }) => notice)
        .filter(({ at }) => since === undefined || at >= since)
        .sort((a, b) => (a.at > b.at ? -1 : 1));
      const from = Number(continuation ?? 0);
      const notices = all.slice(from, from + pageSize);
      return from + pageSize < all.length ? { notices, continuation: String(from + pageSize) } : { notices };
    });
  }

  forgetBefore(instant: string): Promise<number> {
    return interruptible(this.#interrupt, 'notices.forgetBefore', () => {
      const old = [...this.#kept.values()].filter(({ notice }) => notice.at < instant && notice.phase !== 'active');
      for (const { notice } of old) this.#kept.delete(notice.key);
      return old.length;
    });
  }
}

export class MemorySourceLog implements SourceLog {
  readonly #interrupt: Interrupt;
  readonly #states = new Map<string, SourceState>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  heard(source: string, at: Date): Promise<void> {
    return this.#change('heard', source, (state) => heardAt(state, at));
  }

  read(source: string, at: Date): Promise<void> {
    return this.#change('read', source, (state) => readAt(state, at));
  }

  failed(source: string, at: Date, because: string): Promise<void> {
    return this.#change('failed', source, (state) => failedAt(state, at, because));
  }

  missed(source: string, at: Date, missed: Missed): Promise<void> {
    return this.#change('missed', source, (state) => missedAt(state, at, missed));
  }

  all(): Promise<readonly SourceState[]> {
    return interruptible(this.#interrupt, 'sources.all', () => [...this.#states.values()]);
  }

  #change(what: string, source: string, change: (state: SourceState) => SourceState): Promise<void> {
    return interruptible(this.#interrupt, `sources.${what}`, () => {
      this.#states.set(source, change(this.#states.get(source) ?? { source, missed: 0 }));
    });
  }
}
