// A run ends now, and nothing is acted on afterwards: an attempt is committed before its act, and that commit fails once this one is there;
// one that was there before is looked at again before it is sent, and what is being sent is waited for.
// What its steps can undo is undone, in reverse order, before it is aborted.
import { moved } from '../../domain/incidents/incident.ts';
import { byOperator, operatorEntry, type Reasoned } from '../../domain/incidents/operator.ts';
import type { Run } from '../../domain/runbooks/run.ts';
import { undoDeadline } from '../run/pace.ts';
import { stepsToUndo } from '../run/undo-slice.ts';
import type { Commanded, CommandPorts, Decided, RunOrder } from './command.ts';
import { commitStop } from './commit-stop.ts';
import { aborted } from './end-run.ts';
import { soonest, targetOf, withoutDueTime } from './run-command.ts';

export async function abortRun(ports: CommandPorts, order: RunOrder, { reason }: Reasoned): Promise<Commanded> {
  const { operator } = order;
  return await commitStop(ports, order, (file, now): Decided => {
    const { run, attempt } = targetOf(file, order, 'abort');
    const words = byOperator('Aborted', operator, reason);
    const incident = moved(withoutDueTime(file.incident), 'escalated');
    const news = { kind: 'human-needed', text: `${words}. Nothing more is done by itself.` } as const;
    const toUndo = stepsToUndo(file, run);
    const entry = operatorEntry(operator, 'run-aborted', words, {
      reason,
      run: run.number,
      undo: toUndo.map(({ id }) => id),
    });
    if (toUndo.length === 0) {
      const { activeRun: _ended, ...rest } = incident;
      return { incident: rest, runs: [aborted(run, words, now)], events: [entry], news };
    }
    const advance: Run = {
      ...run,
      state: { name: 'aborting', because: words, since: now },
      revision: run.revision + 1,
      unavailableInARow: 0,
      deadlineAt: undoDeadline(ports.clock, toUndo.length),
      dueAt: soonest(now, attempt),
    };
    return { incident, runs: [advance], events: [entry], news, advance };
  });
}
