import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../../shared/domain/errors.ts';
import type { BudgetStore } from '../../../shared/ports/gate-store.ts';
import { actBudget, CallBudget } from '../../../shared/usecases/gate/budgets.ts';
import { MemoryClock } from '../../builders/memory-clock.ts';
import { MemoryBudgetStore } from '../../builders/memory-gate.ts';
import { PassingClock } from '../../builders/passing-clock.ts';

/** At the beginning of a minute. */
const START = '2026-11-20T08:00:00.000Z';

describe('the budgets of a workspace', () => {
  it('E10: acts are granted one by one; the next ones get turns from the next minute on, at the pace of the budget', async () => {
    const clock = new MemoryClock(START);
    const budget = actBudget({ store: new MemoryBudgetStore(), clock }, 2);
    const ask = (runId: string, turn?: string) => budget.takeAct('w', { runId, turn });
    expect(budget.isUsedUp('w')).toBe(false);
    const granted = { granted: true, endsAt: '2026-11-20T08:01:00.000Z' };
    expect([await ask('a'), await ask('b')]).toEqual([granted, granted]);
    expect(budget.isUsedUp('w')).toBe(true);
    const turns = ['2026-11-20T08:01:00.000Z', '2026-11-20T08:01:27.000Z', '2026-11-20T08:02:00.000Z'];
    const refused = await Promise.all(['c', 'd', 'e'].map((runId) => ask(runId)));
    expect(refused).toEqual(turns.map((turn) => ({ granted: false, until: turn, turn })));
    expect(await budget.takeAct('another', { runId: 'a' })).toEqual(granted);
    await clock.advance(60_000);
    expect(budget.isUsedUp('w'), 'while turns are ahead').toBe(true);
    expect(await ask('c', turns[0])).toEqual({ granted: true, endsAt: turns[2] });
    expect(await ask('d', turns[1]), 'too early').toEqual({ granted: false, until: turns[1], turn: turns[1] });
  });

  it('E10: while a millisecond passes between two looks at the clock, a minute has its calls and acts and no more', async () => {
    const clock = new PassingClock(START);
    const ports = { store: new MemoryBudgetStore(), clock };
    const calls = [1, 2, 3].map(() => new CallBudget(ports, 'w', 10));
    const acts = [1, 2, 3].map(() => actBudget(ports, 10));
    let [admitted, granted] = [0, 0];
    for (let at = 0; at < 300; at += 1) {
      if (await calls[at % 3]?.tryAdmit()) admitted += 1;
      if ((await acts[at % 3]?.takeAct('w', { runId: `run-${at}` }))?.granted) granted += 1;
    }
    expect(clock.now().getTime(), 'still in it').toBeLessThan(Date.parse(START) + 60_000);
    expect({ admitted, granted }).toEqual({ admitted: 10, granted: 10 });
  });

  it('E10: whoever asks for the first time waits behind those whose turns are ahead, though the minute has room', async () => {
    const clock = new MemoryClock(START);
    const budget = actBudget({ store: new MemoryBudgetStore(), clock }, 2);
    for (const runId of ['a', 'b', 'c', 'd', 'e']) await budget.takeAct('w', { runId });
    await clock.advance(65_000);
    expect(await budget.takeAct('w', { runId: 'new' })).toMatchObject({
      granted: false,
      turn: '2026-11-20T08:02:27.000Z',
    });
  });

  it('E10: turns that were missed together keep their rank, come in the next minute scattered, and never exceed the budget', async () => {
    const clock = new MemoryClock(START);
    const store = new MemoryBudgetStore();
    const instances = [1, 2, 3].map(() => actBudget({ store, clock }, 5));
    const waiting = new Map<string, { until: string; turn: string }>();
    const acts: number[] = [];
    const ask = async (at: number, runId: string) => {
      const { turn } = waiting.get(runId) ?? {};
      const grant = await instances[at % 3]?.takeAct('w', { runId, turn });
      if (grant?.granted) acts.push(clock.now().getTime());
      if (!grant || grant.granted) waiting.delete(runId);
      else waiting.set(runId, grant);
    };
    await Promise.all(Array.from({ length: 40 }, (_, at) => ask(at, `run-${at}`)));
    expect(new Set([...waiting.values()].map(({ until }) => until)).size, 'a turn each').toBe(35);
    // Everything was away for four minutes.
    await clock.advance(240_000);
    for (let minutes = 0; waiting.size > 0 && minutes < 12; minutes += 1) {
      for (let second = 0; second < 60; second += 1) {
        const due = [...waiting].filter(([, { until }]) => Date.parse(until) <= clock.now().getTime());
        await Promise.all(due.map(([runId], at) => ask(at, runId)));
        await clock.advance(1_000);
      }
    }
    expect(acts).toHaveLength(40);
    const byMinute = Object.values(Object.groupBy(acts, (at) => String(Math.floor(at / 60_000))));
    expect(Math.max(...byMinute.map((group) => group?.length ?? 0))).toBe(5);
  });

  it('E10: a store that fails refuses those who ask, and not the next ones', async () => {
    const memory = new MemoryBudgetStore();
    let fails = true;
    const store: BudgetStore = {
      take: memory.take.bind(memory),
      serve: async (name, asking) => {
        if (fails) throw new Unavailable('store-unavailable', 'away');
        return await memory.serve(name, asking);
      },
    };
    const budget = actBudget({ store, clock: new MemoryClock(START) }, 2);
    const asks = ['a', 'b'].map((runId) => budget.takeAct('w', { runId }));
    expect((await Promise.allSettled(asks)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await budget.takeAct('w', { runId: 'a' })).toMatchObject({ granted: true });
  });

  it('E10: at the border of two minutes instances whose clocks differ share one budget, of acts and of calls', async () => {
    const store = new MemoryBudgetStore();
    const clocks = [new MemoryClock('2026-11-20T08:00:59.000Z'), new MemoryClock('2026-11-20T08:01:00.500Z')];
    const acts = clocks.map((clock) => actBudget({ store, clock }, 3));
    const calls = clocks.map((clock) => new CallBudget({ store, clock }, 'w', 20));
    let granted = 0;
    let admitted = 0;
    for (let n = 0; n < 12; n += 1) {
      const grant = await acts[n % 2]?.takeAct('w', { runId: `run-${n}` });
      if (grant?.granted) granted += 1;
    }
    for (let n = 0; n < 60; n += 1) {
      void calls[n % 2]?.admit().then(
        () => {
          admitted += 1;
        },
        () => undefined,
      );
    }
    for (const clock of clocks) await clock.advance(100);
    expect(granted, 'of the minute before, or of this one').toBeLessThanOrEqual(2 * 3);
    expect(admitted).toBeLessThanOrEqual(2 * 20);
  });

  it('E10: calls of three instances together stay within the budget, in blocks', async () => {
    const clock = new MemoryClock(START);
    const store = new MemoryBudgetStore();
    const instances = [1, 2, 3].map(() => new CallBudget({ store, clock }, 'w', 100));
    const calls = instances.flatMap((instance) => Array.from({ length: 60 }, () => instance.admit()));
    const ended = await Promise.allSettled(calls);
    const admitted = ended.filter(({ status }) => status === 'fulfilled');
    expect(admitted).toHaveLength(100);
    for (const one of ended) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(Unavailable);
  });

  it('E10: a call that a slow store counts in a minute that is over by then is counted again', async () => {
    const clock = new MemoryClock('2026-11-20T08:00:59.000Z');
    const memory = new MemoryBudgetStore();
    const windows: string[] = [];
    const store: BudgetStore = {
      serve: memory.serve.bind(memory),
      take: async (name, window, wanted, limit) => {
        windows.push(window);
        if (windows.length === 1) clock.jump(2_000);
        return await memory.take(name, window, wanted, limit);
      },
    };
    const admission = await new CallBudget({ store, clock }, 'w', 20).admit();
    expect(windows.map(Number)).toEqual([Number(windows[0]), Number(windows[0]) + 1]);
    expect(admission.isOver()).toBe(false);
    clock.jump(60_000);
    expect(admission.isOver(), 'a minute later').toBe(true);
  });

  it('E10: a call waits for the next minute when that is near', async () => {
    const clock = new MemoryClock('2026-11-20T08:00:55.000Z');
    const budget = new CallBudget({ store: new MemoryBudgetStore(), clock }, 'w', 20);
    await Promise.all(Array.from({ length: 20 }, () => budget.admit()));
    let admitted = false;
    const waiting = budget.admit().then(() => {
      admitted = true;
    });
    await clock.advance(4_000);
    expect(admitted).toBe(false);
    await clock.advance(2_000);
    await waiting;
    expect(admitted).toBe(true);
  });

  it('E10: a store that fails refuses the call at hand and not the next ones', async () => {
    const clock = new MemoryClock(START);
    let fails = true;
    const store = {
      take: async () => {
        if (fails) throw new Unavailable('store-unavailable', 'away');
        return 5;
      },
      serve: () => Promise.reject(new Error('calls have no turns')),
    };
    const budget = new CallBudget({ store, clock }, 'w', 20);
    await expect(budget.admit()).rejects.toBeInstanceOf(Unavailable);
    fails = false;
    await budget.admit();
  });

  it('E10: a look never waits for the budget: it takes what is left, in this instance or in the store, or nothing', async () => {
    const clock = new MemoryClock(START);
    const ports = { store: new MemoryBudgetStore(), clock };
    const [one, other] = [new CallBudget(ports, 'w', 25), new CallBudget(ports, 'w', 25)];
    await one.admit();
    // The first has taken a block of 20, so the store has 5 left for others, and the first its 19.
    const others = await Promise.all(Array.from({ length: 8 }, () => other.tryAdmit()));
    expect(others.filter(Boolean)).toHaveLength(5);
    const own: boolean[] = [];
    for (let call = 0; call < 22; call += 1) own.push(await one.tryAdmit());
    expect(own.filter(Boolean)).toHaveLength(19);
    expect(clock.sleeping).toBe(0);
    await clock.advance(60_000);
    expect(await other.tryAdmit()).toBe(true);
  });

  it('E10: a look is not held up by those who wait for the next minute', async () => {
    const clock = new MemoryClock('2026-11-20T08:00:55.000Z');
    const budget = new CallBudget({ store: new MemoryBudgetStore(), clock }, 'w', 1);
    await budget.admit();
    const waiting = budget.admit();
    await expect.poll(() => clock.sleeping).toBe(1);
    expect(await budget.tryAdmit()).toBe(false);
    await clock.advance(6_000);
    await waiting;
  });
});
