// SQL warehouses in memory, by the words of the port; their lives are computed from the given clock whenever somebody looks.
import { Refused, Unavailable } from '../../shared/domain/errors.ts';
import type { WarehouseId } from '../../shared/domain/ids.ts';
import type { TerminationReason } from '../../shared/domain/signals/signal.ts';
import type { CommandAnswer, StartAnswer } from '../../shared/ports/answers.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { LastLook } from '../../shared/ports/last-look.ts';
import type { LastCommit, Warehouse, WarehouseSize, Warehouses } from '../../shared/ports/workspace-warehouses.ts';
import { type Interrupt, uninterrupted } from './interruptions.ts';

const START_SECONDS = 60;
const STOP_SECONDS = 10;

interface Life {
  name: string;
  size: WarehouseSize;
  target: 'RUNNING' | 'STOPPED';
  since: number;
  failure: TerminationReason | undefined;
  /** It runs, but nothing is answered until it was stopped. */
  sick: boolean;
  /** What the next starts come to instead. */
  startFailures: TerminationReason[];
  unreadable: Set<string>;
  autoStopMinutes: number;
}

type Trouble = 'unavailable' | 'lost-answer';

export class MemoryWarehouses implements Warehouses {
  readonly calls: { readonly call: string; readonly id: WarehouseId }[] = [];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #interrupt: Interrupt;
  readonly #lives = new Map<WarehouseId, Life>();
  readonly #troubles: Trouble[] = [];
  readonly #commits = new Map<string, string>();

  constructor(clock: Pick<Clock, 'now'>, interrupt: Interrupt = uninterrupted) {
    this.#clock = clock;
    this.#interrupt = interrupt;
  }

  put(id: WarehouseId, given: Partial<Pick<Life, 'name' | 'size' | 'target' | 'autoStopMinutes'>> = {}): void {
    const life: Life = {
      name: id,
      size: 'Small',
      target: 'RUNNING',
      since: 0,
      failure: undefined,
      sick: false,
      startFailures: [],
      unreadable: new Set(),
      autoStopMinutes: 10,
    };
    this.#lives.set(id, { ...life, ...given });
  }

  /** Deleted for good: nobody knows it any more. */
  vanish(id: WarehouseId): void {
    this.#lives.delete(id);
  }

  stopAll(): void {
    for (const life of this.#lives.values()) Object.assign(life, { target: 'STOPPED', since: 0 });
  }

  fail(id: WarehouseId, reason: TerminationReason): void {
    Object.assign(this.#known(id), { target: 'STOPPED', since: 0, failure: reason });
  }

  sicken(id: WarehouseId): void {
    this.#known(id).sick = true;
  }

  failNextStart(id: WarehouseId, reason: TerminationReason): void {
    this.#known(id).startFailures.push(reason);
  }

  hide(id: WarehouseId, table: string): void {
    this.#known(id).unreadable.add(table);
  }

  /** The next act meets with it. */
  order(trouble: Trouble): void {
    this.#troubles.push(trouble);
  }

  acts(id: WarehouseId): readonly string[] {
    return this.calls
      .filter((one) => one.id === id && ['start', 'stop', 'resize'].includes(one.call))
      .map(({ call }) => call);
  }

  get(id: WarehouseId): Promise<Warehouse | undefined> {
    return this.#serve('get', id, () => (this.#lives.has(id) ? this.#view(id) : undefined));
  }

  async *pages(): AsyncIterable<readonly Warehouse[]> {
    for (const id of [...this.#lives.keys()]) yield [await this.#serve('pages', id, () => this.#view(id))];
    yield [];
  }

  start(id: WarehouseId, lastLook: LastLook): Promise<StartAnswer> {
    return this.#act('start', id, lastLook, (life) => {
      if (life.target === 'RUNNING') return;
      const failure = life.startFailures.shift();
      if (failure) Object.assign(life, { failure, target: 'STOPPED', since: this.#after(START_SECONDS) });
      else Object.assign(life, { target: 'RUNNING', since: this.#after(START_SECONDS), failure: undefined });
    });
  }

  stop(id: WarehouseId, lastLook: LastLook): Promise<StartAnswer> {
    return this.#act('stop', id, lastLook, (life) => {
      if (life.target === 'STOPPED') return;
      Object.assign(life, { target: 'STOPPED', since: this.#after(STOP_SECONDS), sick: false });
    });
  }

  resize(id: WarehouseId, size: WarehouseSize, lastLook: LastLook): Promise<StartAnswer> {
    return this.#act('resize', id, lastLook, (life) => {
      life.size = size;
    });
  }

  query(id: WarehouseId, statement: string): Promise<CommandAnswer> {
    return this.#serve('query', id, () => {
      const life = this.#known(id);
      const hidden = [...life.unreadable].find((table) => statement.includes(table));
      if (hidden) return { answered: false, because: `TABLE_OR_VIEW_NOT_FOUND: ${hidden}` };
      if (life.sick) return { answered: false, because: 'it is CANCELED' };
      return { answered: true, text: '1' };
    });
  }

  /** Data is written to the table now. */
  commit(table: string): void {
    this.#commits.set(table, this.#clock.now().toISOString());
  }

  lastCommit(id: WarehouseId, table: string): Promise<LastCommit> {
    return this.#serve('lastCommit', id, () => {
      if (this.#known(id).unreadable.has(table)) return { known: false, because: `TABLE_OR_VIEW_NOT_FOUND: ${table}` };
      return { known: true, at: this.#commits.get(table) ?? null };
    });
  }

  async #act(call: string, id: WarehouseId, lastLook: LastLook, effect: (life: Life) => void): Promise<StartAnswer> {
    const unwanted = await lastLook();
    if (unwanted !== undefined) return { accepted: false, because: unwanted };
    const trouble = this.#troubles.shift();
    if (trouble === 'unavailable') throw unavailable(call, false);
    const answer = await this.#serve(call, id, (): StartAnswer => {
      effect(this.#known(id));
      return { accepted: true };
    });
    if (trouble === 'lost-answer') throw unavailable(call, true);
    return answer;
  }

  async #serve<T>(call: string, id: WarehouseId, effect: () => T): Promise<T> {
    await this.#interrupt(`warehouses.${call}`, 'before');
    this.calls.push({ call, id });
    const result = effect();
    await this.#interrupt(`warehouses.${call}`, 'after');
    return result;
  }

  #view(id: WarehouseId): Warehouse {
    const { name, size, target, since, failure, sick, autoStopMinutes } = this.#known(id);
    const isThere = this.#clock.now().getTime() >= since;
    const state = isThere ? target : target === 'RUNNING' || failure ? 'STARTING' : 'STOPPING';
    const status = failure ? 'FAILED' : sick ? 'FAILED' : 'HEALTHY';
    const health = { status, summary: sick ? 'queries fail' : '', ...(failure ? { reason: failure } : {}) } as const;
    return { id, name, state, size, autoStopMinutes, ...(state === 'RUNNING' || failure ? { health } : {}) };
  }

  #known(id: WarehouseId): Life {
    const life = this.#lives.get(id);
    if (!life) throw new Refused('workspace-refused', `SQL warehouse ${id} does not exist`);
    return life;
  }

  #after(seconds: number): number {
    return this.#clock.now().getTime() + seconds * 1000;
  }
}

function unavailable(call: string, mayHaveHappened: boolean): Unavailable {
  return new Unavailable('workspace-unavailable', `${call}: no answer (ordered)`, { mayHaveHappened });
}
