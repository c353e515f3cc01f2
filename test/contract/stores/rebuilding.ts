// What rebuilding and anchoring need of every IncidentStore: all incidents, the outcomes kept with the markers, and from both the same projections again.
import { beforeEach, describe, expect, test } from 'vitest';
import { ticketId } from '../../../shared/domain/incidents/ticket-id.ts';
import type { SignalOutcome } from '../../../shared/domain/signals/outcome.ts';
import type { Change, IncidentIndex, IncidentStore } from '../../../shared/ports/incident-store.ts';
import type { SignalStore } from '../../../shared/ports/signal-store.ts';
import { rebuildProjections } from '../../../shared/usecases/rebuild-projections.ts';
import { anIncident } from '../../builders/incident.ts';
import { AT, anEvent, anOpening, anOutcome } from '../../builders/store-samples.ts';
import { committed, next } from './incident-store.ts';

export interface Projections {
  readonly index: IncidentIndex;
  readonly signals: SignalStore;
}

interface Stores extends Projections {
  readonly incidents: IncidentStore;
  /** Projections in which nothing was ever written: what is left when they were dropped. */
  dropped(): Projections;
}

const LATER = '2026-11-20T09:00:00.000Z';

export function rebuildingContract(name: string, make: () => Stores): void {
  describe(`rebuilding: ${name}`, () => {
    let stores: Stores;
    beforeEach(() => {
      stores = make();
    });

    test('D2: all incidents are found, and with an instant those that were committed to since', async () => {
      expect(await all(stores.incidents)).toEqual([]);
      const first = committed(await stores.incidents.commit(opening(1)));
      await stores.incidents.commit(opening(2));
      await stores.incidents.commit({ ...next(first), at: LATER });
      expect(await all(stores.incidents)).toEqual([id(1), id(2)]);
      expect(await all(stores.incidents, LATER)).toEqual([id(1)]);
      expect(await all(stores.incidents, '2026-11-20T09:00:00.001Z')).toEqual([]);
    });

    test('A5: a delivery that comes again is answered with what it came to the first time', async () => {
      const outcome = outcomeOf(1, 1, 'opened');
      await stores.incidents.commit({ ...opening(1), deliveryId: outcome.signalId, outcome });
      const again = { ...opening(1), deliveryId: outcome.signalId, outcome: outcomeOf(1, 1, 'joined') };
      const handled = { committed: false, because: 'handled-before', outcome };
      expect(await stores.incidents.commit(again)).toEqual(handled);
      await stores.incidents.commit({ ...next(await loaded(stores, 1)), deliveryId: 'message-1' });
      const message = await stores.incidents.commit({ ...next(await loaded(stores, 1)), deliveryId: 'message-1' });
      expect(message).toEqual({ committed: false, because: 'handled-before' });
    });

    test('D3: projections that were dropped are rebuilt as they were', async () => {
      const ids = await aHistory(stores);
      const before = await seen(stores, ids);
      const dropped = stores.dropped();
      expect(await seen(dropped, ids)).not.toEqual(before);
      const rebuilt = await rebuildProjections({ incidents: stores.incidents, ...dropped });
      expect(rebuilt).toEqual({ incidents: 4, signals: ids.length, unreadable: [] });
      expect(await seen(dropped, ids)).toEqual(before);
    });

    test('D3: rebuilding beside the living projections changes nothing, puts right what is old, and overwrites nothing newer', async () => {
      const ids = await aHistory(stores);
      const before = await seen(stores, ids);
      await rebuildProjections(stores);
      expect(await seen(stores, ids)).toEqual(before);
      const newer = { ...outcomeOf(1, 1, 'joined'), decidedAt: LATER };
      await stores.signals.record(newer);
      await stores.incidents.commit({ ...next(await loaded(stores, 2)), at: LATER });
      await rebuildProjections(stores);
      expect(await stores.signals.get(newer.signalId)).toEqual(newer);
    });
  });
}

/** Three open incidents and a closed one, with 25 joined signals on the first; projected as the use cases do it. */
async function aHistory(stores: Stores): Promise<string[]> {
  const ids: string[] = [];
  const commit = async (change: Change, outcome: SignalOutcome) => {
    const { incident } = committed(await stores.incidents.commit({ ...change, deliveryId: outcome.signalId, outcome }));
    await stores.index.refresh(incident);
    await stores.signals.record(outcome);
    ids.push(outcome.signalId);
  };
  for (const number of [1, 2, 3, 4]) await commit(opening(number), outcomeOf(number, 1, 'opened'));
  for (let signal = 2; signal <= 26; signal += 1) {
    const basis = await loaded(stores, 1);
    const incident = { ...basis.incident, signalCount: signal };
    await commit({ ...next(basis), incident, events: [] }, outcomeOf(1, signal, 'joined'));
  }
  const last = await loaded(stores, 4);
  const closed = { ...last.incident, state: 'closed' as const, closedAt: LATER };
  const change = { basis: last, incident: closed, events: [anEvent({ type: 'incident-closed' })], at: LATER };
  await stores.index.refresh(committed(await stores.incidents.commit(change)).incident);
  return ids;
}

async function seen({ index, signals }: Projections, ids: readonly string[]): Promise<unknown> {
  const live = [];
  for await (const each of index.live()) live.push(each);
  const outcomes = await Promise.all(ids.map((signalId) => signals.get(signalId)));
  const tallies = await index.tallies('2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z');
  return {
    list: await index.list({}, 50),
    open: await index.list({ open: true }, 50),
    tallies,
    live: live.sort((a, b) => (a.id < b.id ? -1 : 1)),
    outcomes,
  };
}

async function all(incidents: IncidentStore, since?: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const incident of incidents.all(since)) ids.push(incident.id);
  return ids.sort();
}

async function loaded({ incidents }: Stores, number: number) {
  const file = await incidents.load(id(number));
  if (!file) throw new Error(`no incident ${number}`);
  return file;
}

function opening(number: number): Change {
  const openedAt = `2026-11-20T08:0${number}:00.000Z`;
  const dueAt = number === 2 ? { nextDueAt: LATER } : {};
  return anOpening({ incident: anIncident({ id: id(number), openedAt, ...dueAt }), at: AT });
}

function outcomeOf(incident: number, signal: number, ended: SignalOutcome['ended']): SignalOutcome {
  const signalId = `sig-${String(incident * 1000 + signal).padStart(26, '0')}`;
  return anOutcome({ signalId, ticketId: id(incident), ended, message: `signal ${signal}` });
}

function id(number: number) {
  return ticketId('20261120', number);
}
