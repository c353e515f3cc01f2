// What waits for the budget of acts of each workspace, and until when (A7, E10): from the turns that the incidents themselves were given.
import type { Estate } from '../domain/estate/estate.ts';
import { workspacesOf } from '../domain/estate/lookup.ts';
import type { IncidentIndex } from '../ports/incident-store.ts';

export interface ShownBudget {
  readonly workspace: string;
  readonly actsPerMinute: number;
  readonly callsPerMinute: number;
  /** Runs that wait; at least so many when `moreWaiting`. */
  readonly waiting: number;
  readonly moreWaiting: boolean;
  /** When the turn of the last of them comes; null when nobody waits. */
  readonly lastTurnAt: string | null;
}

export async function showBudgets({
  estate,
  index,
}: {
  readonly estate: Estate;
  readonly index: IncidentIndex;
}): Promise<ShownBudget[]> {
  return await Promise.all(
    workspacesOf(estate).map(async ({ workspace: { name } }) => {
      const { waiting, isMore, lastTurnAt } = await index.waitingForBudget(name);
      return { workspace: name, ...estate.budgets, waiting, moreWaiting: isMore, lastTurnAt: lastTurnAt ?? null };
    }),
  );
}
