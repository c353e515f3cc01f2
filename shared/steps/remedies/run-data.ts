// What a failed run has written: asked of the histories of its tables, on a warehouse that runs anyway (E9). None is started for it.
import type { WarehouseId } from '../../domain/ids.ts';
import { decideRecovery, type RecoveryDecision, type RecoveryFacts } from '../../domain/jobs/decide-recovery.ts';
import type { Workspace } from '../../ports/workspace.ts';

/** Real seconds that one history may take; a slice of a run must stay short. */
const HISTORY_SECONDS = 10;

type Decided = Exclude<RecoveryDecision, { decision: 'check' }>;

/** The decision, once it is known what was committed. What cannot be found out counts as written. */
export async function decideByData(workspace: Workspace, facts: RecoveryFacts): Promise<Decided> {
  const decision = decideRecovery(facts);
  if (decision.decision !== 'check') return decision;
  const { how, tables, since } = decision;
  const warehouse = await runningWarehouse(workspace);
  if (!warehouse) return leave(`no warehouse runs that could be asked what was written to ${tables.join(', ')}`);
  for (const table of tables) {
    const commit = await workspace.warehouses.lastCommit(warehouse, table, HISTORY_SECONDS);
    if (!commit.known) return leave(`whether ${table} was written to could not be found out: ${commit.because}`);
    if (commit.at !== null && commit.at >= since)
      return leave(`${table} was written to at ${commit.at}, after the failed attempt had begun (${since})`);
  }
  return { decision: how, because: `nothing was written to ${tables.join(', ')} since the failed attempt began` };
}

async function runningWarehouse(workspace: Workspace): Promise<WarehouseId | undefined> {
  for await (const page of workspace.warehouses.pages()) {
    const found = page.find(({ state, health }) => state === 'RUNNING' && health?.status !== 'FAILED');
    if (found) return found.id;
  }
  return undefined;
}

function leave(because: string): Decided {
  return { decision: 'leave', because };
}
