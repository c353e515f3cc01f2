// The jobs of the reference estate with the runs they had: batch inference on the inference cluster, monitoring on a cluster of its
// own, and in the DR site the hourly replication, beside a copy of the inference job that must not run there yet.
import type { JobSeed, PastRun } from './jobs/job-seed.ts';

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;

export const REFERENCE_JOBS = {
  inference: 412_508_634_217_801,
  monitoring: 412_508_634_217_802,
  drReplication: 736_112_094_455_301,
  drInference: 736_112_094_455_302,
} as const;

/** The notification destination that the jobs name; where it leads to is said by `PUT /_sim/destinations/{id}`. */
export const REFERENCE_DESTINATION = '5d3c7c1e-6f0b-4a39-9d0e-2f1f6f1f7a11';

const SMALL_CLUSTER = {
  spark_version: '11.3.x-scala2.12',
  node_type_id: 'Standard_DS3_v2',
  num_workers: 0,
  azure_attributes: { availability: 'ON_DEMAND_AZURE', first_on_demand: 1, spot_bid_max_price: -1 },
};
const told = [{ id: REFERENCE_DESTINATION }];
const NOTIFICATIONS = {
  email_notifications: { on_failure: ['data.engineer@example.com'] },
  webhook_notifications: {
    on_start: told,
    on_success: told,
    on_failure: told,
    on_duration_warning_threshold_exceeded: told,
  },
  notification_settings: { no_alert_for_skipped_runs: true, no_alert_for_canceled_runs: true },
};

export function referenceJobs(role: 'primary' | 'dr', now: number): JobSeed[] {
  return role === 'primary' ? [inference(now), monitoring(now)] : [replication(now), standbyInference(now)];
}

/** With a plain job for each that an estate file lists beside. */
export function withListedJobs(
  jobs: JobSeed[],
  listed: readonly { id: string; name: string }[],
  now: number,
): JobSeed[] {
  const known = new Set(jobs.map(({ job_id: id }) => String(id)));
  const added = listed.filter(({ id }) => !known.has(id));
  return [
    ...jobs,
    ...added.map(({ id, name }) => ({ job_id: Number(id), created_time: now - DAY_MS, settings: plain(name) })),
  ];
}

function plain(name: string) {
  return { name, ...NOTIFICATIONS, tasks: [{ task_key: 'main', new_cluster: SMALL_CLUSTER }] };
}

function inference(now: number): JobSeed {
  const settings = inferenceSettings('0424-035941-pl8ku9sr', 'UNPAUSED', 1);
  const past = every(DAY_MS, 2.5 * HOUR_MS, now, 7, 1500);
  return { job_id: REFERENCE_JOBS.inference, created_time: now - 200 * DAY_MS, settings, past };
}

/** The passive side's copy: `max_concurrent_runs` 0 keeps it from running whoever asks. */
function standbyInference(now: number): JobSeed {
  const settings = inferenceSettings('0424-051230-dr5tndby', 'PAUSED', 0);
  return { job_id: REFERENCE_JOBS.drInference, created_time: now - 190 * DAY_MS, settings };
}

function inferenceSettings(cluster: string, pause: 'PAUSED' | 'UNPAUSED', concurrent: number) {
  const onCluster = { existing_cluster_id: cluster, timeout_seconds: 7200 };
  return {
    name: 'batch-inference',
    max_concurrent_runs: concurrent,
    schedule: cron('0 30 2 * * ?', pause),
    health: { rules: [{ metric: 'RUN_DURATION_SECONDS', op: 'GREATER_THAN', value: 3600 }] },
    ...NOTIFICATIONS,
    tasks: [
      { task_key: 'predict', notebook_task: notebook('/Shared/inference/batch_inference'), ...onCluster },
      {
        task_key: 'publish',
        depends_on: [{ task_key: 'predict' }],
        notebook_task: notebook('/Shared/inference/publish_predictions'),
        ...onCluster,
      },
    ],
  };
}

function monitoring(now: number): JobSeed {
  const task = {
    task_key: 'collect',
    job_cluster_key: 'metrics',
    notebook_task: notebook('/Shared/monitoring/collect_metrics'),
    max_retries: 1,
    min_retry_interval_millis: 60_000,
  };
  const settings = {
    name: 'collect-metrics',
    schedule: cron('0 30 * * * ?', 'UNPAUSED'),
    ...NOTIFICATIONS,
    tasks: [task],
    job_clusters: [{ job_cluster_key: 'metrics', new_cluster: SMALL_CLUSTER }],
  };
  const past = every(HOUR_MS, HOUR_MS / 2, now, 24, 300);
  return { job_id: REFERENCE_JOBS.monitoring, created_time: now - 180 * DAY_MS, settings, past };
}

function replication(now: number): JobSeed {
  const task = {
    task_key: 'replicate',
    job_cluster_key: 'replication',
    notebook_task: notebook('/Shared/dr/replicate_data'),
    max_retries: 2,
    min_retry_interval_millis: 120_000,
    retry_on_timeout: false,
  };
  const settings = {
    name: 'replicate-data',
    schedule: cron('0 0 * * * ?', 'UNPAUSED'),
    timeout_seconds: 3000,
    health: { rules: [{ metric: 'RUN_DURATION_SECONDS', op: 'GREATER_THAN', value: 1800 }] },
    ...NOTIFICATIONS,
    tasks: [task],
    job_clusters: [{ job_cluster_key: 'replication', new_cluster: SMALL_CLUSTER }],
  };
  const past = every(HOUR_MS, 0, now, 48, 540);
  return { job_id: REFERENCE_JOBS.drReplication, created_time: now - 190 * DAY_MS, settings, past };
}

/** The last `count` runs of a schedule that are over by now. */
function every(periodMs: number, offsetMs: number, now: number, count: number, seconds: number): PastRun[] {
  const last = Math.floor((now - offsetMs - seconds * 1000) / periodMs) * periodMs + offsetMs;
  return Array.from({ length: count }, (_, n) => ({ startedAt: last - (count - 1 - n) * periodMs, seconds }));
}

function cron(quartz_cron_expression: string, pause_status: 'PAUSED' | 'UNPAUSED') {
  return { quartz_cron_expression, timezone_id: 'UTC', pause_status };
}

function notebook(notebook_path: string) {
  return { notebook_path, source: 'WORKSPACE' };
}
