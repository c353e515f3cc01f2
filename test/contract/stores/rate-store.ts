// What every store of success rates promises: series apart from each other, newest first, the last of each hour and day, and what is old.
import { describe, expect, it } from 'vitest';
import type { RateSample } from '../../../shared/domain/jobs/rate-sample.ts';
import type { KeptRate, RateStore } from '../../../shared/ports/rate-store.ts';

const KEY = { workspace: 'databricks-dev', job: '412508634217801' };
const ALWAYS = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z', most: 100 };

function sample(at: string, succeeded: number, source: RateSample['source'] = 'poll'): RateSample {
  return { at, windowHours: 24, succeeded, failed: 1, source, recent: [{ runId: String(succeeded), succeeded: true }] };
}

export function rateStoreContract(where: string, create: () => RateStore): void {
  describe(`success rates, ${where}`, () => {
    it('B2: a series is read newest first, within its span, and no more than asked for', async () => {
      const rates = create();
      const at = ['08:00', '08:05', '09:00', '10:00'].map((time) => `2026-11-20T${time}:00.000Z`);
      for (const [succeeded, time] of at.entries()) await rates.keep(KEY, sample(time, succeeded), 'poll');
      await rates.keep({ ...KEY, job: 'all-jobs' }, sample('2026-11-20T08:01:00.000Z', 77), 'poll');
      await rates.keep({ ...KEY, workspace: 'databricks-dr' }, sample('2026-11-20T08:01:00.000Z', 78), 'poll');
      const counts = async (span: Partial<typeof ALWAYS>) =>
        (await rates.between(KEY, 'sample', { ...ALWAYS, ...span })).map(({ succeeded }) => succeeded);
      expect(await counts({})).toEqual([3, 2, 1, 0]);
      expect(await counts({ most: 2 })).toEqual([3, 2]);
      expect(await counts({ from: at[1] ?? '', to: at[2] ?? '' })).toEqual([2, 1]);
      expect(await rates.between(KEY, 'sample', { ...ALWAYS, most: 1 })).toEqual([sample(at[3] ?? '', 3)]);
      expect(await rates.newestUntil(KEY, '2026-11-20T08:59:59.999Z')).toMatchObject({ succeeded: 1 });
      expect(await rates.newestUntil(KEY, at[0] ?? '')).toMatchObject({ succeeded: 0 });
      expect(await rates.newestUntil(KEY, '2026-11-20T07:00:00.000Z')).toBeUndefined();
    });

    it('B2: the last poll of each hour and each day stands for it; a notification does not', async () => {
      const rates = create();
      await rates.keep(KEY, sample('2026-11-19T23:55:00.000Z', 1), 'poll');
      await rates.keep(KEY, sample('2026-11-20T08:00:00.000Z', 2), 'poll');
      await rates.keep(KEY, sample('2026-11-20T08:55:00.000Z', 3), 'poll');
      await rates.keep(KEY, sample('2026-11-20T08:57:00.000Z', 4, 'notification'), 'sig-1');
      const counts = async (level: 'hour' | 'day') =>
        (await rates.between(KEY, level, ALWAYS)).map(({ succeeded }) => succeeded);
      expect(await counts('hour')).toEqual([3, 1]);
      expect(await counts('day')).toEqual([3, 1]);
      expect(await rates.newestUntil(KEY, ALWAYS.to)).toMatchObject({ succeeded: 4 });
    });

    it('D3: written twice it is one sample; two of one instant are two', async () => {
      const rates = create();
      const at = '2026-11-20T08:00:00.000Z';
      for (const id of ['sig-1', 'sig-1', 'sig-2']) await rates.keep(KEY, sample(at, 1, 'notification'), id);
      expect(await rates.between(KEY, 'sample', ALWAYS)).toHaveLength(2);
    });

    it('B2: what is old is found by its level, and is gone once it is removed', async () => {
      const rates = create();
      for (const day of ['18', '19', '20'])
        await rates.keep(KEY, sample(`2026-11-${day}T08:00:00.000Z`, Number(day)), 'poll');
      const old: KeptRate[] = [];
      for await (const page of rates.takenBefore('sample', '2026-11-20T00:00:00.000Z')) old.push(...page);
      expect(old.map(({ at }) => at.slice(0, 10)).sort()).toEqual(['2026-11-18', '2026-11-19']);
      for (const kept of [...old, ...old]) await rates.remove(kept);
      expect((await rates.between(KEY, 'sample', ALWAYS)).map(({ succeeded }) => succeeded)).toEqual([20]);
      expect(await rates.between(KEY, 'day', ALWAYS)).toHaveLength(3);
    });
  });
}
