// What the real Jobs API 2.2 rejects, limits, delays and loses, and this one with it. Sources as in ../refusals.ts; [words] marks a
// message that is known to the letter.
//
// It REJECTS: an unknown job or run with 400, not 404; a repair of a run that is active, that succeeded, that was submitted without
//   a job, or (from the second on) without the last repair's id [words: databricks-sdk-py#157]; `rerun_tasks` together with
//   `rerun_all_failed_tasks`; the output of a run instead of that of its task [words]; active_only with completed_only; a limit of
//   jobs/list above 100 or of runs/list above 25, an offset above 1,000 or 10,000; an idempotency token of more than 64 characters;
//   tasks without key, twice the same key, an unknown dependency, a circle; more than 3 destinations per event.
// It LIMITS: calls per second (LIMITS in ../refusals.ts); concurrent runs per job (beyond it a run is SKIPPED, or QUEUED where the
//   job says so, for at most 48 hours); 2,000 tasks at once in the workspace (429); 100 tasks per answer, the rest by page.
// It DELAYS: a run waits for its cluster and cleans up after itself; a cancellation is not at once; a one-time run is one like any.
// It LOSES: runs 60 days after their end; top-level settings that `update` names are replaced whole (`tasks` and `job_clusters`
//   merged by key); a webhook that nobody took (one attempt, no signature); job parameters at a repair that does not send them.
// A run starts a cluster that is down, repaired or not: a job's incident can undo somebody's stop.
// NOT simulated: the work itself beyond a notebook's plain lines, for-each and condition tasks, run-job tasks, git sources,
//   triggers other than schedules, continuous jobs, deletion of a job's clusters' logs, policies and budgets.

/** Seconds of real time, divided by the time scale. All [guess] but where it says so. */
export const RUN_SECONDS = {
  /** From a cluster that is up to work that runs. */
  setup: 3,
  /** The work of a task about which nothing is ordered. */
  work: 30,
  cleanup: 1,
  cancelling: 2,
  /** The backlog is an average over 10 minutes, and told again every 30. [doc] */
  backlogAfter: 600,
  backlogAgain: 1800,
} as const;

/** [doc] "Runs are automatically removed after 60 days." */
export const RUN_DAYS = 60;
/** [doc: queueing] */
export const QUEUED_HOURS = 48;
/** [azure] "a workspace is limited to 2000 concurrent task runs; 429 is returned when you request a run that cannot start" */
export const TASKS_AT_ONCE = 2000;
/** [azure] */
export const SAVED_JOBS = 12_000;
/** [doc] "This value cannot exceed 1000." */
export const MAX_CONCURRENT_RUNS = 1000;
/** [doc] of a job in one call that writes it; read by pages of 100. */
export const TASKS_PER_JOB = 1000;
export const ARRAY_PAGE = 100;
/** [doc] */
export const TOKEN_CHARACTERS = 64;
/** [doc] */
export const DESTINATIONS_PER_EVENT = 3;
/** [doc] defaults and maxima; the offsets' ends [facts 4]. */
export const JOBS_PAGE = { default: 20, max: 100, maxOffset: 1_000 } as const;
export const RUNS_PAGE = { default: 20, max: 25, maxOffset: 10_000 } as const;

/** Undocumented. [guess] */
export const WEBHOOK_TIMEOUT_SECONDS = 10;
/** What is remembered of notices. */
export const NOTICES_KEPT = 1_000;
