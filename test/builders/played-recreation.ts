// The remedy played slice by slice as the engine does, every 15 s, with the attempts that it would write.
import { DatabricksWorkspace } from '../../shared/adapters/databricks/databricks-workspace.ts';
import { isTicketId, type TicketId } from '../../shared/domain/ids.ts';
import type { Attempt } from '../../shared/domain/runbooks/run.ts';
import { recreateByTerraform } from '../../shared/steps/remedies/recreate-by-terraform.ts';
import type { DoneVerdict, StepContext, VerifyVerdict } from '../../shared/steps/step.ts';
import { wanted } from './applies.ts';
import { uninterrupted } from './interruptions.ts';
import { MemoryInventory } from './memory-inventory.ts';
import type { TerraformBench } from './simulated-terraform.ts';
import { TOKEN } from './simulated-workspace.ts';

function ticket(): TicketId {
  const id = 'RCA-20260302-001';
  if (!isTicketId(id)) throw new Error(id);
  return id;
}

interface Played {
  readonly context: StepContext;
  readonly verdict: DoneVerdict | VerifyVerdict;
  readonly acts: readonly string[];
}

/** Slices every 15 s until the step ends, one way or the other; an act that throws is an attempt without an outcome. */
export async function play(bench: TerraformBench, context: StepContext, slices = 60): Promise<Played> {
  const acts: string[] = [];
  let now = context;
  for (let slice = 0; slice < slices; slice += 1) {
    const verdict = await recreateByTerraform.done(now);
    if (verdict.is === 'under-way') return await verifyOn(bench, { ...now, actedSince: verdict.seen ?? '' }, acts);
    if (verdict.is === 'not-done') {
      const attempt = intent(acts.length + 1, verdict.seen);
      acts.push(verdict.plan.how);
      const acted = await recreateByTerraform.act({ ...now, attempt }, verdict.plan, wanted).catch(() => undefined);
      now = { ...now, attempt: acted ? { ...attempt, outcome: 'acted' } : attempt };
      if (acted?.acted && !acted.more) return await verifyOn(bench, { ...now, actedSince: verdict.seen ?? '' }, acts);
    } else if (verdict.is !== 'not-yet-known') return { context: now, verdict, acts };
    await bench.pass(15);
  }
  throw new Error('it never ended');
}

export function intent(number: number, seen: string | null): Attempt {
  const owner = `run-owner-${number}`;
  return { schemaVersion: 1, run: 1, position: 2, number, owner, until: '2026-03-02T08:00:00.000Z', seen };
}

async function verifyOn(
  bench: TerraformBench,
  verifying: StepContext,
  acts: readonly string[],
  slices = 60,
): Promise<Played> {
  let notes = verifying.notes;
  for (let slice = 0; slice < slices; slice += 1) {
    const verdict = await recreateByTerraform.verify({ ...verifying, notes });
    if (verdict.is !== 'waiting') return { context: verifying, verdict, acts };
    notes = verdict.notes ?? notes;
    await bench.pass(15);
  }
  throw new Error('it was never verified');
}

/** Our real adapters on the simulated services, under their clock. */
export function contextOn(
  bench: TerraformBench,
  {
    kind,
    id,
    name,
    address,
  }: { kind: 'cluster' | 'warehouse' | 'notebook'; id: string; name: string; address: string },
): { readonly workspace: DatabricksWorkspace; readonly context: StepContext } {
  const begun = bench.clock.now();
  const workspace = new DatabricksWorkspace({
    name: 'databricks-dev',
    host: bench.workspace.url,
    credentials: { token: TOKEN },
    callsPerSecond: 1_000,
    elapsedMilliseconds: () => bench.clock.now() - begun,
    sleep: (milliseconds) => bench.pass(milliseconds / 1_000),
  });
  const context: StepContext = {
    params: { timeoutSeconds: 600, healthCheckSeconds: 60, maxAttempts: 2, backoffSeconds: [60] },
    component: { kind, id, name, workspace: 'databricks-dev', listed: true },
    incident: {
      id: ticket(),
      failureClass: 'DatabricksDriverNotResponding',
      code: 'DRIVER_UNREACHABLE',
      openedAt: '2026-03-02T00:00:00.000Z',
    },
    attempts: [],
    listing: () => undefined,
    inventory: new MemoryInventory(uninterrupted),
    workspace,
    infrastructure: { provisioner: bench.provisioner, address },
    clock: {
      now: () => new Date(bench.clock.now()),
      elapsedMilliseconds: () => bench.clock.now(),
      after: (seconds) => new Date(bench.clock.now() + seconds * 1_000),
      millisecondsOf: (seconds) => seconds * 1_000,
      sleep: (milliseconds) => bench.pass(milliseconds / 1_000),
    },
    failedBefore: false,
    notes: {},
  };
  return { workspace, context };
}
