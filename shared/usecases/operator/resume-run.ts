// A paused run goes on where it stopped. The gate is asked before each act, as ever.
import { moved } from '../../domain/incidents/incident.ts';
import { byOperator, type MaybeReasoned, operatorEntry } from '../../domain/incidents/operator.ts';
import { remedyParamsSchema } from '../../domain/playbooks/remedy-params.ts';
import type { StepRecord } from '../../domain/runbooks/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Commanded, CommandPorts, RunOrder } from './command.ts';
import { commitCommand } from './commit-command.ts';
import { goesOn, soonest, targetOf } from './run-command.ts';

export async function resumeRun(ports: CommandPorts, order: RunOrder, { reason }: MaybeReasoned): Promise<Commanded> {
  const { operator } = order;
  return await commitCommand(ports, order, (file, now) => {
    const { run, step, attempt } = targetOf(file, order, 'resume');
    const advance = goesOn(ports.clock, file, run, soonest(now, attempt));
    const words = byOperator('Resumed', operator, reason);
    return {
      incident: moved(file.incident, step.state === 'verifying' ? 'verifying' : 'remediating'),
      runs: [advance],
      steps: step.state === 'verifying' ? [verifiedAnew(ports.clock, step)] : [],
      events: [operatorEntry(operator, 'run-resumed', words, { reason, run: run.number })],
      advance,
    };
  });
}

/** The time in which it was paused does not count against it. */
function verifiedAnew(clock: Clock, step: StepRecord): StepRecord {
  const { timeoutSeconds } = remedyParamsSchema.parse(step.params);
  return { ...step, notes: {}, verifyUntil: clock.after(timeoutSeconds).toISOString() };
}
