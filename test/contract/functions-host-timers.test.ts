// Timers on a clock of their own: schedule, missed runs, one run at a time, retry policies.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clock } from '../../local/functions-host/clock.ts';
import { createLog } from '../../local/functions-host/log.ts';
import { delayMs, withRetries } from '../../local/functions-host/retry.ts';
import { parseSchedule } from '../../local/functions-host/timers/ncrontab.ts';
import { createStatusStore, type StatusStore } from '../../local/functions-host/timers/schedule-status.ts';
import { TimerListener, type TimerOptions } from '../../local/functions-host/timers/timer-listener.ts';

const at = (text: string) => Date.parse(`${text}Z`);

/** A clock that stands still until told to move. */
class ManualClock implements Clock {
  #now: number;
  #due: { atMs: number; fn: () => void }[] = [];

  constructor(text: string) {
    this.#now = at(text);
  }

  readonly now = (): number => this.#now;

  schedule(atMs: number, fn: () => void): () => void {
    const entry = { atMs, fn };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((other) => other !== entry);
    };
  }

  async moveTo(text: string): Promise<void> {
    const target = at(text);
    for (;;) {
      await settled();
      const next = this.#due.filter(({ atMs }) => atMs <= target).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.atMs);
      next.fn();
    }
    this.#now = target;
  }
}

const pending = new Set<Promise<unknown>>();

/** Lets what has been promised happen, writing to files included. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.allSettled(pending);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The real store, whose work `settled` waits for. */
function fileStore(dir: string): StatusStore {
  const store = createStatusStore(dir);
  return {
    read: (timer) => followed(store.read(timer)),
    write: (timer, status) => followed(store.write(timer, status)),
  };
}

function followed<T>(work: Promise<T>): Promise<T> {
  pending.add(work);
  void work.finally(() => pending.delete(work));
  return work;
}

interface Run {
  readonly at: string;
  readonly isPastDue: boolean;
  readonly status: { Last: string; Next: string; LastUpdated: string } | null;
}

function listener(
  clock: ManualClock,
  schedule: string,
  given: Partial<TimerOptions> = {},
): { runs: Run[]; timer: TimerListener } {
  const runs: Run[] = [];
  const timer = new TimerListener({
    name: 'timer',
    schedule: parseSchedule(schedule),
    useMonitor: true,
    runOnStartup: false,
    store: createStatusStore(undefined),
    clock,
    log: createLog(new Map(), () => {}),
    run: async (data) => {
      const { IsPastDue, ScheduleStatus } = JSON.parse(data.json ?? '');
      runs.push({ at: new Date(clock.now()).toISOString().slice(0, 19), isPastDue: IsPastDue, status: ScheduleStatus });
      await given.run?.(data, '');
    },
    ...('store' in given && { store: given.store }),
    ...('useMonitor' in given && { useMonitor: given.useMonitor }),
    ...('runOnStartup' in given && { runOnStartup: given.runOnStartup }),
  });
  return { runs, timer };
}

describe('L3: a timer runs on its schedule', () => {
  test('at every occurrence, with its status', async () => {
    const clock = new ManualClock('2026-11-20T13:37:00');
    const { runs, timer } = listener(clock, '0 */5 * * * *');
    await timer.start();
    await clock.moveTo('2026-11-20T13:47:00');
    expect(runs.map((run) => run.at)).toEqual(['2026-11-20T13:40:00', '2026-11-20T13:45:00']);
    expect(runs[0]?.status).toEqual({
      Last: '0001-01-01T00:00:00+00:00',
      Next: '2026-11-20T13:40:00.000+00:00',
      LastUpdated: '2026-11-20T13:37:00.000+00:00',
    });
    expect(runs[1]?.status).toMatchObject({
      Last: '2026-11-20T13:40:00.000+00:00',
      Next: '2026-11-20T13:45:00.000+00:00',
    });
    await timer.stop();
  });

  test('one at a time: a run that outlasts occurrences is followed by one run at once, not by all it missed', async () => {
    const clock = new ManualClock('2026-11-20T13:37:00');
    const ends: (() => void)[] = [];
    const { runs, timer } = listener(clock, '0 */5 * * * *', {
      run: () => new Promise<void>((resolve) => ends.push(resolve)),
    });
    await timer.start();
    await clock.moveTo('2026-11-20T13:56:00');
    expect(runs.map((run) => run.at)).toEqual(['2026-11-20T13:40:00']);
    ends.shift()?.();
    await clock.moveTo('2026-11-20T13:57:00');
    expect(runs.map((run) => run.at)).toEqual(['2026-11-20T13:40:00', '2026-11-20T13:56:00']);
    ends.shift()?.();
    await clock.moveTo('2026-11-20T14:01:00');
    expect(runs.at(-1)?.at).toBe('2026-11-20T14:00:00');
    ends.shift()?.();
    await timer.stop();
  });

  test('also after a run that failed', async () => {
    const clock = new ManualClock('2026-11-20T13:37:00');
    const { runs, timer } = listener(clock, '0 */5 * * * *', { run: () => Promise.reject(new Error('failed')) });
    await timer.start();
    await clock.moveTo('2026-11-20T13:46:00');
    expect(runs).toHaveLength(2);
    await timer.stop();
  });

  test('and no more once it is stopped', async () => {
    const clock = new ManualClock('2026-11-20T13:37:00');
    const { runs, timer } = listener(clock, '0 */5 * * * *');
    await timer.start();
    await timer.stop();
    await clock.moveTo('2026-11-20T14:00:00');
    expect(runs).toEqual([]);
  });
});

describe('B1: a monitored timer notices what it missed', () => {
  let dir: string;
  let store: StatusStore;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'timers-'));
    store = fileStore(dir);
  });

  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('past due after a restart: one run at once, then the schedule', async () => {
    const before = listener(new ManualClock('2026-11-20T13:37:00'), '0 */5 * * * *', { store });
    await before.timer.start();
    await before.timer.stop();
    const clock = new ManualClock('2026-11-20T14:02:00');
    const { runs, timer } = listener(clock, '0 */5 * * * *', { store });
    await timer.start();
    await clock.moveTo('2026-11-20T14:06:00');
    expect(runs.map((run) => [run.at, run.isPastDue])).toEqual([
      ['2026-11-20T14:02:00', true],
      ['2026-11-20T14:05:00', false],
    ]);
    await timer.stop();
    expect(JSON.parse(await readFile(join(dir, 'timers/timer/status'), 'utf8'))).toMatchObject({
      Next: '2026-11-20T14:10:00.000+00:00',
    });
  });

  test('not past due where the schedule has changed meanwhile', async () => {
    const clock = new ManualClock('2026-11-20T16:00:00');
    const { runs, timer } = listener(clock, '0 30 * * * *', { store });
    await timer.start();
    await clock.moveTo('2026-11-20T16:31:00');
    expect(runs.map((run) => [run.at, run.isPastDue])).toEqual([['2026-11-20T16:30:00', false]]);
    await timer.stop();
  });

  test('a status file that is broken counts as none', async () => {
    await writeFile(join(dir, 'timers/timer/status'), '{"Last":');
    const { runs, timer } = listener(new ManualClock('2026-11-20T17:00:01'), '0 0 * * * *', { store });
    await timer.start();
    expect(runs).toEqual([]);
    await timer.stop();
  });

  test('several occurrences a minute are not monitored: no status, no past due', async () => {
    const clock = new ManualClock('2026-11-20T18:00:00');
    const { runs, timer } = listener(clock, '*/20 * * * * *', { store });
    await timer.start();
    await clock.moveTo('2026-11-20T18:00:21');
    expect(runs).toEqual([{ at: '2026-11-20T18:00:20', isPastDue: false, status: null }]);
    await timer.stop();
  });
});

describe('L3: retry policies', () => {
  const signal = new AbortController().signal;

  test('the first attempt has no context, later ones know their number and the error before', async () => {
    const contexts: unknown[] = [];
    const policy = { retryStrategy: 'fixedDelay', maxRetryCount: 2, delayInterval: { seconds: 0 } } as const;
    const clock = new ManualClock('2026-11-20T13:37:00');
    const attempt = async (context: unknown) => {
      contexts.push(context);
      throw new Error(`attempt ${contexts.length}`);
    };
    const ended = expect(withRetries(policy, attempt, { clock, signal })).rejects.toThrow('attempt 3');
    await clock.moveTo('2026-11-20T13:38:00');
    await ended;
    expect(contexts).toMatchObject([
      undefined,
      { retryCount: 1, maxRetryCount: 2, exception: { message: 'attempt 1' } },
      { retryCount: 2 },
    ]);
  });

  test('a fixed delay is kept, an exponential one grows between its bounds', () => {
    const fixed = { retryStrategy: 'fixedDelay', maxRetryCount: -1, delayInterval: { seconds: 7 } } as const;
    expect([1, 2, 9].map((count) => delayMs(fixed, count))).toEqual([7_000, 7_000, 7_000]);
    const grown = {
      retryStrategy: 'exponentialBackoff',
      maxRetryCount: 9,
      minimumInterval: { seconds: 2 },
      maximumInterval: { seconds: 10 },
    } as const;
    expect([1, 2, 3, 4].map((count) => delayMs(grown, count, () => 0.5))).toEqual([2_000, 4_000, 8_000, 10_000]);
  });
});
