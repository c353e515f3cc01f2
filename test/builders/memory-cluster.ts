// One cluster of the workspace in memory: what it is, what will become of it by itself, and what it has written down.
import type { Settings } from '../../shared/domain/runbooks/settings-change.ts';
import type { TerminationReason } from '../../shared/domain/signals/signal.ts';
import type { CommandAnswer, StartAnswer } from '../../shared/ports/answers.ts';
import type { Cluster, ClusterEvent, LibraryStatus } from '../../shared/ports/workspace.ts';

/** Something that comes about by itself at its time. */
export interface Happening {
  readonly at: string;
  readonly reason?: TerminationReason;
}

export class MemoryCluster {
  readonly events: ClusterEvent[] = [];
  readonly startFailures: TerminationReason[] = [];
  libraries: readonly LibraryStatus[] = [];
  answersCommands = true;
  obstacle: (settings: Settings) => TerminationReason | undefined = () => undefined;
  #cluster: Cluster;
  #due: Happening | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** As it is at that instant. */
  at(now: string): Cluster {
    const due = this.#due;
    if (due === undefined || Date.parse(due.at) > Date.parse(now)) return this.#cluster;
    this.#due = undefined;
    if (due.reason !== undefined) this.end(due.reason, due.at);
    else this.#run(due.at);
    return this.#cluster;
  }

  /** Only TERMINATED clusters start, only RUNNING ones restart, and those of jobs do neither. */
  launch(how: 'start' | 'restart', now: string, seconds: number): StartAnswer {
    const { state, source, id } = this.at(now);
    if (state !== (how === 'start' ? 'TERMINATED' : 'RUNNING') || source === 'JOB') {
      return { accepted: false, because: `Cluster ${id} is in unexpected state ${state}` };
    }
    const reason = this.startFailures.shift() ?? this.obstacle(this.#cluster.settings);
    const { reason: _ended, ...rest } = this.#cluster;
    this.#cluster = { ...rest, state: how === 'start' ? 'PENDING' : 'RESTARTING' };
    this.#due = { at: later(now, seconds), ...(reason !== undefined && { reason }) };
    this.note(now, how === 'start' ? 'STARTING' : 'RESTARTING', { user: 'lakewarden@memory' });
    return { accepted: true };
  }

  /** A RUNNING one restarts to take it. */
  edit(settings: Settings, now: string, seconds: number, user = 'lakewarden@memory'): StartAnswer {
    const { state, id } = this.at(now);
    if (state !== 'RUNNING' && state !== 'TERMINATED') {
      return { accepted: false, because: `Cluster ${id} is in unexpected state ${state}` };
    }
    this.#cluster = { ...this.#cluster, settings };
    this.note(now, 'EDITED', { user });
    return state === 'RUNNING' ? this.launch('restart', now, seconds) : { accepted: true };
  }

  end(reason: TerminationReason, at: string): void {
    this.#due = undefined;
    this.#cluster = { ...this.#cluster, state: 'TERMINATED', stateMessage: reason.code, reason, terminatedAt: at };
    this.note(at, 'TERMINATING', { reason });
  }

  note(at: string, type: string, more: Omit<ClusterEvent, 'type' | 'at'> = {}): void {
    this.events.push({ at, type, ...more });
  }

  /** Prints what `print` is given; anything else is an error of the command. */
  run(code: string, timeoutSeconds: number, now: string): CommandAnswer {
    const { state, id } = this.at(now);
    if (state !== 'RUNNING') return { answered: false, because: `Cluster ${id} is not running (${state})` };
    if (!this.answersCommands) return { answered: false, because: `no answer within ${timeoutSeconds} s` };
    const printed = /^print\((["']?)(.*)\1\)$/.exec(code.trim())?.[2];
    return printed === undefined
      ? { answered: false, because: `NameError: ${code}` }
      : { answered: true, text: printed };
  }

  #run(at: string): void {
    const { startedAt = at } = this.#cluster;
    this.#cluster = { ...this.#cluster, state: 'RUNNING', stateMessage: '', startedAt, lastRestartedAt: at };
    this.note(at, 'RUNNING');
  }
}

function later(instant: string, seconds: number): string {
  return new Date(Date.parse(instant) + seconds * 1_000).toISOString();
}
