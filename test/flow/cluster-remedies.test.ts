// Clusters that a restart alone does not bring back, from signal to verified recovery: no stock, no quota, a full pool, a configuration that does not start.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { dryRun, killApp, pollTimes, stepsOf } from '../builders/cloud-remedies.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const INFERENCE = '0424-035941-pl8ku9sr';
const MONITORING = '0424-043008-so9kse51';
const ANALYTICS = 'test-cluster-456';
const TEST = 'test-cluster-123';
const SPOT = { availability: 'SPOT_AZURE', first_on_demand: 0 };

const cluster = z.looseObject({ state: z.string(), spec: z.record(z.string(), z.unknown()) });

describe('a cluster that does not start as it was', { timeout: 240_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterEach(() => cloud.sim('/obstacles', undefined, 'DELETE'));
  afterAll(() => laptop.remove());

  async function shown(id: string) {
    return cluster.parse(await cloud.sim(`/clusters/${id}`, undefined, 'GET'));
  }

  /** As it is brought down, so it is reported: by the reason that the workspace itself has. */
  async function report(id: string): Promise<{ ticket: string; actions: readonly string[] }> {
    const { termination_reason } = z.looseObject({ termination_reason: z.unknown() }).parse(await shown(id));
    const body = { event: 'cluster.terminated', cluster: { cluster_id: id, state: 'TERMINATED', termination_reason } };
    const { answer } = await cloud.post(body, { prefer: 'wait=30' });
    return { ticket: answer.ticket_id ?? '', actions: answer.actions_taken };
  }

  async function obstacle(rule: Record<string, unknown>): Promise<void> {
    await cloud.sim('/obstacles', { obstacle: rule });
  }

  async function changes(id: string): Promise<number> {
    const calls = await cloud.calls();
    return calls.filter(
      ({ path, body }) => path.endsWith('/clusters/update') && JSON.stringify(body ?? '').includes(id),
    ).length;
  }

  it('E7: the dry run says what every remedy of a cluster would do, and writes nothing', async () => {
    const ofStockOut = await dryRun(cloud, `clusterId=${ANALYTICS}&code=INSUFFICIENT_INSTANCE_CAPACITY`);
    expect(ofStockOut['change-node-type']).toMatch(/change node_type_id from Standard_DS3_v2 to Standard_\w+/);
    await cloud.sim(`/clusters/${TEST}`, { num_workers: 4, azure_attributes: SPOT }, 'PUT');
    const ofSpot = await dryRun(cloud, `clusterId=${TEST}&code=CLOUD_PROVIDER_RESOURCE_STOCKOUT`);
    expect(ofSpot['use-on-demand']).toContain('from SPOT_AZURE to SPOT_WITH_FALLBACK_AZURE');
    expect(ofSpot['scale-down']).toContain('num_workers from 4 to 2');
    await cloud.sim(`/clusters/${TEST}`, { num_workers: 1, azure_attributes: null }, 'PUT');
    const ofCrash = await dryRun(cloud, `clusterId=${TEST}&code=DRIVER_UNREACHABLE`);
    expect(ofCrash['restart-cluster']).toContain(`start cluster ${TEST}`);
    expect((await cloud.incidents()).value).toEqual([]);
  });

  it('A6, E2: the second documented test is answered with what will be done, and the cluster runs', async () => {
    await obstacle({ kind: 'stockout', node_type_id: 'Standard_DS3_v2' });
    const { status, answer } = await cloud.post(
      {
        event: 'cluster.terminated',
        cluster: {
          cluster_id: ANALYTICS,
          cluster_name: 'Analytics Cluster',
          state: 'TERMINATED',
          termination_reason: {
            code: 'INSUFFICIENT_INSTANCE_CAPACITY',
            type: 'CLOUD_FAILURE',
            parameters: { region: 'eastus2' },
          },
        },
      },
      { prefer: 'wait=30' },
    );
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      status: 'success',
      error_type: 'DatabricksResourceExhausted',
      recovery_status: 'in_progress',
    });
    expect(answer.actions_taken).toEqual(
      expect.arrayContaining(['scale_cluster', 'restart_with_different_instance_type']),
    );
    const incident = await cloud.incidentIn(answer.ticket_id ?? '', 'resolved');
    expect(stepsOf(incident)).toContainEqual(['change-node-type', 'succeeded']);
    const now = await shown(ANALYTICS);
    expect(now.state).toBe('RUNNING');
    expect(now.spec.node_type_id).not.toBe('Standard_DS3_v2');
    expect([await changes(ANALYTICS), await cloud.starts(ANALYTICS)]).toEqual([1, 1]);
  });

  it('E2, E3: a bad edit by a person is left to that person for a while, then rolled back to what ran', async () => {
    await pollTimes(cloud, 3);
    const good = (await shown(MONITORING)).spec;
    await obstacle({ kind: 'configuration', field: ['spark_conf', 'spark.driver.memory'], value: '900g' });
    const edited = { ...good, spark_conf: { 'spark.driver.memory': '900g' }, custom_tags: { team: 'data' } };
    await cloud.sim(`/clusters/${MONITORING}/human`, { action: 'edit', body: edited });
    const down = async () => ((await cloud.clusterState(MONITORING)) === 'TERMINATED' ? true : undefined);
    await eventually(down, 60_000, 'the end of its restart');
    const plan = await dryRun(cloud, `clusterId=${MONITORING}&code=INVALID_ARGUMENT`);
    expect(plan['rollback-config']).toContain('spark_conf');
    const { ticket, actions } = await report(MONITORING);
    expect(actions).toEqual(['rollback_config']);
    const incident = await cloud.incidentIn(ticket, 'resolved', 90_000);
    expect(
      incident.timeline.some(({ type, text }) => type === 'held' && text.includes('data.engineer@example.com, ')),
    ).toBe(true);
    expect(incident.timeline.map(({ type }) => type)).toEqual(expect.arrayContaining(['held', 'attempt', 'verified']));
    expect(stepsOf(incident)[0]).toEqual(['rollback-config', 'succeeded']);
    const { spec, state } = await shown(MONITORING);
    expect(state).toBe('RUNNING');
    expect(spec).toEqual({ ...good, custom_tags: { team: 'data' } });
  });

  it('E2, C1: a restart that meets a quota goes on by the playbook of quotas, with fewer workers, through a kill of the app', async () => {
    const used = 350 - 8;
    await cloud.crash(INFERENCE, 'DRIVER_UNREACHABLE');
    // 3 machines of 4 cores are asked for, 8 cores are left.
    await obstacle({ kind: 'quota', family: 'cores', limit: 350, used });
    const { ticket } = await report(INFERENCE);
    const changed = async () => ((await changes(INFERENCE)) > 0 ? true : undefined);
    await eventually(changed, 60_000, 'the change of its size');
    await killApp(cloud);
    const incident = await cloud.incidentIn(ticket, 'resolved', 90_000);
    expect(incident).toMatchObject({ failureClass: 'DatabricksQuotaExceeded' });
    expect(stepsOf(incident)).toEqual([
      ['restart-cluster', 'failed'],
      ['use-on-demand', 'failed'],
      ['change-node-type', 'failed'],
      ['scale-down', 'succeeded'],
      ['recreate-by-terraform', 'pending'],
    ]);
    expect((await shown(INFERENCE)).spec.num_workers).toBe(1);
    expect(await changes(INFERENCE)).toBe(1);
    expect(JSON.stringify(incident)).toContain('raise it to');
  });

  it('E5: what does not help is followed by the next remedy, and the last by a person', async () => {
    const types = ['Standard_DS3_v2', 'Standard_D4s_v3', 'Standard_D4ds_v4', 'Standard_D4ds_v5', 'Standard_D4ads_v5'];
    for (const node_type_id of types) await obstacle({ kind: 'stockout', node_type_id });
    for (const node_type_id of ['Standard_DS12_v2', 'Standard_F4s_v2'])
      await obstacle({ kind: 'stockout', node_type_id });
    const { answer } = await cloud.post(clusterEvent(TEST, 'CLOUD_PROVIDER_RESOURCE_STOCKOUT'), { prefer: 'wait=30' });
    const incident = await cloud.incidentIn(answer.ticket_id ?? '', 'escalated', 120_000);
    expect(stepsOf(incident)).toEqual([
      ['use-on-demand', 'failed'],
      ['change-node-type', 'failed'],
      ['scale-down', 'failed'],
    ]);
    expect(incident.timeline.some(({ text }) => text.includes('No remedy left'))).toBe(true);
    expect(await cloud.clusterState(TEST)).toBe('TERMINATED');
  });
});
