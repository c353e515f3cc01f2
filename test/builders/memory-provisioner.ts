// Provisioner in memory, by the words of the port, with the applies' lives computed from the given clock whenever somebody looks.
// What the code holds, and what goes wrong, is ordered beforehand.
import { Refused, Unavailable } from '../../shared/domain/errors.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { LastLook } from '../../shared/ports/last-look.ts';
import {
  type Apply,
  type ApplyAnswer,
  type ApplyOrder,
  type ApplyState,
  hasEnded,
  type PlannedChanges,
  type Provisioner,
  type StartedApply,
} from '../../shared/ports/provisioner.ts';
import { type Interrupt, uninterrupted } from './interruptions.ts';

type CallName = Exclude<keyof Provisioner, 'name'>;
type Trouble = 'unavailable' | 'refused' | 'lost-answer';

/** A resource of the code: what a plan would do now, and what an apply does. */
export interface MemoryResource {
  plan(): PlannedChanges;
  apply(): void;
  /** What the code gives out of it. */
  output?(): readonly [name: string, value: string];
}

interface Life {
  readonly id: string;
  readonly address: string;
  readonly correlation: string | undefined;
  readonly startedAt: number;
  /** When its turn came. */
  begunAt?: number;
  planned?: PlannedChanges;
  confirmedAt?: number;
  ended?: ApplyState;
  endedAt?: number;
}

export const NOTHING: PlannedChanges = { additions: 0, changes: 0, destructions: 0 };
const PLAN_MS = 20_000;
const APPLY_MS = 60_000;

export class MemoryProvisioner implements Provisioner {
  readonly name = 'memory';
  readonly calls: CallName[] = [];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #interrupt: Interrupt;
  readonly #resources = new Map<string, MemoryResource>();
  readonly #lives: Life[] = [];
  readonly #orders: { readonly call: CallName; readonly trouble: Trouble }[] = [];
  #locked = false;
  #unlockedAt = 0;
  /** So many of the next plans or applies fail. */
  failPlans = 0;
  failApplies = 0;
  /** A plan that changes something waits for a decision about a policy. */
  needsDecision = false;

  constructor(clock: Pick<Clock, 'now'>, interrupt: Interrupt = uninterrupted) {
    this.#clock = clock;
    this.#interrupt = interrupt;
  }

  set locked(isLocked: boolean) {
    this.#settle();
    this.#locked = isLocked;
    if (!isLocked) this.#unlockedAt = this.#now();
  }

  put(address: string, resource: MemoryResource): void {
    this.#resources.set(address, resource);
  }

  /** The next call of that name meets with trouble. `lost-answer`: the effect happens, the caller hears of nothing. */
  order(trouble: Trouble, call: CallName): void {
    this.#orders.push({ call, trouble });
  }

  /** An apply that a person has started; the answer is its id. */
  byHand(address: string): string {
    return this.#begin(address, undefined).id;
  }

  /** What a person says to one that waits. */
  byHandEnd(id: string): void {
    const life = this.#lives.find((one) => one.id === id);
    if (life) this.#end(life, { is: 'stopped', because: 'it is discarded' }, this.#now());
  }

  start({ address, correlation }: ApplyOrder, lastLook: LastLook): Promise<StartedApply> {
    return this.#serve<StartedApply>(
      'start',
      () => ({ started: true, apply: this.#view(this.#begin(address, correlation)) }),
      async () => refusedBy(await lastLook(), (because) => ({ started: false, because })),
    );
  }

  read(id: string): Promise<Apply | undefined> {
    return this.#serve('read', () => this.#find((life) => life.id === id));
  }

  newest(): Promise<Apply | undefined> {
    return this.#serve('newest', () => this.#find((life) => life === this.#lives.at(-1)));
  }

  find(correlation: string): Promise<Apply | undefined> {
    return this.#serve('find', () => this.#find((life) => life.correlation === correlation));
  }

  confirm(id: string, lastLook: LastLook): Promise<ApplyAnswer> {
    return this.#serve<ApplyAnswer>(
      'confirm',
      () => {
        const life = this.#known(id);
        const { is } = this.#stateOf(life);
        if (is !== 'needs-confirmation') return { accepted: false, because: `it is ${is}` };
        life.confirmedAt = this.#now();
        return { accepted: true };
      },
      async () => refusedBy(await lastLook(), (because) => ({ accepted: false, because })),
    );
  }

  withdraw(id: string): Promise<ApplyAnswer> {
    return this.#serve('withdraw', () => {
      const life = this.#known(id);
      const { is } = this.#stateOf(life);
      if (life.ended || is === 'applying') return { accepted: false, because: `it is ${is}` };
      this.#end(life, { is: 'stopped', because: 'it is discarded' }, this.#now());
      return { accepted: true };
    });
  }

  outputs(): Promise<ReadonlyMap<string, string>> {
    return this.#serve('outputs', () => {
      return new Map([...this.#resources.values()].flatMap((resource) => (resource.output ? [resource.output()] : [])));
    });
  }

  async #serve<T>(call: CallName, effect: () => T, refusal?: () => Promise<T | undefined>): Promise<T> {
    await this.#interrupt(`provisioner.${call}`, 'before');
    const refused = await refusal?.();
    if (refused !== undefined) return refused;
    this.calls.push(call);
    const at = this.#orders.findIndex((order) => order.call === call);
    const trouble = at < 0 ? undefined : this.#orders.splice(at, 1)[0]?.trouble;
    if (trouble === 'refused') throw new Refused('provisioner-refused', `${call}: not allowed (ordered)`);
    if (trouble === 'unavailable') throw unavailable(call, false);
    this.#settle();
    const result = effect();
    await this.#interrupt(`provisioner.${call}`, 'after');
    if (trouble === 'lost-answer') throw unavailable(call, true);
    return result;
  }

  #begin(address: string, correlation: string | undefined): Life {
    const life: Life = { id: `run-${this.#lives.length + 1}`, address, correlation, startedAt: this.#now() };
    this.#lives.push(life);
    this.#settle();
    return life;
  }

  /** One after the other, each when the one before has ended. */
  #settle(): void {
    let freeAt = this.#unlockedAt;
    for (const life of this.#lives) {
      if (!life.ended) {
        if (this.#locked && life.begunAt === undefined) return;
        life.begunAt ??= Math.max(life.startedAt, freeAt);
        this.#advance(life, life.begunAt);
      }
      if (life.endedAt === undefined) return;
      freeAt = Math.max(freeAt, life.endedAt);
    }
  }

  #advance(life: Life, begunAt: number): void {
    const now = this.#now();
    if (!life.planned && now >= begunAt + PLAN_MS) this.#plan(life, begunAt + PLAN_MS);
    if (life.ended || life.confirmedAt === undefined || now < life.confirmedAt + APPLY_MS) return;
    const at = life.confirmedAt + APPLY_MS;
    if (this.failApplies > 0) {
      this.failApplies -= 1;
      this.#end(life, { is: 'failed', in: 'apply', because: 'ordered' }, at);
      return;
    }
    this.#resources.get(life.address)?.apply();
    this.#end(life, { is: 'applied' }, at);
  }

  #end(life: Life, state: ApplyState, at: number): void {
    life.ended = state;
    life.endedAt = at;
  }

  #plan(life: Life, at: number): void {
    life.planned = this.#resources.get(life.address)?.plan() ?? NOTHING;
    const { additions, changes, destructions } = life.planned;
    if (this.failPlans > 0) {
      this.failPlans -= 1;
      this.#end(life, { is: 'failed', in: 'plan', because: 'ordered' }, at);
    } else if (additions + changes + destructions === 0) this.#end(life, { is: 'no-changes' }, at);
  }

  #stateOf(life: Life): ApplyState {
    if (life.ended) return life.ended;
    if (life.confirmedAt !== undefined) return { is: 'applying', because: 'it is applying' };
    if (life.planned && this.needsDecision) return { is: 'needs-decision', because: 'a policy failed' };
    if (life.planned) return { is: 'needs-confirmation', changes: life.planned };
    if (life.begunAt !== undefined) return { is: 'planning', because: 'it is planning' };
    return { is: 'queued', because: 'it is pending' };
  }

  #view(life: Life): Apply {
    const startedAt = new Date(life.startedAt).toISOString();
    return { id: life.id, link: `memory://${life.id}`, startedAt, state: this.#stateOf(life) };
  }

  #find(isWanted: (life: Life) => boolean): Apply | undefined {
    const life = this.#lives.find(isWanted);
    return life && this.#view(life);
  }

  #known(id: string): Life {
    const life = this.#lives.find((one) => one.id === id);
    if (!life) throw new Refused('provisioner-refused', `${id} does not exist`);
    return life;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  /** How many applies there are, of whoever, and what became of them. */
  get ends(): readonly ApplyState['is'][] {
    return this.#lives.map((life) => this.#stateOf(life).is);
  }

  /** Whether nothing waits or runs. */
  get atRest(): boolean {
    return this.#lives.every((life) => hasEnded(this.#view(life)));
  }
}

function refusedBy<T>(unwanted: string | undefined, refusal: (because: string) => T): T | undefined {
  return unwanted === undefined ? undefined : refusal(unwanted);
}

function unavailable(call: string, mayHaveHappened: boolean): Unavailable {
  return new Unavailable('provisioner-unavailable', `${call}: no answer (ordered)`, { mayHaveHappened });
}
