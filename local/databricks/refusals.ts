// What a real Azure Databricks workspace rejects, limits, delays and loses, and this one with it. Numbers with their source:
// [doc] the API reference as the SDK 0.17.0 carries it, [azure] learn.microsoft.com/azure/databricks/resources/limits,
// [seen] observed by others (the issue is named), [guess] nobody publishes it, so it is chosen to be generous.
//
// It REJECTS: a wrong or missing token (401); a call beyond the caller's permission (403); an unknown cluster with 400, not 404;
//   start unless TERMINATED, restart and resize unless RUNNING, edit and update unless one of both (400 INVALID_STATE), so also a
//   start while TERMINATING; starting, editing or restarting a job's cluster; commands on a cluster that is not ready (500,
//   `{error}`, no error_code: API 1.2); a specification without runtime or node type; a foreign page token.
// It LIMITS: calls per family and nodes launched, by token bucket, with 429 and only sometimes Retry-After; pages; contexts; pins.
// It DELAYS: every transition; a started cluster is still reported TERMINATED for a moment; libraries install after RUNNING.
// It LOSES: contexts and variables at each restart; pages that are empty although a next token follows; unknown request fields;
//   PATCH with an empty body (200, nothing done); unpinned clusters from lists 30 days after their end; `metadata` in error details.
// What jobs and runs refuse stands in jobs/refusals.ts, notebooks and files in files/refusals.ts.
// NOT simulated: auto-termination, node loss during a run, pools, policies, Unity Catalog, the
//   language beyond small expressions (interpreter.ts), Entra ID tokens (one fixed token), TLS.

/** Seconds that transitions take; all are divided by the time scale. [seen: starts of 2 to 6 minutes, cloud-provider bound] */
export const DURATION_SECONDS = {
  start: 180,
  restart: 150,
  resize: 90,
  terminate: 30,
  /** From a start to the failure that was ordered for it, unless it says otherwise. */
  startFailure: 60,
  warehouseStart: 60,
  warehouseStop: 10,
} as const;

/** After POST start the cluster is still reported TERMINATED for this long. [facts 0.7: a waiter that polls at once reads a failure] */
export const START_LAG_SECONDS = 2;
/** Init scripts run in the last part of a start. [guess] */
export const INIT_SCRIPTS_AT = { started: 0.7, finished: 0.9 } as const;

/** Library states after RUNNING: until then PENDING, RESOLVING, INSTALLING. [guess] */
export const LIBRARY_SECONDS = { pending: 2, resolving: 6, installing: 30 } as const;

export const COMMAND_SECONDS = { contextPending: 2, queued: 0.3, running: 0.5, cancelling: 1 } as const;
/** [azure] */
export const CONTEXTS_PER_CLUSTER = 145;

/** [doc] results for an hour after success, the statement for twelve more or less; the running time is a [guess]. */
export const STATEMENT_SECONDS = { running: 0.5, resultsKept: 3600, remembered: 12 * 3600 } as const;
/** [doc] `0s`, or 5 to 50 seconds; 10 by default. */
export const STATEMENT_WAIT_SECONDS = { min: 5, max: 50, default: 10 } as const;
/** [doc] */
export const STATEMENT_TEXT_BYTES = 16 * 1024 * 1024;

/** [doc] "the server may further constrain"; default and maximum as the reference shows them. */
export const CLUSTER_PAGE = { default: 20, max: 100 } as const;
/** [doc] default 50; "if the value is outside the range, the server enforces 0 or 500". */
export const EVENT_PAGE = { default: 50, max: 500 } as const;
/** One page in so many is empty though a next token follows. Legal by the API's page contract; databricks-sdk-py 0.19.0 had to learn it. */
export const EMPTY_PAGE_EVERY = 3;
/** [doc: "all clusters terminated within the last 30 days"] */
export const LISTED_DAYS = 30;
/** [guess; the interface shows the limit] */
export const PINNED_CLUSTERS = 100;
/** [doc] minutes; 0 switches it off. */
export const AUTOTERMINATION_MINUTES = { min: 10, max: 10_000 } as const;

/** What is kept in memory per cluster. */
export const EVENTS_KEPT = 5_000;

export interface Limit {
  readonly perSecond: number;
  readonly burst: number;
  /** Real answers carry it only sometimes. [seen: databricks-sdk-py#391] */
  readonly retryAfter: boolean;
}

/** Per workspace; multiplied by the time scale, like everything that is per second of simulated time. */
export const LIMITS = {
  /** [guess; no number is published for clusters/*, third parties say about 10/s] */
  clusters: { perSecond: 40, burst: 200, retryAfter: true },
  /** Nodes asked for by create, start, restart and resize: throttled by a bucket of nodes. [azure says so without a number: guess] */
  nodes: { perSecond: 20, burst: 600, retryAfter: false },
  /** [guess] */
  libraries: { perSecond: 30, burst: 150, retryAfter: true },
  /** [guess] */
  commands: { perSecond: 30, burst: 150, retryAfter: false },
  /** [guess; third parties say about 10 at once] */
  sql: { perSecond: 20, burst: 100, retryAfter: true },
  /** [azure] 255 a minute */
  scim: { perSecond: 255 / 60, burst: 255, retryAfter: false },
  /** [azure] run-now and jobs/create 20/s, runs/submit 35/s, runs/get 100/s; no number for the rest: guess */
  runNow: { perSecond: 20, burst: 20, retryAfter: true },
  jobsCreate: { perSecond: 20, burst: 20, retryAfter: true },
  runsSubmit: { perSecond: 35, burst: 35, retryAfter: true },
  runsGet: { perSecond: 100, burst: 100, retryAfter: true },
  jobs: { perSecond: 30, burst: 150, retryAfter: true },
  /** [azure] export 60/s, import 30/s; no number for the rest: guess */
  filesExport: { perSecond: 60, burst: 60, retryAfter: true },
  filesImport: { perSecond: 30, burst: 30, retryAfter: true },
  files: { perSecond: 50, burst: 150, retryAfter: true },
  /** [guess] */
  pipelines: { perSecond: 20, burst: 100, retryAfter: true },
  /** [azure] GET 100/s, PUT and PATCH 30/s; the stricter one here */
  permissions: { perSecond: 30, burst: 30, retryAfter: true },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
