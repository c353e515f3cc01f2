// Which notifications a run owes: job and task events with the time at which each is due. webhooks.ts carries them.
import { type Fields, numberIn, type Run, type TaskRun } from './job.ts';
import { RUN_SECONDS } from './refusals.ts';
import { fieldsIn } from './task-work.ts';
import { type JobWorld, ms } from './world.ts';

export const EVENTS = [
  'on_start',
  'on_success',
  'on_failure',
  'on_duration_warning_threshold_exceeded',
  'on_streaming_backlog_exceeded',
] as const;
export type NoticeEvent = (typeof EVENTS)[number];

export interface Notice {
  /** Unlike that of every other notice of its run. */
  readonly key: string;
  readonly event: NoticeEvent;
  readonly at: number;
  /** The attempt it is about; the run where it is missing. */
  readonly task?: TaskRun | undefined;
}

/** Those whose time has come and that somebody wants, each once. */
export function dueNotices(run: Run, world: JobWorld): Notice[] {
  const now = world.workspace.clock.now();
  return owed(run, world)
    .filter(({ at }) => at <= now)
    .toSorted((a, b) => a.at - b.at);
}

export function noticeTimes(run: Run, world: JobWorld): number[] {
  return owed(run, world).map(({ at }) => at);
}

/** The ids of the destinations of an event. */
export function destinationsOf(settings: Fields, event: NoticeEvent): string[] {
  const list = fieldsIn(settings, 'webhook_notifications')[event];
  return Array.isArray(list) ? list.map((entry) => String(Object(entry).id)) : [];
}

function owed(run: Run, world: JobWorld): Notice[] {
  if (run.startedAt === undefined) return [];
  const notices = [...ofRun(run, world), ...run.tasks.flatMap((task) => ofTask(task, world))];
  return notices.filter(
    ({ key, event, task }) => !run.announced.includes(key) && destinationsOf((task ?? run).settings, event).length > 0,
  );
}

function ofRun(run: Run, world: JobWorld): Notice[] {
  const { settings, end, history } = run;
  const muted = fieldsIn(settings, 'notification_settings');
  // A repair begins and ends like a run.
  const about = (event: NoticeEvent, at: number, n = history.length): Notice => ({ key: `${event}/${n}`, event, at });
  const begun = history.at(-1)?.startedAt;
  const notices = begun === undefined ? [] : [about('on_start', begun)];
  if (end?.result.startsWith('SUCCESS')) notices.push(about('on_success', end.at));
  const isMuted =
    (end?.code === 'USER_CANCELED' && muted.no_alert_for_canceled_runs === true) ||
    (end?.lifeCycle === 'SKIPPED' && muted.no_alert_for_skipped_runs === true);
  if (end && !end.result.startsWith('SUCCESS') && !isMuted) notices.push(about('on_failure', end.at));
  const late = begun === undefined ? undefined : lateAt(settings, begun, end?.at, world);
  if (late !== undefined) notices.push(about('on_duration_warning_threshold_exceeded', late));
  const backlogs = run.tasks.flatMap((task) => backlogTimes(task, settings, world));
  return [...notices, ...backlogs.map((at, index) => about('on_streaming_backlog_exceeded', at, index))];
}

function ofTask(task: TaskRun, world: JobWorld): Notice[] {
  const { settings, stage, startedAt, attempt } = task;
  if (startedAt === undefined) return [];
  const about = (event: NoticeEvent, at: number, n = 0): Notice => ({
    key: `${event}/${task.id}/${n}`,
    event,
    at,
    task,
  });
  const lastOnly = fieldsIn(settings, 'notification_settings').alert_on_last_attempt === true;
  const isLast = attempt >= numberIn(settings, 'max_retries');
  const notices = lastOnly && attempt > 0 ? [] : [about('on_start', startedAt)];
  if (stage.name === 'TERMINATED') {
    const isGood = stage.end.result === 'SUCCESS';
    if (isGood || !lastOnly || isLast) notices.push(about(isGood ? 'on_success' : 'on_failure', stage.at));
  }
  const late = lateAt(settings, startedAt, stage.name === 'TERMINATED' ? stage.at : undefined, world);
  if (late !== undefined) notices.push(about('on_duration_warning_threshold_exceeded', late));
  const backlogs = backlogTimes(task, settings, world);
  return [...notices, ...backlogs.map((at, index) => about('on_streaming_backlog_exceeded', at, index))];
}

function lateAt(settings: Fields, begun: number, end: number | undefined, world: JobWorld): number | undefined {
  const rule = rulesOf(settings).find(({ metric }) => metric === 'RUN_DURATION_SECONDS');
  if (!rule) return undefined;
  const at = begun + ms(numberIn(rule, 'value'), world);
  return end !== undefined && end <= at ? undefined : at;
}

/** All up to now, and the next. */
function backlogTimes(task: TaskRun, settings: Fields, world: JobWorld): number[] {
  const isWatched = rulesOf(settings).some(({ metric }) => String(metric).startsWith('STREAMING_BACKLOG_'));
  if (!task.order?.backlog || task.stage.name !== 'RUNNING' || !isWatched) return [];
  const now = world.workspace.clock.now();
  const times = [task.stage.since + ms(RUN_SECONDS.backlogAfter, world)];
  for (let at = times[0] ?? now; at <= now; times.push(at)) at += ms(RUN_SECONDS.backlogAgain, world);
  return times;
}

function rulesOf(settings: Fields): Fields[] {
  const { rules } = fieldsIn(settings, 'health');
  return Array.isArray(rules) ? rules : [];
}
