// The jobs that the estate lists have to be there: one that is gone is a person's, once, until it is back.
import { expect, it } from 'vitest';
import { House } from '../../builders/house.ts';
import { give, HOUR } from '../../builders/standing-orders.ts';

const JOB = '412508634217802';

async function pollAndSettle(house: House): Promise<void> {
  await house.poll();
  await house.settle(600);
}

it('B3: a listed job that is gone is told once, and that it is back resolves it; gone again it counts again', async () => {
  const house = new House();
  await pollAndSettle(house);
  expect(house.ports.incidents.ids).toEqual([]);
  const name = (await house.workspace.jobs.job(JOB))?.name ?? '';
  house.workspace.jobs.remove(JOB);
  await pollAndSettle(house);
  await pollAndSettle(house);
  expect((await house.incident()).incident).toMatchObject({
    subject: `job/databricks-dev/${JOB}`,
    state: 'escalated',
    failureClass: 'DatabricksJobMissing',
    signalCount: 1,
  });
  house.workspace.jobs.put(JOB, { name });
  await pollAndSettle(house);
  expect((await house.incident()).incident.state).toBe('resolved');
  await pollAndSettle(house);
  expect(house.ports.incidents.ids).toHaveLength(1);
  house.workspace.jobs.remove(JOB);
  await pollAndSettle(house);
  expect(house.ports.incidents.ids).toHaveLength(2);
});

it('B3, C3: one that goes in a maintenance window and is not back after it is told then', async () => {
  const house = new House();
  await pollAndSettle(house);
  await give(house, { kind: 'maintenance-window' });
  house.workspace.jobs.remove(JOB);
  await pollAndSettle(house);
  expect(house.ports.incidents.ids).toEqual([]);
  await house.clock.advance(2 * HOUR * 1_000);
  await pollAndSettle(house);
  expect((await house.incident()).incident.failureClass).toBe('DatabricksJobMissing');
});

it('B3: where no job is listed, none is looked for', async () => {
  const house = new House();
  await pollAndSettle(house);
  expect(house.dr.jobs.calls.some(({ call }) => call === 'jobPages')).toBe(false);
  expect(house.workspace.jobs.calls.some(({ call }) => call === 'jobPages')).toBe(true);
});
