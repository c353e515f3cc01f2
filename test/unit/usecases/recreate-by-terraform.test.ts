// Recreating a vanished cluster as a timeline, over the in-memory twins: what is started, confirmed and verified, and when it is left
// to a person.
import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../../shared/domain/incidents/timeline.ts';
import { abortRun } from '../../../shared/usecases/operator/abort-run.ts';
import { retryStep } from '../../../shared/usecases/operator/retry-step.ts';
import { NOTHING } from '../../builders/memory-provisioner.ts';
import { runOrder } from '../../builders/operators.ts';
import { ADDRESS, aHouseWithout, appear, NEW, reported, words } from '../../builders/vanished-cluster.ts';

const reason = 'because we say so';

function count(calls: readonly string[], name: string): number {
  return calls.filter((call) => call === name).length;
}

describe('a cluster that its workspace no longer knows', () => {
  it('E2, E5: is planned, confirmed, verified under its new id, and people are told what is left to them', async () => {
    const house = aHouseWithout();
    await reported(house);
    await house.settle(900);
    const { incident, runs, steps, attempts } = await house.incident();
    expect([incident.state, runs[0]?.state.name]).toEqual(['resolved', 'succeeded']);
    expect(steps.map(({ state }) => state)).toEqual(['failed', 'succeeded']);
    expect(attempts.map(({ position, outcome }) => [position, outcome])).toEqual([
      [2, 'acted'],
      [2, 'acted'],
    ]);
    expect(house.provisioner.ends).toEqual(['applied']);
    const last = house.told.at(-1)?.message.text ?? '';
    expect(last).toContain(`recreated 0424-035941-pl8ku9sr as ${NEW}`);
    expect(last).toContain('in the estate file');
    expect(verifyChain(incident.id, await house.ports.incidents.timeline(incident.id)).intact).toBe(true);
    expect(house.errors).toEqual([]);
  });

  it('E2: a plan that would do more than create it is left to a person, unconfirmed', async () => {
    const house = aHouseWithout();
    house.provisioner.put(ADDRESS, {
      plan: () => ({ additions: 1, changes: 0, destructions: 1 }),
      apply: () => undefined,
    });
    await reported(house);
    await house.settle();
    expect((await house.incident()).incident.state).toBe('escalated');
    expect(count(house.provisioner.calls, 'confirm')).toBe(0);
    expect(house.told.at(-1)?.message.text).toContain('1 to add, 0 to change, 1 to destroy');
  });

  it('E2: an address that the code does not have is said to be that, and nothing is confirmed', async () => {
    const house = aHouseWithout();
    house.provisioner.put(ADDRESS, { plan: () => NOTHING, apply: () => undefined });
    await reported(house);
    await house.settle();
    expect((await house.incident()).incident.state).toBe('escalated');
    expect(await words(house)).toContain('plans no change at this address');
    expect(house.provisioner.ends).toEqual(['no-changes']);
  });

  it('E2: one that stands under the same name with another id is not made a second time', async () => {
    const house = aHouseWithout();
    appear(house, NEW);
    await reported(house);
    await house.settle();
    expect((await house.incident()).runs[0]?.state.name).toBe('paused');
    expect(house.provisioner.calls).toEqual([]);
    expect(house.told.at(-1)?.message.text).toContain(`has ${NEW} of the same name`);
  });

  it('E3: an apply of somebody else is waited for, and then it is our turn', async () => {
    const house = aHouseWithout();
    const id = house.provisioner.byHand(ADDRESS);
    await reported(house);
    await house.settle(120);
    expect(count(house.provisioner.calls, 'start')).toBe(0);
    expect(await words(house)).toContain(`pply ${id} of somebody else is in the way`);
    house.provisioner.byHandEnd(id);
    await house.settle(900);
    expect(house.provisioner.ends).toEqual(['stopped', 'applied']);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E2: an apply that fails is made again, with a plan of its own', async () => {
    const house = aHouseWithout();
    house.provisioner.failApplies = 1;
    await reported(house);
    await house.settle(1_800);
    expect(house.provisioner.ends).toEqual(['failed', 'applied']);
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('E2: a plan that keeps failing ends with a person, after as many tries as the playbook has', async () => {
    const house = aHouseWithout();
    house.provisioner.failPlans = 100;
    await reported(house);
    await house.settle();
    expect((await house.incident()).incident.state).toBe('escalated');
    expect(house.provisioner.ends).toEqual(['failed', 'failed']);
    expect(house.told.at(-1)?.message.text).toContain('its plan failed');
  });

  it('E5: recreated and not healthy is not recovered, and not recreated again', async () => {
    const house = aHouseWithout();
    house.provisioner.put(ADDRESS, {
      plan: () => ({ ...NOTHING, additions: 1 }),
      apply: () => {
        appear(house, NEW);
        house.workspace.silence(NEW);
      },
    });
    await reported(house);
    await house.settle();
    expect((await house.incident()).incident.state).toBe('escalated');
    expect(house.provisioner.ends).toEqual(['applied']);
    expect(house.told.at(-1)?.message.text).toContain(`as ${NEW}: RUNNING, but not healthy`);
  });

  it('E2: without infrastructure code in the estate it is a person who has to make it', async () => {
    const house = aHouseWithout({
      estate: (estate) => ({
        ...estate,
        pairs: estate.pairs.map((pair) => ({
          ...pair,
          primary: {
            ...pair.primary,
            components: pair.primary.components.map(({ terraformAddress: _gone, ...rest }) => rest),
          },
        })),
      }),
    });
    await reported(house);
    await house.settle();
    expect((await house.incident()).incident.state).toBe('escalated');
    expect(house.provisioner.calls).toEqual([]);
    expect(await words(house)).toContain('the estate names no infrastructure code');
  });

  it('E6: the service is away for a while: it is waited for, not failed', async () => {
    const house = aHouseWithout();
    house.provisioner.order('unavailable', 'newest');
    house.provisioner.order('unavailable', 'start');
    house.provisioner.order('unavailable', 'confirm');
    house.provisioner.order('unavailable', 'read');
    await reported(house);
    await house.settle(1_800);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.provisioner.ends).toEqual(['applied']);
  });
});

describe('invariant 3 for applies', () => {
  it.each(['start', 'confirm'] as const)(
    'E2: a %s whose answer is lost is looked for before anything is done again',
    async (call) => {
      const house = aHouseWithout();
      house.provisioner.order('lost-answer', call);
      await reported(house);
      await house.settle(1_800);
      expect((await house.incident()).incident.state).toBe('resolved');
      expect(house.provisioner.ends).toEqual(['applied']);
      expect([count(house.provisioner.calls, 'start'), count(house.provisioner.calls, 'confirm')]).toEqual([1, 1]);
    },
  );

  it.each([
    ['provisioner.start', 'before', 1],
    ['provisioner.start', 'after', 1],
    ['provisioner.confirm', 'before', 1],
    ['provisioner.confirm', 'after', 1],
    ['provisioner.find', 'before', 1],
    ['provisioner.read', 'after', 1],
  ] as const)('E2: a crash at %s, %s it: one apply, confirmed once', async (operation, moment, starts) => {
    let left = 1;
    const house = aHouseWithout({
      crashesAt: (at, when) => {
        if (at !== operation || when !== moment || left === 0) return false;
        left -= 1;
        return true;
      },
    });
    await reported(house);
    await house.settle(1_800);
    expect(left).toBe(0);
    expect((await house.incident()).incident.state).toBe('resolved');
    expect(house.provisioner.ends).toEqual(['applied']);
    expect(count(house.provisioner.calls, 'start')).toBe(starts);
    expect(count(house.provisioner.calls, 'confirm')).toBe(1);
  });
});

describe('a person steps in', () => {
  it('G7: aborted before the confirmation, the apply is withdrawn: it blocks nobody', async () => {
    const house = aHouseWithout();
    await reported(house);
    await house.settle(10);
    expect(house.provisioner.ends).toEqual(['planning']);
    await abortRun(house.ports, runOrder(house), { reason });
    await house.settle(300);
    expect((await house.incident()).runs[0]?.state.name).toBe('aborted');
    expect(house.provisioner.ends).toEqual(['stopped']);
  });

  it('G7: aborted while it is applying, it is let end, and what it made is told', async () => {
    const house = aHouseWithout();
    await reported(house);
    await house.settle(60);
    expect(house.provisioner.ends).toEqual(['applying']);
    await abortRun(house.ports, runOrder(house), { reason });
    await house.settle(600);
    expect((await house.incident()).runs[0]?.state.name).toBe('aborted');
    expect(house.provisioner.ends).toEqual(['applied']);
    expect(house.told.at(-1)?.message.text).toContain('what it made stays');
  });

  it('E2: discarded by a person, it is not started again by itself, but when a person orders the retry', async () => {
    const house = aHouseWithout();
    house.provisioner.put(ADDRESS, { plan: () => ({ ...NOTHING, additions: 2 }), apply: () => undefined });
    await reported(house);
    await house.settle(1_800);
    expect(house.provisioner.ends).toEqual(['needs-confirmation']);
    house.provisioner.byHandEnd('run-1');
    house.provisioner.put(ADDRESS, { plan: () => ({ ...NOTHING, additions: 1 }), apply: () => appear(house, NEW) });
    await retryStep(house.ports, runOrder(house), { reason });
    await house.settle(1_800);
    expect(house.provisioner.ends).toEqual(['stopped', 'applied']);
    expect((await house.incident()).incident.state).toBe('resolved');
  });
});
