// The moment between the intent and the call: who orders something there is heard before anything is sent, and answered when nothing is on its way.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { turnOf } from '../../../shared/domain/runbooks/run.ts';
import type { ActBudget } from '../../../shared/ports/gate-store.ts';
import type { IncidentStore } from '../../../shared/ports/incident-store.ts';
import type { LastLook } from '../../../shared/ports/last-look.ts';
import { abortRun } from '../../../shared/usecases/operator/abort-run.ts';
import { acknowledgeIncident } from '../../../shared/usecases/operator/acknowledge-incident.ts';
import { commentIncident } from '../../../shared/usecases/operator/comment-incident.ts';
import { pauseRun } from '../../../shared/usecases/operator/pause-run.ts';
import { resolveIncident } from '../../../shared/usecases/operator/resolve-incident.ts';
import { skipStep } from '../../../shared/usecases/operator/skip-step.ts';
import { setStopSwitch } from '../../../shared/usecases/set-stop-switch.ts';
import { CLUSTER, House } from '../../builders/house.ts';
import { MemoryClock } from '../../builders/memory-clock.ts';
import { expectWhole, order, replaced, runOrder } from '../../builders/operators.ts';

const reason = 'because we say so';

/** Calls `order` once, right after the intent to act is committed, and goes on as soon as the order is on record. */
function afterIntent(house: House, give: () => Promise<unknown>, isAnswerLost = false): { answered: Promise<unknown> } {
  const inner: IncidentStore = house.ports.incidents;
  const given = { answered: Promise.resolve() as Promise<unknown> };
  let done = false;
  const commit: IncidentStore['commit'] = async (change) => {
    const result = await inner.commit(change);
    if (done || !change.events.some(({ type }) => type === 'attempt')) return result;
    done = true;
    given.answered = give();
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    // A store whose answer was lost finds that the commit was its own, and answers with what is there by then.
    const file = isAnswerLost ? await inner.load(change.incident.id) : undefined;
    return file ? { committed: true, file } : result;
  };
  Object.assign(house.ports, { incidents: replaced(inner, { commit }) });
  return given;
}

describe('an order between the attempt and the call', () => {
  const stop = { on: true, by: 'ops', reason, correlationId: 'cor-stop' };
  const hold = { workspace: 'databricks-dev', run: 'other', reason, since: '2026-11-20T08:00:00.000Z' };
  const orders: Record<string, (house: House) => Promise<unknown>> = {
    abort: (house) => abortRun(house.ports, runOrder(house), { reason }),
    pause: (house) => pauseRun(house.ports, runOrder(house), {}),
    skip: (house) => skipStep(house.ports, runOrder(house), { reason }),
    resolve: (house) => resolveIncident(house.ports, order(house), { reason }),
    acknowledge: (house) => acknowledgeIncident(house.ports, order(house), {}),
    'stop switch': (house) => setStopSwitch(house.ports, stop),
    hold: (house) => house.ports.gate.setHold(hold),
  };

  it.each(Object.entries(orders))(
    'D3, E3: %s there keeps it from being sent, and the timeline says so',
    async (_name, give) => {
      const house = new House();
      await house.dies();
      const { answered } = afterIntent(house, () => give(house));
      await house.settle(1800);
      await answered;
      expect(house.workspace.acts(CLUSTER)).toEqual([]);
      expect((await house.incident()).attempts).toMatchObject([{ number: 1, outcome: 'did-not-happen' }]);
      expect(await house.types()).toContain('not-acted');
      await expectWhole(house);
    },
  );

  it('D3: an abort there stays one, also when the answer to the intent was lost and is found later', async () => {
    const house = new House();
    await house.dies();
    const { answered } = afterIntent(house, () => abortRun(house.ports, runOrder(house), { reason }), true);
    await house.settle(1800);
    await answered;
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    expect((await house.incident()).runs[0]?.state.name).toBe('aborted');
    expect((await house.incident()).attempts).toMatchObject([{ number: 1, outcome: 'did-not-happen' }]);
    await expectWhole(house);
  });

  it('D3: one that changes nothing about acting does not stop it', async () => {
    const house = new House();
    await house.dies();
    afterIntent(house, () => commentIncident(house.ports, order(house), { text: 'Look at this' }));
    await house.settle(900);
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    expect((await house.incident()).incident.state).toBe('resolved');
    await expectWhole(house);
  });

  it('E10: an act that comes too late for the minute of its grant counts in the next one', async () => {
    const house = new House({ actsPerMinute: 1 });
    await house.clock.advance(55_000);
    await house.dies();
    afterIntent(house, async () => house.clock.jump(6_000));
    await house.settle(5);
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    expect(await house.types()).not.toContain('not-acted');
    const grant = await house.ports.budget.takeAct('databricks-dev', { runId: 'other' });
    expect(grant, 'it has taken one of that minute').toMatchObject({ granted: false });
  });

  it('E10: one for which the next minute has no room is not sent, keeps its turn and is sent in a later one', async () => {
    const house = new House({ actsPerMinute: 1 });
    await house.clock.advance(55_000);
    const began = house.clock.now().getTime();
    await house.dies();
    const given = afterIntent(house, async () => {
      house.clock.jump(6_000);
      return await house.ports.budget.takeAct('databricks-dev', { runId: 'other' });
    });
    await house.settle(10);
    expect(await given.answered).toMatchObject({ granted: true });
    expect(house.workspace.acts(CLUSTER)).toEqual([]);
    const { attempts, runs } = await house.incident();
    expect(attempts).toMatchObject([{ number: 1, outcome: 'did-not-happen' }]);
    expect(Date.parse(turnOf(runs[0] ?? never()) ?? ''), 'its turn is the moment of its grant').toBeLessThan(
      began + 1_000,
    );
    expect(await house.types()).toEqual(expect.arrayContaining(['not-acted', 'held']));
    // Whoever asks first in the minute after is behind it.
    await house.settle(1800);
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    expect((await house.incident()).incident.state).toBe('resolved');
    await expectWhole(house);
  });

  it('E10: however often its turn passes before it is sent, it is no failure, and it asks with the turn that it had', async () => {
    const house = new House({ clock: new MemoryClock() });
    const turns: (string | undefined)[] = [];
    const budget: ActBudget = {
      isUsedUp: () => false,
      takeAct: async (_, { turn }) => {
        turns.push(turn);
        const later = house.clock.after(5).toISOString();
        // Granted too late to be sent, and there is no room in the next minute: ten times.
        if (turns.length > 20) return { granted: true, endsAt: house.clock.after(60).toISOString() };
        return turns.length % 2 === 0
          ? { granted: false, until: later, turn: turn ?? later }
          : { granted: true, endsAt: house.clock.now().toISOString() };
      },
    };
    Object.assign(house.ports, { budget });
    const began = house.clock.now().toISOString();
    await house.dies();
    await house.settle(900);
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
    const { attempts, incident } = await house.incident();
    expect(attempts.map(({ outcome }) => outcome)).toEqual([...Array(10).fill('did-not-happen'), 'acted']);
    expect(incident.state).toBe('resolved');
    expect(new Set(turns.slice(1))).toEqual(new Set([began]));
    expect(
      (await house.types()).filter((type) => type === 'held'),
      'said once',
    ).toHaveLength(1);
  });

  it('D4: an abort is answered once what was being sent has ended, so that nothing is sent after it', async () => {
    const house = new House();
    await house.dies();
    let answeredWith: unknown;
    const start = house.workspace.startCluster.bind(house.workspace);
    const given = { answered: Promise.resolve() };
    Object.assign(house.workspace, {
      startCluster: async (id: typeof CLUSTER, lastLook?: LastLook) => {
        await lastLook?.();
        given.answered = abortRun(house.ports, runOrder(house), { reason }).then(async () => {
          answeredWith = (await house.incident()).attempts[0]?.outcome;
        });
        await house.ports.clock.sleep(700);
        return await start(id);
      },
    });
    await house.settle(60);
    await house.clock.advance(5_000);
    await given.answered;
    expect(answeredWith).toBe('acted');
    expect(house.workspace.acts(CLUSTER)).toEqual(['startCluster']);
  });

  it('D4: of a worker that says nothing it waits three seconds and no longer', async () => {
    const house = new House();
    await house.dies();
    const started = house.clock.now().getTime();
    house.workspace.order('lost-answer', 'startCluster', 1);
    await house.settle(1);
    const answered = abortRun(house.ports, runOrder(house), { reason }).then(() => house.clock.now().getTime());
    for (let turn = 0; turn < 100; turn += 1) await house.clock.advance(50);
    expect((await answered) - started).toBeGreaterThanOrEqual(3_000);
    expect((await answered) - started).toBeLessThan(4_500);
  });
});

function never(): never {
  throw new Error('a run');
}
