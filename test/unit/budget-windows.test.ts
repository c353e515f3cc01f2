import { describe, expect, it } from 'vitest';
import { mostAdmitted } from '../builders/budget-windows.ts';

const WINDOW_MS = 10_000;

function at(seconds: number, count: number): number[] {
  return Array(count).fill(seconds * 1_000);
}

describe('the judge of what a workspace received', () => {
  it('E10: counts what arrives well inside a window for that window', () => {
    expect(mostAdmitted([...at(5, 3), ...at(15, 4)], WINDOW_MS, 3)).toBe(4);
  });

  it('E10: lets what arrives at the beginning of a window count for the one before, as far as that has room', () => {
    expect(mostAdmitted([...at(5, 2), ...at(10.5, 1), ...at(15, 3)], WINDOW_MS, 3)).toBe(3);
    expect(mostAdmitted([...at(5, 3), ...at(10.5, 1), ...at(15, 3)], WINDOW_MS, 3)).toBe(4);
    expect(mostAdmitted([...at(5, 2), ...at(10.5, 2), ...at(15, 3)], WINDOW_MS, 3)).toBe(4);
    expect(mostAdmitted([], WINDOW_MS, 3)).toBe(0);
  });
});
