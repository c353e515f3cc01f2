// It is over while a person has it. Most senders tell that once: it counts when it is released.
import { describe, expect, it } from 'vitest';
import { acknowledgeIncident } from '../../../shared/usecases/operator/acknowledge-incident.ts';
import { releaseIncident } from '../../../shared/usecases/operator/release-incident.ts';
import { reopenIncident } from '../../../shared/usecases/operator/reopen-incident.ts';
import { resolveIncident } from '../../../shared/usecases/operator/resolve-incident.ts';
import { common, metricContext, update } from '../../builders/azure-bodies.ts';
import { hearAzure } from '../../builders/azure-house.ts';
import { House } from '../../builders/house.ts';
import { expectWhole, order } from '../../builders/operators.ts';

const fired = common({}, metricContext());
const resolved = common({ monitorCondition: 'Resolved', resolvedDateTime: '2026-11-20T07:55:00Z' }, metricContext());

/** Ana has it when its alert is over. */
async function overWhileTaken(): Promise<House> {
  const house = new House();
  await hearAzure(house, fired);
  await acknowledgeIncident(house.ports, order(house), {});
  await hearAzure(house, resolved);
  const { incident } = await house.incident();
  expect(incident).toMatchObject({ state: 'escalated', acknowledgedBy: 'ana' });
  const said = (await house.ports.incidents.timeline(incident.id)).find(({ type }) => type === 'progress');
  expect(said?.text).toContain('resolved once it is released');
  return house;
}

describe('what is over while a person has its incident', () => {
  it('D4, C4: an alert that was resolved meanwhile resolves its incident once it is released, and people are told once', async () => {
    const house = await overWhileTaken();
    await releaseIncident(house.ports, order(house), {});
    await house.settle(60);
    expect((await house.incident()).incident).toMatchObject({ state: 'resolved', recoveredAt: expect.any(String) });
    expect(await house.types()).toEqual(expect.arrayContaining(['released', 'incident-resolved']));
    const told = house.told.filter(({ message }) => message.kind === 'incident-resolved');
    expect(new Set(told.map(({ message }) => `${message.recipient} ${message.channel}`)).size).toBe(told.length);
    expect(told.length).toBeGreaterThan(0);
    await expectWhole(house);
  });

  it('C4: a service incident that is told to be over, and then again to be active, stays open', async () => {
    const house = new House();
    await hearAzure(house, update('2026-11-20T07:00:00Z'));
    await acknowledgeIncident(house.ports, order(house), {});
    await hearAzure(house, update('2026-11-20T07:10:00Z', { stage: 'Resolved' }, { status: 'Resolved' }));
    await hearAzure(house, update('2026-11-20T07:20:00Z'));
    await releaseIncident(house.ports, order(house), {});
    expect((await house.incident()).incident.state).toBe('escalated');
    await hearAzure(house, update('2026-11-20T07:30:00Z', { stage: 'Resolved' }, { status: 'Resolved' }));
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('D4: an incident that is opened again by a person does not end by what was reported before', async () => {
    const house = await overWhileTaken();
    await resolveIncident(house.ports, order(house), { reason: 'it is over' });
    await reopenIncident(house.ports, order(house), { reason: 'no, it is not' });
    await acknowledgeIncident(house.ports, order(house), {});
    await releaseIncident(house.ports, order(house), {});
    expect((await house.incident()).incident.state).toBe('open');
  });
});
