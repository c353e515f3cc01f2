// Looks for tests: one a minute, newest first, written as a line of letters.
import {
  type Check,
  type CheckName,
  type ProbeKind,
  type ProbeSample,
  sampleOf,
} from '../../shared/domain/probes/sample.ts';

export const NOW = new Date('2026-11-20T08:00:00.000Z');

export function aLook(change: Partial<Parameters<typeof sampleOf>[0]> = {}): ProbeSample {
  return sampleOf({
    target: 'workspace/databricks-dev',
    kind: 'shallow',
    region: 'eastus',
    at: NOW,
    checks: [{ name: 'http', outcome: 'ok', milliseconds: 20 }],
    ...change,
  });
}

export function failedAt(name: CheckName, because = 'as ordered'): Check[] {
  return [{ name, outcome: 'failed', milliseconds: 3, because }];
}

/** `.` came through, `X` failed at HTTP, `D` at DNS, `s` was skipped; the newest first, one each minute. */
export function looksLike(line: string, kind: ProbeKind = 'shallow', minutesApart = 1): ProbeSample[] {
  return [...line].map((letter, index) => {
    const at = new Date(NOW.getTime() - index * minutesApart * 60_000);
    if (letter === 'X') return aLook({ kind, at, checks: failedAt('http', 'answers 503') });
    if (letter === 'D') return aLook({ kind, at, checks: failedAt('dns', 'there is no such name') });
    if (letter === 's') return aLook({ kind, at, checks: [{ name: 'http', outcome: 'skipped', because: 'no room' }] });
    return aLook({ kind, at });
  });
}
