// The record of a playbook is read from its incidents: what was done, and in shadow what would have been done beside what happened.
import { expect, it } from 'vitest';
import { reportAutonomy } from '../../../shared/usecases/report-autonomy.ts';
import { CLUSTER, died, House, UNLISTED } from '../../builders/house.ts';

it('E8: verified remedies count for the playbook and the component', async () => {
  const house = new House();
  await house.dies();
  await house.settle(1200);
  const report = await reportAutonomy(house.ports);
  expect(report).toMatchObject({ incidentsRead: 1, more: false });
  expect(report.value).toMatchObject([
    {
      component: { kind: 'cluster', id: CLUSTER },
      failureClass: 'DatabricksDriverNotResponding',
      autonomy: 'auto',
      succeeded: 1,
      failed: 0,
      shadowed: 0,
      proposal: null,
      entries: [{ result: 'succeeded', happened: expect.stringContaining('repaired and verified') }],
    },
  ]);
});

it('E8: in shadow nothing is done; what would have been done stands beside what happened', async () => {
  const house = new House({
    estate: (estate) => ({ ...estate, playbooks: { DatabricksDriverNotResponding: { autonomy: 'shadow' } } }),
  });
  for (let time = 0; time < 3; time += 1) {
    await house.dies();
    await house.settle(600);
    const [newest] = (await house.ports.index.list({}, 1)).incidents;
    const file = await house.file(newest?.id);
    await house.ports.incidents.commit({
      basis: file,
      incident: { ...file.incident, state: 'closed', resolvedAt: house.clock.now().toISOString() },
      events: [],
      at: house.clock.now().toISOString(),
    });
    await house.clock.advance(3_600_000);
  }
  expect(house.workspace.acts(CLUSTER)).toEqual([]);
  const [record] = (await reportAutonomy(house.ports)).value;
  expect(record).toMatchObject({ autonomy: 'shadow', shadowed: 3, proposal: { to: 'approve' } });
  expect(record?.entries[0]).toMatchObject({
    decided: expect.stringContaining('would have decided to restart the cluster'),
    happened: expect.stringContaining('over without a remedy of ours'),
  });
});

it('E8: what nobody approved, could not be tried, or got well by itself speaks neither for a remedy nor against it', async () => {
  const house = new House();
  house.workspace.put(UNLISTED);
  await house.dies(UNLISTED);
  await house.settle(30 * 3600);
  await house.hear(died(CLUSTER));
  await house.settle(600);
  const states = await Promise.all(house.ports.incidents.ids.map(async (id) => (await house.file(id)).runs[0]?.state));
  expect(states.map((state) => state?.name)).toEqual(['paused', 'succeeded']);
  const { value } = await reportAutonomy(house.ports);
  expect(value).toHaveLength(2);
  for (const record of value) expect(record).toMatchObject({ succeeded: 0, failed: 0, entries: [{ result: 'open' }] });
});
