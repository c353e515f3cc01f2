import { describe, expect, it } from 'vitest';
import { preferredWaitSeconds } from '../../../shared/http/prefer.ts';

describe('Prefer: wait', () => {
  const rows: readonly [string | null, number | undefined][] = [
    [null, undefined],
    ['wait=0', 0],
    ['wait=5', 5],
    ['respond-async, wait=10', 10],
    ['WAIT = 7', 7],
    ['wait="3"', 3],
    ['wait=100', 30],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['wait=99999999999999', undefined],
    ['await=5', undefined],
    ['return=minimal', undefined],
    ['wait=4; why=curious', 4],
    ['', undefined],
  ];
  it.each(rows)('A6: %s asks for %s', (header, seconds) => {
    expect(preferredWaitSeconds(header)).toBe(seconds);
  });
});
