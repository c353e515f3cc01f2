// The processes in which handlers live: every await of a handler is an event on the agenda, at which it may go on, fail, wait, or die with its process.
// What a dead or frozen process had sent may still have its effect; what it would have done next is not done.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Conflict, Refused, Unavailable } from '../../shared/domain/errors.ts';
import type { Interrupt, Moment } from '../builders/interruptions.ts';
import type { Agenda } from './agenda.ts';
import { type FaultKind, type Faults, systemOf } from './faults.ts';
import type { Random } from './random.ts';
import { SimulatedClock, type Sleep } from './simulated-clock.ts';

/** A call ends by then, with or without its effect (the adapters' deadlines). */
const CALL_LIMIT_MS = { store: 4_000, bus: 10_000, workspace: 20_000, channel: 10_000 } as const;
/** Least and most of half a call, in milliseconds. */
const LATENCY_MS = { store: [1, 12], bus: [2, 15], workspace: [15, 300], channel: [15, 200] } as const;

/** Whose code runs now. One for all schedules: Node copies every storage that it knows at each change. */
const lives = new AsyncLocalStorage<Life>();

export interface Process {
  readonly name: string;
  /** What its clock is wrong by, always. */
  readonly wrongByMs: number;
  dead: boolean;
  frozenUntil: number;
}

/** One invocation of a function, or one request of a door. */
export interface Life {
  readonly what: string;
  readonly process: Process;
  dead: boolean;
  isOver: boolean;
  /** When it last heard from the workspace, by true time. */
  lookedAt: number;
  /** Gives its session away while it goes on, if it has one. */
  loseLock: () => void;
  ended(how: 'done' | 'failed' | 'died', error?: unknown): void;
}

export interface MachineEyes {
  /** Sees every call before and after its effect. */
  see(operation: string, moment: Moment, life: Life): void;
  /** Something that keeps work from being done for so long. */
  excuse(milliseconds: number): void;
  /** The broker has taken what was sent last a second time. */
  duplicate(): void;
  crashed(process: Process): void;
  froze(process: Process): void;
  trace(line: () => string): void;
}

export class Machine {
  readonly clock: SimulatedClock;
  readonly interrupt: Interrupt = (operation, moment) => this.#await(operation, moment);
  /** Until when a system is away, by true time. */
  readonly awayUntil = new Map<string, number>();
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #eyes: MachineEyes;
  readonly #living = new Set<Life>();

  constructor(agenda: Agenda, faults: Faults, random: Random, eyes: MachineEyes) {
    this.#agenda = agenda;
    this.#faults = faults;
    this.#random = random;
    this.#eyes = eyes;
    this.clock = new SimulatedClock(
      () => lives.getStore()?.process.wrongByMs ?? 0,
      (sleep) => this.#sleep(sleep),
    );
  }

  get living(): number {
    return this.#living.size;
  }

  /** Whether a handler of a run is under way: it may be between asking the gate and the end of its act. */
  get mayAct(): boolean {
    return [...this.#living].some(({ what }) => what.startsWith('runs '));
  }

  /** Starts an invocation. It ends in one of three ways, and never twice. */
  start(life: Life, work: () => Promise<unknown>): void {
    this.#living.add(life);
    const end = (how: 'done' | 'failed', error?: unknown) => {
      if (life.dead) return;
      life.isOver = true;
      this.#living.delete(life);
      life.ended(how, error);
    };
    lives.run(life, () => {
      void work().then(
        () => end('done'),
        (error: unknown) => end('failed', error),
      );
    });
  }

  crash(process: Process): void {
    process.dead = true;
    for (const life of [...this.#living]) if (life.process === process) this.drop(life);
    this.#eyes.crashed(process);
  }

  drop(life: Life): void {
    if (life.dead || life.isOver) return;
    life.dead = true;
    this.#living.delete(life);
    life.ended('died');
  }

  freeze(process: Process, milliseconds: number): void {
    process.frozenUntil = Math.max(process.frozenUntil, this.clock.trueMs + milliseconds);
    this.#eyes.excuse(milliseconds);
    this.#eyes.froze(process);
  }

  #await(operation: string, moment: Moment): void | Promise<void> {
    const life = lives.getStore();
    if (!life) return;
    if (life.dead) return new Promise(() => undefined);
    this.#eyes.see(operation, moment, life);
    const away = moment === 'before' && (this.awayUntil.get(systemOf(operation)) ?? 0) > this.clock.trueMs;
    const fault = away ? undefined : this.#faults.at(operation, moment);
    if (fault) this.#eyes.trace(() => `${life.what}: ${fault}, ${moment} ${operation}`);
    return new Promise((resolve, reject) => {
      const call: Call = { operation, moment, life, since: this.clock.trueMs, resolve, reject };
      if (away) this.#fail(call, new Unavailable(codeOf(operation), `${operation}: away`));
      else if (fault) this.#strike(fault, call);
      else this.#resume(call, this.#latency(operation));
    });
  }

  #strike(fault: FaultKind, call: Call): void {
    const { operation, life } = call;
    if (fault === 'crash') this.crash(life.process);
    else if (fault === 'invocation-dropped') this.drop(life);
    else if (fault === 'slow') this.#slow(call, this.#faults.between(1_000, 9_000));
    else if (fault === 'lock-lost') {
      life.loseLock();
      this.#slow(call, this.#faults.between(0, this.#random.chance(0.5) ? 6_000 : 60_000));
    } else if (fault === 'freeze' || fault === 'duplicate-send') {
      if (fault === 'freeze') this.freeze(life.process, this.#faults.between(20_000, 180_000));
      else this.#eyes.duplicate();
      this.#resume(call, this.#latency(operation));
    } else this.#fail(call, errorOf(fault, operation));
  }

  /** A slow call ends at its deadline; what comes after the answer, in a process that is short of everything, may take longer. */
  #slow(call: Call, milliseconds: number): void {
    this.#eyes.excuse(milliseconds);
    const limitMs = CALL_LIMIT_MS[systemOf(call.operation)];
    if (milliseconds < limitMs || this.#isAnswered(call)) this.#resume(call, milliseconds);
    else
      this.#agenda.put(this.clock.trueMs + limitMs, () =>
        this.#go(call, () => call.reject(lost(call.operation, 'slow'))),
      );
  }

  /** Whether its answer was there before its deadline, although nobody has looked at it yet. */
  #isAnswered({ operation, moment }: Call): boolean {
    return moment === 'after' && systemOf(operation) !== 'workspace' && this.#random.chance(0.5);
  }

  #fail(call: Call, error: Error): void {
    this.#eyes.excuse(30_000);
    this.#agenda.put(this.clock.trueMs + this.#latency(call.operation), () => this.#go(call, () => call.reject(error)));
  }

  #resume(call: Call, milliseconds: number): void {
    this.#agenda.put(this.clock.trueMs + milliseconds, () => this.#go(call, call.resolve));
  }

  /** In a frozen process nothing goes on, but a request that is on its way arrives. */
  #go(call: Call, then: () => void): void {
    const { life, moment } = call;
    if (life.dead) return;
    const isFrozen = life.process.frozenUntil > this.clock.trueMs;
    if (!isFrozen || (moment === 'before' && this.#random.chance(0.5))) then();
    else this.#agenda.put(life.process.frozenUntil + this.#random.between(1, 20), () => this.#thaw(call, then));
  }

  #thaw(call: Call, then: () => void): void {
    const { life, operation, since } = call;
    if (life.dead) return;
    const isLate = this.clock.trueMs - since > CALL_LIMIT_MS[systemOf(operation)];
    if (!isLate || this.#isAnswered(call)) this.#go(call, then);
    else call.reject(lost(operation, 'frozen'));
  }

  #sleep(sleep: Sleep): void {
    const life = lives.getStore();
    const wake = (): void => {
      if (life?.dead) return;
      const thaw = life?.process.frozenUntil ?? 0;
      if (thaw > this.clock.trueMs) this.#agenda.put(thaw, wake);
      else sleep.wake();
    };
    this.#agenda.put(this.clock.trueMs + Math.max(0, sleep.milliseconds), wake);
  }

  #latency(operation: string): number {
    const [least, most] = LATENCY_MS[systemOf(operation)];
    return this.#random.skewed(least, most);
  }
}

interface Call {
  readonly operation: string;
  readonly moment: Moment;
  readonly life: Life;
  readonly since: number;
  resolve(): void;
  reject(error: Error): void;
}

function codeOf(operation: string) {
  return `${systemOf(operation)}-unavailable` as const;
}

function errorOf(fault: FaultKind, operation: string): Error {
  if (fault === 'stale-etag') return new Conflict('written-meanwhile', `${operation}: somebody was faster`);
  if (fault === 'channel-refused') return new Refused('channel-refused', `${operation}: not taken`);
  if (fault.endsWith('-unavailable')) return new Unavailable(codeOf(operation), `${operation}: ${fault}`);
  return lost(operation, fault);
}

/** The caller cannot know whether it happened. */
function lost(operation: string, why: string): Unavailable {
  return new Unavailable(codeOf(operation), `${operation}: no answer (${why})`, { mayHaveHappened: true });
}
