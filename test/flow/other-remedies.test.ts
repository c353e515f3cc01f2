// What is repaired beside clusters, from signal to verified recovery: warehouses, notebooks, and what has to be made anew by Terraform.
// Each is planned without a write first; where the app is killed on the way, it is done once all the same.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudClient } from '../builders/cloud-client.ts';
import { count, dryRun, foundByPoll, held, killOnceActed, pollTimes, stepsOf } from '../builders/cloud-remedies.ts';
import { type LaptopCloud, laptopCloudWith } from '../builders/laptop-cloud.ts';

const COMPONENTS = '/pairs/0/primary/components';
const CLUSTER = '0424-035941-pl8ku9sr';
const MONITORING = '0424-043008-so9kse51';
const WAREHOUSE = 'f24fd0345a24b381';
const DASHBOARD = '9e61e3e42423aabc';
const NOTEBOOK = '/Shared/setup/create_inference_database';
const PROOF = '/Shared/monitoring/proof';
const FAILING = '# Databricks notebook source\nraise ValueError("no such schema")';
const STOCK_OUT = 'CLOUD_PROVIDER_RESOURCE_STOCKOUT';
/** One try each: what comes after it is what is looked at here. */
const once = { attempts: 1 };
const changes = {
  [`${COMPONENTS}/5/autonomy`]: 'auto',
  [`${COMPONENTS}/-`]: {
    kind: 'notebook',
    id: PROOF,
    name: 'proof',
    autonomy: 'auto',
    verifyByRun: true,
    runOn: MONITORING,
  },
  '/playbooks': {
    DatabricksPlatformFault: once,
    DatabricksResourceExhausted: once,
    DatabricksWarehouseMissing: once,
    DatabricksNotebookMissing: once,
  },
};

describe('what is not a cluster, or is one no more', { timeout: 120_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  /** The incident of the notebook whose source becomes one that fails. */
  let change: string;
  beforeAll(async () => {
    laptop = laptopCloudWith(changes, '--no-story', '--time-scale', '60');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
    // The first look goes on by now, and may find the notebook before its change or after it: it is changed once it was seen as it was.
    await pollTimes(cloud, 2);
    await cloud.sim(`/objects${PROOF}`, { source: FAILING }, 'PUT');
    change = await foundByPoll(cloud, `notebook/databricks-dev/${PROOF}`);
    await cloud.incidentIn(change, 'escalated');
    const operator = { 'x-operator': 'ana', 'if-match': '*' };
    await cloud.send('{"reason":"it is meant"}', operator, `/api/incidents/${change}/resolve`);
    await cloud.incidentIn(change, 'resolved');
    // What a person accepts is the good copy from the next look on; what nobody has seen twice has none.
    await pollTimes(cloud, 3);
  }, 90_000);
  afterAll(() => laptop.remove());

  const stack = () => cloud.stack;
  const seen = async (subject: string) => {
    const { value } = await cloud.incidents(`?subject=${encodeURIComponent(subject)}`);
    return value.map(({ id }) => id);
  };
  const fail = (id: string, code: string) =>
    cloud.sim(`/warehouses/${id}/fail`, { code, type: 'CLOUD_FAILURE', parameters: {} });
  const state = async (what: string) => await cloud.sim(what, undefined, 'GET');
  const isAbout = (id: string) => new RegExp(`POST /api/2.0/sql/warehouses/${id}/start$`);

  it('E2, E5, E7: a warehouse that failed is started once, through a kill of the app, and runs', async () => {
    const subject = `warehouse/databricks-dev/${WAREHOUSE}`;
    await held(cloud, async () => {
      await fail(WAREHOUSE, 'INTERNAL_ERROR');
      const plan = await dryRun(cloud, `kind=warehouse&id=${WAREHOUSE}&code=INTERNAL_ERROR`);
      expect(plan['restart-warehouse']).toContain(`start warehouse ${WAREHOUSE}`);
    });
    const ticket = await foundByPoll(cloud, subject);
    await killOnceActed(cloud, ticket);
    const incident = await cloud.incidentIn(ticket, 'resolved', 90_000);
    expect(stepsOf(incident)[0]).toEqual(['restart-warehouse', 'succeeded']);
    expect(await count(stack(), isAbout(WAREHOUSE))).toBe(1);
    expect(await state(`/warehouses/${WAREHOUSE}`)).toMatchObject({ state: 'RUNNING' });
  });

  it('E2, E5, E7: one without machines is made smaller once, and started once', async () => {
    const subject = `warehouse/databricks-dev/${WAREHOUSE}`;
    const [known, starts] = [await seen(subject), await count(stack(), isAbout(WAREHOUSE))];
    await held(cloud, async () => {
      await fail(WAREHOUSE, STOCK_OUT);
      const plan = await dryRun(cloud, `kind=warehouse&id=${WAREHOUSE}&code=${STOCK_OUT}`);
      expect(plan['resize-warehouse']).toContain('from Small to X-Small');
    });
    const ticket = await foundByPoll(cloud, subject, known);
    const incident = await cloud.incidentIn(ticket, 'resolved', 90_000);
    expect(stepsOf(incident)[0]).toEqual(['resize-warehouse', 'succeeded']);
    const done = [await count(stack(), /\/edit$/), (await count(stack(), isAbout(WAREHOUSE))) - starts];
    expect(done).toEqual([1, 1]);
    expect(await state(`/warehouses/${WAREHOUSE}`)).toMatchObject({ state: 'RUNNING', cluster_size: 'X-Small' });
  });

  it('E5: a warehouse that a start, and then a smaller size, does not bring back is a person’s', async () => {
    const subject = `warehouse/databricks-dev/${DASHBOARD}`;
    await cloud.sim(
      `/warehouses/${DASHBOARD}`,
      { cluster_size: 'Medium', onStart: [{ fail: STOCK_OUT }, { fail: STOCK_OUT }] },
      'PUT',
    );
    await fail(DASHBOARD, 'INTERNAL_ERROR');
    const incident = await cloud.incidentIn(await foundByPoll(cloud, subject), 'escalated', 90_000);
    expect(stepsOf(incident)).toEqual([
      ['restart-warehouse', 'failed'],
      ['resize-warehouse', 'failed'],
    ]);
    expect(incident.timeline.some(({ text }) => text.includes('No remedy left'))).toBe(true);
  });

  it('E2, E5, E7: a notebook that is gone is created once, through a kill of the app, as it was', async () => {
    const before = await state(`/objects${NOTEBOOK}`);
    const subject = `notebook/databricks-dev/${NOTEBOOK}`;
    await held(cloud, async () => {
      await cloud.sim(`/objects${NOTEBOOK}`, undefined, 'DELETE');
      const plan = await dryRun(cloud, `kind=notebook&id=${NOTEBOOK}`);
      expect(plan['restore-notebook']).toContain(`create ${NOTEBOOK}`);
    });
    const ticket = await foundByPoll(cloud, subject);
    await killOnceActed(cloud, ticket);
    const incident = await cloud.incidentIn(ticket, 'resolved', 90_000);
    expect(stepsOf(incident)[0]).toEqual(['restore-notebook', 'succeeded']);
    expect(await count(stack(), /workspace\/import$/)).toBe(1);
    expect(await state(`/objects${NOTEBOOK}`)).toMatchObject({ source: Object(before).source });
  });

  it('E5: a restored notebook that does not run is a person’s', async () => {
    await cloud.sim(`/objects${PROOF}`, undefined, 'DELETE');
    const ticket = await foundByPoll(cloud, `notebook/databricks-dev/${PROOF}`, [change]);
    const incident = await cloud.incidentIn(ticket, 'escalated', 90_000);
    expect(stepsOf(incident)).toEqual([['restore-notebook', 'failed']]);
    expect(JSON.stringify(incident)).toContain('The notebook failed in run');
  });

  it('E2, E5, E7: a cluster that is gone is made anew by one apply, confirmed once, through a kill of the app', async () => {
    await held(cloud, async () => {
      await cloud.sim(`/clusters/${CLUSTER}`, undefined, 'DELETE');
      const plan = await dryRun(cloud, `kind=cluster&id=${CLUSTER}&event=cluster.missing`);
      expect(plan['recreate-by-terraform']).toContain('apply module.compute.databricks_cluster.inference_cluster');
    });
    const ticket = await foundByPoll(cloud, `cluster/databricks-dev/${CLUSTER}`);
    await killOnceActed(cloud, ticket);
    const incident = await cloud.incidentIn(ticket, 'resolved', 90_000);
    expect(stepsOf(incident)).toEqual([['recreate-by-terraform', 'succeeded']]);
    expect(JSON.stringify(incident)).toContain(`recreated ${CLUSTER} as `);
    const applies = [await count(stack(), /\/api\/v2\/runs$/), await count(stack(), /actions\/apply$/)];
    expect(applies).toEqual([1, 1]);
  });

  it('E5: an apply that fails is a person’s when it was the last try', async () => {
    const subject = `warehouse/databricks-dev/${WAREHOUSE}`;
    const known = await seen(subject);
    await fetch(`${stack().terraform}/_sim/workspaces/databricks-dev`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ failApplies: 1 }),
    });
    await cloud.sim(`/warehouses/${WAREHOUSE}`, undefined, 'DELETE');
    const incident = await cloud.incidentIn(await foundByPoll(cloud, subject, known), 'escalated', 90_000);
    expect(stepsOf(incident)).toEqual([['recreate-by-terraform', 'failed']]);
    expect(JSON.stringify(incident)).toContain('its apply failed');
  });
});
