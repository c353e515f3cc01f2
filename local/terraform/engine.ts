// The life of runs: one at a time in a workspace, phase after phase, each at its time. What a caller does in between (discard,
// cancel) is seen after every pause: a phase goes on only while its run still is what it was.
import { waitUntil } from '../simulator/clock.ts';
import { ProviderError } from './databricks-client.ts';
import { applyPlan, type PhasePorts, planOf } from './phases.ts';
import { PHASE_SECONDS } from './refusals.ts';
import { isConfirmable, isCurrent, type Run, type RunStatus } from './run.ts';

export interface Engine {
  /** A run was created, a workspace unlocked: whoever's turn it is begins. */
  admit(workspaceId: string): void;
  confirm(run: Run): void;
  /** One that was confirmed goes on to its apply. */
  begin(run: Run): void;
  cancel(run: Run): void;
  /** A run ended by a caller's word. */
  end(run: Run, status: 'discarded' | 'canceled' | 'force_canceled'): void;
}

export function createEngine(ports: PhasePorts): Engine {
  const { store, clock, timeScale, stopping } = ports;

  const now = (id: string): Run | undefined => store.run(id);
  const is = (id: string, status: RunStatus): boolean => !stopping.aborted && now(id)?.status === status;

  async function pause(seconds: number): Promise<void> {
    await waitUntil(clock, clock.now() + (seconds * 1000) / timeScale, stopping);
  }

  function move(id: string, status: RunStatus, more: Partial<Run> = {}): Run {
    const moved = store.move(id, status, more);
    store.flush();
    if (!isCurrent(moved)) admit(moved.workspaceId);
    return moved;
  }

  function fail(id: string, failedIn: 'plan' | 'apply', error: unknown): void {
    if (!(error instanceof ProviderError)) console.error(error);
    move(id, 'errored', { failedIn, log: error instanceof Error ? error.message : String(error) });
  }

  async function plan({ id }: Run): Promise<void> {
    move(id, 'plan_queued');
    await pause(PHASE_SECONDS.queued);
    if (!is(id, 'plan_queued')) return;
    const run = move(id, 'planning');
    await pause(PHASE_SECONDS.planning);
    if (!is(id, 'planning')) return;
    try {
      useUp(run, 'failPlans');
      const planned = await planOf(ports, run);
      if (is(id, 'planning')) await afterPlan(store.putRun({ ...run, planned }));
    } catch (error) {
      if (is(id, 'planning')) fail(id, 'plan', error);
    }
  }

  async function afterPlan(run: Run): Promise<void> {
    const { id, planned = [], planOnly } = run;
    if (planned.length === 0 || planOnly) {
      move(id, 'planned_and_finished');
      return;
    }
    const { policy } = conductOf(run);
    if (policy === 'none') return goOn(move(id, 'planned'));
    move(id, 'policy_checking');
    await pause(PHASE_SECONDS.policyCheck);
    if (!is(id, 'policy_checking')) return;
    if (policy === 'hard-fails') return fail(id, 'plan', new ProviderError('a hard-mandatory policy failed'));
    if (policy === 'passes') return goOn(move(id, 'policy_checked'));
    move(id, 'policy_override');
  }

  function goOn(run: Run): void {
    if (run.autoApply) begin(run);
  }

  /** Accepted now, carried out a moment later; of two confirmations one finds nothing left to do. */
  async function confirm({ id }: Run): Promise<void> {
    await pause(PHASE_SECONDS.action);
    const run = now(id);
    if (!stopping.aborted && run && isConfirmable(run)) begin(run);
  }

  function begin(run: Run): void {
    void apply(move(run.id, 'confirmed')).catch((error: unknown) => fail(run.id, 'apply', error));
  }

  async function apply({ id }: Run): Promise<void> {
    move(id, 'apply_queued');
    await pause(PHASE_SECONDS.queued);
    if (!is(id, 'apply_queued')) return;
    const run = move(id, 'applying');
    await pause(PHASE_SECONDS.applying);
    if (!is(id, 'applying')) return;
    try {
      useUp(run, 'failApplies');
      await applyPlan(ports, run);
      if (is(id, 'applying')) move(id, 'applied');
    } catch (error) {
      if (is(id, 'applying')) fail(id, 'apply', error);
    }
  }

  /** An ordered failure happens once per order. */
  function useUp(run: Run, which: 'failPlans' | 'failApplies'): void {
    const workspace = store.workspace(run.workspaceId);
    const left = workspace?.conduct[which] ?? 0;
    if (!workspace || left === 0) return;
    store.putWorkspace({ ...workspace, conduct: { ...workspace.conduct, [which]: left - 1 } });
    throw new ProviderError('the provider produced an error (ordered)');
  }

  function conductOf(run: Run) {
    const workspace = store.workspace(run.workspaceId);
    if (!workspace) throw new Error(`no workspace ${run.workspaceId}`);
    return workspace.conduct;
  }

  function admit(workspaceId: string): void {
    const workspace = store.workspace(workspaceId);
    const runs = store.runsOf(workspaceId);
    const waiting = runs.filter(({ status }) => status === 'pending');
    const isFree = workspace !== undefined && !workspace.conduct.locked && !runs.some(isCurrent);
    const next = isFree ? waiting.find(({ planOnly }) => !planOnly) : undefined;
    for (const run of [...waiting.filter(({ planOnly }) => planOnly), ...(next ? [next] : [])]) {
      // One that begins may let others in before this list is through.
      if (is(run.id, 'pending')) void plan(run).catch((error: unknown) => fail(run.id, 'plan', error));
    }
  }

  async function cancel(run: Run): Promise<void> {
    store.putRun({ ...run, cancelRequestedAt: clock.now() });
    await pause(PHASE_SECONDS.action);
    const current = now(run.id);
    const stands = current && (current.status === run.status || isCurrent(current)) && !isConfirmable(current);
    if (!stopping.aborted && stands) move(run.id, 'canceled');
  }

  return {
    admit,
    confirm: (run) => void confirm(run).catch(console.error),
    begin,
    cancel: (run) => void cancel(run).catch(console.error),
    end: (run, status) => void move(run.id, status),
  };
}

/** After a kill: what was planning plans again; what was applying lost its worker, and nobody knows how far it was. */
export function resume({ store }: PhasePorts, engine: Engine): void {
  const runs = store.workspaces().flatMap(({ id }) => store.runsOf(id));
  for (const run of runs) {
    if (['plan_queued', 'planning', 'policy_checking'].includes(run.status)) store.move(run.id, 'pending');
    if (run.status === 'applying')
      store.move(run.id, 'errored', { failedIn: 'apply', log: 'the worker that ran it was lost' });
    if (run.status === 'confirmed' || run.status === 'apply_queued') engine.begin(run);
  }
  for (const { id } of store.workspaces()) engine.admit(id);
}
