// Reopening an incident: its subject is never open twice, whatever arrives and whoever dies meanwhile.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { closeIncident } from '../../../shared/usecases/operator/close-incident.ts';
import { reopenIncident } from '../../../shared/usecases/operator/reopen-incident.ts';
import { resolveIncident } from '../../../shared/usecases/operator/resolve-incident.ts';
import { splitIncident } from '../../../shared/usecases/operator/split-incident.ts';
import { failureOf, refusalOf } from '../../builders/failures.ts';
import { House } from '../../builders/house.ts';
import { expectOneOpenPerSubject, expectWhole, merged, SUBJECT } from '../../builders/merged-house.ts';
import { between, doomed, order, signal, ticket, untilDoneOrDead } from '../../builders/operators.ts';

const reason = 'another failure';

describe('reopening', () => {
  async function resolved(): Promise<House> {
    const house = new House();
    await house.dies();
    await house.settle(600);
    expect((await house.incident()).incident.state).toBe('resolved');
    await house.clock.advance(60_000);
    return house;
  }

  /** A second failure after the first is resolved. */
  async function failsAgain(house: House): Promise<string> {
    await house.dies();
    await house.settle(5);
    const [, second] = house.ports.incidents.ids;
    if (!second) throw new Error('no second incident');
    return second;
  }

  it('D4: opens a resolved incident again: people are told, and further failures join it', async () => {
    const house = await resolved();
    const told = house.told.length;
    const { records } = await reopenIncident(house.ports, order(house), { reason });
    expect(records.incident.state).toBe('open');
    for (const gone of ['resolvedAt', 'closesAt', 'nextDueAt']) expect(records.incident).not.toHaveProperty(gone);
    const { id } = await house.dies();
    await house.settle(60);
    expect(await house.ports.signals.get(id)).toMatchObject({ ended: 'joined', ticketId: records.incident.id });
    expect(house.told.slice(told).map(({ message }) => message.text)).toEqual(
      Array(2).fill(`Reopened by ana: ${reason}`),
    );
    await house.clock.advance(48 * 3600 * 1000);
    await house.watch();
    expect((await house.incident()).incident.state).toBe('open');
    await expectWhole(house);
  });

  it('D4: is refused while a newer incident of the subject is open, and points to it again once that is over', async () => {
    const house = await resolved();
    const second = await failsAgain(house);
    const refused = await refusalOf(reopenIncident(house.ports, order(house), { reason }));
    expect(refused).toMatchObject({ code: 'illegal-transition' });
    expect(refused.message).toContain(`${second} of the same subject is`);
    await resolveIncident(house.ports, order(house, { incidentId: ticket(second) }), { reason });
    await closeIncident(house.ports, order(house, { incidentId: ticket(second) }), { reason });
    await reopenIncident(house.ports, order(house), { reason });
    expect(await house.ports.subjects.get(SUBJECT)).toMatchObject({
      incidentId: house.ports.incidents.ids[0],
      previousIncidentId: second,
    });
    await expectWhole(house);
  });

  it('D4: a split-off incident, which no pointer names, can be reopened as well', async () => {
    const { house, ids } = await merged();
    const { records } = await splitIncident(house.ports, order(house), { signalId: signal(ids[2] ?? ''), reason });
    const own = order(house, { incidentId: ticket(records.incident.splits?.[0]?.incidentId) });
    await resolveIncident(house.ports, own, { reason });
    await reopenIncident(house.ports, own, { reason });
    expect((await house.file(own.incidentId)).incident.state).toBe('open');
    await house.settle(900);
    await expectWhole(house);
  });

  it('D3: a failure that arrives between any two awaits of it never makes a second open incident (invariant 2)', async () => {
    const seen = { joined: 0, own: 0 };
    for (const turns of [0, 2, 6, 40]) {
      for (let at = 1; at <= 14; at += 1) {
        const where = `a failure at await ${at}, with a lead of ${turns} turns`;
        const house = await resolved();
        let calls = 0;
        const interrupted = async () => {
          calls += 1;
          if (calls !== at) return;
          await house.dies();
          // From here on the handler of the failure and the operator go on side by side.
          void house.settle(1);
          for (let turn = 0; turn < turns; turn += 1) await nextTurn();
        };
        const result = await settledWith(house, reopenIncident(between(house, interrupted), order(house), { reason }));
        await house.settle(60);
        await expectOneOpenPerSubject(house, where);
        const isOwn = house.ports.incidents.ids.length > 1;
        expect(result.status, where).toBe(isOwn ? 'rejected' : 'fulfilled');
        if (calls >= at) seen[isOwn ? 'own' : 'joined'] += 1;
      }
    }
    expect(seen.joined).toBeGreaterThan(10);
    expect(seen.own).toBeGreaterThan(3);
  });

  it('D3: a writer that dies at any await of it leaves it done or not done, and the subject free', async () => {
    const ends = { open: 0, resolved: 0 };
    for (const moment of ['before', 'after'] as const) {
      for (let fatal = 1; ; fatal += 1) {
        const house = await resolved();
        const { ports, calls } = doomed(house, fatal, moment);
        const end = await untilDoneOrDead(reopenIncident(ports, order(house), { reason }));
        if (end === 'done' && calls.count < fatal) break;
        await house.clock.advance(180_000);
        await house.watch();
        await house.settle(60);
        const { state } = (await house.incident()).incident;
        if (state !== 'open' && state !== 'resolved') throw new Error(`${calls.last}: ${state}`);
        ends[state] += 1;
        await expectWhole(house, calls.last);
        await house.dies();
        await house.settle(5);
        expect(house.ports.incidents.ids, calls.last).toHaveLength(state === 'open' ? 1 : 2);
        await expectOneOpenPerSubject(house, calls.last);
      }
    }
    expect(ends.open).toBeGreaterThan(3);
    expect(ends.resolved).toBeGreaterThan(3);
  });

  it('D3: what a dead writer has reopened takes joins at once, although the pointer still names a newer one', async () => {
    const house = await resolved();
    const second = order(house, { incidentId: ticket(await failsAgain(house)) });
    await resolveIncident(house.ports, second, { reason });
    const doom = between(house, async (call) => {
      if (call === 'bus.send') await new Promise(() => undefined);
    });
    expect(await untilDoneOrDead(reopenIncident(doom, order(house), { reason }))).toBe('dead');
    expect((await house.ports.subjects.get(SUBJECT))?.incidentId).toBe(second.incidentId);
    const before = house.clock.now().getTime();
    const { id } = await house.dies();
    await house.settle(1);
    expect(house.clock.now().getTime() - before).toBeLessThan(1000);
    expect(await house.ports.signals.get(id)).toMatchObject({
      ended: 'joined',
      ticketId: house.ports.incidents.ids[0],
    });
  });

  it('D3: a writer that was only slow finds that its order was given up, and says so', async () => {
    const house = await resolved();
    let waited = false;
    const slow = between(house, async (call) => {
      if (call !== 'incidents.commit' || waited) return;
      waited = true;
      await house.clock.advance(120_000);
      await house.watch();
    });
    expect(await failureOf(reopenIncident(slow, order(house), { reason }))).toMatchObject({
      code: 'written-meanwhile',
    });
    expect((await house.types()).at(-1)).toBe('reopening-given-up');
    expect((await house.incident()).incident.state).toBe('resolved');
    await expectWhole(house);
  });
});

/** While it waits for its turn, time goes on. */
async function settledWith(house: House, work: Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  let result: PromiseSettledResult<unknown> | undefined;
  void Promise.allSettled([work]).then(([settled]) => {
    result = settled;
  });
  for (let turn = 0; !result && turn < 2000; turn += 1) await house.clock.advance(20);
  if (!result) throw new Error('it does not end');
  return result;
}
