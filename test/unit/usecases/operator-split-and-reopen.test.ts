// Splitting a report off and reopening an incident: writes to more than one partition that lose nothing and never open a subject twice.
import { describe, expect, it } from 'vitest';
import { takesJoins } from '../../../shared/domain/incidents/incident.ts';
import { verifyChain } from '../../../shared/domain/incidents/timeline.ts';
import { joinOf } from '../../../shared/domain/signals/joined.ts';
import { closeIncident } from '../../../shared/usecases/operator/close-incident.ts';
import { reopenIncident } from '../../../shared/usecases/operator/reopen-incident.ts';
import { resolveIncident } from '../../../shared/usecases/operator/resolve-incident.ts';
import { splitIncident } from '../../../shared/usecases/operator/split-incident.ts';
import { rebuildProjections } from '../../../shared/usecases/rebuild-projections.ts';
import { failureOf, refusalOf } from '../../builders/failures.ts';
import { CLUSTER, died, House } from '../../builders/house.ts';
import { doomed, order, signal, ticket, untilDoneOrDead } from '../../builders/operators.ts';

const reason = 'another failure';
const SUBJECT = `cluster/databricks-dev/${CLUSTER}`;

/** Three reports of one failure, the last of another code. */
async function merged(): Promise<{ house: House; ids: string[] }> {
  const house = new House();
  const ids = [(await house.dies()).id];
  await house.settle(1);
  for (const code of ['DRIVER_UNREACHABLE', 'CLOUD_PROVIDER_LAUNCH_FAILURE']) {
    ids.push((await house.hear(died(CLUSTER, code, { terminated_time: Date.parse('2026-11-20T07:59:00Z') }))).id);
    await house.settle(1);
  }
  return { house, ids };
}

async function incidents(house: House) {
  return await Promise.all(house.ports.incidents.ids.map(async (id) => (await house.file(id)).incident));
}

async function expectOneOpenPerSubject(house: House, where = ''): Promise<void> {
  const open = (await incidents(house)).filter(({ state }) => takesJoins(state)).map(({ subject }) => subject);
  expect(new Set(open).size, `${where}: one open incident per subject (invariant 2)`).toBe(open.length);
}

async function expectWhole(house: House, where = ''): Promise<void> {
  for (const { id } of await incidents(house)) {
    const timeline = await house.ports.incidents.timeline(id);
    expect(verifyChain(id, timeline).intact, `${where}: ${id}`).toBe(true);
    expect((await house.file(id)).outbox, `${where}: ${id}`).toEqual([]);
  }
  expect(house.ports.guards.standing, where).toEqual([]);
  expect((await house.ports.subjects.get(SUBJECT))?.reopening, where).toBeUndefined();
  await expectOneOpenPerSubject(house, where);
}

describe('why', () => {
  it('C9: a report that joined names the rule, the key and what it brought; so does the incident', async () => {
    const { house, ids } = await merged();
    const outcome = await house.ports.signals.get(ids[2] ?? '');
    expect(outcome?.decisions.at(-1)).toMatchObject({ stage: 'join', because: 'subject-has-open-incident' });
    expect(outcome && joinOf(outcome)).toMatchObject({
      key: SUBJECT,
      event: 'cluster.terminated',
      reason: { code: 'CLOUD_PROVIDER_LAUNCH_FAILURE' },
      terminatedAt: '2026-11-20T07:59:00.000Z',
    });
    const { incident } = await house.incident();
    const joined = (await house.ports.incidents.timeline(incident.id)).find(({ type }) => type === 'signal-joined');
    expect(joined?.data).toEqual({ signalId: ids[1], mergedBy: 'subject-has-open-incident', key: SUBJECT, count: 2 });
    expect(incident.opening.decisions.map(({ stage }) => stage)).toEqual(
      expect.arrayContaining(['identify', 'classify', 'gate']),
    );
  });
});

describe('splitting a report off', () => {
  it('C9: gives it an incident of its own, of its own class; the count is corrected and both timelines say so', async () => {
    const { house, ids } = await merged();
    const signalId = signal(ids[2] ?? '');
    const told = house.told.length;
    const { records } = await splitIncident(house.ports, order(house), { signalId, reason });
    const [from, own] = await incidents(house);
    expect(from).toEqual(records.incident);
    expect(from).toMatchObject({ signalCount: 2, splits: [{ signalId, incidentId: own?.id, by: 'ana', reason }] });
    expect(own).toMatchObject({
      subject: `${SUBJECT}/split/${own?.id}`,
      state: 'escalated',
      failureClass: 'DatabricksClusterStartFailure',
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      signalCount: 1,
      splitFrom: from?.id,
      failedAt: '2026-11-20T07:59:00.000Z',
    });
    const types = [await house.types(from?.id), await house.types(own?.id)];
    expect(types[0]?.at(-1)).toBe('signal-split-off');
    expect(types[1]?.slice(0, 2)).toEqual(['incident-opened', 'split-from']);
    await house.settle(900);
    expect(house.told.slice(told).filter(({ message }) => message.incidentId === own?.id)).toHaveLength(2);
    expect((await house.file(from?.id)).incident.state).toBe('resolved');
    expect((await house.file(own?.id)).runs).toEqual([]);
    await expectWhole(house);
  });

  it('C9: the signal answers with its new place and with how it came there, also after a late copy and a rebuild', async () => {
    const { house, ids } = await merged();
    const signalId = signal(ids[2] ?? '');
    const { records } = await splitIncident(house.ports, order(house), { signalId, reason });
    const own = records.incident.splits?.[0]?.incidentId;
    const expectMoved = async () => {
      const outcome = await house.ports.signals.get(signalId);
      expect(outcome).toMatchObject({ ticketId: own, ended: 'opened', errorType: 'DatabricksClusterStartFailure' });
      expect(outcome?.decisions.slice(-2).map(({ stage }) => stage)).toEqual(['join', 'split']);
    };
    await expectMoved();
    await rebuildProjections(house.ports);
    await expectMoved();
  });

  it('C9: the pointer stays where it was: further reports join the incident that they joined before', async () => {
    const { house, ids } = await merged();
    await splitIncident(house.ports, order(house), { signalId: signal(ids[2] ?? ''), reason });
    const { id } = await house.hear(died(CLUSTER));
    await house.settle(5);
    expect(await house.ports.signals.get(id)).toMatchObject({
      ended: 'joined',
      ticketId: house.ports.incidents.ids[0],
    });
    expect((await house.ports.subjects.get(SUBJECT))?.incidentId).toBe(house.ports.incidents.ids[0]);
  });

  it('C9: only what joined this incident and was counted can be split off, and once', async () => {
    const { house, ids } = await merged();
    const split = (text: string | undefined) =>
      splitIncident(house.ports, order(house), { signalId: signal(text ?? ''), reason });
    expect((await refusalOf(split(ids[0]))).message).toContain('opened');
    expect(await failureOf(split('sig-00000000000000000000'))).toMatchObject({
      code: 'invalid-fields',
      fields: [{ pointer: '/signalId' }],
    });
    const progress = await house.hear({ event: 'cluster.restarting', cluster: { cluster_id: CLUSTER } });
    await house.settle(1);
    expect((await refusalOf(split(progress.id))).message).toContain('was not counted');
    await split(ids[1]);
    expect((await refusalOf(split(ids[1]))).message).toContain('was split off into');
    expect(house.ports.incidents.ids).toHaveLength(2);
  });

  it('D3: a writer that dies at any await of a split leaves it done or not done; the watchdog makes the new incident', async () => {
    const ends = { done: 0, notDone: 0 };
    for (const moment of ['before', 'after'] as const) {
      for (let fatal = 1; ; fatal += 1) {
        const { house, ids } = await merged();
        const signalId = signal(ids[2] ?? '');
        const { ports, calls } = doomed(house, fatal, moment);
        const end = await untilDoneOrDead(splitIncident(ports, order(house), { signalId, reason }));
        if (end === 'done' && calls.count < fatal) break;
        await house.clock.advance(180_000);
        await house.watch();
        await house.settle(3600);
        const [from, own, ...more] = await incidents(house);
        expect(more, calls.last).toEqual([]);
        expect(from?.signalCount, calls.last).toBe(own ? 2 : 3);
        expect(from?.splits?.[0]?.incidentId, calls.last).toBe(own?.id);
        expect((await house.ports.signals.get(signalId))?.ticketId, calls.last).toBe(own?.id ?? from?.id);
        await expectWhole(house, calls.last);
        ends[own ? 'done' : 'notDone'] += 1;
      }
    }
    expect(ends.done).toBeGreaterThan(5);
    expect(ends.notDone).toBeGreaterThan(3);
  });
});

describe('reopening', () => {
  async function resolved(): Promise<House> {
    const house = new House();
    await house.dies();
    await house.settle(600);
    expect((await house.incident()).incident.state).toBe('resolved');
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
    for (let at = 1; at <= 14; at += 1) {
      const house = await resolved();
      let calls = 0;
      const interrupted = async () => {
        calls += 1;
        if (calls !== at) return;
        await house.dies();
        // The handler of the failure and the operator go on side by side.
        void house.settle(1);
      };
      const result = await settledWith(house, reopenIncident(between(house, interrupted), order(house), { reason }));
      await house.settle(60);
      await expectOneOpenPerSubject(house, `a failure at await ${at}`);
      seen[house.ports.incidents.ids.length > 1 ? 'own' : 'joined'] += 1;
      expect(result.status === 'fulfilled', `await ${at}`).toBe(house.ports.incidents.ids.length === 1);
    }
    expect(seen.joined).toBeGreaterThan(2);
    expect(seen.own).toBeGreaterThan(0);
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

  it('D3: a writer that was only slow finds that its order was given up, and says so', async () => {
    const house = await resolved();
    let waited = false;
    const slow = between(house, async (call) => {
      if (call !== 'incidents.commit' || waited) return;
      waited = true;
      await house.clock.advance(120_000);
      await house.watch();
    });
    const { versionNow } = await import('../../builders/operators.ts');
    const ifMatch = [await versionNow(house)];
    const error = await failureOf(reopenIncident(slow, order(house, { ifMatch }), { reason }));
    expect(error).toMatchObject({
      code: 'precondition-failed',
      message: expect.stringContaining('reopening-given-up'),
    });
    expect((await house.incident()).incident.state).toBe('resolved');
    await expectWhole(house);
  });
});

/** The same ports, with something done before each call of the operator's. */
function between(house: House, before: (call: string) => Promise<void>): House['ports'] {
  const wrap = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get(target, member) {
        const method: unknown = Reflect.get(target, member, target);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          await before(`${name}.${String(member)}`);
          return await Reflect.apply(method, target, args);
        };
      },
    });
  const { incidents: store, subjects, guards, index, bus } = house.ports;
  return {
    ...house.ports,
    incidents: wrap('incidents', store),
    subjects: wrap('subjects', subjects),
    guards: wrap('guards', guards),
    index: wrap('index', index),
    bus: wrap('bus', bus),
  };
}

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
