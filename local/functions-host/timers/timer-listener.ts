// Runs one timer function on its schedule, as TimerListener.cs does: one run at a time, missed runs noticed at start
// (isPastDue) and made up for once, a run that outlasts the next occurrence followed by the next one at once.
import type { Clock } from '../clock.ts';
import type { TypedData } from '../core-types.ts';
import type { HostLog } from '../log.ts';
import type { Schedule } from './ncrontab.ts';
import { type ScheduleStatus, type StatusStore, wireStatus } from './schedule-status.ts';

export interface TimerOptions {
  readonly name: string;
  readonly schedule: Schedule;
  readonly useMonitor: boolean;
  readonly runOnStartup: boolean;
  readonly store: StatusStore;
  readonly clock: Clock;
  readonly log: HostLog;
  /** Runs the function to its end, retries included; a rejection has been reported already. */
  run(data: TypedData, reason: string): Promise<void>;
}

const LOG_CATEGORY = 'Host.Triggers.Timer';

export class TimerListener {
  readonly #options: TimerOptions;
  #status: ScheduleStatus = { lastMs: undefined, nextMs: undefined, lastUpdatedMs: undefined };
  #isMonitored = false;
  #isStopped = false;
  #cancelWait: () => void = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: TimerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { clock, schedule, useMonitor, runOnStartup } = this.#options;
    const now = clock.now();
    this.#isMonitored = useMonitor && !schedule.isSubMinuteAt(now);
    this.#status = { ...this.#status, nextMs: schedule.nextMs(now) };
    if (this.#isMonitored && (await this.#isPastDue(now))) return this.#fireAt(now, { isPastDue: true });
    if (runOnStartup) return this.#fireAt(now, { isPastDue: false });
    this.#wait();
  }

  /** No further run starts; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelWait();
    await this.#running;
  }

  /** What a run by hand gets: the stored status, never past due (TimerTriggerBinding.BindAsync). */
  manualRun(): TypedData {
    return timerData(this.#isMonitored ? this.#status : undefined, false);
  }

  /** ScheduleMonitor.CheckPastDueAsync: the stored next occurrence counts, unless the schedule has changed since. */
  async #isPastDue(now: number): Promise<boolean> {
    const { store, name, schedule } = this.#options;
    const stored = await store.read(name);
    if (!stored) {
      this.#status = { lastMs: undefined, nextMs: schedule.nextMs(now), lastUpdatedMs: now };
      await store.write(name, this.#status);
      return false;
    }
    this.#status = stored;
    const basis = stored.lastMs ?? stored.lastUpdatedMs ?? now;
    const expected = schedule.nextMs(basis);
    if (stored.nextMs !== expected) await this.#adopt(expected, basis, now);
    return this.#status.nextMs !== undefined && now > this.#status.nextMs;
  }

  async #adopt(expected: number | undefined, basis: number, now: number): Promise<void> {
    const { store, name, schedule } = this.#options;
    const nextMs = expected !== undefined && now > expected ? schedule.nextMs(now) : expected;
    this.#status = { lastMs: undefined, nextMs, lastUpdatedMs: basis };
    await store.write(name, this.#status);
  }

  #wait(): void {
    const { nextMs } = this.#status;
    if (nextMs === undefined) return;
    this.#fireAt(Math.max(nextMs, this.#options.clock.now()));
  }

  #fireAt(atMs: number, startup?: { isPastDue: boolean }): void {
    if (this.#isStopped) return;
    this.#cancelWait = this.#options.clock.schedule(atMs, () => {
      this.#running = this.#fire(startup).then(() => this.#wait());
    });
  }

  async #fire(startup: { isPastDue: boolean } | undefined): Promise<void> {
    const { clock, schedule, run, log, name, store } = this.#options;
    const firedAt = clock.now();
    const shown = this.#isMonitored ? this.#status : undefined;
    await run(timerData(shown, startup?.isPastDue ?? false), reasonOf(startup, clock.now())).catch(() => {});
    // Fired a little early (clock skew): count it for the occurrence it was meant for, or it would fire twice.
    const lastMs = startup ? firedAt : Math.max(firedAt, this.#status.nextMs ?? firedAt);
    this.#status = { lastMs, nextMs: schedule.nextMs(lastMs), lastUpdatedMs: lastMs };
    if (!this.#isMonitored) return;
    await store.write(name, this.#status).catch((error) => {
      log.write('error', LOG_CATEGORY, 'the schedule status was not saved', { function: name, error: String(error) });
    });
  }
}

function reasonOf(startup: { isPastDue: boolean } | undefined, now: number): string {
  const cause = startup ? (startup.isPastDue ? ', past due' : ', RunOnStartup') : '';
  return `Timer fired at ${new Date(now).toISOString()}${cause}`;
}

function timerData(status: ScheduleStatus | undefined, isPastDue: boolean): TypedData {
  const scheduleStatus = status ? wireStatus(status) : null;
  const info = { Schedule: { AdjustForDST: true }, ScheduleStatus: scheduleStatus, IsPastDue: isPastDue };
  return { json: JSON.stringify(info) };
}
