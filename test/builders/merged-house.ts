// What has to be true of the whole house after any order, and a house whose cluster was reported three times.
import { expect } from 'vitest';
import { takesJoins } from '../../shared/domain/incidents/incident.ts';
import { verifyChain } from '../../shared/domain/incidents/timeline.ts';
import { CLUSTER, died, House } from './house.ts';

export const SUBJECT = `cluster/databricks-dev/${CLUSTER}`;

/** Three reports of one failure, the last of another code. */
export async function merged(): Promise<{ house: House; ids: string[] }> {
  const house = new House();
  const ids = [(await house.dies()).id];
  await house.settle(1);
  for (const code of ['DRIVER_UNREACHABLE', 'CLOUD_PROVIDER_LAUNCH_FAILURE']) {
    ids.push((await house.hear(died(CLUSTER, code, { terminated_time: Date.parse('2026-11-20T07:59:00Z') }))).id);
    await house.settle(1);
  }
  return { house, ids };
}

export async function incidents(house: House) {
  return await Promise.all(house.ports.incidents.ids.map(async (id) => (await house.file(id)).incident));
}

export async function expectOneOpenPerSubject(house: House, where = ''): Promise<void> {
  const open = (await incidents(house)).filter(({ state }) => takesJoins(state)).map(({ subject }) => subject);
  expect(new Set(open).size, `${where}: one open incident per subject (invariant 2)`).toBe(open.length);
}

export async function expectWhole(house: House, where = ''): Promise<void> {
  for (const { id } of await incidents(house)) {
    const timeline = await house.ports.incidents.timeline(id);
    expect(verifyChain(id, timeline).intact, `${where}: ${id}`).toBe(true);
    expect((await house.file(id)).outbox, `${where}: ${id}`).toEqual([]);
  }
  expect(house.ports.guards.standing, where).toEqual([]);
  expect((await house.ports.subjects.get(SUBJECT))?.reopening, where).toBeUndefined();
  await expectOneOpenPerSubject(house, where);
}
