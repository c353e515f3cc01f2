// What is kept of a month of looks: all of the last day, then one an hour, the worst.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEPT_DAYS } from '../../../../shared/domain/probes/figures.ts';
import type { ProbeSample } from '../../../../shared/domain/probes/sample.ts';
import { type AgedSample, rawSince, Thinning } from '../../../../shared/domain/probes/thin.ts';
import { NOW } from '../../../builders/probe-samples.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function aged(at: number, outcome: ProbeSample['outcome'] = 'ok', target = 'workspace/x'): AgedSample {
  return { target, kind: 'shallow', at: new Date(at).toISOString(), outcome };
}

/** What is left of the samples, thinned in the order given. */
function leftOf(samples: readonly AgedSample[], now = NOW): AgedSample[] {
  const thinning = new Thinning(now);
  const gone = samples.flatMap((sample) => thinning.take(sample) ?? []);
  return samples.filter((sample) => !gone.includes(sample));
}

const HOUR = NOW.getTime() - 48 * HOUR_MS;

describe('thinning', () => {
  it('B4: one an hour is left, and a failure rather than one that came through', () => {
    const hour = [59, 40, 20, 3].map((minute) => aged(HOUR + minute * MINUTE_MS, minute === 20 ? 'failed' : 'ok'));
    expect(leftOf(hour)).toEqual([hour[2]]);
    expect(leftOf([aged(HOUR + MINUTE_MS, 'skipped'), aged(HOUR, 'ok')]).map(({ outcome }) => outcome)).toEqual(['ok']);
  });

  it('B4: each hour, series and kind has its own', () => {
    const one = aged(HOUR);
    const apart = [one, aged(HOUR + HOUR_MS), aged(HOUR, 'ok', 'workspace/y'), { ...one, kind: 'deep' as const }];
    expect(leftOf(apart)).toEqual(apart);
  });

  it('B4: after thirty days nothing is left', () => {
    expect(leftOf([aged(NOW.getTime() - KEPT_DAYS * 24 * HOUR_MS - 1)])).toEqual([]);
  });

  it('B4: only what is a day old is thinned, by whole hours', () => {
    expect(rawSince(new Date('2026-11-20T08:59:59.999Z')).toISOString()).toBe('2026-11-19T08:00:00.000Z');
  });

  it('B4: however often and from wherever it is thinned, what is left is the same', () => {
    const minutes = fc.uniqueArray(fc.nat(600), { minLength: 1, maxLength: 60 });
    const outcomes = fc.infiniteStream(fc.constantFrom('ok' as const, 'failed' as const, 'skipped' as const));
    fc.assert(
      fc.property(minutes, outcomes, fc.nat(60), (times, stream, cut) => {
        const newestFirst = times
          .toSorted((a, b) => b - a)
          .map((minute) => aged(HOUR + minute * MINUTE_MS, stream.next().value));
        const once = leftOf(newestFirst);
        expect(leftOf(once)).toEqual(once);
        // A pass that ended in the middle leaves the rest to the next.
        expect(leftOf([...leftOf(newestFirst.slice(0, cut)), ...newestFirst.slice(cut)])).toEqual(once);
        const hours = once.map(({ at }) => Math.floor(Date.parse(at) / HOUR_MS));
        expect(new Set(hours).size).toBe(hours.length);
      }),
    );
  });
});
