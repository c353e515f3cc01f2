// Operators against the machine: an order between any two awaits of a run's slice, and writers that die at any of theirs.
import { describe, expect, it } from 'vitest';
import { Broken, Unavailable } from '../../../shared/domain/errors.ts';
import type { IncidentStore } from '../../../shared/ports/incident-store.ts';
import { abortRun } from '../../../shared/usecases/operator/abort-run.ts';
import { acknowledgeIncident } from '../../../shared/usecases/operator/acknowledge-incident.ts';
import { assignIncident } from '../../../shared/usecases/operator/assign-incident.ts';
import type { CommandPorts } from '../../../shared/usecases/operator/command.ts';
import { commentIncident } from '../../../shared/usecases/operator/comment-incident.ts';
import { pauseRun } from '../../../shared/usecases/operator/pause-run.ts';
import { resolveIncident } from '../../../shared/usecases/operator/resolve-incident.ts';
import { watchOver } from '../../../shared/usecases/watch-over.ts';
import { unavailableOf } from '../../builders/failures.ts';
import { CLUSTER, House } from '../../builders/house.ts';
import { MemoryGuards } from '../../builders/memory-guards.ts';
import {
  doomed,
  expectWhole,
  order,
  replaced,
  runOrder,
  ticket,
  untilDoneOrDead,
  versionNow,
} from '../../builders/operators.ts';

const reason = 'because we say so';

/** Calls `before` once, just before the commit that writes the intent to act. */
function beforeIntent(house: House, before: () => Promise<unknown>): void {
  const inner: IncidentStore = house.ports.incidents;
  let done = false;
  const commit: IncidentStore['commit'] = async (change) => {
    const isIntent = change.events.some(({ type }) => type === 'attempt');
    if (isIntent && !done) {
      done = true;
      await before();
    }
    return await inner.commit(change);
  };
  Object.assign(house.ports, { incidents: replaced(inner, { commit }) });
}

describe('an order between the load and the attempt of a slice', () => {
  it('D3: an abort there prevents the act', async () => {
    const house = new House();
    await house.dies();
    beforeIntent(house, () => abortRun(house.ports, runOrder(house), { reason }));
    await house.settle(3600);
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect((await house.incident()).attempts).toEqual([]);
    expect((await house.incident()).runs[0]?.state.name).toBe('aborted');
    await expectWhole(house);
  });

  it('D3: so does an acknowledgement, a pause and a resolution there', async () => {
    const orders = [
      (house: House) => acknowledgeIncident(house.ports, order(house), {}),
      (house: House) => pauseRun(house.ports, runOrder(house), {}),
      (house: House) => resolveIncident(house.ports, order(house), { reason }),
    ];
    for (const each of orders) {
      const house = new House();
      await house.dies();
      beforeIntent(house, () => each(house));
      await house.settle(1800);
      expect(house.workspace.acts(CLUSTER)).toEqual([]);
      await expectWhole(house);
    }
  });

  it('D3: one that changes nothing about acting costs the remedy no more than a second', async () => {
    const house = new House();
    await house.dies();
    const started = house.clock.now().getTime();
    beforeIntent(house, () => commentIncident(house.ports, order(house), { text: 'Look at this' }));
    await house.settle(10);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    const [start] = house.workspace.calls.filter(({ call }) => call === 'startCluster');
    expect(Date.parse(start?.at ?? '') - started).toBeLessThan(1000);
    await house.settle(900);
    await expectWhole(house);
  });

  it('D3: an abort while the act is under way keeps what it did on record, and nothing follows', async () => {
    const house = new House();
    await house.dies();
    const start = house.workspace.startCluster.bind(house.workspace);
    Object.assign(house.workspace, {
      startCluster: async (id: typeof CLUSTER) => {
        const answer = await start(id);
        await abortRun(house.ports, runOrder(house), { reason });
        return answer;
      },
    });
    await house.settle(3600);
    const { attempts, runs, incident } = await house.incident();
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
    expect(attempts[0]?.outcome).toBe('acted');
    expect([runs[0]?.state.name, incident.state]).toEqual(['aborted', 'escalated']);
    expect(await house.types()).toContain('acted-late');
    await expectWhole(house);
  });
});

describe('orders at once', () => {
  it('D3: ten assignments and comments at once are all on the timeline, none is lost', async () => {
    const house = new House();
    await house.dies();
    await house.settle(20);
    const orders = Array.from({ length: 5 }, (_, n) => [
      assignIncident(house.ports, order(house), { to: `person-${n}` }),
      commentIncident(house.ports, order(house), { text: `comment ${n}` }),
    ]).flat();
    const settled = Promise.all(orders);
    for (let turn = 0; turn < 200; turn += 1) await house.clock.advance(20);
    await settled;
    const types = await house.types();
    expect(types.filter((type) => type === 'assigned' || type === 'comment')).toHaveLength(10);
    await house.settle(900);
    await expectWhole(house);
  });

  it('D3: with the version that all have seen, one of ten is carried out and nine are told that it has changed', async () => {
    const house = new House();
    await house.dies();
    await house.settle(20);
    const { incident } = await house.incident();
    const ifMatch = [await versionNow(house, incident.id)];
    const orders = Array.from({ length: 10 }, (_, n) =>
      assignIncident(house.ports, order(house, { ifMatch }), { to: `person-${n}` }),
    );
    const settled = Promise.allSettled(orders);
    for (let turn = 0; turn < 50; turn += 1) await house.clock.advance(20);
    const results = await settled;
    const codes = results.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(codes).toEqual(Array(9).fill('precondition-failed'));
    expect((await house.types()).filter((type) => type === 'assigned')).toHaveLength(1);
  });
});

describe('a writer that dies', () => {
  type Write = (ports: CommandPorts, house: House) => Promise<unknown>;
  const writes: Record<string, Write> = {
    resolve: (ports, house) => resolveIncident(ports, order(house), { reason }),
    abort: (ports, house) => abortRun(ports, runOrder(house), { reason }),
  };

  it.each(Object.entries(writes))(
    'D3: at any await of %s leaves it done or not done, and the watchdog hands over what it decided',
    async (_name, write) => {
      let results = { done: 0, notDone: 0 };
      for (const moment of ['before', 'after'] as const) {
        for (let fatal = 1; ; fatal += 1) {
          const house = new House();
          await house.dies();
          await house.settle(20);
          const before = house.told.length;
          const { ports, calls } = doomed(house, fatal, moment);
          const end = await untilDoneOrDead(write(ports, house));
          if (end === 'done' && calls.count < fatal) break;
          await house.clock.advance(180_000);
          await house.watch();
          await house.settle(3600);
          const { runs } = await house.incident();
          const isDone = runs[0]?.state.name === 'aborted';
          results = { done: results.done + Number(isDone), notDone: results.notDone + Number(!isDone) };
          if (isDone) expect(house.told.length - before, `${calls.last}: people were told`).toBeGreaterThanOrEqual(2);
          else expect((await house.incident()).incident.state, calls.last).toBe('resolved');
          await expectWhole(house, calls.last);
        }
      }
      expect(results.done).toBeGreaterThan(3);
      expect(results.notDone).toBeGreaterThan(2);
    },
  );

  it('D3: a bus that is away does not undo an order: it is answered, and handed over when the bus is back', async () => {
    const house = new House();
    await house.dies();
    await house.settle(20);
    house.ports.bus.down();
    const { records } = await abortRun(house.ports, runOrder(house), { reason });
    expect(records.runs[0]?.state.name).toBe('aborted');
    expect((await house.incident()).outbox).not.toEqual([]);
    expect(house.ports.guards.standing).toHaveLength(1);
    house.ports.bus.up();
    await house.clock.advance(61_000);
    expect(await house.watch()).toMatchObject({ finished: 1 });
    await house.settle(60);
    expect(house.told.at(-1)?.message.text).toContain('Aborted by ana');
    await expectWhole(house);
  });

  it('D3: a guard that cannot be finished delays no other one, and nothing else that the watchdog looks after', async () => {
    const house = new House();
    await house.dies();
    await house.settle(20);
    house.ports.bus.down();
    await abortRun(house.ports, runOrder(house), { reason });
    house.ports.bus.up();
    const poisoned = { incidentId: ticket('RCA-20260101-001'), commitId: 'a', since: '2026-01-01T00:00:00.000Z' };
    await house.ports.guards.put(poisoned);
    const inner: IncidentStore = house.ports.incidents;
    const load: IncidentStore['load'] = async (id) => {
      if (id === poisoned.incidentId) throw new Broken('broken', 'ordered');
      return await inner.load(id);
    };
    await house.clock.advance(61_000);
    expect(await watchOver({ ...house.ports, incidents: replaced(inner, { load }) })).toMatchObject({
      live: 1,
      finished: 1,
    });
    expect(house.ports.guards.standing).toEqual([poisoned]);
    expect(house.errors.join()).toContain('could not be finished');
  });

  it('D3: a guard that is not a minute old is left to its writer', async () => {
    const house = new House();
    await house.dies();
    await house.settle(20);
    house.ports.bus.down();
    await abortRun(house.ports, runOrder(house), { reason });
    await house.clock.advance(50_000);
    expect(await house.watch()).toMatchObject({ finished: 0 });
    expect(house.ports.guards.standing).toHaveLength(1);
  });

  it('D3: a store that does not answer is told as such, and the order is not half done', async () => {
    const house = new House();
    await house.dies();
    await house.settle(20);
    const guards = new MemoryGuards(() => {
      throw new Unavailable('store-unavailable', 'ordered');
    });
    const ports = { ...house.ports, guards };
    await unavailableOf(abortRun(ports, runOrder(house), { reason }));
    expect((await house.incident()).runs[0]?.state.name).toBe('running');
  });
});
