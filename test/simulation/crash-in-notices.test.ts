// A process that dies at each await while Azure tells of an incident and its end: it always ends the same way (D3, C4).
import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../shared/domain/incidents/timeline.ts';
import { logAlert, update } from '../builders/azure-bodies.ts';
import { postAzure } from '../builders/azure-house.ts';
import { House, type HouseOptions } from '../builders/house.ts';

const KEY = 'service-health/ABCD-123';

async function live(house: House): Promise<void> {
  await postAzure(house, update('2026-11-20T07:00:00Z'));
  await house.settle(600);
  await postAzure(house, update('2026-11-20T07:10:00Z', {}, { level: 2 }));
  await postAzure(house, logAlert([{ name: 'cluster_id', value: 'test-cluster-456' }]));
  await house.settle(600);
  await postAzure(house, update('2026-11-20T07:20:00Z', { stage: 'Resolved' }, { status: 'Resolved' }));
  await house.settle(600);
}

async function expectTheSameEnd(house: House, where: string): Promise<void> {
  const files = await Promise.all(house.ports.incidents.ids.map((id) => house.file(id)));
  const ends = files.map(({ incident }) => [incident.subject, incident.state, incident.signalCount]).sort();
  expect(ends, where).toEqual([
    ['cluster/databricks-dev/test-cluster-456', 'escalated', 1],
    [KEY, 'resolved', 2],
  ]);
  for (const { incident, outbox } of files) {
    expect(outbox, `${where}: nothing left in the outbox`).toEqual([]);
    const timeline = await house.ports.incidents.timeline(incident.id);
    expect(verifyChain(incident.id, timeline).intact, `${where}: the chain verifies (invariant 7)`).toBe(true);
  }
  const kept = await house.ports.notices.get(KEY);
  const ticketId = files.find(({ incident }) => incident.subject === KEY)?.incident.id;
  expect(kept?.notice, where).toMatchObject({ phase: 'over', stage: 'Resolved', updates: 3, ticketId });
  expect(kept?.notice.became, where).not.toBe('Being handled.');
  expect(await house.ports.witnesses.of('eastus'), `${where}: it says nothing of its region any more`).toEqual([]);
  expect(house.ports.signals.outcomes.length, `${where}: every signal ended (invariant 1)`).toBe(4);
  expect(house.errors, where).toEqual([]);
}

async function countAwaits(): Promise<number> {
  let awaits = 0;
  const crashesAt: HouseOptions['crashesAt'] = () => {
    awaits += 1;
    return false;
  };
  const house = new House({ crashesAt });
  await live(house);
  await expectTheSameEnd(house, 'without a crash');
  return awaits;
}

describe('a crash while Azure tells', () => {
  it('D3: at every await: one incident, resolved, one notice, no testimony left behind', async () => {
    const awaits = await countAwaits();
    expect(awaits).toBeGreaterThan(60);
    for (let fatal = 1; fatal <= awaits; fatal += 1) {
      let passed = 0;
      let where = '';
      const house = new House({
        crashesAt: (operation, moment) => {
          passed += 1;
          if (passed === fatal) where = `crash ${fatal}, ${moment} ${operation}`;
          return passed === fatal;
        },
      });
      await live(house);
      await expectTheSameEnd(house, where);
    }
  });
});
