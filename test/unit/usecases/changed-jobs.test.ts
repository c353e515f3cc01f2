// Listed jobs against their last good definitions: a change is told once, field by field, until a person accepts it or it is taken back.
import { describe, expect, it } from 'vitest';
import type { MaintenanceWindow } from '../../../shared/domain/estate/maintenance-windows.ts';
import { takesJoins } from '../../../shared/domain/incidents/incident.ts';
import type { Settings } from '../../../shared/domain/runbooks/settings-change.ts';
import { resolveIncident } from '../../../shared/usecases/operator/resolve-incident.ts';
import type { House } from '../../builders/house.ts';
import { aHouse, inCode, JOB, notice } from '../../builders/jobs-house.ts';
import { order, ticket } from '../../builders/operators.ts';

const NIGHTLY = { schedule: { quartz_cron_expression: '0 30 2 * * ?', pause_status: 'UNPAUSED' }, tags: {} };
const PAUSED = { schedule: { ...NIGHTLY.schedule, pause_status: 'PAUSED' } };

const EVERY_DAY = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from: '00:00',
  to: '00:00',
  timeZone: 'UTC',
} satisfies MaintenanceWindow;

async function pollAndSettle(house: House): Promise<void> {
  await house.poll();
  await house.settle(600);
  await house.clock.advance(300_000);
}

async function aKnownJob(defined: Settings = NIGHTLY): Promise<House> {
  const house = aHouse();
  house.workspace.jobs.define(JOB, defined);
  await pollAndSettle(house);
  expect(house.ports.incidents.ids).toEqual([]);
  return house;
}

async function resolve(house: House, at = 0): Promise<void> {
  const incidentId = ticket(house.ports.incidents.ids[at]);
  await resolveIncident(house.ports, order(house, { incidentId }), { reason: 'it is wanted' });
  await house.settle(60);
}

function good(house: House) {
  return house.ports.inventory.lastGood({ workspace: 'databricks-dev', kind: 'job', id: JOB });
}

describe('listed jobs that change', () => {
  it('B3: a change is told once, field by field, and repaired by nobody; taken back it resolves', async () => {
    const house = await aKnownJob();
    house.workspace.jobs.define(JOB, { ...PAUSED, max_concurrent_runs: 3 });
    await pollAndSettle(house);
    await pollAndSettle(house);
    const { incident, runs } = await house.incident();
    expect(incident).toMatchObject({
      subject: `job/databricks-dev/${JOB}`,
      state: 'escalated',
      failureClass: 'DatabricksJobChanged',
      signalCount: 1,
    });
    expect(runs).toEqual([]);
    expect(incident.opening.message).toContain('max_concurrent_runs from 1 to 3');
    expect(incident.opening.message).toContain('schedule.pause_status from UNPAUSED to PAUSED');
    house.workspace.jobs.define(JOB, { ...NIGHTLY, max_concurrent_runs: 1 });
    await pollAndSettle(house);
    expect((await house.incident()).incident.state).toBe('resolved');
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(1);
  });

  it('B3: the same change made again after it was taken back is another one, which nobody has accepted', async () => {
    const house = await aKnownJob();
    for (const defined of [PAUSED, NIGHTLY, PAUSED]) {
      house.workspace.jobs.define(JOB, defined);
      await pollAndSettle(house);
      await pollAndSettle(house);
    }
    expect(house.ports.incidents.ids).toHaveLength(2);
    expect((await house.file(house.ports.incidents.ids[1])).incident.state).toBe('escalated');
    expect((await good(house))?.content).toContain('"UNPAUSED"');
  });

  it('B3: what a person accepts by resolving its incident is the last good definition from then on', async () => {
    const house = await aKnownJob();
    house.workspace.jobs.define(JOB, PAUSED);
    await pollAndSettle(house);
    await resolve(house);
    await pollAndSettle(house);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect((await good(house))?.content).toContain('"PAUSED"');
    house.workspace.jobs.define(JOB, NIGHTLY);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(2);
  });

  it('B3: a change beside another failure of the job waits for the end of that, and is not accepted by it', async () => {
    const house = await aKnownJob();
    const runId = house.workspace.jobs.failed(JOB, inCode);
    await house.hear(notice(runId));
    await house.settle(60);
    house.workspace.jobs.define(JOB, PAUSED);
    await pollAndSettle(house);
    expect((await house.incident()).incident).toMatchObject({ failureClass: 'DatabricksJobFailed', signalCount: 1 });
    await resolve(house);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(2);
    const { incident } = await house.file(house.ports.incidents.ids[1]);
    expect(incident.failureClass).toBe('DatabricksJobChanged');
    expect(takesJoins(incident.state)).toBe(true);
  });

  it('B3: another change while the first is open joins it with its words, and ending that accepts what is there', async () => {
    const house = await aKnownJob();
    house.workspace.jobs.define(JOB, PAUSED);
    await pollAndSettle(house);
    house.workspace.jobs.define(JOB, { timeout_seconds: 60 });
    await pollAndSettle(house);
    const { incident } = await house.incident();
    const timeline = await house.ports.incidents.timeline(incident.id);
    expect(timeline.find(({ type }) => type === 'signal-joined')?.data).toMatchObject({
      text: expect.stringContaining('timeout_seconds added: 60'),
    });
    await resolve(house);
    await pollAndSettle(house);
    expect((await good(house))?.content).toContain('"timeout_seconds":60');
    expect(house.ports.incidents.ids).toHaveLength(1);
  });

  it('B3: a change is told also where the good copy is lost, once, and what a person accepts is kept again', async () => {
    const house = await aKnownJob();
    house.ports.inventory.loseContent({ workspace: 'databricks-dev', kind: 'job', id: JOB });
    house.workspace.jobs.define(JOB, PAUSED);
    await pollAndSettle(house);
    await pollAndSettle(house);
    const { incident } = await house.incident();
    expect(incident).toMatchObject({ failureClass: 'DatabricksJobChanged', state: 'escalated', signalCount: 1 });
    await resolve(house);
    await pollAndSettle(house);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect((await good(house))?.content).toContain('PAUSED');
  });

  it('B3: what changes in its maintenance window is accepted with it', async () => {
    const house = aHouse({ maintenanceWindows: [EVERY_DAY] });
    house.workspace.jobs.define(JOB, NIGHTLY);
    await pollAndSettle(house);
    house.workspace.jobs.define(JOB, PAUSED);
    await pollAndSettle(house);
    await pollAndSettle(house);
    expect(house.ports.incidents.ids).toEqual([]);
    expect((await good(house))?.content).toContain('"PAUSED"');
  });

  it('B3: what a list leaves out of a large job is read of that job alone', async () => {
    const house = aHouse();
    const tasks = Array.from({ length: 120 }, (_, at) => ({ task: `t${at}`, maxRetries: 0 }));
    house.workspace.jobs.put(JOB, { name: 'nightly', tasks });
    await pollAndSettle(house);
    house.workspace.jobs.put(JOB, { name: 'nightly', tasks: tasks.slice(0, 119) });
    await pollAndSettle(house);
    expect((await house.incident()).incident.opening.message).toContain('tasks.t119 removed');
    const read = house.workspace.jobs.calls.filter(({ call }) => call === 'definition').map(({ id }) => id);
    expect(new Set(read)).toEqual(new Set([JOB]));
  });

  it('B3: a crash at any await ends with one incident, and with the first definition as the good one', async () => {
    for (let at = 1; at < 40; at += 1) {
      let awaits = -1;
      const house = aHouse(undefined, { crashesAt: () => awaits >= 0 && ++awaits === at });
      house.workspace.jobs.define(JOB, NIGHTLY);
      await pollAndSettle(house);
      house.workspace.jobs.define(JOB, PAUSED);
      awaits = 0;
      await pollAndSettle(house);
      await pollAndSettle(house);
      expect(house.ports.incidents.ids, `crash at await ${at}`).toHaveLength(1);
      expect((await good(house))?.content).toContain('"UNPAUSED"');
    }
  });
});
