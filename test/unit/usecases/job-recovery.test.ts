// Repair, rerun or leave: what is done for a failed run, by its job, its tables and its clusters.
import { describe, expect, it } from 'vitest';
import { CLUSTER, type House } from '../../builders/house.ts';
import { aHouse, JOB, type Listed, notice, TABLE, WAREHOUSE } from '../../builders/jobs-house.ts';
import { give } from '../../builders/standing-orders.ts';

describe('repair, rerun or leave', () => {
  const writes = { writes: [TABLE] };

  async function ofDataCheck(listed: Listed, prepare: (house: House) => void = () => undefined, failure = {}) {
    const house = aHouse(listed);
    prepare(house);
    house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR', ...failure });
    const runId = house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR', ...failure });
    await house.hear(notice(runId));
    await house.settle(4 * 3600);
    const { incident } = await house.incident();
    return { house, incident, told: house.told.at(-1)?.message.text ?? '' };
  }

  it('E9: nothing written since the attempt began, by the history of its tables: repaired', async () => {
    const { house, incident } = await ofDataCheck(writes, ({ workspace }) => workspace.warehouses.put(WAREHOUSE));
    expect(incident.state).toBe('resolved');
    expect(house.workspace.jobs.acts()).toEqual(['repair']);
    expect(house.workspace.warehouses.acts(WAREHOUSE)).toEqual([]);
  });

  it.each([
    [
      'written since',
      ({ workspace }: House) => {
        workspace.warehouses.put(WAREHOUSE);
        workspace.warehouses.commit(TABLE);
      },
      'was written to at',
    ],
    [
      'not to be read',
      ({ workspace }: House) => {
        workspace.warehouses.put(WAREHOUSE);
        workspace.warehouses.hide(WAREHOUSE, TABLE);
      },
      'could not be found out',
    ],
    ['asked of no warehouse', ({ workspace }: House) => workspace.warehouses.stopAll(), 'no warehouse runs'],
  ])('E9: a table %s leaves the run to a person', async (_what, prepare, words) => {
    const { house, incident, told } = await ofDataCheck(writes, prepare);
    expect(incident.state).toBe('escalated');
    expect(told).toContain(words);
    expect(house.workspace.jobs.acts()).toEqual([]);
    expect(house.workspace.warehouses.acts(WAREHOUSE)).toEqual([]);
  });

  it('E9: without the tables that it writes it is a person’s, unless its work had not begun', async () => {
    expect((await ofDataCheck({})).told).toContain('does not say which tables');
    const { house } = await ofDataCheck({}, undefined, { hasBegun: false });
    expect(house.workspace.jobs.acts()).toEqual(['repair']);
  });

  it('E9: what the estate forbids, the passive side and a deleted job are left', async () => {
    expect((await ofDataCheck({ rerun: 'never' })).told).toContain('only a person runs it again');
    const passive = ({ workspace }: House) => workspace.jobs.put(JOB, { maxConcurrentRuns: 0 });
    expect((await ofDataCheck({ rerun: 'safe' }, passive)).told).toContain('max_concurrent_runs');
    expect((await ofDataCheck({ rerun: 'safe' }, ({ workspace }) => workspace.jobs.remove(JOB))).told).toContain(
      'no longer exists',
    );
  });

  it('E9: a run that was skipped is run again, with a token; the lost answer of its start is no second run', async () => {
    const house = aHouse();
    const skipped = house.workspace.jobs.skipped(JOB);
    house.workspace.jobs.trouble('lost-answer');
    await house.clock.advance(1000);
    await house.hear(notice(skipped));
    await house.settle(4 * 3600);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.jobs.acts()).toEqual(['runNow']);
  });

  it('E9: a run that was skipped because an earlier one still ran waits for that one: it would be skipped again', async () => {
    const house = aHouse();
    const earlier = house.workspace.jobs.goesOn(JOB);
    await house.clock.advance(3600_000);
    await house.hear(notice(house.workspace.jobs.skipped(JOB)));
    await house.settle(3600);
    expect(house.workspace.jobs.acts()).toEqual([]);
    expect((await house.incident()).steps[0]?.because).toContain(`run ${earlier}`);
    house.workspace.jobs.ends(earlier, { code: 'SUCCESS' });
    await house.settle(3600);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.jobs.acts()).toEqual(['runNow']);
  });

  it('E9: where more of them may run at once, one that runs is not in the way', async () => {
    const house = aHouse();
    house.workspace.jobs.put(JOB, { name: 'nightly', maxConcurrentRuns: 2 });
    house.workspace.jobs.goesOn(JOB);
    await house.clock.advance(3600_000);
    await house.hear(notice(house.workspace.jobs.skipped(JOB)));
    await house.settle(3600);
    expect(house.workspace.jobs.acts()).toEqual(['runNow']);
  });

  it('E9: a run that began and failed before ours was started is not taken for ours, and says nothing of it', async () => {
    const house = aHouse();
    const { jobs } = house.workspace;
    const skipped = jobs.skipped(JOB);
    await house.clock.advance(60_000);
    jobs.failed(JOB, { code: 'INTERNAL_ERROR' }, house.clock.now().toISOString());
    jobs.trouble('lost-request');
    await house.hear(notice(skipped));
    await house.settle(4 * 3600);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(jobs.acts()).toEqual(['runNow']);
  });

  it('E5, E9: a list that does not show the run that was started yet is not taken for its failure', async () => {
    const house = aHouse();
    const { jobs } = house.workspace;
    const skipped = jobs.skipped(JOB);
    await house.clock.advance(60_000);
    jobs.failed(JOB, { code: 'INTERNAL_ERROR' }, house.clock.now().toISOString());
    jobs.lagAfterStart(120);
    await house.hear(notice(skipped));
    await house.settle(4 * 3600);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(jobs.acts()).toEqual(['runNow']);
  });

  it('E9: the lost answer of a repair is no second repair', async () => {
    const house = aHouse();
    house.workspace.jobs.trouble('lost-answer');
    await house.hear(notice(house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR' })));
    await house.settle(4 * 3600);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.jobs.acts()).toEqual(['repair']);
  });

  it('E9: what was throttled is left in peace for ten minutes first', async () => {
    const house = aHouse();
    await house.hear(notice(house.workspace.jobs.failed(JOB, { code: 'CLUSTER_REQUEST_LIMIT_EXCEEDED' })));
    await house.settle(540);
    expect(house.workspace.jobs.acts()).toEqual([]);
    await house.settle(120);
    expect(house.workspace.jobs.acts()).toEqual(['repair']);
  });

  it('E9: a cluster that stands idle meanwhile is Jobs’ own to start; one that somebody stopped is waited for', async () => {
    for (const [code, acts] of [
      ['INACTIVITY', ['repair']],
      ['USER_REQUEST', []],
    ] as const) {
      const house = aHouse();
      await house.hear(notice(house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR', clusterId: CLUSTER })));
      house.workspace.crash(CLUSTER, { code, type: 'SUCCESS', parameters: {} });
      await house.settle(1800);
      expect(house.workspace.jobs.acts(), code).toEqual(acts);
      expect(house.workspace.acts(CLUSTER)).toEqual([]);
    }
  });

  it('E9: who waits for a cluster that somebody stopped says so, and calls a person in the end', async () => {
    const house = aHouse();
    const throttled = { code: 'CLUSTER_REQUEST_LIMIT_EXCEEDED', clusterId: CLUSTER };
    await house.hear(notice(house.workspace.jobs.failed(JOB, throttled)));
    await house.settle(60);
    house.workspace.crash(CLUSTER, { code: 'USER_REQUEST', type: 'SUCCESS', parameters: {} });
    await house.settle(1800);
    const { steps } = await house.incident();
    expect(steps[0]?.because).toContain('was stopped (USER_REQUEST): somebody has to start it');
    await house.settle(24 * 3600);
    expect((await house.incident()).incident.state).toBe('escalated');
  });

  it('E9: Databricks’ own retries are waited for, and a newer run that has succeeded is enough', async () => {
    const house = aHouse();
    await house.hear(notice(house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR', runGoesOn: true })));
    await house.settle(600);
    expect((await house.incident()).incident.state).not.toBe('resolved');
    await house.clock.advance(1000);
    house.workspace.jobs.succeeded(JOB);
    await house.settle(600);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.jobs.acts()).toEqual([]);
  });

  it('E9: a success in a long change freeze is found by the run that the freeze holds', async () => {
    const house = aHouse();
    await give(house, { kind: 'freeze' }, { seconds: 72 * 3600 });
    await house.hear(notice(house.workspace.jobs.failed(JOB, { code: 'INTERNAL_ERROR' })));
    await house.settle(60);
    await house.clock.advance(1000);
    await house.hear(notice(house.workspace.jobs.succeeded(JOB), 'jobs.on_success'));
    await house.settle(900);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.workspace.jobs.acts()).toEqual([]);
  });
});
