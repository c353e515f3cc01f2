// The step that a run stands at begins anew, with all its attempts. A person may order that also where nobody knows whether an attempt
// happened (invariant 3); the world is asked first all the same.
import { moved } from '../../domain/incidents/incident.ts';
import { byOperator, operatorEntry, type Reasoned } from '../../domain/incidents/operator.ts';
import type { Attempt, StepRecord } from '../../domain/runbooks/run.ts';
import type { Commanded, CommandPorts, RunOrder } from './command.ts';
import { commitCommand } from './commit-command.ts';
import { goesOn, isActing, soonest, type Target, targetOf } from './run-command.ts';

export async function retryStep(ports: CommandPorts, order: RunOrder, { reason }: Reasoned): Promise<Commanded> {
  const { operator } = order;
  return await commitCommand(ports, order, (file, now) => {
    const target = targetOf(file, order, 'retry');
    const { run, step, attempt } = target;
    const advance = goesOn(ports.clock, file, run, soonest(now, attempt));
    const words = byOperator(`Retry of step ${step.id} ordered`, operator, reason);
    return {
      incident: { ...moved(file.incident, 'remediating'), activeRun: run.number },
      runs: [advance],
      steps: [begunAnew(target, words)],
      attempts: overruled(attempt, now),
      events: [operatorEntry(operator, 'step-retried', words, { reason, run: run.number, position: run.position })],
      advance,
    };
  });
}

function begunAnew({ step, attempt }: Target, because: string): StepRecord {
  const { verifyUntil: _until, actedSince: _since, attemptsNotSent: _notSent, ...rest } = step;
  const counted = attempt === undefined ? {} : { attemptsBefore: attempt.number };
  return { ...rest, ...counted, state: 'pending', attempts: 0, notes: {}, because };
}

/** One that may still be acting is waited for instead. */
function overruled(attempt: Attempt | undefined, now: string): Attempt[] {
  if (!attempt || attempt.outcome !== undefined || isActing(attempt, now)) return [];
  return [{ ...attempt, outcome: 'overruled' }];
}
