// Keeps the processes of the laptop cloud running: each is started again on its ports when it dies, and all end with this one.
// A process is told its options, says when it is ready, and takes orders (local/child.ts is the other end).
import { type SupervisedOptions, SupervisedProcess } from './supervised-process.ts';

/** A first group that ends in time leaves the rest theirs: together they stay below the 3 s that Ctrl-C may take. */
const FIRST_GRACE_MS = 1_900;
const SECOND_GRACE_MS = 700;

/** One process of the stack: what the supervisor needs to know of it. */
export type ProcessSpec = Omit<SupervisedOptions, 'onPid' | 'onTrouble' | 'onGivenUp'>;

export interface SupervisorEvents {
  /** A process runs under a new pid. */
  onPid(name: string, pid: number): void;
  /** Something a person should read, e.g. that a process died and is started again. */
  onTrouble(name: string, words: string): void;
  /** A process cannot be brought back. */
  onGivenUp(name: string, words: string): void;
}

export class Supervisor {
  readonly #processes = new Map<string, SupervisedProcess>();
  readonly #events: SupervisorEvents;
  #stopping: Promise<void> | undefined;

  constructor(events: SupervisorEvents) {
    this.#events = events;
  }

  /** Starts one process and resolves with what it reported when ready; rejects with a `StartFailed`. */
  async start(spec: ProcessSpec): Promise<Record<string, unknown>> {
    if (this.#stopping) throw new Error('stopping');
    const { name } = spec;
    const supervised = new SupervisedProcess({
      ...spec,
      onPid: (pid) => this.#events.onPid(name, pid),
      onTrouble: (words) => this.#events.onTrouble(name, words),
      onGivenUp: (words) => this.#events.onGivenUp(name, words),
    });
    this.#processes.set(name, supervised);
    return supervised.start();
  }

  names(): string[] {
    return [...this.#processes.keys()];
  }

  process(name: string): SupervisedProcess {
    const found = this.#processes.get(name);
    if (!found) throw new Error(`no such process: ${name}. There is: ${this.names().join(', ')}`);
    return found;
  }

  /** Ends everything within 3 s: `first` before the others, so that it can still hand over what it holds. */
  stop(first?: string): Promise<void> {
    this.#stopping ??= this.#stopAll(first);
    return this.#stopping;
  }

  async #stopAll(first: string | undefined): Promise<void> {
    const early = first === undefined ? undefined : this.#processes.get(first);
    const rest = [...this.#processes.values()].filter((process) => process !== early);
    // All are told apart from being stopped: none may come back while the first is still at it.
    for (const process of this.#processes.values()) process.retire();
    await early?.stop(FIRST_GRACE_MS);
    await Promise.all(rest.map((process) => process.stop(SECOND_GRACE_MS)));
  }
}
