// What an estate has to say more about: a pool with a ceiling, a cluster that may grow, one with a test notebook; and spot machines that are taken back.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CloudClient, clusterEvent } from '../builders/cloud-client.ts';
import { dryRun, stepsOf } from '../builders/cloud-remedies.ts';
import { changed, referenceText } from '../builders/estate-text.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const COMPONENTS = '/pairs/0/primary/components';
const POOL = 'pool-shared-1';
const TEST_NOTEBOOK = '/Shared/monitoring/proof';
const MONITORING = '0424-043008-so9kse51';
const cluster = z.looseObject({ state: z.string(), spec: z.record(z.string(), z.unknown()) });

/** The reference estate, with `monitoring` (1) and the test clusters (2, 3) told more of. */
function estate(): string {
  return changed(referenceText(), {
    [`${COMPONENTS}/1/maxWorkers`]: 4,
    [`${COMPONENTS}/1/playbooks`]: { DatabricksDriverNotResponding: { remedies: ['scale-up'], attempts: 1 } },
    [`${COMPONENTS}/2/testNotebook`]: TEST_NOTEBOOK,
    [`${COMPONENTS}/-`]: { kind: 'instance-pool', id: POOL, name: 'shared', maxCapacity: 20 },
  });
}

describe('a cluster whose estate says more', { timeout: 120_000 }, () => {
  let dir: string;
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lakewarden-machines-'));
    writeFileSync(join(dir, 'estate.json'), estate());
    laptop = new LaptopCloud('--no-story', '--estate', join(dir, 'estate.json'));
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(async () => {
    await laptop.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  async function shown(id: string) {
    return cluster.parse(await cloud.sim(`/clusters/${id}`, undefined, 'GET'));
  }

  async function recovers(id: string, code: string, remedy: string): Promise<readonly string[]> {
    const { answer } = await cloud.post(clusterEvent(id, code), { prefer: 'wait=30' });
    const incident = await cloud.incidentIn(answer.ticket_id ?? '', 'resolved', 90_000);
    expect((await shown(id)).state).toBe('RUNNING');
    expect(stepsOf(incident)).toContainEqual([remedy, 'succeeded']);
    return incident.timeline.map(({ text }) => text);
  }

  it('E2: a full pool is raised by what the cluster lacks, and the cluster starts', async () => {
    const pool = { instance_pool_name: 'shared', node_type_id: 'Standard_DS3_v2', max_capacity: 10, usedElsewhere: 9 };
    await cloud.sim(
      `/pools/${POOL}`,
      { ...pool, min_idle_instances: 0, idle_instance_autotermination_minutes: 60 },
      'PUT',
    );
    const down = {
      code: 'INSTANCE_POOL_MAX_CAPACITY_REACHED',
      type: 'CLIENT_ERROR',
      parameters: { instance_pool_id: POOL },
    };
    const seed = {
      node_type_id: undefined,
      instance_pool_id: POOL,
      num_workers: 2,
      state: 'TERMINATED',
      termination_reason: down,
    };
    await cloud.sim('/clusters/test-cluster-456', seed, 'PUT');
    const plan = await dryRun(cloud, 'clusterId=test-cluster-456&code=INSTANCE_POOL_MAX_CAPACITY_REACHED');
    expect(plan['raise-pool-capacity']).toContain('max_capacity from 10 to 12');
    const texts = await recovers('test-cluster-456', 'INSTANCE_POOL_MAX_CAPACITY_REACHED', 'raise-pool-capacity');
    expect(texts.some((text) => text.includes('max_capacity from 10 to 12'))).toBe(true);
    expect(await cloud.sim(`/pools/${POOL}`, undefined, 'GET')).toMatchObject({ max_capacity: 12 });
  });

  it('E2, E5: spot machines that were taken back are given up, and the test notebook has run before it counts', async () => {
    await cloud.sim(`/objects${TEST_NOTEBOOK}`, { source: '# Databricks notebook source\nprint(1)' }, 'PUT');
    const azure_attributes = { availability: 'SPOT_AZURE', first_on_demand: 0 };
    await cloud.sim('/clusters/test-cluster-123', { azure_attributes }, 'PUT');
    await cloud.sim('/obstacles', { obstacle: { kind: 'stockout', node_type_id: 'Standard_DS3_v2', tier: 'spot' } });
    await cloud.crash('test-cluster-123', 'SPOT_INSTANCE_TERMINATION');
    const texts = await recovers('test-cluster-123', 'SPOT_INSTANCE_TERMINATION', 'use-on-demand');
    expect(texts.some((text) => text.includes('from SPOT_AZURE to SPOT_WITH_FALLBACK_AZURE'))).toBe(true);
    expect((await shown('test-cluster-123')).spec.azure_attributes).toMatchObject({ first_on_demand: 1 });
    const submitted = (await cloud.calls()).filter(({ path }) => path.endsWith('/jobs/runs/submit'));
    expect(submitted.map(({ body }) => JSON.stringify(body)).every((body) => body.includes(TEST_NOTEBOOK))).toBe(true);
    expect(new Set(submitted.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it('E1, E2: a cluster whose estate lets it grow comes back with more workers', async () => {
    await cloud.crash(MONITORING, 'DRIVER_UNREACHABLE');
    const plan = await dryRun(cloud, `clusterId=${MONITORING}`);
    expect(plan['scale-up']).toContain('num_workers from 1 to 2');
    await recovers(MONITORING, 'DRIVER_UNREACHABLE', 'scale-up');
    expect((await shown(MONITORING)).spec.num_workers).toBe(2);
  });

  it('E5: one that has grown and dies at its start again is a person’s, and is not made larger once more', async () => {
    await cloud.sim(`/clusters/${MONITORING}`, { onStart: [{ fail: 'DRIVER_UNREACHABLE' }] }, 'PUT');
    await cloud.crash(MONITORING, 'DRIVER_UNREACHABLE');
    const { answer } = await cloud.post(clusterEvent(MONITORING, 'DRIVER_UNREACHABLE'), { prefer: 'wait=30' });
    const incident = await cloud.incidentIn(answer.ticket_id ?? '', 'escalated', 90_000);
    expect(stepsOf(incident)).toEqual([['scale-up', 'failed']]);
    expect((await shown(MONITORING)).spec.num_workers).toBe(4);
  });
});
