// Retention: what is over goes after its time, whole and for good; what is not over is never touched, whatever dies in between.
import { describe, expect, it } from 'vitest';
import { Broken } from '../../../shared/domain/errors.ts';
import type { DeadLetter } from '../../../shared/ports/dead-letter-store.ts';
import { purgeOldRecords } from '../../../shared/usecases/purge/purge-old-records.ts';
import { House, type HouseOptions, UNLISTED } from '../../builders/house.ts';
import { aLook, failedAt } from '../../builders/probe-samples.ts';
import { give } from '../../builders/standing-orders.ts';
import { AT, aBusMessage } from '../../builders/store-samples.ts';

const DAY_MS = 24 * 3600 * 1000;
const NOTHING = {
  incidents: 0,
  signals: 0,
  deadLetters: 0,
  breakers: 0,
  orders: 0,
  told: 0,
  samples: 0,
  folds: 0,
  rates: 0,
};

/** A failure that was repaired; its incident has closed after a day of quiet. */
async function aClosedIncident(options: HouseOptions = {}): Promise<House> {
  const house = new House(options);
  await house.dies();
  await house.settle(600);
  await closeAll(house);
  return house;
}

async function closeAll(house: House): Promise<void> {
  await house.clock.advance(DAY_MS + 600_000);
  await house.watch();
}

async function listed(house: House): Promise<string[]> {
  return (await house.ports.index.list({}, 10)).incidents.map(({ id }) => id);
}

function purge(house: House) {
  return purgeOldRecords(house.ports);
}

describe('retention', () => {
  it('D2: a closed incident stays for its retention, and is gone after it with its rows, its signals and its place in the list', async () => {
    const house = await aClosedIncident();
    const [id = ''] = house.ports.incidents.ids;
    await house.clock.advance(398 * DAY_MS);
    // Two channels: a window each, and the places of four messages.
    expect(await purge(house)).toEqual({ ...NOTHING, folds: 6 });
    expect(house.ports.incidents.peek(id)?.events.length).toBeGreaterThan(5);
    await house.clock.advance(3 * DAY_MS);
    expect(await purge(house)).toMatchObject({ incidents: 1, signals: 2 });
    expect(house.ports.incidents.ids).toEqual([]);
    expect(await listed(house)).toEqual([]);
    expect(house.ports.signals.outcomes).toEqual([]);
    expect(await purge(house), 'nothing is left to do').toEqual(NOTHING);
  });

  it('D2: an incident that is not closed, or closed too lately, is never touched, however old it is', async () => {
    const house = await aClosedIncident();
    house.workspace.put(UNLISTED);
    await house.dies(UNLISTED);
    await house.settle(60);
    await house.clock.advance(500 * DAY_MS);
    await house.dies();
    await house.settle(600);
    await closeAll(house);
    const [old, open, young] = house.ports.incidents.ids;
    const before = [open, young].map((id) => house.ports.incidents.peek(id ?? ''));
    expect(await purge(house)).toMatchObject({ incidents: 1 });
    expect(house.ports.incidents.ids).toEqual([open, young]);
    expect([open, young].map((id) => house.ports.incidents.peek(id ?? ''))).toEqual(before);
    expect(await listed(house)).not.toContain(old);
  });

  it('D1, D2: a component whose incident is gone fails again: a new number, linked, and the pointer was never deleted', async () => {
    const house = await aClosedIncident();
    const { incident: old } = await house.incident();
    await house.clock.advance(401 * DAY_MS);
    await purge(house);
    expect(await house.ports.subjects.get(old.subject)).toMatchObject({ incidentId: old.id, incidentPurged: true });
    await house.dies();
    await house.settle(600);
    const { incident } = await house.incident();
    expect(incident).toMatchObject({ state: 'resolved', signalCount: 1, previousIncidentId: old.id });
    expect(incident.id).not.toBe(old.id);
    const pointer = await house.ports.subjects.get(old.subject);
    expect(pointer?.incidentId).toBe(incident.id);
    expect(pointer).not.toHaveProperty('incidentPurged');
  });

  it('D1, D3: a failure that comes in the middle of a purge does not take up the number of the incident that goes', async () => {
    let isMeeting = false;
    const house: House = await aClosedIncident({
      interrupt: async (operation, moment) => {
        // The handler has read the pointer; before it loads the incident, all of it goes.
        if (!isMeeting || operation !== 'incidents.load' || moment !== 'before') return;
        isMeeting = false;
        await purge(house);
      },
    });
    const { incident: old } = await house.incident();
    house.ports.recent.forget(old.subject);
    await house.clock.advance(401 * DAY_MS);
    isMeeting = true;
    await house.dies();
    await house.settle(600);
    expect(isMeeting).toBe(false);
    expect(house.ports.incidents.ids).toHaveLength(1);
    expect((await house.incident()).incident).toMatchObject({ state: 'resolved', previousIncidentId: old.id });
    expect((await house.incident()).incident.id).not.toBe(old.id);
  });

  it('D3: a purge that dies at any await leaves nothing wrong, and the next pass finishes it', async () => {
    let deaths = 0;
    for (let fatal = 1; ; fatal += 1) {
      const dying = { at: Number.POSITIVE_INFINITY, passed: 0 };
      const house = await aClosedIncident({
        interrupt: () => {
          dying.passed += 1;
          if (dying.passed === dying.at) throw new Error('the process is gone');
        },
      });
      const { incident: old } = await house.incident();
      await house.clock.advance(401 * DAY_MS);
      dying.at = dying.passed + fatal;
      const end = await purge(house).catch(() => 'died');
      if (end !== 'died') break;
      deaths += 1;
      await house.dies();
      await house.settle(600);
      await purge(house);
      expect(house.ports.incidents.ids, `after a death at await ${fatal}`).toHaveLength(1);
      expect((await house.incident()).incident).toMatchObject({ state: 'resolved', signalCount: 1 });
      expect(house.ports.incidents.ids).not.toContain(old.id);
      expect(await listed(house)).toEqual(house.ports.incidents.ids);
      expect(house.ports.signals.outcomes, 'of the cluster and of its region').toHaveLength(2);
    }
    expect(deaths).toBeGreaterThan(15);
  });

  it('D3: a pass ends when its time is up, each kind of record has its turn, and further passes finish', async () => {
    const slow = { isOn: false };
    const house: House = new House({
      interrupt: async (operation, moment) => {
        if (slow.isOn && operation.startsWith('incidents.purge') && moment === 'before')
          await house.clock.advance(20_000);
      },
    });
    for (let failure = 0; failure < 3; failure += 1) {
      await house.dies();
      await house.settle(600);
      await closeAll(house);
    }
    await house.clock.advance(401 * DAY_MS);
    slow.isOn = true;
    expect(await purge(house), 'the first incident alone takes longer').toMatchObject({ incidents: 0, signals: 6 });
    expect(house.ports.incidents.ids).toHaveLength(3);
    let passes = 1;
    for (; house.ports.incidents.ids.length > 0 && passes < 100; passes += 1) await purge(house);
    expect(passes).toBeGreaterThan(3);
    expect(await listed(house)).toEqual([]);
  });

  it('D3: one kind that cannot be read holds up no other, and the pass says that it failed', async () => {
    const house = await aClosedIncident();
    await house.clock.advance(401 * DAY_MS);
    house.ports.index.closedBefore = async function* () {
      yield* [];
      throw new Broken('broken', 'row incident state|closed| of version 2 is not readable');
    };
    await expect(purge(house)).rejects.toThrow('of version 2');
    expect(house.ports.signals.outcomes).toEqual([]);
    expect(house.ports.folds.all).toEqual([]);
  });

  it('D3: a store in which nothing is old, but much has to be looked through, does not hold a pass up for ever', async () => {
    const house = new House();
    let pages = 0;
    house.ports.signals.decidedBefore = async function* () {
      for (;;) {
        pages += 1;
        await house.clock.advance(1_000);
        yield [];
      }
    };
    expect(await purge(house)).toEqual(NOTHING);
    expect(pages).toBeLessThan(60);
  });

  it('D2: an incident that is written to while it is purged stays, and a list that is wrong is put right', async () => {
    const house = await aClosedIncident();
    const { incident } = await house.incident();
    house.workspace.put(UNLISTED);
    await house.dies(UNLISTED);
    await house.settle(60);
    const [, open = ''] = house.ports.incidents.ids;
    const { incident: opened } = await house.file(open);
    await house.clock.advance(401 * DAY_MS);
    house.ports.index.lose(opened.id);
    await house.ports.index.refresh({ ...opened, state: 'closed', closedAt: AT });
    house.ports.index.closedBefore = async function* () {
      yield opened;
      yield incident;
    };
    expect(await purge(house)).toMatchObject({ incidents: 1 });
    expect(house.ports.incidents.ids).toEqual([open]);
    expect(await house.types(open)).toContain('incident-opened');
  });

  it('J6: the place of a message stays as long as a dead letter of it may be replayed, and goes with its window after that', async () => {
    const house = await aClosedIncident();
    await house.clock.advance(88 * DAY_MS);
    expect(await purge(house)).toEqual(NOTHING);
    expect(house.ports.folds.all).toHaveLength(2);
    await house.clock.advance(3 * DAY_MS);
    expect(await purge(house)).toEqual({ ...NOTHING, folds: 6 });
    expect(house.ports.folds.all).toEqual([]);
  });

  it('D6: a dead letter that was handled goes after its time, one that waits for a person or for its turn never does', async () => {
    const house = new House();
    const letter = (id: string, state: DeadLetter['state'], lastAt = AT): DeadLetter => ({
      ...{ schemaVersion: 1, id, message: aBusMessage(), state, because: 'MaxDeliveryCountExceeded' },
      ...{ redrives: 1, replays: 0, arrival: 'n1', firstAt: AT, lastAt },
    });
    await house.clock.advance(91 * DAY_MS);
    const letters = [
      letter('old', 'handled'),
      letter('given-up', 'given-up'),
      letter('waiting', 'waiting'),
      letter('young', 'handled', house.clock.now().toISOString()),
    ];
    for (const each of letters) await house.ports.deadLetters.put(each, undefined);
    expect(await purge(house)).toEqual({ ...NOTHING, deadLetters: 1 });
    expect(house.ports.deadLetters.letters.map(({ id }) => id)).toEqual(['given-up', 'waiting', 'young']);
  });

  it('E3: a standing order goes a month after its end, once nothing is left behind by it; one in force never does', async () => {
    const house = new House();
    const short = await give(house, { kind: 'freeze' });
    await house.clock.advance(2 * 3600 * 1000);
    const unlooked = house.ports.gate;
    await house.clock.advance(31 * DAY_MS);
    const long = await give(house, { kind: 'freeze' }, { seconds: 29 * 24 * 3600 });
    expect(await purge(house), 'nobody has looked after it').toEqual(NOTHING);
    await house.watch();
    await house.clock.advance(600_000);
    await house.watch();
    expect(await purge(house)).toEqual({ ...NOTHING, orders: 1 });
    expect((await unlooked.read()).orders.map(({ id }) => id)).toEqual([long.id]);
    expect(short.id).not.toBe(long.id);
  });

  it('E4: a breaker is forgotten only once it has been closed and quiet for a month', async () => {
    const house = new House();
    const failures = [{ run: 'RCA-20261120-001/1', at: AT }];
    const states = {
      quiet: { state: 'closed', failures },
      probation: { state: 'closed', failures, onProbationUntil: '2026-12-30T08:00:00.000Z' },
      open: { state: 'open', failures, since: AT, until: AT },
    } as const;
    for (const [key, breaker] of Object.entries(states)) {
      await house.ports.breakers.set(await house.ports.breakers.get('subject', key), breaker);
    }
    await house.clock.advance(29 * DAY_MS);
    expect(await purge(house)).toEqual(NOTHING);
    await house.clock.advance(2 * DAY_MS);
    expect(await purge(house)).toEqual({ ...NOTHING, breakers: 1 });
    expect(house.ports.breakers.all.map(({ key }) => key)).toEqual(['probation', 'open']);
  });

  it('C5: a witness that nobody takes back is forgotten a day after its time, one that still holds never is', async () => {
    const house = new House();
    const { witnesses } = house.ports;
    const alert = {
      region: 'eastus',
      source: 'alerts',
      says: 'degraded',
      fate: 'azure-monitor',
      words: 'cpu',
    } as const;
    const validUntil = new Date(house.clock.now().getTime() + 3 * DAY_MS).toISOString();
    await witnesses.put({ ...alert, witness: 'alert/1', seenAt: AT, validUntil: AT });
    await witnesses.put({ ...alert, witness: 'alert/2', seenAt: AT, validUntil });
    await house.clock.advance(DAY_MS - 3_600_000);
    expect(await purge(house)).toEqual(NOTHING);
    await house.clock.advance(2 * 3_600_000);
    expect(await purge(house)).toEqual({ ...NOTHING, told: 1 });
    expect((await witnesses.of('eastus')).map(({ witness }) => witness)).toEqual(['alert/2']);
  });

  it('B4: of looks a day old one an hour stays, the worst of it, and after a month none', async () => {
    const house = new House();
    const { probes } = house.ports;
    const begun = house.clock.now().getTime();
    for (let minute = 0; minute < 180; minute += 1) {
      const at = new Date(begun + minute * 60_000);
      await probes.append(aLook({ at, ...(minute === 75 && { checks: failedAt('tcp') }) }));
    }
    await house.clock.advance(DAY_MS);
    expect(await purge(house), 'not a day old yet').toEqual(NOTHING);
    await house.clock.advance(3 * 3600_000);
    expect(await purge(house)).toEqual({ ...NOTHING, samples: 177 });
    const series = { target: 'workspace/databricks-dev', kind: 'shallow' } as const;
    const left = await probes.newest(series, new Date(0), 10);
    expect(left.map(({ outcome }) => outcome)).toEqual(['ok', 'failed', 'ok']);
    expect(await purge(house)).toEqual(NOTHING);
    await house.clock.advance(30 * DAY_MS);
    expect(await purge(house)).toEqual({ ...NOTHING, samples: 3 });
  });
});
