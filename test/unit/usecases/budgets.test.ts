import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../../shared/domain/errors.ts';
import { actBudget, CallBudget } from '../../../shared/usecases/gate/budgets.ts';
import { MemoryClock } from '../../builders/memory-clock.ts';
import { MemoryBudgetStore } from '../../builders/memory-gate.ts';

/** At the beginning of a minute. */
const START = '2026-11-20T08:00:00.000Z';

describe('the budgets of a workspace', () => {
  it('E10: acts are granted one by one, and refused until the next minute', async () => {
    const clock = new MemoryClock(START);
    const budget = actBudget({ store: new MemoryBudgetStore(), clock }, 2);
    expect(await budget.takeAct('w')).toEqual({ granted: true });
    expect(await budget.takeAct('w')).toEqual({ granted: true });
    expect(await budget.takeAct('w')).toEqual({ granted: false, until: '2026-11-20T08:01:00.000Z' });
    expect(await budget.takeAct('another')).toEqual({ granted: true });
    await clock.advance(60_000);
    expect(await budget.takeAct('w')).toEqual({ granted: true });
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
    };
    const budget = new CallBudget({ store, clock }, 'w', 20);
    await expect(budget.admit()).rejects.toBeInstanceOf(Unavailable);
    fails = false;
    await budget.admit();
  });
});
