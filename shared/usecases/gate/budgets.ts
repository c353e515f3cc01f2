// The budgets of what is done to a workspace, shared by all instances: acts one by one, calls in blocks, in windows of one minute of operations (E10).
import { Unavailable } from '../../domain/errors.ts';
import { hashOf } from '../../domain/ids.ts';
import { isUsedUp, noTurns, type Turns } from '../../domain/playbooks/turns.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ActAsker, ActBudget, BudgetStore, Grant } from '../../ports/gate-store.ts';

const WINDOW_SECONDS = 60;
/** Calls that one instance takes at once: one write for so many calls. What it does not use is lost with the window. */
const BLOCK = 20;
/** A call waits at most this long for the next window, in real milliseconds. */
const LONGEST_WAIT_MS = 10_000;
/** A call gives up when its window has ended so often before it was counted. */
const TRIES = 3;

export interface BudgetPorts {
  readonly store: BudgetStore;
  readonly clock: Clock;
}

interface Window {
  readonly name: string;
  readonly endsAt: Date;
  readonly lengthMs: number;
}

function currentWindow(clock: Clock): Window {
  const now = clock.now().getTime();
  const lengthMs = clock.millisecondsOf(WINDOW_SECONDS);
  const number = Math.floor(now / lengthMs);
  return { name: String(number), endsAt: new Date((number + 1) * lengthMs), lengthMs };
}

export function actBudget(ports: BudgetPorts, actsPerMinute: number): ActBudget {
  const desks = new Map<string, ActDesk>();
  const deskOf = (workspace: string): ActDesk => {
    const desk = desks.get(workspace) ?? new ActDesk(ports, workspace, actsPerMinute);
    desks.set(workspace, desk);
    return desk;
  };
  return {
    takeAct: (workspace, asker) => deskOf(workspace).ask(asker),
    isUsedUp: (workspace) => deskOf(workspace).isUsedUp(),
  };
}

interface Waiter {
  readonly asker: ActAsker;
  resolve(grant: Grant): void;
  reject(error: unknown): void;
}

/** One write at a time serves all of this process who ask meanwhile, so that a thousand do not fight over one row. */
class ActDesk {
  readonly #ports: BudgetPorts;
  readonly #workspace: string;
  readonly #limit: number;
  /** As of the last answer: others may have been served since. */
  #known: Turns = noTurns;
  #waiting: Waiter[] = [];
  #isServing = false;

  constructor(ports: BudgetPorts, workspace: string, limit: number) {
    this.#ports = ports;
    this.#workspace = workspace;
    this.#limit = limit;
  }

  isUsedUp(): boolean {
    const { clock } = this.#ports;
    const window = currentWindow(clock).name;
    return isUsedUp(this.#known, { nowMs: clock.now().getTime(), window, limit: this.#limit });
  }

  ask(asker: ActAsker): Promise<Grant> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ asker, resolve, reject });
      if (!this.#isServing) void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    while (this.#waiting.length > 0) await this.#serveAll(this.#waiting.splice(0));
    this.#isServing = false;
  }

  async #serveAll(waiters: readonly Waiter[]): Promise<void> {
    const window = currentWindow(this.#ports.clock);
    const nowMs = this.#ports.clock.now().getTime();
    const endsAtMs = window.endsAt.getTime();
    const { early = [], holders = [], newcomers = [] } = Object.groupBy(waiters, ({ asker }) => standing(asker, nowMs));
    for (const { asker, resolve } of early) resolve(refused(asker.turn ?? '', asker.turn ?? ''));
    if (holders.length + newcomers.length === 0) return;
    try {
      const { name, lengthMs } = window;
      const asking = { nowMs, window: name, endsAtMs, lengthMs, limit: this.#limit };
      const counts = { holders: holders.length, newcomers: newcomers.length };
      const result = await this.#ports.store.serve(`acts|${this.#workspace}`, { ...asking, ...counts });
      this.#known = result.turns;
      const granted = { granted: true, endsAt: instant(endsAtMs) } as const;
      for (const [at, { asker, resolve }] of holders.entries()) {
        const again = instant(endsAtMs + scattered(asker.runId) * lengthMs);
        resolve(at < result.holders ? granted : refused(again, asker.turn ?? again));
      }
      for (const [at, { resolve }] of newcomers.entries()) {
        const turn = instant(result.turnsMs[at - result.newcomers] ?? endsAtMs);
        resolve(at < result.newcomers ? granted : refused(turn, turn));
      }
    } catch (error) {
      for (const { reject } of [...holders, ...newcomers]) reject(error);
    }
  }
}

function standing({ turn }: ActAsker, nowMs: number): 'early' | 'holders' | 'newcomers' {
  if (turn === undefined) return 'newcomers';
  return Date.parse(turn) > nowMs ? 'early' : 'holders';
}

function refused(until: string, turn: string): Grant {
  return { granted: false, until, turn };
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** From 0 to 1, the same for a run each time: those who come too late together do not come again together. */
function scattered(runId: string): number {
  return Number.parseInt(hashOf(runId, 8), 16) / 2 ** 32;
}

/** Admits calls to one workspace. */
export class CallBudget {
  readonly #ports: BudgetPorts;
  readonly #workspace: string;
  readonly #callsPerMinute: number;
  #block: { window: string; left: number } = { window: '', left: 0 };
  #taking: Promise<unknown> = Promise.resolve();

  constructor(ports: BudgetPorts, workspace: string, callsPerMinute: number) {
    this.#ports = ports;
    this.#workspace = workspace;
    this.#callsPerMinute = callsPerMinute;
  }

  /** Resolves when one more call is within the budget, with whether the window in which it counts is over; throws `Unavailable` (`workspace-unavailable`) when it is used up for longer than a call may wait. */
  async admit(): Promise<{ isOver(): boolean }> {
    // One at a time, so that those who wait share the next block.
    const turn = this.#taking.then(() => this.#takeOne());
    this.#taking = turn.catch(() => undefined);
    return await turn;
  }

  /** Takes one call if one is left right now. Beside those who wait, so it takes no block: theirs must not get lost. */
  async tryAdmit(): Promise<boolean> {
    const { name } = currentWindow(this.#ports.clock);
    if (this.#block.window === name && this.#block.left > 0) {
      this.#block.left -= 1;
      return true;
    }
    return (await this.#ports.store.take(`calls|${this.#workspace}`, name, 1, this.#callsPerMinute)) > 0;
  }

  async #takeOne(): Promise<{ isOver(): boolean }> {
    for (let late = 0; late < TRIES; ) {
      const window = currentWindow(this.#ports.clock);
      if (this.#block.window !== window.name || this.#block.left === 0) {
        const wanted = Math.min(BLOCK, this.#callsPerMinute);
        const granted = await this.#ports.store.take(
          `calls|${this.#workspace}`,
          window.name,
          wanted,
          this.#callsPerMinute,
        );
        this.#block = { window: window.name, left: granted };
        // What a slow store gave is lost with its window.
        if (this.#isOver(window)) {
          late += 1;
          continue;
        }
      }
      if (this.#block.left > 0) {
        this.#block.left -= 1;
        return { isOver: () => this.#isOver(window) };
      }
      await this.#waitFor(window);
    }
    throw new Unavailable('workspace-unavailable', `the budget of calls to ${this.#workspace} is counted too slowly`);
  }

  #isOver({ name }: Window): boolean {
    return currentWindow(this.#ports.clock).name !== name;
  }

  async #waitFor({ endsAt }: Window): Promise<void> {
    const { clock } = this.#ports;
    const milliseconds = endsAt.getTime() - clock.now().getTime();
    if (milliseconds > LONGEST_WAIT_MS) {
      throw new Unavailable(
        'workspace-unavailable',
        `the budget of calls to ${this.#workspace} is used up for this minute`,
        {
          retryAfterSeconds: Math.ceil(milliseconds / 1000),
        },
      );
    }
    await clock.sleep(Math.max(1, milliseconds));
  }
}
