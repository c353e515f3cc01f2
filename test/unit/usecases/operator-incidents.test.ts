// What operators order about an incident, over the whole house in memory: legal or refused with words, on the timeline, in one commit.
import { describe, expect, it } from 'vitest';
import { Conflict, InvalidInput, Refused } from '../../../shared/domain/errors.ts';
import { incidentCommands, legalOnIncident } from '../../../shared/domain/incidents/commands.ts';
import type { IncidentState } from '../../../shared/domain/incidents/incident.ts';
import { reportOf } from '../../../shared/domain/incidents/report.ts';
import { verifyChain } from '../../../shared/domain/incidents/timeline.ts';
import { acknowledgeIncident } from '../../../shared/usecases/operator/acknowledge-incident.ts';
import { assignIncident } from '../../../shared/usecases/operator/assign-incident.ts';
import { closeIncident } from '../../../shared/usecases/operator/close-incident.ts';
import { commentIncident } from '../../../shared/usecases/operator/comment-incident.ts';
import { releaseIncident } from '../../../shared/usecases/operator/release-incident.ts';
import { reopenIncident } from '../../../shared/usecases/operator/reopen-incident.ts';
import { resolveIncident } from '../../../shared/usecases/operator/resolve-incident.ts';
import { splitIncident } from '../../../shared/usecases/operator/split-incident.ts';
import { failureOf, refusalOf } from '../../builders/failures.ts';
import { CLUSTER, died, House } from '../../builders/house.ts';
import { order, signal, ticket, versionNow } from '../../builders/operators.ts';

const BEN = { name: 'ben', caller: 'basic:ops' };
const reason = 'because we say so';

async function recovering(): Promise<House> {
  const house = new House();
  await house.dies();
  await house.settle(20);
  return house;
}

async function recovered(): Promise<House> {
  const house = new House();
  await house.dies();
  await house.settle(600);
  return house;
}

async function last(house: House, id?: string) {
  const timeline = await house.ports.incidents.timeline(ticket(id ?? house.ports.incidents.ids[0]));
  return timeline.at(-1);
}

describe('an operator', () => {
  it('D4: acknowledges, and nobody acts by itself until it is released', async () => {
    const house = new House();
    await house.dies();
    house.workspace.order('unavailable', 'any', 1);
    await house.settle(5);
    const { records } = await acknowledgeIncident(house.ports, order(house), { reason });
    expect(records.incident).toMatchObject({ acknowledgedBy: 'ana', acknowledgedAt: house.clock.now().toISOString() });
    await house.settle(4 * 3600);
    const held = await house.incident();
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect(held.runs[0]?.state).toMatchObject({ name: 'held', because: 'a person has taken the incident' });
    await releaseIncident(house.ports, order(house), {});
    await house.settle(1200);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('D4: is on the timeline with name, credentials and reason, and the chain verifies', async () => {
    const house = await recovering();
    await acknowledgeIncident(house.ports, order(house), { reason });
    expect(await last(house)).toMatchObject({
      type: 'acknowledged',
      actor: 'operator:ana',
      text: `Acknowledged by ana: ${reason}`,
      data: { by: 'ana', caller: 'api-key', reason },
    });
    const { incident } = await house.incident();
    expect(verifyChain(incident.id, await house.ports.incidents.timeline(incident.id)).intact).toBe(true);
  });

  it('D4: takes an incident over from somebody else without a gap, but not from himself; nobody releases what nobody took', async () => {
    const house = await recovering();
    expect((await refusalOf(releaseIncident(house.ports, order(house), {}))).message).toContain(
      'Nobody has acknowledged',
    );
    await acknowledgeIncident(house.ports, order(house), {});
    expect((await refusalOf(acknowledgeIncident(house.ports, order(house), {}))).message).toContain('is yours since');
    const taken = await acknowledgeIncident(house.ports, order(house, { operator: BEN }), {});
    expect(taken.records.incident.acknowledgedBy).toBe('ben');
    expect(await last(house)).toMatchObject({ text: 'Taken over from ana by ben', data: { takenOverFrom: 'ana' } });
    const released = await releaseIncident(house.ports, order(house), {});
    expect(released.records.incident).not.toHaveProperty('acknowledgedBy');
    expect(released.records.incident).not.toHaveProperty('acknowledgedAt');
  });

  it('D4: assigns and comments', async () => {
    const house = await recovering();
    await assignIncident(house.ports, order(house), { to: 'carla' });
    await commentIncident(house.ports, order(house, { operator: BEN }), { text: 'The driver ran out of memory.' });
    expect((await house.incident()).incident.assignedTo).toBe('carla');
    expect((await house.types()).slice(-2)).toEqual(['assigned', 'comment']);
    expect(await last(house)).toMatchObject({ actor: 'operator:ben', text: 'The driver ran out of memory.' });
  });

  it('D4: resolves: the run ends with it, people are told, and it closes after 24 hours of quiet', async () => {
    const house = await recovering();
    const told = house.told.length;
    await resolveIncident(house.ports, order(house), { reason });
    const acts = house.workspace.acts(CLUSTER).length;
    await house.settle(3600);
    const { incident, runs, outbox } = await house.incident();
    expect(incident.state).toBe('resolved');
    expect(incident).not.toHaveProperty('activeRun');
    expect(runs[0]?.state).toMatchObject({ name: 'aborted', because: 'the incident was resolved by ana' });
    expect(house.workspace.acts(CLUSTER)).toHaveLength(acts);
    expect(house.told.slice(told).map(({ message }) => message.kind)).toEqual([
      'incident-resolved',
      'incident-resolved',
    ]);
    expect([outbox, house.ports.guards.standing]).toEqual([[], []]);
    await house.clock.advance(24 * 3600 * 1000 + 600_000);
    expect(await house.watch()).toMatchObject({ closed: 1 });
  });

  it('D4: closes what is resolved: it is no longer live, and only comments are taken', async () => {
    const house = await recovered();
    await closeIncident(house.ports, order(house), { reason });
    expect((await house.incident()).incident).toMatchObject({ state: 'closed', closedAt: expect.any(String) });
    expect(await house.watch()).toMatchObject({ live: 0 });
    await commentIncident(house.ports, order(house), { text: 'Done.' });
    const refused = await refusalOf(reopenIncident(house.ports, order(house), { reason }));
    expect(refused.message).toMatch(/is closed: reopen is not possible. Possible now: comment\./);
  });

  it('D4: closes an escalated incident together with its paused run', async () => {
    const house = new House();
    await house.dies();
    house.workspace.order('unavailable');
    await house.settle();
    expect((await house.incident()).runs[0]?.state.name).toBe('paused');
    await closeIncident(house.ports, order(house), { reason });
    expect((await house.incident()).runs[0]?.state.name).toBe('aborted');
    house.workspace.calm();
    await house.settle();
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
  });

  it('D2: the table of what is legal decides, in every state and for every order', async () => {
    const runs = {
      acknowledge: (house: House) => acknowledgeIncident(house.ports, order(house), {}),
      release: (house: House) => releaseIncident(house.ports, order(house), {}),
      assign: (house: House) => assignIncident(house.ports, order(house), { to: 'x' }),
      comment: (house: House) => commentIncident(house.ports, order(house), { text: 'x' }),
      resolve: (house: House) => resolveIncident(house.ports, order(house), { reason }),
      close: (house: House) => closeIncident(house.ports, order(house), { reason }),
      reopen: (house: House) => reopenIncident(house.ports, order(house), { reason }),
      split: (house: House) =>
        splitIncident(house.ports, order(house), { signalId: signal('sig-00000000000000000000'), reason }),
    };
    for (const [state, legal] of Object.entries(legalOnIncident)) {
      for (const command of incidentCommands) {
        const house = await inState(state as IncidentState);
        const error = await runs[command](house).then(
          () => undefined,
          (failure: unknown) => failure,
        );
        const refused = error instanceof Refused && /is not possible\. Possible now/.test(error.message);
        expect(refused, `${command} in ${state}`).toBe(!(legal as readonly string[]).includes(command));
        expect(house.ports.guards.standing, `${command} in ${state}`).toEqual([]);
      }
    }
  });

  it('D4: the four times are measured; null where it has not come to that', async () => {
    const house = new House();
    house.workspace.crash(CLUSTER, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
    const terminatedAt = house.clock.now();
    await house.clock.advance(30_000);
    await house.hear(died(CLUSTER, 'DRIVER_UNREACHABLE', { terminated_time: terminatedAt.getTime() }));
    await house.settle(10);
    expect(await times(house)).toMatchObject({
      acknowledgeSeconds: null,
      remediateSeconds: null,
      resolveSeconds: null,
    });
    await house.clock.advance(40_000);
    await acknowledgeIncident(house.ports, order(house), {});
    await releaseIncident(house.ports, order(house), {});
    await house.settle(600);
    const measured = await times(house);
    expect(measured).toMatchObject({ detectSeconds: 30, acknowledgeSeconds: expect.any(Number) });
    expect(measured.acknowledgeSeconds).toBeGreaterThanOrEqual(40);
    expect(measured.remediateSeconds).toBeGreaterThan(100);
    expect(measured.resolveSeconds).toBeGreaterThanOrEqual(measured.remediateSeconds ?? Number.NaN);
  });
});

async function times(house: House) {
  const file = await house.incident();
  return reportOf(file, await house.ports.incidents.timeline(file.incident.id)).times;
}

/** An incident put into a state as it is, for the table's sake. */
async function inState(state: IncidentState): Promise<House> {
  const house = await recovered();
  const file = await house.incident();
  const change = {
    basis: file,
    incident: { ...file.incident, state },
    events: [],
    at: house.clock.now().toISOString(),
  };
  await house.ports.incidents.commit(change);
  return house;
}

describe('the version that an operator has seen', () => {
  it('D3: a stale one is refused with what happened since and the version of now; nothing is written', async () => {
    const house = await recovering();
    const seen = await versionNow(house);
    await commentIncident(house.ports, order(house, { operator: BEN }), { text: 'I am on it' });
    const events = (await house.types()).length;
    const error = await failureOf(resolveIncident(house.ports, order(house, { ifMatch: [seen] }), { reason }));
    expect(error).toBeInstanceOf(Conflict);
    expect(error).toMatchObject({ code: 'precondition-failed', currentVersion: await versionNow(house) });
    expect((error as Conflict).message).toContain('comment (I am on it)');
    expect((error as Conflict).message).toMatch(/is (verifying|remediating) now/);
    expect(await house.types()).toHaveLength(events);
    expect(house.ports.guards.standing).toEqual([]);
  });

  it('D3: one of several given is enough; the answer carries the next one', async () => {
    const house = await recovering();
    const ifMatch = ['1-000000000000000000000000', await versionNow(house)];
    await assignIncident(house.ports, order(house, { ifMatch }), { to: 'carla' });
    const error = await failureOf(assignIncident(house.ports, order(house, { ifMatch }), { to: 'dave' }));
    expect(error).toMatchObject({ code: 'precondition-failed' });
    expect((await house.incident()).incident.assignedTo).toBe('carla');
  });

  it('D3: a report that only counts changes it, too: what is shown has changed', async () => {
    const house = await recovering();
    const seen = [];
    for (let report = 2; report <= 4; report += 1) {
      await house.hear(died(CLUSTER));
      await house.settle(1);
      seen.push(await versionNow(house));
    }
    expect(new Set(seen).size).toBe(3);
  });
});

describe('an order with a key', () => {
  it('D3: is carried out once; the same again is answered as the first time, although the incident has gone on', async () => {
    const house = await recovering();
    const ifMatch = [await versionNow(house)];
    const keyed = order(house, { ifMatch, key: { id: 'k-1', fingerprint: 'f' } });
    const first = await commentIncident(house.ports, keyed, { text: 'once' });
    await house.settle(600);
    const again = await commentIncident(house.ports, keyed, { text: 'once' });
    expect([first.repeated, again.repeated]).toEqual([false, true]);
    expect(again.records).toEqual(first.records);
    expect((await house.types()).filter((type) => type === 'comment')).toHaveLength(1);
  });

  it('D3: ten of the same at once are carried out once, and all are answered alike', async () => {
    const house = await recovering();
    const keyed = order(house, { key: { id: 'k-1', fingerprint: 'f' } });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => commentIncident(house.ports, keyed, { text: 'once' })),
    );
    expect(new Set(answers.map(({ records }) => JSON.stringify(records))).size).toBe(1);
    expect((await house.types()).filter((type) => type === 'comment')).toHaveLength(1);
    expect(house.ports.guards.standing).toEqual([]);
  });

  it('D3: the key with another order is refused; another operator may use the same key', async () => {
    const house = await recovering();
    const key = { id: 'k-1', fingerprint: 'f' };
    await commentIncident(house.ports, order(house, { key }), { text: 'once' });
    const other = order(house, { key: { id: 'k-1', fingerprint: 'g' } });
    const error = await failureOf(commentIncident(house.ports, other, { text: 'other' }));
    expect(error).toBeInstanceOf(InvalidInput);
    expect(error).toMatchObject({ code: 'key-reused' });
    const bens = await commentIncident(house.ports, order(house, { key, operator: BEN }), { text: 'bens' });
    expect(bens.repeated).toBe(false);
  });
});
