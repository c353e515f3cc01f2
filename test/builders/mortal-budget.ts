// The budget of acts for processes that die in the middle: who asks next must not wait for an answer that a dead one waits for.
import type { ActBudget } from '../../shared/ports/gate-store.ts';
import { actBudget, type BudgetPorts } from '../../shared/usecases/gate/budgets.ts';

/** Each who asks has a process of its own; what it learned is known to the next ones. */
export function mortalBudget(ports: BudgetPorts, actsPerMinute: number): ActBudget {
  let newest = actBudget(ports, actsPerMinute);
  return {
    takeAct: async (workspace, asker) => {
      const own = actBudget(ports, actsPerMinute);
      const grant = await own.takeAct(workspace, asker);
      newest = own;
      return grant;
    },
    isUsedUp: (workspace) => newest.isUsedUp(workspace),
  };
}
