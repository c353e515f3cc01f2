// What every Provisioner does, whatever is behind it: the adapter over a simulated HCP Terraform, and the one in memory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Apply, ApplyState, Provisioner } from '../../shared/ports/provisioner.ts';
import { started, wanted } from '../builders/applies.ts';
import { refusalOf, unavailableOf } from '../builders/failures.ts';

/** A provisioner together with the hand that arranges the world behind it: code with one cluster that stands. */
export interface ProvisionerStage {
  readonly provisioner: Provisioner;
  readonly address: string;
  /** The cluster is deleted for good. */
  vanish(): Promise<void>;
  /** The id of the one that stands now. */
  standing(): Promise<string | undefined>;
  /** Orders trouble for the next call of that name. */
  trouble(kind: 'refused' | 'lost-answer', call: 'start' | 'confirm' | 'read'): Promise<void>;
  lock(isLocked: boolean): Promise<void>;
  failNext(phase: 'plan' | 'apply'): Promise<void>;
  softFailPolicy(): Promise<void>;
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

const A_PLAN = 60;
const AN_APPLY = 400;

export function provisionerContract(name: string, makeStage: () => Promise<ProvisionerStage>): void {
  describe(`Provisioner: ${name}`, () => {
    let stage: ProvisionerStage;
    let provisioner: Provisioner;
    let orders = 0;

    beforeEach(async () => {
      stage = await makeStage();
      provisioner = stage.provisioner;
    });
    afterEach(() => stage.close());

    async function start(address = stage.address): Promise<Apply> {
      orders += 1;
      return await started(provisioner, { address, correlation: `run-order-${orders}`, message: 'Recreate' });
    }

    async function stateOf(id: string): Promise<ApplyState> {
      const apply = await provisioner.read(id);
      if (!apply) throw new Error(`no apply ${id}`);
      return apply.state;
    }

    async function planned(): Promise<Apply> {
      await stage.vanish();
      const apply = await start();
      await stage.pass(A_PLAN);
      return apply;
    }

    it('E2: plans what has vanished, and changes nothing before it is confirmed', async () => {
      const { id, link, startedAt } = await planned();
      expect(await stateOf(id)).toEqual({
        is: 'needs-confirmation',
        changes: { additions: 1, changes: 0, destructions: 0 },
      });
      await stage.pass(AN_APPLY);
      expect([await stage.standing(), (await stateOf(id)).is]).toEqual([undefined, 'needs-confirmation']);
      expect(link).toContain(id);
      expect(startedAt).toBe(new Date(startedAt).toISOString());
    });

    it('E2: confirmed, it is applying and then applied, and the thing stands again', async () => {
      const { id } = await planned();
      expect(await provisioner.confirm(id, wanted)).toEqual({ accepted: true });
      await stage.pass(5);
      expect((await stateOf(id)).is).toBe('applying');
      await stage.pass(AN_APPLY);
      expect((await stateOf(id)).is).toBe('applied');
      const standing = await stage.standing();
      expect([...(await provisioner.outputs()).values()]).toContain(standing);
    });

    it('E2: what is applied is not confirmed again', async () => {
      const { id } = await planned();
      await provisioner.confirm(id, wanted);
      await stage.pass(AN_APPLY);
      expect(await provisioner.confirm(id, wanted)).toMatchObject({ accepted: false });
    });

    it('E2: no change is no success: what stands, and an address that the code does not have', async () => {
      const stands = await start();
      const unknown = await start('module.nowhere.databricks_cluster.nothing');
      await stage.pass(2 * A_PLAN);
      expect([await stateOf(stands.id), await stateOf(unknown.id)]).toEqual([
        { is: 'no-changes' },
        { is: 'no-changes' },
      ]);
    });

    it('E2: a start whose answer was lost is found by its correlation, and is there once', async () => {
      await stage.vanish();
      await stage.trouble('lost-answer', 'start');
      const order = { address: stage.address, correlation: 'run-lost-1', message: 'Recreate' };
      expect((await unavailableOf(provisioner.start(order, wanted))).mayHaveHappened).toBe(true);
      const found = await provisioner.find('run-lost-1');
      expect(found?.id).toBe((await provisioner.newest())?.id);
      expect(await provisioner.find('run-lost')).toBeUndefined();
      expect(await provisioner.find('run-lost-12')).toBeUndefined();
    });

    it('E2: a confirmation whose answer was lost has happened, and says that it may have', async () => {
      const { id } = await planned();
      await stage.trouble('lost-answer', 'confirm');
      const failure = await unavailableOf(provisioner.confirm(id, wanted));
      expect([failure.code, failure.mayHaveHappened]).toEqual(['provisioner-unavailable', true]);
      await stage.pass(5);
      expect((await stateOf(id)).is).toBe('applying');
    });

    it('E2: an order that was refused has not arrived', async () => {
      await stage.trouble('refused', 'start');
      const order = { address: stage.address, correlation: 'run-refused-1', message: 'Recreate' };
      expect((await refusalOf(provisioner.start(order, wanted))).code).toBe('provisioner-refused');
      expect(await provisioner.find('run-refused-1')).toBeUndefined();
      expect(await provisioner.newest()).toBeUndefined();
    });

    it('E2: what is not wanted any more in the last moment is not sent', async () => {
      const unwanted = async () => 'the run has been moved on';
      const order = { address: stage.address, correlation: 'run-unwanted-1', message: 'Recreate' };
      const because = 'the run has been moved on';
      expect(await provisioner.start(order, unwanted)).toEqual({ started: false, because });
      expect(await provisioner.newest()).toBeUndefined();
      const { id } = await planned();
      expect(await provisioner.confirm(id, unwanted)).toEqual({ accepted: false, because });
      await stage.pass(5);
      expect((await stateOf(id)).is).toBe('needs-confirmation');
    });

    it('E2: one at a time: the second is queued until the first has ended', async () => {
      const first = await planned();
      const second = await start();
      await stage.pass(A_PLAN);
      expect((await stateOf(second.id)).is).toBe('queued');
      expect((await provisioner.newest())?.id).toBe(second.id);
      expect(await provisioner.withdraw(first.id)).toEqual({ accepted: true });
      await stage.pass(A_PLAN);
      expect([(await stateOf(first.id)).is, (await stateOf(second.id)).is]).toEqual(['stopped', 'needs-confirmation']);
    });

    it('E2: while the code is locked nothing begins', async () => {
      await stage.vanish();
      await stage.lock(true);
      const { id } = await start();
      await stage.pass(A_PLAN);
      expect((await stateOf(id)).is).toBe('queued');
      await stage.lock(false);
      await stage.pass(A_PLAN);
      expect((await stateOf(id)).is).toBe('needs-confirmation');
    });

    it('G7: withdraws what plans or waits, and never interrupts what is applying', async () => {
      await stage.vanish();
      const planning = await start();
      await stage.pass(5);
      expect((await stateOf(planning.id)).is).toBe('planning');
      expect(await provisioner.withdraw(planning.id)).toEqual({ accepted: true });
      await stage.pass(5);
      expect((await stateOf(planning.id)).is).toBe('stopped');
      const applying = await start();
      await stage.pass(A_PLAN);
      await provisioner.confirm(applying.id, wanted);
      await stage.pass(5);
      expect(await provisioner.withdraw(applying.id)).toMatchObject({ accepted: false });
      await stage.pass(AN_APPLY);
      expect((await stateOf(applying.id)).is).toBe('applied');
      expect(await provisioner.withdraw(applying.id)).toMatchObject({ accepted: false });
    });

    it('E2: tells a plan that failed from an apply that did', async () => {
      await stage.vanish();
      await stage.failNext('plan');
      const first = await start();
      await stage.pass(A_PLAN);
      expect(await stateOf(first.id)).toMatchObject({ is: 'failed', in: 'plan' });
      await stage.failNext('apply');
      const second = await start();
      await stage.pass(A_PLAN);
      await provisioner.confirm(second.id, wanted);
      await stage.pass(AN_APPLY);
      expect(await stateOf(second.id)).toMatchObject({ is: 'failed', in: 'apply' });
      expect(await stage.standing()).toBeUndefined();
    });

    it('E2: a policy that failed waits for a decision, not for a confirmation', async () => {
      await stage.softFailPolicy();
      const { id } = await planned();
      expect((await stateOf(id)).is).toBe('needs-decision');
      expect(await provisioner.confirm(id, wanted)).toMatchObject({ accepted: false });
    });

    it('does not know an id that nobody gave', async () => {
      expect(await provisioner.read('run-nobody')).toBeUndefined();
    });
  });
}
