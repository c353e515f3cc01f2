// A house with one job of the estate, and what a test of the road of jobs does to it.
import { isWarehouseId, type WarehouseId } from '../../shared/domain/ids.ts';
import { aJob, withComponents } from './estates.ts';
import { CLUSTER, House, type HouseOptions } from './house.ts';
import type { Failure } from './memory-jobs.ts';

export const JOB = '412508634217801';
export const TABLE = 'inference_db.model_predictions';
export const WAREHOUSE = warehouseId('f24fd0345a24b381');
export const driverLost = { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} };
export const onCluster: Failure = { code: 'CLUSTER_ERROR', clusterId: CLUSTER };
export const inCode: Failure = { code: 'RUN_EXECUTION_ERROR', message: 'ValueError: no such column' };

function warehouseId(text: string): WarehouseId {
  if (!isWarehouseId(text)) throw new Error(text);
  return text;
}

export type Listed = Parameters<typeof aJob>[1];

export function aHouse(listed: Listed = { rerun: 'safe' }, options: HouseOptions = {}): House {
  const house = new House({ ...options, estate: withComponents(aJob(JOB, listed)) });
  house.workspace.jobs.put(JOB, { name: 'nightly' });
  return house;
}

export function notice(runId: string, event = 'jobs.on_failure', job = JOB) {
  return { event_type: event, run: { run_id: Number(runId) }, job: { job_id: Number(job), name: 'nightly' } };
}

/** Its cluster dies under a run of the job, and Databricks tells of the run. */
export async function losesCluster(house: House, failure: Failure = onCluster): Promise<string> {
  house.workspace.crash(CLUSTER, driverLost);
  const runId = house.workspace.jobs.failed(JOB, failure);
  await house.hear(notice(runId));
  return runId;
}

export async function fileOf(house: House, kind: 'job' | 'cluster') {
  for (const id of house.ports.incidents.ids) {
    const file = await house.file(id);
    if (file.incident.component.kind === kind) return file;
  }
  throw new Error(`no incident of a ${kind}`);
}

export async function textsOf(house: House, kind: 'job' | 'cluster'): Promise<string[]> {
  const { incident } = await fileOf(house, kind);
  return (await house.ports.incidents.timeline(incident.id)).map(({ text }) => text);
}
