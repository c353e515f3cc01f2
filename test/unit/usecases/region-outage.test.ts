// A region goes out and comes back: one incident for it, its components gathered and held, then released at the budget's pace.
import { describe, expect, it } from 'vitest';
import { Broken } from '../../../shared/domain/errors.ts';
import type { ClusterId } from '../../../shared/domain/ids.ts';
import type { Testimony } from '../../../shared/domain/regions/testimony.ts';
import { abortRun } from '../../../shared/usecases/operator/abort-run.ts';
import { acknowledgeIncident } from '../../../shared/usecases/operator/acknowledge-incident.ts';
import { releaseIncident } from '../../../shared/usecases/operator/release-incident.ts';
import { planRemedies } from '../../../shared/usecases/plan-remedies.ts';
import { assessRegions } from '../../../shared/usecases/regions/assess-regions.ts';
import { showRegions } from '../../../shared/usecases/regions/show-regions.ts';
import { House, type HouseOptions } from '../../builders/house.ts';
import { order, ticket } from '../../builders/operators.ts';

const MANY = 12;
const ACTS = 5;

function aHouse(options: HouseOptions = {}): { house: House; ids: ClusterId[] } {
  const house = new House({
    actsPerMinute: ACTS,
    estate: (estate) => ({
      ...estate,
      autonomy: { ...estate.autonomy, unlisted: 'auto' },
      budgets: { ...estate.budgets, actsPerMinute: ACTS },
    }),
    ...options,
  });
  const ids = Array.from({ length: MANY }, (_, n) => `many-${n}` as ClusterId);
  for (const id of ids) house.workspace.put(id);
  return { house, ids };
}

async function says(
  house: House,
  source: Testimony['source'],
  what: Testimony['says'],
  region = 'eastus',
): Promise<void> {
  const now = house.clock.now();
  await house.ports.witnesses.put({
    region,
    witness: source,
    source,
    fate: source,
    says: what,
    seenAt: now.toISOString(),
    validUntil: new Date(now.getTime() + 180_000).toISOString(),
    words: `${source} says ${what}.`,
  });
}

/** A minute of the timers: witnesses speak, the regions are assessed, what is due is handled. */
async function minute(house: House, said: Partial<Record<Testimony['source'], Testimony['says']>>): Promise<void> {
  for (const source of ['probes', 'service-health'] as const) {
    const what = said[source];
    if (what) await says(house, source, what);
  }
  await assessRegions(house.ports);
  await house.settle(59);
  await house.clock.advance(60_000 - (house.clock.now().getTime() % 60_000));
}

async function region(house: House) {
  const shown = await showRegions(house.ports);
  return shown.find((one) => one.region === 'eastus');
}

async function goesOut(house: House, ids: readonly ClusterId[]): Promise<string> {
  await minute(house, { probes: 'healthy' });
  for (const id of ids.slice(0, 4)) await house.dies(id, 'CLOUD_PROVIDER_SHUTDOWN');
  await house.settle(1);
  await minute(house, { probes: 'outage', 'service-health': 'outage' });
  const { incidentId } = (await region(house)) ?? {};
  return incidentId ?? 'none';
}

async function comesBack(house: House, minutes = 30): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 1) {
    await minute(house, { probes: 'healthy', 'service-health': 'healthy' });
  }
}

function starts(house: House): number[] {
  return house.workspace.calls.filter(({ call }) => call === 'startCluster').map(({ at }) => Date.parse(at));
}

describe('a region that goes out', () => {
  it('A7, C5: has one incident, told to the DR lead, with its witnesses; its components are gathered under it', async () => {
    const { house, ids } = aHouse();
    const id = await goesOut(house, ids);
    for (const each of ids.slice(4)) await house.dies(each, 'CLOUD_PROVIDER_SHUTDOWN');
    await house.settle(5);
    const { incident, runs } = await house.file(id);
    expect(incident).toMatchObject({
      subject: 'region/eastus',
      failureClass: 'AzureRegionOutage',
      severity: 'critical',
      state: 'open',
    });
    expect(runs).toMatchObject([{ runbook: 'playbook/AzureRegionOutage', state: { name: 'held' } }]);
    expect(await region(house)).toMatchObject({ verdict: 'outage', incidentId: id, children: { count: MANY } });
    expect((await region(house))?.witnesses.map(({ witness }) => witness).sort()).toEqual([
      'components',
      'probes',
      'service-health',
    ]);
    const toldOfRegion = house.told.filter(({ message }) => message.incidentId === id);
    expect(toldOfRegion.map(({ message }) => [message.recipient, message.severity])).toEqual([['dr-lead', 'critical']]);
    expect(toldOfRegion[0]?.message.text).toContain('Its peer westus2 is');
  });

  it('C5: a region that cannot be judged keeps no other from being judged and told of', async () => {
    const { house } = aHouse();
    const { witnesses } = house.ports;
    for (const source of ['probes', 'service-health'] as const) await says(house, source, 'outage', 'westus2');
    const broken = new Broken('broken', 'row says|eastus probe of version 2 is not readable');
    const of = (name: string) => (name === 'eastus' ? Promise.reject(broken) : witnesses.of(name));
    const unreadable = Object.assign(Object.create(witnesses), { of });
    await expect(assessRegions({ ...house.ports, witnesses: unreadable })).rejects.toBe(broken);
    await house.settle(59);
    const { incidents } = await house.ports.index.list({ subject: 'region/westus2' }, 10);
    expect(incidents).toMatchObject([{ failureClass: 'AzureRegionOutage' }]);
  });

  it('C6: no remedy runs there while it is out, and nobody is told of single components', async () => {
    const { house, ids } = aHouse();
    await goesOut(house, ids);
    const before = starts(house).length;
    const told = house.told.length;
    for (const each of ids.slice(4)) await house.dies(each, 'CLOUD_PROVIDER_SHUTDOWN');
    for (let passed = 0; passed < 20; passed += 1)
      await minute(house, { probes: 'outage', 'service-health': 'outage' });
    expect(starts(house)).toHaveLength(before);
    const children = house.ports.incidents.ids.slice(5);
    const toldSince = house.told.slice(told).map(({ message }) => message.incidentId);
    expect(toldSince.filter((id) => children.some((child) => child === id))).toEqual([]);
    expect(children).toHaveLength(MANY - 4);
    for (const id of children) {
      const { runs } = await house.file(id);
      expect(runs[0]?.state, id).toMatchObject({ name: 'held', because: expect.stringContaining('its region is out') });
    }
  });

  it('C6, J6: what only a person can repair is told all the same: nothing goes on by itself afterwards that would tell it', async () => {
    const { house, ids } = aHouse();
    await goesOut(house, ids);
    const { id } = await house.dies(ids[5], 'A_CODE_OF_TOMORROW');
    await house.settle(5);
    const { ticketId } = (await house.ports.signals.get(id)) ?? {};
    const told = house.told.filter(({ message }) => message.incidentId === ticketId);
    expect(told.map(({ message }) => message.kind)).toEqual(['human-needed', 'human-needed']);
    const timeline = await house.ports.incidents.timeline(ticket(ticketId ?? ''));
    expect(timeline.find(({ type }) => type === 'people-told')?.text).toBe('2 message(s) to people decided');
    await comesBack(house);
    expect((await house.file(ticketId ?? '')).incident.state).toBe('escalated');
  });

  it('C6, E10: when it is well again its run releases them at the pace of the budget, and resolves', async () => {
    const { house, ids } = aHouse();
    const id = await goesOut(house, ids);
    for (const each of ids.slice(4)) await house.dies(each, 'CLOUD_PROVIDER_SHUTDOWN');
    await house.settle(5);
    const backAt = house.clock.now().getTime();
    await comesBack(house);
    const { incident, runs } = await house.file(id);
    expect(runs[0]?.state.name).toBe('succeeded');
    expect(incident.state).toBe('resolved');
    for (const child of house.ports.incidents.ids)
      expect((await house.file(child)).incident.state, child).toBe('resolved');
    const after = starts(house).filter((at) => at > backAt);
    expect(Math.min(...after) - backAt).toBeGreaterThanOrEqual(5 * 60_000);
    const minutes = Object.values(Object.groupBy(after, (at) => String(Math.floor(at / 60_000))));
    expect(Math.max(...minutes.map((group) => group?.length ?? 0))).toBeLessThanOrEqual(ACTS);
    expect(await region(house)).toMatchObject({ verdict: 'healthy', incidentId: null });
  });

  it('E7: the dry run says how many would be let go on, and lets none', async () => {
    const { house, ids } = aHouse();
    await goesOut(house, ids);
    const before = [house.workspace.calls.length, await house.types()] as const;
    const question = { kind: 'region', id: 'eastus', workspace: null, event: 'region.outage' } as const;
    expect(await planRemedies(house.ports, question)).toMatchObject({
      failureClass: 'AzureRegionOutage',
      remedies: [{ remedy: 'release-components', would: expect.stringMatching(/let .*eastus go on/) }],
    });
    expect([house.workspace.calls.length, await house.types()]).toEqual(before);
  });

  it('E5: out again before all have gone on: not verified, and they are released once more when it is well', async () => {
    let step: () => Promise<void> = async () => undefined;
    const { house, ids } = aHouse({
      interrupt: async (operation, moment) => {
        if (operation === 'incidents.commit' && moment === 'after') await step();
      },
    });
    const id = await goesOut(house, ids);
    for (const each of ids.slice(4)) await house.dies(each, 'CLOUD_PROVIDER_SHUTDOWN');
    await house.settle(5);
    const acted = async () => (await house.types(id)).filter((type) => type === 'acted').length;
    step = async () => {
      if ((await acted()) === 0) return;
      step = async () => undefined;
      for (const source of ['probes', 'service-health'] as const) await says(house, source, 'outage');
      await assessRegions(house.ports);
    };
    await comesBack(house, 40);
    const { incident, steps } = await house.file(id);
    expect(await acted()).toBe(2);
    expect(steps.map(({ id: remedy, state }) => [remedy, state])).toEqual([['release-components', 'succeeded']]);
    expect(incident.state).toBe('resolved');
  });

  it('C6: its incident ends with the outage also while automatic remediation is switched off', async () => {
    const { house, ids } = aHouse({ remediationEnabled: false });
    const id = await goesOut(house, ids);
    await comesBack(house, 12);
    expect((await house.file(id)).incident.state).toBe('resolved');
  });

  it('C6: those that are released go on at once, each in its turn, and wait for nothing else', async () => {
    const { house, ids } = aHouse();
    const id = await goesOut(house, ids);
    for (const each of ids.slice(4)) await house.dies(each, 'CLOUD_PROVIDER_SHUTDOWN');
    await house.settle(5);
    await comesBack(house, 30);
    const timeline = await house.ports.incidents.timeline((await house.file(id)).incident.id);
    const releasedAt = Date.parse(timeline.find(({ type }) => type === 'acted')?.at ?? '');
    const first = Math.min(...starts(house).filter((at) => at >= releasedAt));
    expect(first - releasedAt).toBeLessThan(5_000);
  });

  it('C5: a degraded region has its incident, which becomes that of an outage and not a second one', async () => {
    const { house } = aHouse();
    await minute(house, { probes: 'degraded' });
    const { incidentId } = (await region(house)) ?? {};
    const before = await house.file(incidentId ?? '');
    expect(before.incident).toMatchObject({ failureClass: 'AzureRegionDegraded', state: 'escalated' });
    expect(before.runs).toEqual([]);
    await minute(house, { probes: 'outage', 'service-health': 'outage' });
    const after = await house.file(incidentId ?? '');
    expect(after.incident).toMatchObject({ failureClass: 'AzureRegionOutage', code: 'REGION_OUTAGE' });
    expect(after.runs).toMatchObject([{ number: 1, state: { name: 'held' } }]);
    expect(await house.types(incidentId ?? '')).toContain('worsened');
    expect(house.ports.incidents.ids.filter((id) => id === incidentId)).toHaveLength(1);
    await comesBack(house, 12);
    expect((await house.file(incidentId ?? '')).incident.state).toBe('resolved');
    expect(house.ports.incidents.ids).toHaveLength(1);
  });

  it('C5: a degraded region that is well again resolves by itself', async () => {
    const { house } = aHouse();
    await minute(house, { probes: 'degraded' });
    const { incidentId } = (await region(house)) ?? {};
    await comesBack(house, 8);
    expect((await house.file(incidentId ?? '')).incident).toMatchObject({ state: 'resolved' });
  });

  it('C5: one that a person had taken when it was well again resolves once it is released', async () => {
    const { house } = aHouse();
    await minute(house, { probes: 'degraded' });
    const { incidentId } = (await region(house)) ?? {};
    await acknowledgeIncident(house.ports, order(house, { incidentId: ticket(incidentId ?? '') }), {});
    await comesBack(house, 8);
    expect((await house.file(incidentId ?? '')).incident.state, 'it is in the hands of a person').toBe('escalated');
    await releaseIncident(house.ports, order(house, { incidentId: ticket(incidentId ?? '') }), {});
    await comesBack(house, 2);
    expect((await house.file(incidentId ?? '')).incident.state).toBe('resolved');
    const types = await house.types(incidentId ?? '');
    expect(types.filter((type) => type === 'signal-joined').length, 'told once to each of them').toBeLessThanOrEqual(1);
  });

  it('C5: one whose run was aborted after the region had been well again resolves all the same', async () => {
    const { house, ids } = aHouse();
    const id = await goesOut(house, ids);
    let isAborted = false;
    for (let passed = 0; passed < 12; passed += 1) {
      for (const source of ['probes', 'service-health'] as const) await says(house, source, 'healthy');
      await assessRegions(house.ports);
      await house.settle(0);
      if (!isAborted && (await region(house))?.verdict === 'healthy') {
        expect(['held', 'running'], 'it is at work').toContain((await house.file(id)).runs[0]?.state.name);
        await abortRun(house.ports, { ...order(house, { incidentId: ticket(id) }), run: 1 }, { reason: 'by mistake' });
        isAborted = true;
      }
      await house.settle(59);
      await house.clock.advance(60_000 - (house.clock.now().getTime() % 60_000));
    }
    expect(isAborted).toBe(true);
    expect((await house.file(id)).incident.state).toBe('resolved');
  });

  it('D3: whatever await a process dies at, the outage has one incident, and everything is released once it is over', async () => {
    for (let fatal = 1; fatal <= 140; fatal += 7) {
      let passed = 0;
      const { house, ids } = aHouse({
        crashesAt: () => {
          passed += 1;
          return passed === fatal;
        },
      });
      await goesOut(house, ids.slice(0, 4));
      await minute(house, { probes: 'outage', 'service-health': 'outage' });
      await house.dies(ids[5], 'CLOUD_PROVIDER_SHUTDOWN');
      await house.settle(5);
      await comesBack(house, 20);
      const subjects = [];
      for (const id of house.ports.incidents.ids) {
        const { incident } = await house.file(id);
        expect(incident.state, `crash ${fatal}: ${id} ${incident.subject}`).toBe('resolved');
        subjects.push(incident.subject);
      }
      expect(
        subjects.filter((subject) => subject === 'region/eastus'),
        `crash ${fatal}`,
      ).toHaveLength(1);
    }
  });
});
