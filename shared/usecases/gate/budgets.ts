// The budgets of what is done to a workspace, shared by all instances: acts one by one, calls in blocks, in windows of one minute of operations (E10).
import { Unavailable } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ActBudget, BudgetStore, Grant } from '../../ports/gate-store.ts';

const WINDOW_SECONDS = 60;
/** Calls that one instance takes at once: one write for so many calls. What it does not use is lost with the window. */
const BLOCK = 20;
/** A call waits at most this long for the next window, in real milliseconds. */
const LONGEST_WAIT_MS = 10_000;

export interface BudgetPorts {
  readonly store: BudgetStore;
  readonly clock: Clock;
}

interface Window {
  readonly name: string;
  readonly endsAt: Date;
}

function currentWindow(clock: Clock): Window {
  const now = clock.now().getTime();
  const lengthMs = Math.max(1, clock.after(WINDOW_SECONDS).getTime() - now);
  const number = Math.floor(now / lengthMs);
  return { name: String(number), endsAt: new Date((number + 1) * lengthMs) };
}

export function actBudget({ store, clock }: BudgetPorts, actsPerMinute: number): ActBudget {
  return {
    async takeAct(workspace: string): Promise<Grant> {
      const { name, endsAt } = currentWindow(clock);
      const granted = await store.take(`acts|${workspace}`, name, 1, actsPerMinute);
      return granted > 0 ? { granted: true } : { granted: false, until: endsAt.toISOString() };
    },
  };
}

/** Admits calls to one workspace. */
export class CallBudget {
  readonly #ports: BudgetPorts;
  readonly #workspace: string;
  readonly #callsPerMinute: number;
  #block: { window: string; left: number } = { window: '', left: 0 };
  #taking: Promise<void> = Promise.resolve();

  constructor(ports: BudgetPorts, workspace: string, callsPerMinute: number) {
    this.#ports = ports;
    this.#workspace = workspace;
    this.#callsPerMinute = callsPerMinute;
  }

  /** Resolves when one more call is within the budget; throws `Unavailable` (`workspace-unavailable`) when it is used up for longer than a call may wait. */
  async admit(): Promise<void> {
    // One at a time, so that those who wait share the next block.
    const turn = this.#taking.then(() => this.#takeOne());
    this.#taking = turn.catch(() => undefined);
    return await turn;
  }

  async #takeOne(): Promise<void> {
    for (;;) {
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
      }
      if (this.#block.left > 0) {
        this.#block.left -= 1;
        return;
      }
      await this.#waitFor(window);
    }
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
