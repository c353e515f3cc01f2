// A run stops where it is until a person says otherwise. What was set going stays so, but is neither verified nor repeated.
import { moved } from '../../domain/incidents/incident.ts';
import { byOperator, type MaybeReasoned, operatorEntry } from '../../domain/incidents/operator.ts';
import type { Run } from '../../domain/runbooks/run.ts';
import type { Commanded, CommandPorts, RunOrder } from './command.ts';
import { commitStop } from './commit-stop.ts';
import { targetOf, withoutDueTime } from './run-command.ts';

const ADVICE = 'A person has paused it: resume it, retry or skip its step with a reason, or abort it.';

export async function pauseRun(ports: CommandPorts, order: RunOrder, { reason }: MaybeReasoned): Promise<Commanded> {
  const { operator } = order;
  return await commitStop(ports, order, (file, now) => {
    const { run } = targetOf(file, order, 'pause');
    const words = byOperator('Paused', operator, reason);
    const { dueAt: _none, ...rest } = run;
    const paused: Run = {
      ...rest,
      state: { name: 'paused', because: words, advice: ADVICE, since: now },
      revision: run.revision + 1,
    };
    return {
      incident: moved(withoutDueTime(file.incident), 'escalated'),
      runs: [paused],
      events: [operatorEntry(operator, 'run-paused', words, { reason, run: run.number })],
    };
  });
}
