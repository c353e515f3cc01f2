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
// Node types, pools and capacity: it REJECTS a node type or runtime nobody has, a node type beside a pool (get shows both, so an edit
//   built from get is refused), an unknown pool, another node type for a pool; it FAILS, minutes after a 200, a start for which there
//   is no stock, quota, room in the pool or valid configuration (obstacle-rules.ts); it LOSES on edit what was not sent: a cluster's
//   spot policy (then on-demand), auto-termination (then none) and tags, a pool's max_capacity (then none) and min_idle_instances
//   (then 0); a resize that finds no nodes leaves the cluster RUNNING with those it has, and only an ADD_NODES_FAILED event says so.
// SQL warehouses and their queries: it REJECTS a second one of a name, sizes off the ladder, 1 to 9 minutes of auto-stop, serverless
//   but for PRO, a start while STOPPING, DELETING or DELETED; it LOSES on edit what has a documented default; an edit that needs other
//   machines restarts one that is RUNNING, and leaves one that is STOPPED so (the SDK's waiter then throws a TypeError); one whose
//   clusters do not launch stays STARTING with a FAILED health for a while before it is STOPPED; queries that run when a warehouse goes
//   down are CANCELED [guess].
// What jobs and runs refuse stands in jobs/refusals.ts, notebooks and files in files/refusals.ts.
// NOT simulated: auto-termination and auto-stop, node loss during a run, policies, Unity Catalog, the
//   language beyond small expressions (interpreter.ts), Entra ID tokens (one fixed token), TLS; stock and quota do not count down by
//   use: a rule says what each single request may take; a warehouse that retries its launch is not judged again before the next start.

/** Seconds that transitions take; all are divided by the time scale. [seen: starts of 2 to 6 minutes, cloud-provider bound] */
export const DURATION_SECONDS = {
  start: 180,
  restart: 150,
  resize: 90,
  terminate: 30,
  /** From a start to the failure that was ordered for it, unless it says otherwise. */
  startFailure: 60,
  warehouseStart: 60,
  /** [azure: serverless starts "in seconds"] */
  warehouseStartServerless: 6,
  warehouseStop: 10,
  warehouseDelete: 10,
  /** [seen: "Clusters are failing to launch. Cluster launch will be retried." for up to 20 minutes, terraform-provider-databricks#4496; shortened] */
  warehouseRetries: 120,
  /** Until a machine that a pool asks for is idle. [guess] */
  poolInstance: 120,
  /** Until the control plane gives up on nodes that do not come up. [seen: about 700 s] */
  bootstrapTimeout: 700,
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

/** [doc: "max number of warehouses to return"; the number is a guess, the one of clusters] */
export const WAREHOUSE_PAGE = { default: 100, max: 100 } as const;
/** [doc] Bounds of a warehouse's settings; the minutes are those of one that is not serverless. */
export const WAREHOUSE_LIMITS = {
  maxClusters: 40,
  minClusters: 30,
  nameLength: 100,
  tags: 45,
  autoStopMinutes: 10,
} as const;
/** What a create, and an edit that does not send the field, fall back on: "Defaults to ..." [doc]. An older page says that missing
 * fields keep their values [azure: sql/api/sql-endpoints#edit]; the harder reading is simulated, so that whoever edits sends them all. */
export const WAREHOUSE_DEFAULTS = { auto_stop_mins: 120, min_num_clusters: 1, enable_photon: false } as const;
/** A deleted warehouse is still told as DELETED for this long, then it is unknown. [guess] */
export const WAREHOUSE_REMEMBERED_SECONDS = 3600;
/** [doc] "between 0 and 10000 minutes"; without it "a default timeout". [guess: 60] */
export const POOL_AUTOTERMINATION_MINUTES = { max: 10_000, default: 60 } as const;
/** [doc] "Length must be between 1 and 100 characters." */
export const POOL_NAME_LENGTH = 100;

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
  pools: { perSecond: 30, burst: 150, retryAfter: true },
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
