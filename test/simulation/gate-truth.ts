// When the gate is really closed, told from the world and the rows alone: what invariant 4 is judged by. One function per reason; a new reason of the gate gets one here.
import type { MemoryBreakerStore, MemoryGateStore } from '../builders/memory-gate.ts';
import type { MemoryIncidentStore, Partition } from '../builders/memory-incident-store.ts';

export type TrueAutonomy = 'auto' | 'approve' | 'shadow';

export interface GateTruthParts {
  readonly incidents: MemoryIncidentStore;
  readonly gate: MemoryGateStore;
  readonly breakers: MemoryBreakerStore;
  /** By cluster id. */
  readonly autonomy: ReadonlyMap<string, TrueAutonomy>;
  /** True time. */
  nowMs(): number;
}

/** What a person orders knowing of the silence: it is for those who do not. */
const SETS_GOING: ReadonlySet<string> = new Set(['step-retried', 'step-skipped', 'run-resumed']);

/** An act that is about to have its effect. */
export interface ActInQuestion {
  readonly incidentId: string;
  readonly run: number;
  /** When its worker last looked at the world; what closed after that cannot be known to it. True time. */
  readonly lookedAt: number;
  /** By the worker's clock. */
  readonly now: string;
}

export class GateTruth {
  readonly #parts: GateTruthParts;
  /** Since when what closes the gate has been so, by true time. */
  readonly #since = new Map<string, number>();

  constructor(parts: GateTruthParts) {
    this.#parts = parts;
  }

  /** Called whenever it may have changed. */
  update(remediationEnabled: boolean): void {
    const { gate, breakers } = this.#parts;
    const { stop, holds, orders } = gate.settings;
    const closed = new Set<string>();
    if (!remediationEnabled) closed.add('remediation is switched off');
    if (stop) closed.add('the stop switch is on');
    for (const { workspace, run } of holds) closed.add(`hold ${workspace} by ${run}`);
    for (const { id, endedAt } of orders) if (endedAt === undefined) closed.add(`order ${id}`);
    for (const { kind, key, breaker } of breakers.all)
      if (breaker.state !== 'closed') closed.add(`${kind} ${key} ${breaker.state} ${breaker.until}`);
    for (const reason of this.#since.keys()) if (!closed.has(reason)) this.#since.delete(reason);
    for (const reason of closed) this.#since.set(reason, this.#since.get(reason) ?? this.#parts.nowMs());
  }

  /** Why this act is against the rules; undefined when it is not. */
  closedBecause(act: ActInQuestion): string | undefined {
    const partition = this.#parts.incidents.peek(act.incidentId);
    if (!partition) return 'its incident is not there';
    return (
      this.#knownSince('remediation is switched off', act) ??
      this.#knownSince('the stop switch is on', act) ??
      this.#holdForbids(partition, act) ??
      this.#ordersForbid(partition, act) ??
      this.#autonomyForbids(partition, act) ??
      this.#breakersForbid(partition, act)
    );
  }

  #knownSince(reason: string, { lookedAt }: ActInQuestion): string | undefined {
    const since = this.#since.get(reason);
    return since !== undefined && since <= lookedAt ? `${reason} since ${new Date(since).toISOString()}` : undefined;
  }

  #holdForbids({ incident }: Partition, act: ActInQuestion): string | undefined {
    const holds = this.#parts.gate.settings.holds.filter(({ workspace }) => workspace === incident.component.workspace);
    return holds.map(({ workspace, run }) => this.#knownSince(`hold ${workspace} by ${run}`, act)).find(Boolean);
  }

  /** In force, not yet at its end by any clock. A silence only where the incident opened under it, and no person has set its run going since. */
  #ordersForbid({ incident, runs, events }: Partition, act: ActInQuestion): string | undefined {
    const { component, keptBack } = incident;
    const isApproved = [...runs.values()].some(({ number, approval }) => number === act.run && approval !== undefined);
    const isOrdered = events.some(({ type }) => SETS_GOING.has(type));
    const mine = this.#parts.gate.settings.orders.filter(({ kind, scope, from, until }) => {
      const isOver = scope.of === 'everything' || (scope.of === 'component' && scope.id === component.id);
      const holds = kind !== 'silence' || (keptBack?.fromOpening === true && !isApproved && !isOrdered);
      return isOver && holds && from <= act.now && until > act.now;
    });
    return mine.map(({ id }) => this.#knownSince(`order ${id}`, act)).find(Boolean);
  }

  #autonomyForbids({ incident, runs }: Partition, act: ActInQuestion): string | undefined {
    const autonomy = this.#parts.autonomy.get(incident.component.id) ?? 'approve';
    if (autonomy === 'auto') return undefined;
    if (autonomy === 'shadow') return 'its component is in shadow';
    const run = [...runs.values()].find(({ number }) => number === act.run);
    return run?.approval?.decision === 'approved' ? undefined : 'nobody approved it';
  }

  /** Open, or half open with another one's trial, and not yet at its end by any clock. */
  #breakersForbid({ incident }: Partition, act: ActInQuestion): string | undefined {
    const keys = new Set([`class ${incident.failureClass}`, `subject ${incident.subject}`]);
    const mine = this.#parts.breakers.all.filter(({ kind, key }) => keys.has(`${kind} ${key}`));
    for (const { kind, key, breaker } of mine) {
      if (breaker.state === 'closed' || breaker.until <= act.now) continue;
      if (breaker.state === 'half-open' && breaker.trial === `${act.incidentId}/${act.run}`) continue;
      const known = this.#knownSince(`${kind} ${key} ${breaker.state} ${breaker.until}`, act);
      if (known) return `its breaker was ${known}`;
    }
    return undefined;
  }
}
