// The hands of a region's run, when very much waits for it: all of it is let go on.
import { expect, it } from 'vitest';
import { ticketId } from '../../../shared/domain/incidents/ticket-id.ts';
import { gateReasons } from '../../../shared/domain/playbooks/gate.ts';
import type { IncidentFile } from '../../../shared/ports/incident-store.ts';
import { regionHandsOf } from '../../../shared/usecases/regions/region-hands.ts';
import { House } from '../../builders/house.ts';
import { anIncident } from '../../builders/incident.ts';
import { aRun } from '../../builders/store-samples.ts';

const MANY = 3_000;
const OPENED_AT = '2026-11-20T08:00:00.000Z';
const region = { kind: 'region', id: 'eastus', workspace: null, listed: true } as const;

/** As many incidents as that wait for the region; their partitions hold nothing that matters here. */
async function waitingHouse(): Promise<{ house: House; ports: House['ports'] }> {
  const house = new House();
  const because = gateReasons['region-in-outage'];
  const files = new Map<string, IncidentFile>();
  for (let number = 1; number <= MANY; number += 1) {
    const id = ticketId('20261120', number);
    const resource = `cluster/databricks-dev/cluster-${number}`;
    const run = aRun({ resource, state: { name: 'held', because, since: OPENED_AT } });
    const incident = anIncident({ id, subject: resource, activeRun: 1, openedAt: OPENED_AT });
    files.set(id, { incident, runs: [run], steps: [], attempts: [], outbox: [], etag: '1' });
    const { failureClass, code, subject } = incident;
    const told = { incidentId: id, subject, failureClass, code };
    await house.ports.regions.note({ region: 'eastus', weight: 1, at: OPENED_AT, told });
  }
  const load = async (id: string) => files.get(id);
  const incidents = Object.assign(Object.create(house.ports.incidents), { load });
  return { house, ports: { ...house.ports, incidents } };
}

it('A7, C6: thousands that an outage held back are all let go on, at the pace of the budget', async () => {
  const { house, ports } = await waitingHouse();
  const hands = regionHandsOf(ports, { component: region, openedAt: OPENED_AT });
  expect(await hands?.release(async () => undefined)).toEqual({ released: MANY });
  const dueAt = house.ports.bus.accepted.map((message) => Date.parse(message.dueAt ?? ''));
  expect(new Set(house.ports.bus.accepted.map(({ sessionId }) => sessionId)).size).toBe(MANY);
  const minutes = (Math.max(...dueAt) - Math.min(...dueAt)) / 60_000;
  expect(Math.ceil(minutes)).toBe(MANY / house.ports.estate.budgets.actsPerMinute);
});
