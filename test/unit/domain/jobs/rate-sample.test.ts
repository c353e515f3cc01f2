// What a notification makes of the last sample of a series.
import { expect, it } from 'vitest';
import { MOST_RECENT, percentOf, type RateSample, withRun } from '../../../../shared/domain/jobs/rate-sample.ts';

const NOW = { at: '2026-11-20T08:03:00.000Z', windowHours: 24 };
const before: RateSample = {
  at: '2026-11-20T08:00:00.000Z',
  windowHours: 24,
  succeeded: 3,
  failed: 1,
  source: 'poll',
  recent: [{ runId: '9', succeeded: false }],
};

it('B2: a run that was not counted is, and one that was is not counted twice', () => {
  expect(withRun(before, { runId: '10', succeeded: true }, NOW)).toEqual({
    ...NOW,
    succeeded: 4,
    failed: 1,
    source: 'notification',
    recent: [{ runId: '10', succeeded: true }, ...before.recent],
  });
  expect(withRun(before, { runId: '9', succeeded: false }, NOW)).toBeUndefined();
});

it('B2: a run that failed, was repaired and succeeded is one success', () => {
  expect(withRun(before, { runId: '9', succeeded: true }, NOW)).toMatchObject({ succeeded: 4, failed: 0 });
  const repaired = withRun(before, { runId: '9', succeeded: true }, NOW);
  expect(withRun(repaired, { runId: '9', succeeded: false }, NOW)).toMatchObject({ succeeded: 3, failed: 1 });
});

it('B2: what lies before the window counts no more, and few of the newest runs are remembered', () => {
  const later = { at: '2026-11-21T08:00:00.001Z', windowHours: 24 };
  expect(withRun(before, { runId: '10', succeeded: false }, later)).toMatchObject({ succeeded: 0, failed: 1 });
  expect(withRun(undefined, { runId: '10', succeeded: true }, NOW)).toMatchObject({ succeeded: 1, failed: 0 });
  const many = Array.from({ length: MOST_RECENT }, (_, n) => ({ runId: `r${n}`, succeeded: true }));
  expect(withRun({ ...before, recent: many }, { runId: '10', succeeded: true }, NOW)?.recent).toHaveLength(MOST_RECENT);
});

it('B2: a rate without runs is none', () => {
  expect([percentOf(before), percentOf({ succeeded: 0, failed: 0 })]).toEqual([75, null]);
});
