// The step that a run stands at is left out: the next one follows, and a run without one has failed.
import { moved } from '../../domain/incidents/incident.ts';
import { byOperator, operatorEntry, type Reasoned } from '../../domain/incidents/operator.ts';
import type { Run } from '../../domain/runbooks/run.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { adviceFor } from '../run/after-failure.ts';
import { leftToPeople } from '../run/run-states.ts';
import type { Commanded, CommandPorts, Decided, RunOrder } from './command.ts';
import { commitStop } from './commit-stop.ts';
import { goesOn, soonest, type Target, targetOf } from './run-command.ts';

export async function skipStep(ports: CommandPorts, order: RunOrder, { reason }: Reasoned): Promise<Commanded> {
  const { operator } = order;
  return await commitStop(ports, order, (file, now) => {
    const target = targetOf(file, order, 'skip');
    const { run, step } = target;
    const because = byOperator(`Step ${step.id} skipped`, operator, reason);
    const entry = operatorEntry(operator, 'step-skipped', because, { reason, run: run.number, position: run.position });
    const steps = [{ ...step, state: 'skipped', because } as const];
    return { steps, ...(goOn(ports, file, target, now) ?? failed(file, target, because, now)), events: [entry] };
  });
}

function goOn(
  ports: CommandPorts,
  file: IncidentFile,
  { run, attempt }: Target,
  now: string,
): Omit<Decided, 'events' | 'steps'> | undefined {
  const next = file.steps.find(
    (each) => each.run === run.number && each.position === run.position + 1 && each.state === 'pending',
  );
  if (!next) return undefined;
  const there = { ...run, position: next.position };
  const advance = goesOn(ports.clock, file, there, soonest(now, attempt));
  return { incident: moved(file.incident, 'remediating'), runs: [advance], advance };
}

function failed(file: IncidentFile, { run }: Target, because: string, at: string): Omit<Decided, 'events' | 'steps'> {
  const advice = adviceFor(file.incident);
  const { dueAt: _none, ...rest } = run;
  const state: Run['state'] = { name: 'failed', because, advice, at };
  return {
    incident: leftToPeople(file.incident),
    runs: [{ ...rest, state, revision: run.revision + 1 }],
    news: { kind: 'human-needed', text: `${because}. No remedy is left. ${advice}` },
  };
}
