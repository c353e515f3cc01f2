// The contract of what the gate asks: stop switch and holds, breakers, budgets. Runs on the twins and on the real stores.

import { describe, expect, test } from 'vitest';
import { closedBreaker, withFailure } from '../../../shared/domain/breakers/breaker.ts';
import { Conflict } from '../../../shared/domain/errors.ts';
import type { RegionState } from '../../../shared/domain/regions/region-state.ts';
import type { StandingOrder } from '../../../shared/domain/standing-orders/standing-order.ts';
import type { BreakerStore, BudgetStore, GateStore } from '../../../shared/ports/gate-store.ts';
import { MemoryClock } from '../../builders/memory-clock.ts';

const SINCE = '2026-11-20T14:00:00.000Z';
const SUBJECT = 'cluster/databricks-dev/0424-035941-pl8ku9sr';
const stop = { by: 'ops', reason: 'looking first', since: SINCE };
const hold = { workspace: 'databricks-dev', run: 'RCA-20261120-009/1', reason: 'failover', since: SINCE };

const order: StandingOrder = {
  id: 'so-1',
  kind: 'freeze',
  scope: { of: 'component', kind: 'notebook', id: '/Shared/über', workspace: 'databricks-dev' },
  from: SINCE,
  until: '2026-11-21T14:00:00.000Z',
  owner: 'ana',
  caller: 'api-key',
  reason: 'Quartalsende – nichts anfassen',
  givenAt: SINCE,
  fingerprint: 'f',
  noted: {},
};

function opened() {
  const failures = ['a', 'b', 'c'].map((run) => ({ run, at: SINCE }));
  const clock = new MemoryClock(SINCE);
  return failures.reduce((breaker, failure) => withFailure(breaker, failure, clock), closedBreaker);
}

export function gateStoreContract(name: string, make: () => GateStore): void {
  describe(`gate store ${name}`, () => {
    test('C6: keeps how each region stands', async () => {
      const store = make();
      const state: RegionState = {
        region: 'eastus',
        verdict: 'outage',
        since: '2026-11-20T08:00:00.000Z',
        seen: 'outage',
        seenSince: '2026-11-20T08:00:00.000Z',
        assessedAt: '2026-11-20T08:00:00.000Z',
        words: 'Three witnesses say so.',
        testimonies: [],
      };
      await store.setRegion({ ...state, verdict: 'healthy' });
      await store.setRegion(state);
      await store.setRegion({ ...state, region: 'westus2', verdict: 'healthy' });
      const { regions } = await store.read();
      expect(regions.map(({ region, verdict }) => [region, verdict]).sort()).toEqual([
        ['eastus', 'outage'],
        ['westus2', 'healthy'],
      ]);
    });

    test('K6: has no stop switch and no hold at first', async () => {
      expect(await make().read()).toEqual({ stop: undefined, holds: [], regions: [], orders: [] });
    });

    test('K6: sets, replaces and releases the stop switch; releasing twice is fine', async () => {
      const store = make();
      await store.setStop(stop);
      await store.setStop({ ...stop, by: 'lead' });
      expect((await store.read()).stop).toEqual({ ...stop, by: 'lead' });
      await store.setStop(undefined);
      await store.setStop(undefined);
      expect((await store.read()).stop).toBeUndefined();
    });

    test('E3: keeps standing orders beside the rest, in the words of a person', async () => {
      const store = make();
      await store.setStop(stop);
      expect(await store.order(order.id)).toBeUndefined();
      await store.setOrder(order, undefined);
      await store.setOrder({ ...order, id: 'so-2', kind: 'silence', scope: { of: 'everything' } }, undefined);
      const stored = await store.order(order.id);
      expect(stored?.order).toEqual(order);
      const { orders, stop: switched } = await store.read();
      expect(orders.map(({ id, kind }) => `${id} ${kind}`).sort()).toEqual(['so-1 freeze', 'so-2 silence']);
      expect(switched).toEqual(stop);
      const ended = { ...order, endedAt: SINCE, endedBy: 'ben', noted: { began: SINCE } };
      await store.setOrder(ended, stored);
      expect((await store.order(order.id))?.order).toEqual(ended);
      await store.removeOrder(order.id);
      await store.removeOrder(order.id);
      expect((await store.read()).orders.map(({ id }) => id)).toEqual(['so-2']);
    });

    test('E3: of two who write a standing order at once one gets a Conflict, for a new one and for a known one', async () => {
      const store = make();
      for (const basis of [undefined, 'known'] as const) {
        const read = basis && (await store.order(order.id));
        const writes = await Promise.allSettled([store.setOrder(order, read), store.setOrder(order, read)]);
        expect(writes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        const lost = writes.find((write) => write.status === 'rejected');
        expect(lost?.status === 'rejected' && lost.reason).toBeInstanceOf(Conflict);
      }
    });

    test('E3: keeps one hold per workspace beside the stop switch', async () => {
      const store = make();
      await store.setHold(hold);
      await store.setHold({ ...hold, reason: 'failover, second try' });
      await store.setHold({ ...hold, workspace: 'databricks-dr' });
      await store.setStop(stop);
      const { holds } = await store.read();
      expect(holds.map(({ workspace, reason }) => [workspace, reason]).sort()).toEqual([
        ['databricks-dev', 'failover, second try'],
        ['databricks-dr', 'failover'],
      ]);
      await store.releaseHold('databricks-dev');
      await store.releaseHold('never-held');
      expect((await store.read()).holds).toHaveLength(1);
    });
  });
}

export function breakerStoreContract(name: string, make: () => BreakerStore): void {
  describe(`breaker store ${name}`, () => {
    test('E4: a breaker that was never written is closed', async () => {
      expect(await make().get('subject', SUBJECT)).toEqual({
        kind: 'subject',
        key: SUBJECT,
        breaker: closedBreaker,
        etag: undefined,
      });
    });

    test('E4: keeps what was written, by kind and key', async () => {
      const store = make();
      const breaker = opened();
      await store.set(await store.get('subject', SUBJECT), breaker);
      expect((await store.get('subject', SUBJECT)).breaker).toEqual(breaker);
      expect((await store.get('class', SUBJECT)).breaker).toEqual(closedBreaker);
      expect(await store.list()).toMatchObject([{ kind: 'subject', key: SUBJECT, breaker: { state: 'open' } }]);
    });

    test('E4: of two who write at once one gets a Conflict, for a new row and for a known one', async () => {
      const store = make();
      for (let round = 0; round < 2; round += 1) {
        const basis = await store.get('class', 'DatabricksUnknown');
        const writes = await Promise.allSettled([store.set(basis, opened()), store.set(basis, closedBreaker)]);
        expect(writes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        const lost = writes.find((write) => write.status === 'rejected');
        expect(lost?.status === 'rejected' && lost.reason).toBeInstanceOf(Conflict);
      }
    });
  });
}

export function budgetStoreContract(name: string, make: () => BudgetStore): void {
  describe(`budget store ${name}`, () => {
    test('E10: gives what is left of a window, and no more however many ask at once', async () => {
      const store = make();
      const grants = await Promise.all(Array.from({ length: 12 }, () => store.take('acts|w', '1', 3, 20)));
      expect(grants.reduce((sum, granted) => sum + granted, 0)).toBe(20);
      expect(await store.take('acts|w', '1', 1, 20)).toBe(0);
    });

    test('E10: starts anew with the next window, and each budget for itself', async () => {
      const store = make();
      expect(await store.take('acts|w', '1', 5, 5)).toBe(5);
      expect(await store.take('acts|v', '1', 5, 5)).toBe(5);
      expect(await store.take('acts|w', '2', 9, 5)).toBe(5);
    });

    test('A7: serves those who ask at once, gives the others a turn each, and two writers never the same one', async () => {
      const store = make();
      const minute = Date.parse('2026-11-20T14:00:00.000Z');
      const asking = { nowMs: minute, window: '1', endsAtMs: minute + 60_000, lengthMs: 60_000, limit: 4 };
      const asks = Array.from({ length: 3 }, () => store.serve('acts|w', { ...asking, holders: 0, newcomers: 4 }));
      const results = await Promise.all(asks);
      expect(results.map(({ newcomers }) => newcomers).sort()).toEqual([0, 0, 4]);
      const turns = results.flatMap(({ turnsMs }) => turnsMs).toSorted((a, b) => a - b);
      expect(turns.map((turn) => (turn - minute) / 1_000)).toEqual([60, 73.5, 87, 100.5, 120, 133.5, 147, 160.5]);
      const next = { ...asking, nowMs: minute + 61_000, window: '2', endsAtMs: minute + 120_000 };
      const served = await store.serve('acts|w', { ...next, holders: 3, newcomers: 1 });
      expect(served).toMatchObject({ holders: 3, newcomers: 0, turnsMs: [minute + 180_000] });
      expect(await store.take('acts|w', '2', 4, 4), 'of the same window').toBe(1);
    });
  });
}
