// The book: what really happened, kept apart from what Lakewarden believes, and the invariants that must hold after every single step.
import type { Incident } from '../../shared/domain/incidents/incident.ts';
import { takesJoins } from '../../shared/domain/incidents/incident.ts';
import { chain, chainStart } from '../../shared/domain/incidents/timeline.ts';
import type { Attempt, Run } from '../../shared/domain/runbooks/run.ts';
import { hasEnded } from '../../shared/domain/runbooks/run.ts';
import type { Signal } from '../../shared/domain/signals/signal.ts';
import type { Moment } from '../builders/interruptions.ts';
import type { Delivery } from '../builders/memory-bus.ts';
import type { MemoryIncidentStore, Partition } from '../builders/memory-incident-store.ts';
import type { MemoryWorkspace } from '../builders/memory-workspace.ts';
import type { GateTruth } from './gate-truth.ts';
import type { Life } from './machine.ts';

/** Calls to one workspace within 60 s of operations: so many for each cluster that is being repaired, and so many besides (polls, first looks). */
const CALLS_PER_CLUSTER = 30;
const CALLS_BESIDES = 40;
/** A delivery that comes again asks again. */
const CALLS_PER_REDELIVERY = 6;

const GATE_WRITES = new Set(['gate.setStop', 'gate.setHold', 'gate.releaseHold', 'gate.setOrder', 'breakers.set']);

/** Number of design.md section 9, or the words of what else must hold. */
export type InvariantName =
  | 1
  | 2
  | 3
  | 4
  | 5
  | 7
  | 9
  | 10
  | 'no bug'
  | 'settled'
  | 'outbox'
  | 'guards'
  | 'orders'
  | 'nothing left down';

export interface Violation {
  readonly invariant: InvariantName;
  readonly text: string;
}

interface Intent {
  readonly incidentId: string;
  readonly run: number;
  readonly key: string;
  readonly life: Life;
  calls: number;
  accepted: boolean;
}

export interface BookParts {
  readonly incidents: MemoryIncidentStore;
  readonly workspaces: readonly MemoryWorkspace[];
  readonly clusters: number;
  readonly gate: GateTruth;
  /** True time. */
  nowMs(): number;
  /** The time by the clock of whoever asks. */
  clockTime(): string;
  remediationEnabled(): boolean;
  trace(line: () => string): void;
}

export class Book {
  readonly violations: Violation[] = [];
  /** Ids of signals for which a door answered that they were taken. */
  readonly accepted = new Set<string>();
  /** What people ordered and were told that it is done: who, and on which incident. */
  readonly ordered = new Map<string, string>();
  /** Ids of messages that were ever decided. */
  readonly decided = new Set<string>();
  /** How long work may have been kept from being done, in all. */
  excusedMs = 0;
  readonly #parts: BookParts;
  readonly #seen = new Map<string, Partition>();
  readonly #open = new Map<string, Set<string>>();
  readonly #active = new Map<string, Set<string>>();
  readonly #intents = new Map<string, Intent>();
  readonly #newest = new Map<Life, Intent>();
  readonly #calls = new Map<string, number[]>();
  /** Since when a run may not act, or nothing of its incident, by true time. */
  readonly #stopped = new Map<string, number>();
  #redeliveries: number[] = [];
  #writes = 0;

  constructor(parts: BookParts) {
    this.#parts = parts;
  }

  violate(invariant: InvariantName, text: string): void {
    this.violations.push({ invariant, text });
    this.#parts.trace(() => `VIOLATED ${invariant}: ${text}`);
  }

  excuse(milliseconds: number): void {
    this.excusedMs += milliseconds;
  }

  acceptedAtDoor(signal: Signal): void {
    this.accepted.add(signal.id);
  }

  delivered({ deliveryCount }: Delivery): void {
    if (deliveryCount > 1) this.#redeliveries.push(this.#parts.nowMs());
  }

  /** Called before and after every effect, by whoever has it. */
  see(operation: string, moment: Moment, life: Life): void {
    if (moment === 'after' && GATE_WRITES.has(operation)) this.#parts.gate.update(this.#parts.remediationEnabled());
    if (operation.startsWith('workspace.')) this.#seeWorkspace(operation.slice('workspace.'.length), moment, life);
    if (this.#parts.incidents.writes === this.#writes) return;
    this.#writes = this.#parts.incidents.writes;
    const id = this.#parts.incidents.lastWritten;
    const partition = id === undefined ? undefined : this.#parts.incidents.peek(id);
    if (partition) this.#seePartition(partition, life);
  }

  #seePartition(partition: Partition, life: Life): void {
    const { incident } = partition;
    const before = this.#seen.get(incident.id);
    this.#seen.set(incident.id, partition);
    for (const message of partition.outbox.values()) this.decided.add(message.id);
    this.#seeEvents(before, partition, life);
    this.#seeOpen(incident);
    this.#seeRuns(partition);
    this.#seeAttempts(before, partition, life);
  }

  /** Invariant 7, step by step: what was there is there, and what came follows it. */
  #seeEvents(before: Partition | undefined, { incident, events }: Partition, life: Life): void {
    const old = before?.events ?? [];
    const changed = old.find((event, at) => events[at] !== event);
    if (changed) this.violate(7, `${incident.id}: event ${changed.seq} was changed`);
    let head = old.at(-1) ?? chainStart(incident.id);
    for (const event of events.slice(old.length)) {
      const [expected] = chain(head, event.at, [event]);
      if (event.seq !== head.seq + 1 || event.previousHash !== head.hash || expected?.hash !== event.hash) {
        this.violate(7, `${incident.id}: event ${event.seq} does not follow event ${head.seq}`);
      }
      head = event;
      this.#parts.trace(() => `${life.what}: ${incident.id} ${incident.state} + ${event.type}: ${event.text}`);
    }
    if (incident.lastEventHash !== head.hash) this.violate(7, `${incident.id}: its head is not its last event`);
  }

  /** Invariant 2, first half. */
  #seeOpen({ id, subject, state }: Incident): void {
    const open = this.#open.get(subject) ?? new Set();
    this.#open.set(subject, open);
    if (takesJoins(state)) open.add(id);
    else open.delete(id);
    if (open.size > 1) this.violate(2, `${subject} has several open incidents: ${[...open].join(', ')}`);
  }

  /** Invariant 2, second half, and the due time of invariant 5. */
  #seeRuns({ incident, runs }: Partition): void {
    for (const run of runs.values()) {
      const active = this.#active.get(run.resource) ?? new Set();
      this.#active.set(run.resource, active);
      const name = `${incident.id} run ${run.number}`;
      if (mayAct(run) && incident.acknowledgedAt === undefined) this.#stopped.delete(name);
      else this.#stopped.set(name, this.#stopped.get(name) ?? this.#parts.nowMs());
      if (hasEnded(run)) active.delete(name);
      else active.add(name);
      if (active.size > 1) this.violate(2, `${run.resource} has several active runs: ${[...active].join(', ')}`);
      if (!isMoving(run)) continue;
      if (!isInstant(run.dueAt)) this.violate(5, `${name} is ${run.state.name} without a due time`);
      if (!isInstant(incident.nextDueAt))
        this.violate(5, `${name} is ${run.state.name}, but the watchdog is not told when`);
    }
  }

  #seeAttempts(before: Partition | undefined, { incident, attempts, runs }: Partition, life: Life): void {
    for (const attempt of attempts.values()) {
      const key = keyOf(incident.id, attempt);
      if (!this.#intents.has(key)) this.#intend(incident, attempt, before, life);
      const old = before && [...before.attempts.values()].find((one) => keyOf(incident.id, one) === key);
      if (attempt.outcome === 'did-not-happen' && old?.outcome === undefined && this.#intents.get(key)?.accepted) {
        this.violate(3, `${key} is recorded as not having happened, but the workspace had accepted it`);
      }
      if (old && !runs.size) this.violate(3, `${key} lost its run`);
    }
  }

  /** An intent may only be written for a run that may move, in an incident that is open. */
  #intend(incident: Incident, attempt: Attempt, before: Partition | undefined, life: Life): void {
    const key = keyOf(incident.id, attempt);
    const intent: Intent = { incidentId: incident.id, run: attempt.run, key, life, calls: 0, accepted: false };
    this.#intents.set(key, intent);
    this.#newest.set(life, intent);
    const run = [...(before?.runs.values() ?? [])].find(({ number }) => number === attempt.run);
    if (!run || !mayAct(run)) this.violate(4, `${key} was decided while its run was ${run?.state.name ?? 'not there'}`);
    if (before?.incident.acknowledgedAt !== undefined)
      this.violate(4, `${key} was decided while a person had its incident`);
    if (!takesJoins(incident.state)) this.violate(4, `${key} was decided while its incident was ${incident.state}`);
  }

  #seeWorkspace(call: string, moment: Moment, life: Life): void {
    const acts = call === 'startCluster' || call === 'restartCluster';
    if (moment === 'before') this.#count(life);
    else if (acts) this.#seeAct(call, life);
    // Before an act is sent it is looked at once more whether it is still wanted.
    if (acts === (moment === 'before')) life.lookedAt = this.#parts.nowMs();
  }

  /** Invariants 3 and 4, at the moment at which the workspace hears of it. */
  #seeAct(call: string, life: Life): void {
    const made = this.#lastCall();
    const clusterId = made?.clusterId ?? 'unknown';
    const intent = this.#newest.get(life);
    const attempt = intent && this.#attemptOf(intent);
    this.#parts.trace(
      () => `${life.what}: ${call} of ${clusterId}: ${made?.answer?.accepted ? 'accepted' : 'refused'}`,
    );
    if (!intent || !attempt) {
      this.violate(3, `${life.what} acted on ${clusterId} without a written attempt`);
      return;
    }
    const { component } = this.#parts.incidents.peek(intent.incidentId)?.incident ?? {};
    if (component?.id !== clusterId)
      this.violate(3, `${intent.key} is about ${component?.id}, but acted on ${clusterId}`);
    intent.calls += 1;
    intent.accepted ||= made?.answer?.accepted === true;
    if (intent.calls > 1) this.violate(3, `${intent.key} acted ${intent.calls} times`);
    if (attempt.outcome !== undefined)
      this.violate(3, `${intent.key} acted after it was put on record as ${attempt.outcome}`);
    const { incidentId, run } = intent;
    const stopped = this.#stopped.get(`${incidentId} run ${run}`);
    if (stopped !== undefined && stopped <= life.lookedAt)
      this.violate(4, `${intent.key} acted on ${clusterId}, but a person had stopped it before its last look`);
    this.#parts.gate.update(this.#parts.remediationEnabled());
    const now = this.#parts.clockTime();
    const closed = this.#parts.gate.closedBecause({ incidentId, run, lookedAt: life.lookedAt, now });
    if (closed !== undefined) this.violate(4, `${intent.key} acted on ${clusterId}, but ${closed}`);
  }

  #attemptOf({ incidentId, key }: Intent): Attempt | undefined {
    const attempts = this.#parts.incidents.peek(incidentId)?.attempts.values() ?? [];
    return [...attempts].find((attempt) => keyOf(incidentId, attempt) === key);
  }

  #lastCall() {
    const last = this.#parts.workspaces.map(({ calls }) => calls.at(-1)).filter((call) => call?.answer !== undefined);
    return last.toSorted((a, b) => ((a?.at ?? '') < (b?.at ?? '') ? 1 : -1))[0];
  }

  /** Invariant 10: what we do to a workspace stays within a bound, whatever goes wrong. */
  #count(life: Life): void {
    const now = this.#parts.nowMs();
    const calls = (this.#calls.get('all') ?? []).filter((at) => at > now - 60_000);
    calls.push(now);
    this.#calls.set('all', calls);
    this.#redeliveries = this.#redeliveries.filter((at) => at > now - 60_000);
    const bound =
      CALLS_PER_CLUSTER * this.#parts.clusters + CALLS_BESIDES + CALLS_PER_REDELIVERY * this.#redeliveries.length;
    if (calls.length > bound)
      this.violate(10, `${calls.length} calls within a minute, more than ${bound}, the last by ${life.what}`);
  }
}

/** It goes on by itself: it must never be without a due time. */
export function isMoving(run: Run): boolean {
  return run.state.name !== 'paused' && !hasEnded(run);
}

function mayAct(run: Run): boolean {
  return isMoving(run) && run.state.name !== 'aborting';
}

function isInstant(text: string | undefined): boolean {
  return text !== undefined && !Number.isNaN(Date.parse(text));
}

function keyOf(incidentId: string, { run, position, number }: Attempt): string {
  return `${incidentId} run ${run} step ${position} attempt ${number}`;
}
