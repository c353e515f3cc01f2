// IncidentIndex in memory, by the words of the port. `lose()` is what may happen to a projection.
import { InvalidInput } from '../../shared/domain/errors.ts';
import { isTicketId, type TicketId } from '../../shared/domain/ids.ts';
import { budgetTurnOf, type Incident, takesJoins } from '../../shared/domain/incidents/incident.ts';
import { componentOf } from '../../shared/domain/incidents/subject.ts';
import { addedUp, type MinuteTally, minuteMs, tallyOf } from '../../shared/domain/incidents/tally.ts';
import type {
  BudgetQueue,
  ClosedIncident,
  IncidentFilter,
  IncidentIndex,
  IncidentPage,
  IncidentSummary,
  LiveIncident,
} from '../../shared/ports/incident-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryIncidentIndex implements IncidentIndex {
  readonly #interrupt: Interrupt;
  readonly #incidents = new Map<TicketId, Incident>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  refresh(incident: Incident): Promise<void> {
    return interruptible(this.#interrupt, 'index.refresh', () => {
      this.#put(incident);
    });
  }

  refreshSoon(incident: Incident): void {
    this.#put(incident);
  }

  list(filter: IncidentFilter, pageSize: number, continuation?: string): Promise<IncidentPage> {
    return interruptible(this.#interrupt, 'index.list', () => {
      const after = continuation === undefined ? undefined : keyOf(continuation);
      const matching = this.#newestFirst()
        .filter((incident) => matches(incident, filter))
        .filter((incident) => after === undefined || comesAfter(incident, after));
      const incidents = matching.slice(0, pageSize);
      const last = incidents.at(-1);
      const page = { incidents: incidents.map(summaryOf) };
      return matching.length > pageSize && last ? { ...page, continuation: tokenOf(last) } : page;
    });
  }

  waitingForBudget(workspace: string): Promise<BudgetQueue> {
    return interruptible(this.#interrupt, 'index.waitingForBudget', () => {
      const turns = [...this.#incidents.values()].flatMap((incident) => budgetTurnOf(incident) ?? []);
      const mine = turns.filter((turn) => turn.workspace === workspace).map(({ at }) => at);
      return { waiting: mine.length, isMore: false, lastTurnAt: mine.toSorted().at(-1) };
    });
  }

  async *live(): AsyncGenerator<LiveIncident> {
    const open = [...this.#incidents.values()].filter((incident) => incident.state !== 'closed');
    await this.#interrupt('index.live', 'before');
    for (const { id, nextDueAt, closesAt } of open) yield { id, dueAt: nextDueAt ?? closesAt ?? null };
  }

  async *closedBefore(instant: string): AsyncGenerator<ClosedIncident> {
    const closed = this.#newestFirst().filter((incident) => incident.state === 'closed');
    await this.#interrupt('index.closedBefore', 'before');
    for (const { id, openedAt, closedAt = instant } of closed) if (closedAt < instant) yield { id, openedAt };
  }

  forget({ id }: ClosedIncident): Promise<void> {
    return interruptible(this.#interrupt, 'index.forget', () => void this.#incidents.delete(id));
  }

  tallies(from: string, to: string): Promise<readonly MinuteTally[]> {
    return interruptible(this.#interrupt, 'index.tallies', () => {
      const [first, last] = [from, to].map((instant) => minuteMs(Date.parse(instant)));
      const minutes = Map.groupBy(this.#incidents.values(), ({ openedAt }) => minuteMs(Date.parse(openedAt)));
      return [...minutes]
        .filter(([minute]) => minute >= Number(first) && minute <= Number(last))
        .toSorted(([a], [b]) => a - b)
        .map(([minute, incidents]) => ({
          minute: new Date(minute).toISOString(),
          tallies: addedUp(incidents.map(tallyOf)),
        }));
    });
  }

  /** Nothing is kept that could be wrong. */
  recount(): Promise<void> {
    return interruptible(this.#interrupt, 'index.recount', () => undefined);
  }

  /** Forgets an incident, as a projection may. */
  lose(id: TicketId): void {
    this.#incidents.delete(id);
  }

  #put(incident: Incident): void {
    const known = this.#incidents.get(incident.id);
    if (known && isNewer(known, incident)) return;
    this.#incidents.set(incident.id, incident);
  }

  #newestFirst(): Incident[] {
    return [...this.#incidents.values()].toSorted((a, b) => order(keyed(a), keyed(b)));
  }
}

function isNewer(known: Incident, incident: Incident): boolean {
  if (known.lastEventSeq !== incident.lastEventSeq) return known.lastEventSeq > incident.lastEventSeq;
  return known.signalCount > incident.signalCount;
}

interface Key {
  readonly opened: number;
  readonly id: string;
}

function keyed({ openedAt, id }: Pick<Incident, 'openedAt' | 'id'>): Key {
  return { opened: Date.parse(openedAt), id };
}

function order(a: Key, b: Key): number {
  if (a.opened !== b.opened) return b.opened - a.opened;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

function comesAfter(incident: Incident, after: Key): boolean {
  return order(keyed(incident), after) > 0;
}

function matches(incident: Incident, filter: IncidentFilter): boolean {
  if (filter.state !== undefined && incident.state !== filter.state) return false;
  if (filter.open && !takesJoins(incident.state)) return false;
  if (filter.component !== undefined && componentOf(incident.subject) !== filter.component) return false;
  if (filter.openedBefore !== undefined && Date.parse(incident.openedAt) >= Date.parse(filter.openedBefore))
    return false;
  if (filter.failureClass !== undefined && incident.failureClass !== filter.failureClass) return false;
  return filter.subject === undefined || incident.subject === filter.subject;
}

function summaryOf(incident: Incident): IncidentSummary {
  const { id, state, failureClass, code, severity, subject, title, openedAt, resolvedAt, closedAt, signalCount } =
    incident;
  const budgetTurn = budgetTurnOf(incident);
  return {
    ...{ id, state, failureClass, code, severity, subject, title, openedAt, signalCount },
    ...(resolvedAt !== undefined && { resolvedAt }),
    ...(closedAt !== undefined && { closedAt }),
    ...(budgetTurn !== undefined && { budgetTurn }),
  };
}

function tokenOf(incident: Incident): string {
  return Buffer.from(JSON.stringify(keyed(incident))).toString('base64url');
}

function keyOf(continuation: string): Key {
  const [, opened, id] =
    /^\{"opened":(\d+),"id":"(.+)"\}$/.exec(Buffer.from(continuation, 'base64url').toString()) ?? [];
  if (opened !== undefined && id !== undefined && isTicketId(id)) {
    const key = { opened: Number(opened), id };
    // Decoding skips what is not base64url.
    if (Buffer.from(JSON.stringify(key)).toString('base64url') === continuation) return key;
  }
  throw new InvalidInput('bad-request', 'The continuation is not valid', [
    { pointer: '/continuation', detail: 'is unknown' },
  ]);
}
