// Clusters that a restart alone does not bring back, from signal to verified recovery: no stock, no quota, a full pool, a configuration that does not start.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CloudClient, clusterEvent, eventually, type SeenIncident } from '../builders/cloud-client.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const INFERENCE = '0424-035941-pl8ku9sr';
const MONITORING = '0424-043008-so9kse51';
const ANALYTICS = 'test-cluster-456';
const TEST = 'test-cluster-123';

const stepsOf = z.array(z.looseObject({ id: z.string(), state: z.string() }));
const runsOf = z.array(z.looseObject({ steps: stepsOf }));
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

  function steps(incident: SeenIncident): [string, string][] {
    return runsOf
      .parse(incident.runs)
      .flatMap((run) => run.steps.map(({ id, state }): [string, string] => [id, state]));
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

  it('E7: the dry run says which node type it would take, and writes nothing', async () => {
    const before = (await cloud.calls()).length;
    const plan = await cloud.get(`/api/dry-run?clusterId=${ANALYTICS}&code=INSUFFICIENT_INSTANCE_CAPACITY`);
    expect(JSON.stringify(plan)).toMatch(/change node_type_id from Standard_DS3_v2 to Standard_\w+/);
    const calls = (await cloud.calls()).slice(before);
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter(({ method, path }) => method !== 'GET' && !/events|contexts|commands/.test(path))).toEqual([]);
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
    expect(steps(incident)).toContainEqual(['change-node-type', 'succeeded']);
    const now = await shown(ANALYTICS);
    expect(now.state).toBe('RUNNING');
    expect(now.spec.node_type_id).not.toBe('Standard_DS3_v2');
    expect([await changes(ANALYTICS), await cloud.starts(ANALYTICS)]).toEqual([1, 1]);
  });

  it('E2, E3: a bad edit by a person is left to that person for a while, then rolled back to what ran', async () => {
    await pollThrice();
    const good = (await shown(MONITORING)).spec;
    await obstacle({ kind: 'configuration', field: ['spark_conf', 'spark.driver.memory'], value: '900g' });
    const edited = { ...good, spark_conf: { 'spark.driver.memory': '900g' }, custom_tags: { team: 'data' } };
    await cloud.sim(`/clusters/${MONITORING}/human`, { action: 'edit', body: edited });
    const down = async () => ((await cloud.clusterState(MONITORING)) === 'TERMINATED' ? true : undefined);
    await eventually(down, 60_000, 'the end of its restart');
    const { ticket, actions } = await report(MONITORING);
    expect(actions).toEqual(['rollback_config']);
    const incident = await cloud.incidentIn(ticket, 'resolved', 90_000);
    expect(
      incident.timeline.some(({ type, text }) => type === 'held' && text.includes('data.engineer@example.com, ')),
    ).toBe(true);
    expect(incident.timeline.map(({ type }) => type)).toEqual(expect.arrayContaining(['held', 'attempt', 'verified']));
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
    await killed();
    const incident = await cloud.incidentIn(ticket, 'resolved', 90_000);
    expect(incident).toMatchObject({ failureClass: 'DatabricksQuotaExceeded' });
    expect(steps(incident)).toEqual([
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
    expect(steps(incident)).toEqual([
      ['use-on-demand', 'failed'],
      ['change-node-type', 'failed'],
      ['scale-down', 'failed'],
    ]);
    expect(incident.timeline.some(({ text }) => text.includes('No remedy left'))).toBe(true);
    expect(await cloud.clusterState(TEST)).toBe('TERMINATED');
  });

  /** A configuration is kept when a second poll has seen it running; a third one has begun only after that. */
  async function pollThrice(): Promise<void> {
    for (let polls = 0; polls < 3; polls += 1) {
      const before = await lists();
      // One that comes while the last still goes on is left out.
      const another = async () => {
        await cloud.runTimer('poll-components');
        return (await lists()) > before ? true : undefined;
      };
      await eventually(another, 30_000, 'a poll');
    }
  }

  async function lists(): Promise<number> {
    return (await cloud.calls()).filter(({ path }) => path.includes('/clusters/list')).length;
  }

  /** The app is killed; another process goes on. */
  async function killed(): Promise<void> {
    const { app } = cloud.stack.processes;
    await cloud.control('/app/kill', {});
    const again = async () => {
      const isNew = cloud.stack.processes.app !== app;
      return isNew && (await cloud.incidents().catch(() => undefined)) ? true : undefined;
    };
    await eventually(again, 60_000, 'a new app process');
  }
});
