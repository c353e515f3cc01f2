// From a series of looks to what it says now: a steady fault told from an intermittent one (k of n), and slow from usual.
import {
  BASELINE_MS,
  JUDGED_FOR_MS,
  LEAST_BASELINE_LOOKS,
  LOOKS_JUDGED,
  NEWEST_LOOKS,
  SLOW,
  STALE_AFTER_MS,
  STEADY_FAILURES,
  STEADY_IN_A_ROW,
} from './figures.ts';
import type { ProbeKind, ProbeSample } from './sample.ts';

export interface Course {
  readonly is: 'unknown' | 'well' | 'slow' | 'intermittent' | 'steady';
  readonly because: string;
  readonly failed: number;
  readonly of: number;
  /** Failures since the last look that came through. */
  readonly inARow: number;
  /** Of the newest look that failed, among those judged. */
  readonly failedAt?: ProbeSample['failedAt'];
  readonly latencyMs?: number;
  readonly baselineMs?: number;
}

/** `samples` newest first, of one series. */
export function courseOf(samples: readonly ProbeSample[], kind: ProbeKind, now: Date): Course {
  const telling = samples.filter(({ outcome, at }) => outcome !== 'skipped' && ageMs(at, now) <= JUDGED_FOR_MS[kind]);
  const judged = telling.slice(0, LOOKS_JUDGED);
  const [newest] = judged;
  if (!newest || ageMs(newest.at, now) > STALE_AFTER_MS[kind]) return unknown(samples[0]);
  const failures = judged.filter(({ outcome }) => outcome === 'failed');
  const since = judged.findIndex(({ outcome }) => outcome !== 'failed');
  const inARow = since < 0 ? judged.length : since;
  const counts = { failed: failures.length, of: judged.length, inARow };
  const [failure] = failures;
  if (!failure) return { ...counts, ...(newest.latencyMs === undefined ? untimed(judged) : paceOf(samples, now)) };
  const steady = failures.length >= STEADY_FAILURES || inARow >= STEADY_IN_A_ROW;
  const words = `${counts.failed} of the last ${counts.of} looks failed; ${failure.because ?? 'no words'}`;
  const { failedAt } = failure;
  return { is: steady ? 'steady' : 'intermittent', because: words, ...counts, ...(failedAt && { failedAt }) };
}

function unknown(newest: ProbeSample | undefined): Course {
  const because = newest?.outcome === 'skipped' ? (newest.because ?? 'the look was left out') : 'no look of late';
  return { is: 'unknown', because, failed: 0, of: 0, inARow: 0 };
}

/** The state of a link has no pace: the words of its newest look are all there is to tell. */
function untimed([newest]: readonly ProbeSample[]): Pick<Course, 'is' | 'because'> {
  return { is: 'well', because: newest?.checks.at(-1)?.because ?? 'came through' };
}

/** Looks that came through: as quick as usual, or slow. */
function paceOf(
  samples: readonly ProbeSample[],
  now: Date,
): Pick<Course, 'is' | 'because' | 'latencyMs' | 'baselineMs'> {
  const latencies = samples
    .filter(({ at }) => ageMs(at, now) <= BASELINE_MS)
    .flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs]));
  const latencyMs = median(latencies.slice(0, NEWEST_LOOKS));
  const usual = latencies.slice(NEWEST_LOOKS);
  if (usual.length < LEAST_BASELINE_LOOKS) return { is: 'well', because: `answers within ${latencyMs} ms`, latencyMs };
  const baselineMs = median(usual);
  const isSlow = latencyMs >= baselineMs * SLOW.times && latencyMs >= baselineMs + SLOW.longerByMs;
  const because = `answers within ${latencyMs} ms, usually within ${baselineMs} ms`;
  return { is: isSlow ? 'slow' : 'well', because, latencyMs, baselineMs };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

function ageMs(at: string, now: Date): number {
  return now.getTime() - Date.parse(at);
}
