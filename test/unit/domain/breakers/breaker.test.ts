import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Breaker,
  type BreakerClock,
  closedBreaker,
  permissionFor,
  withFailure,
  withSuccess,
  withTrial,
} from '../../../../shared/domain/breakers/breaker.ts';
import { breakerSchema } from '../../../../shared/domain/breakers/stored-breaker.ts';

const START = Date.parse('2026-11-20T14:00:00.000Z');
const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString();
const clockAt = (minutes: number): BreakerClock => ({
  after: (seconds) => new Date(START + minutes * 60_000 + seconds * 1000),
  millisecondsOf: (seconds) => seconds * 1000,
});

function fail(breaker: Breaker, run: string, minutes: number): Breaker {
  return withFailure(breaker, { run, at: at(minutes) }, clockAt(minutes));
}

function afterFailures(...minutes: number[]): Breaker {
  return minutes.reduce((breaker, minute, n) => fail(breaker, `run-${n}`, minute), closedBreaker);
}

describe('a breaker', () => {
  it('E4: opens at the third failure within 30 minutes, and not before', () => {
    expect(afterFailures(0, 10).state).toBe('closed');
    expect(afterFailures(0, 10, 20).state).toBe('open');
    expect(afterFailures(0, 10, 45).state).toBe('closed');
  });

  it('E4: counts each run once', () => {
    const twice = fail(fail(fail(closedBreaker, 'a', 0), 'a', 1), 'a', 2);
    expect(twice).toMatchObject({ state: 'closed', failures: [{ run: 'a' }] });
  });

  it('E4: refuses for 10 minutes, then allows one trial', () => {
    const open = afterFailures(0, 1, 2);
    expect(permissionFor(open, 'x', at(11))).toMatchObject({ allowed: false, because: 'breaker-open' });
    expect(permissionFor(open, 'x', at(12))).toEqual({ allowed: true, trial: true });
    const half = withTrial(open, 'x', clockAt(12));
    expect(permissionFor(half, 'x', at(13))).toEqual({ allowed: true, trial: false });
    expect(permissionFor(half, 'y', at(13))).toMatchObject({ allowed: false, because: 'trial-under-way' });
  });

  it('E4: closes on the success of its trial, and on nobody else’s', () => {
    const half = withTrial(afterFailures(0, 1, 2), 'x', clockAt(12));
    expect(withSuccess(half, 'y', clockAt(13))).toBe(half);
    expect(withSuccess(half, 'x', clockAt(13)).state).toBe('closed');
  });

  it('E4: opens again at once when the trial fails, or when its success does not last', () => {
    const half = withTrial(afterFailures(0, 1, 2), 'x', clockAt(12));
    expect(fail(half, 'x', 13).state).toBe('open');
    const closed = withSuccess(half, 'x', clockAt(13));
    expect(fail(closed, 'x/relapse', 15).state).toBe('open');
    expect(fail(closed, 'x/relapse', 60).state).toBe('closed');
  });

  it('E4: a trial that never ends gives its place up', () => {
    const half = withTrial(afterFailures(0, 1, 2), 'x', clockAt(12));
    expect(permissionFor(half, 'y', at(12 + 61))).toEqual({ allowed: true, trial: true });
  });

  it('E4: survives being stored, whatever happened', () => {
    const deeds = fc.array(
      fc.tuple(
        fc.constantFrom('fail', 'succeed', 'try'),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 120 }),
      ),
    );
    fc.assert(
      fc.property(deeds, (list) => {
        let breaker: Breaker = closedBreaker;
        for (const [deed, run, minute] of list.toSorted((a, b) => a[2] - b[2])) {
          const id = `run-${run}`;
          if (deed === 'fail') breaker = fail(breaker, id, minute);
          if (deed === 'succeed') breaker = withSuccess(breaker, id, clockAt(minute));
          const permission = permissionFor(breaker, id, at(minute));
          if (deed === 'try' && permission.allowed && permission.trial)
            breaker = withTrial(breaker, id, clockAt(minute));
          expect(breakerSchema.parse(JSON.parse(JSON.stringify(breaker)))).toEqual(breaker);
        }
      }),
    );
  });
});
