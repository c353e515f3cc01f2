// Notebooks in memory, by the words of the port. Each new one has an id of its own, so that permissions are lost with the old one.
import { Refused, Unavailable } from '../../shared/domain/errors.ts';
import type { StartAnswer } from '../../shared/ports/answers.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { LastLook } from '../../shared/ports/last-look.ts';
import type { AccessEntry, NotebookSource, NotebookStatus, Notebooks } from '../../shared/ports/workspace-notebooks.ts';
import { type Interrupt, uninterrupted } from './interruptions.ts';

interface Kept extends NotebookSource {
  readonly objectId: string;
  readonly modifiedAt: string;
  access: readonly AccessEntry[];
}

export class MemoryNotebooks implements Notebooks {
  readonly calls: string[] = [];
  /** Whether it tells when a notebook was changed last: the service promises it for files alone. */
  tellsTimes = true;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #interrupt: Interrupt;
  readonly #kept = new Map<string, Kept>();
  readonly #forbidden = new Set<string>();
  #ids = 4_000_000;
  #lost = 0;

  constructor(clock: Pick<Clock, 'now'>, interrupt: Interrupt = uninterrupted) {
    this.#clock = clock;
    this.#interrupt = interrupt;
  }

  put(path: string, source: string, access: readonly AccessEntry[] = []): void {
    this.#ids += 1;
    const modifiedAt = this.#clock.now().toISOString();
    this.#kept.set(path, { language: 'PYTHON', source, access, objectId: String(this.#ids), modifiedAt });
  }

  /** Somebody edits it in place: it stays the same object. */
  edit(path: string, source: string): void {
    const kept = this.#kept.get(path);
    if (kept) this.#kept.set(path, { ...kept, source, modifiedAt: this.#clock.now().toISOString() });
  }

  /** Somebody gives and takes rights: neither its source nor the time of its last change tell. */
  grant(path: string, access: readonly AccessEntry[]): void {
    const kept = this.#kept.get(path);
    if (kept) kept.access = access;
  }

  remove(path: string): void {
    this.#kept.delete(path);
  }

  /** It is listed; but nobody may read its source, or it is too large to be exported. Of a folder: it may not be listed. */
  forbid(path: string): void {
    this.#forbidden.add(path);
  }

  /** The answers of the next acts are lost. */
  loseAnswers(times: number): void {
    this.#lost = times;
  }

  acts(): readonly string[] {
    return this.calls.filter((call) => call === 'create' || call === 'setAccess');
  }

  status(path: string): Promise<NotebookStatus | undefined> {
    return this.#serve('status', () => this.#view(path));
  }

  async *below(folder: string): AsyncIterable<readonly NotebookStatus[]> {
    yield await this.#serve('below', () => {
      this.#check(folder);
      return [...this.#kept.keys()]
        .filter((path) => path.startsWith(`${folder}/`))
        .flatMap((path) => this.#view(path) ?? []);
    });
  }

  source(path: string): Promise<string | undefined> {
    return this.#serve('source', () => {
      this.#check(path);
      return this.#kept.get(path)?.source;
    });
  }

  create(path: string, notebook: NotebookSource, lastLook: LastLook): Promise<StartAnswer> {
    return this.#act('create', lastLook, () => {
      if (this.#kept.has(path)) return { accepted: false, because: `${path} already exists` };
      this.put(path, notebook.source);
      return { accepted: true };
    });
  }

  access(objectId: string): Promise<readonly AccessEntry[]> {
    return this.#serve('access', () => this.#of(objectId)?.access ?? []);
  }

  setAccess(objectId: string, entries: readonly AccessEntry[], lastLook: LastLook): Promise<StartAnswer> {
    return this.#act('setAccess', lastLook, () => {
      const kept = this.#of(objectId);
      if (kept) kept.access = entries;
      return { accepted: true };
    });
  }

  async #act(call: string, lastLook: LastLook, effect: () => StartAnswer): Promise<StartAnswer> {
    const unwanted = await lastLook();
    if (unwanted !== undefined) return { accepted: false, because: unwanted };
    const answer = await this.#serve(call, effect);
    if (this.#lost === 0) return answer;
    this.#lost -= 1;
    throw new Unavailable('workspace-unavailable', `${call}: no answer (ordered)`, { mayHaveHappened: true });
  }

  async #serve<T>(call: string, effect: () => T): Promise<T> {
    await this.#interrupt(`notebooks.${call}`, 'before');
    this.calls.push(call);
    const result = effect();
    await this.#interrupt(`notebooks.${call}`, 'after');
    return result;
  }

  #check(path: string): void {
    if (this.#forbidden.has(path)) throw new Refused('workspace-refused', `403 PERMISSION_DENIED ${path}`);
  }

  #view(path: string): NotebookStatus | undefined {
    const kept = this.#kept.get(path);
    if (!kept) return undefined;
    const { objectId, language, modifiedAt } = kept;
    return { path, objectId, language, ...(this.tellsTimes ? { modifiedAt } : {}) };
  }

  #of(objectId: string): Kept | undefined {
    return [...this.#kept.values()].find((kept) => kept.objectId === objectId);
  }
}
