// What the store of our looks promises.
import { describe, expect, it } from 'vitest';
import type { ProbeSample } from '../../../shared/domain/probes/sample.ts';
import type { ProbeSeries, StoredSample } from '../../../shared/ports/probe-series.ts';
import { aLook, failedAt, NOW } from '../../builders/probe-samples.ts';

const MINUTE_MS = 60_000;

function minutesAgo(minutes: number, change: Parameters<typeof aLook>[0] = {}): ProbeSample {
  return aLook({ at: new Date(NOW.getTime() - minutes * MINUTE_MS), ...change });
}

function instant(minutes: number): Date {
  return new Date(NOW.getTime() - minutes * MINUTE_MS);
}

async function all(pages: AsyncIterable<readonly StoredSample[]>): Promise<StoredSample[]> {
  const rows: StoredSample[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

const series = { target: 'workspace/databricks-dev', kind: 'shallow' } as const;

export function probeSeriesContract(where: string, create: () => ProbeSeries): void {
  describe(`probe series, ${where}`, () => {
    it('B4: gives back what was kept, whole and the newest first', async () => {
      const probes = create();
      const failed = minutesAgo(2, { checks: failedAt('tls', 'the certificate has expired – „ü“') });
      for (const sample of [minutesAgo(3), failed, minutesAgo(1)]) await probes.append(sample);
      expect(await probes.newest(series, instant(60), 10)).toEqual([minutesAgo(1), failed, minutesAgo(3)]);
    });

    it('B4: no older ones than asked for, the bound itself included, and no more', async () => {
      const probes = create();
      for (const minutes of [5, 4, 3, 2, 1]) await probes.append(minutesAgo(minutes));
      const since3 = await probes.newest(series, instant(3), 10);
      expect(since3.map(({ at }) => at)).toEqual([1, 2, 3].map((minutes) => instant(minutes).toISOString()));
      expect(await probes.newest(series, instant(60), 2)).toHaveLength(2);
      expect(await probes.newest(series, instant(0), 10)).toEqual([]);
    });

    it('B4: each target and kind is a series of its own', async () => {
      const probes = create();
      await probes.append(minutesAgo(1));
      await probes.append(minutesAgo(1, { kind: 'deep' }));
      await probes.append(minutesAgo(1, { target: 'workspace/databricks' }));
      expect(await probes.newest(series, instant(60), 10)).toEqual([minutesAgo(1)]);
      expect(await probes.newest({ ...series, kind: 'connectivity' }, instant(60), 10)).toEqual([]);
    });

    it('B4: the same look again is one', async () => {
      const probes = create();
      await probes.append(minutesAgo(1));
      await probes.append(minutesAgo(1));
      expect(await probes.newest(series, instant(60), 10)).toHaveLength(1);
    });

    it('B4: old ones are told series by series, each newest first, and can be removed, also twice', async () => {
      const probes = create();
      for (const minutes of [50, 10, 40, 30, 20]) {
        await probes.append(minutesAgo(minutes));
        await probes.append(minutesAgo(minutes, { kind: 'deep', checks: failedAt('list') }));
      }
      const old = await all(probes.before(instant(25)));
      const shallow = old.filter(({ kind }) => kind === 'shallow');
      expect(old).toHaveLength(6);
      expect(shallow.map(({ at }) => at)).toEqual([30, 40, 50].map((minutes) => instant(minutes).toISOString()));
      expect(new Set(old.slice(0, 3).map(({ kind }) => kind)).size).toBe(1);
      expect(old.filter(({ kind }) => kind === 'deep').map(({ outcome }) => outcome)).toEqual(Array(3).fill('failed'));
      expect(await all(probes.before(instant(50)))).toEqual([]);
      for (const sample of [...shallow, ...shallow]) await probes.remove(sample);
      expect(await probes.newest(series, instant(60), 10)).toEqual([minutesAgo(10), minutesAgo(20)]);
    });
  });
}
