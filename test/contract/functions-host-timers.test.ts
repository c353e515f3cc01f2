// Timers: NCRONTAB by table, the listener on a clock of its own, and timer functions in a running host.
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
import { eventually, type HostedApp, hosted, json, MASTER_KEY } from './functions-host.harness.ts';

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

describe('L3: NCRONTAB finds the next occurrence after an instant', () => {
  test.each([
    ['0 */5 * * * *', '2026-11-20T13:37:00', '2026-11-20T13:40:00'],
    ['0 */5 * * * *', '2026-11-20T13:40:00', '2026-11-20T13:45:00'],
    ['30 0 3 * * *', '2026-11-20T13:37:00', '2026-11-21T03:00:30'],
    ['0 0 0 1 1 *', '2026-11-20T13:37:00', '2027-01-01T00:00:00'],
    ['0 0 0 * * Mon', '2026-11-20T13:37:00', '2026-11-23T00:00:00'],
    ['0 0 0 * * mon-fr', '2026-11-21T13:37:00', '2026-11-23T00:00:00'],
    ['0 0 0 * * 0', '2026-11-20T13:37:00', '2026-11-22T00:00:00'],
    // Day of month AND day of week: Friday the 13th.
    ['0 0 0 13 * 5', '2026-11-14T00:00:00', '2027-08-13T00:00:00'],
    ['0 0 0 29 February *', '2026-11-20T00:00:00', '2028-02-29T00:00:00'],
    // From 50 to the end in steps; the ends of a range in either order.
    ['0 50/4 * * * *', '2026-11-20T13:52:00', '2026-11-20T13:54:00'],
    ['0 20-10/5 * * * *', '2026-11-20T13:11:00', '2026-11-20T13:15:00'],
    ['0,30 * * * * *', '2026-11-20T13:37:10', '2026-11-20T13:37:30'],
  ])('%s after %s', (schedule, after, next) => {
    expect(parseSchedule(schedule).nextMs(at(after))).toBe(at(next));
  });

  test('in the time zone of WEBSITE_TIME_ZONE', () => {
    expect(parseSchedule('0 0 3 * * *', 'America/New_York').nextMs(at('2026-11-20T00:00:00'))).toBe(
      at('2026-11-20T08:00:00'),
    );
  });

  test('never, for a day that does not exist', () => {
    expect(parseSchedule('0 0 0 30 2 *').nextMs(at('2026-11-20T00:00:00'))).toBeUndefined();
  });
});

describe('L4: what NCRONTAB rejects is rejected', () => {
  test.each([
    '',
    '*/5 * * * *',
    '0 0 0 * * * *',
    '@daily',
    '00:05:00',
    '0 0 0 L * *',
    '0 0 0 15W * *',
    '0 0 0 * * 5#2',
    '0 0 0 ? * 1',
    '0 0 0 * * 7',
    '60 * * * * *',
    '0 0 24 * * *',
    '0 0 0 0 * *',
    '0 0 0 * 13 *',
    '0 0 0 * * Xyz',
    '0 */0 * * * *',
    '0 1- * * * *',
    '0 1,,2 * * * *',
    '0 -1 * * * *',
  ])('%j', (schedule) => {
    expect(() => parseSchedule(schedule)).toThrow();
  });
});

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

describe('L3: timer functions in a running host', () => {
  let app: HostedApp;
  let stateDir: string;

  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'timers-'));
    app = await hosted('timers.mjs', { settings: { YEARLY: '0 0 3 1 1 *' }, stateDir, disabled: ['every-second'] });
  });

  afterAll(async () => {
    await app.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  interface SeenRun {
    readonly name: string;
    readonly timer: { scheduleStatus: unknown; isPastDue: boolean; schedule: { adjustForDST: boolean } };
    readonly retryContext: { retryCount: number } | null;
    readonly hasMetadata: boolean;
  }

  async function runsOf(name: string): Promise<SeenRun[]> {
    const runs = await json<SeenRun[]>(await fetch(`${app.url}/runs`));
    return runs.filter((run) => run.name === name);
  }

  function runNow(name: string, init: RequestInit = {}): Promise<Response> {
    const headers = { 'x-functions-key': MASTER_KEY, 'content-type': 'application/json' };
    return fetch(`${app.url}/admin/functions/${name}`, { method: 'POST', headers, body: '{"input":""}', ...init });
  }

  test('runOnStartup runs at start, camelCased by the library', async () => {
    const [run] = await eventually(
      () => runsOf('at-start'),
      (runs) => runs.length > 0,
    );
    expect(run?.timer).toMatchObject({
      isPastDue: false,
      schedule: { adjustForDST: true },
      scheduleStatus: { last: expect.any(String) },
    });
  });

  test('POST /admin/functions/{name} runs a timer now, for the master key', async () => {
    expect((await runNow('yearly')).status).toBe(202);
    const [run] = await eventually(
      () => runsOf('yearly'),
      (runs) => runs.length > 0,
    );
    expect(run).toMatchObject({ timer: { isPastDue: false }, hasMetadata: false });
    expect((await runNow('yearly', { headers: { 'content-type': 'application/json' } })).status).toBe(401);
    expect((await runNow('unknown')).status).toBe(404);
    expect((await runNow('runs')).status).toBe(400);
    expect((await runNow('yearly', { body: 'no json' })).status).toBe(400);
    expect((await runNow('yearly', { headers: { 'x-functions-key': MASTER_KEY } })).status).toBe(415);
  });

  test('without a monitor there is no schedule status', async () => {
    await runNow('unmonitored');
    const [run] = await eventually(
      () => runsOf('unmonitored'),
      (runs) => runs.length > 0,
    );
    expect(run?.timer.scheduleStatus).toBeNull();
  });

  test('a retry policy repeats a failed run', async () => {
    const runs = await eventually(
      () => runsOf('retried'),
      (seen) => seen.length >= 3,
    );
    expect(runs.map(({ retryContext }) => retryContext?.retryCount ?? 0)).toEqual([0, 1, 2]);
  });

  test('schedules that Azure refuses are faults, and a disabled timer runs only by hand', async () => {
    expect(app.ready.faults.map(({ name }) => name)).toEqual(['five-fields', 'time-span']);
    expect(await runsOf('every-second')).toEqual([]);
    expect((await runNow('every-second')).status).toBe(202);
    await eventually(
      () => runsOf('every-second'),
      (runs) => runs.length === 1,
    );
  });

  test('the parent may order a run too', async () => {
    const before = (await runsOf('yearly')).length;
    expect(await app.order('invoke', { name: 'yearly' })).not.toHaveProperty('error');
    expect((await runsOf('yearly')).length).toBe(before + 1);
    expect(await app.order('invoke', { name: 'nobody' })).toMatchObject({ error: expect.stringContaining('nobody') });
  });
});
