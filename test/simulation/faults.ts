// Every fault that the simulation can inject, and which of them one schedule has. A schedule has some kinds, often, and others not at all:
// what hides behind a frequent fault shows when that one is left out.
import type { Moment } from '../builders/interruptions.ts';
import { Random } from './random.ts';

/** Kinds by where they strike: at an await, in the host, in the world. Each with what it stands for. */
export const faultKinds = {
  crash: 'a process dies with all its invocations',
  'invocation-dropped': 'one invocation is dropped by its host',
  slow: 'an answer is seconds late',
  freeze: 'a process stands still for up to three minutes',
  'lock-lost': 'the session goes to another worker while the first one goes on',
  'store-unavailable': 'the store does not do it',
  'store-lost-answer': 'the store does it, the answer is lost',
  'stale-etag': 'the store says that somebody else was faster',
  'bus-unavailable': 'the broker does not take a message',
  'lost-receipt': 'the broker takes a message, the sender sees a failure',
  'duplicate-send': 'the broker takes a message twice',
  'workspace-unavailable': 'the workspace answers 429 or 503',
  'workspace-timeout': 'the call ends at its deadline without an effect',
  'workspace-lost-answer': 'the call has its effect, the answer is lost',
  'channel-unavailable': 'the channel does not take the message',
  'channel-refused': 'the channel will never take the message',
  'channel-lost-answer': 'the channel takes the message, the answer is lost',
  'delivered-again': 'a delivery that was completed comes again',
  'late-delivery': 'a session is not served for a while',
  reordered: 'a younger session is served first',
  'run-message-lost': 'the broker loses the message of a run',
  'timer-missed': 'a timer does not fire',
  'timer-overlaps': 'a timer fires while its last call still runs',
  'clock-jump': 'the clock of the processes is set by up to ten minutes',
  'store-outage': 'the store is away for minutes',
  'bus-outage': 'the broker is away for minutes',
  'workspace-outage': 'the workspace is away for minutes',
  'channel-outage': 'the channels are away for minutes',
} as const;
export type FaultKind = keyof typeof faultKinds;

const allKinds: readonly FaultKind[] = Object.keys(faultKinds).filter(isFaultKind);

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(faultKinds, text);
}

type System = 'store' | 'bus' | 'workspace' | 'channel';

/** Which system serves an operation, e.g. `incidents.commit`. */
export function systemOf(operation: string): System {
  const [first] = operation.split('.');
  return first === 'bus' || first === 'workspace' || first === 'channel' ? first : 'store';
}

const ANYWHERE: readonly FaultKind[] = ['crash', 'invocation-dropped', 'slow', 'freeze', 'lock-lost'];
const AT: Readonly<Record<`${System} ${Moment}`, readonly FaultKind[]>> = {
  'store before': ['store-unavailable'],
  'store after': ['store-lost-answer'],
  'bus before': ['bus-unavailable'],
  'bus after': ['lost-receipt', 'duplicate-send'],
  'workspace before': ['workspace-unavailable', 'workspace-timeout'],
  'workspace after': ['workspace-lost-answer'],
  'channel before': ['channel-unavailable', 'channel-refused'],
  'channel after': ['channel-lost-answer'],
};
/** Writes that are guarded by an ETag. */
const GUARDED = new Set(['incidents.commit', 'subjects.set', 'breakers.set', 'budgets.set']);

/** How likely each kind is at each chance it has, at the most. */
const MOST: Partial<Record<FaultKind, number>> = {
  crash: 0.03,
  freeze: 0.004,
  'lock-lost': 0.03,
  'invocation-dropped': 0.02,
  'delivered-again': 0.5,
  'late-delivery': 0.15,
  reordered: 0.5,
  'run-message-lost': 0.05,
  'timer-missed': 0.4,
  'timer-overlaps': 0.5,
  'clock-jump': 0.5,
  'stale-etag': 0.15,
  'workspace-lost-answer': 0.15,
  'store-outage': 0.1,
  'bus-outage': 0.1,
  'workspace-outage': 0.15,
  'channel-outage': 0.15,
};
const MOST_OTHERWISE = 0.06;
/** Share of the kinds that a schedule has. */
const SHARE = 0.45;

/** What a replay leaves out of a schedule: kinds, and every fault after so many. */
export interface Without {
  readonly kinds?: readonly FaultKind[];
  readonly afterFaults?: number;
}

export class Faults {
  readonly counts = new Map<FaultKind, number>();
  readonly #rates: ReadonlyMap<FaultKind, number>;
  readonly #random: Random;
  readonly #without: ReadonlySet<FaultKind>;
  readonly #limit: number;
  readonly #chances = new Map<string, readonly FaultKind[]>();
  #injected = 0;
  #isOver = false;

  constructor(seed: number, without: Without = {}) {
    this.#random = new Random(seed, 'faults');
    this.#rates = ratesOf(new Random(seed, 'which faults'));
    this.#without = new Set(without.kinds);
    this.#limit = without.afterFaults ?? Number.POSITIVE_INFINITY;
  }

  get kinds(): readonly FaultKind[] {
    return [...this.#rates.keys()].filter((kind) => !this.#without.has(kind));
  }

  get injected(): number {
    return this.#injected;
  }

  /** From now on there are none. */
  end(): void {
    this.#isOver = true;
  }

  /** What strikes at this await, if anything. */
  at(operation: string, moment: Moment): FaultKind | undefined {
    if (this.#isOver) return undefined;
    const key = `${operation} ${moment}`;
    const chances = this.#chances.get(key) ?? this.#chancesAt(operation, moment);
    this.#chances.set(key, chances);
    return this.#oneOf(chances);
  }

  #chancesAt(operation: string, moment: Moment): readonly FaultKind[] {
    const guarded: readonly FaultKind[] = moment === 'before' && GUARDED.has(operation) ? ['stale-etag'] : [];
    const all = [...AT[`${systemOf(operation)} ${moment}`], ...ANYWHERE, ...guarded];
    return all.filter((kind) => this.#rates.has(kind));
  }

  /** Whether this one strikes here. */
  strikes(kind: FaultKind): boolean {
    return !this.#isOver && this.#oneOf([kind]) === kind;
  }

  /** A number drawn for the details of a fault. */
  between(least: number, most: number): number {
    return this.#random.between(least, most);
  }

  /** One draw per chance, whatever is left out: a replay without a kind stays as near to the whole as it can. */
  #oneOf(chances: readonly FaultKind[]): FaultKind | undefined {
    let left = this.#random.next();
    for (const kind of chances) {
      left -= this.#rates.get(kind) ?? 0;
      if (left < 0) return this.#counted(kind);
    }
    return undefined;
  }

  #counted(kind: FaultKind): FaultKind | undefined {
    if (this.#without.has(kind) || this.#injected >= this.#limit) return undefined;
    this.#injected += 1;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    return kind;
  }
}

function ratesOf(random: Random): Map<FaultKind, number> {
  const rates = allKinds.map((kind): [FaultKind, number] => {
    const has = random.chance(SHARE);
    const rate = (MOST[kind] ?? MOST_OTHERWISE) * (0.1 + 0.9 * random.next());
    return [kind, has ? rate : 0];
  });
  return new Map(rates.filter(([, rate]) => rate > 0));
}
