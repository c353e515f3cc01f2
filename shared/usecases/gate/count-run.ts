// Tells the breakers how a run ended. Safe to repeat: a breaker counts each run once.
import {
  type Breaker,
  breakerPolicy,
  isTrialOf,
  withFailure,
  withoutTrial,
  withSuccess,
} from '../../domain/breakers/breaker.ts';
import { type FailureClass, failureClasses } from '../../domain/classification/failure-classes.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import { hasTried, type Run, runbookOf } from '../../domain/runbooks/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BreakerKind, BreakerStore } from '../../ports/gate-store.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { againOnConflict } from '../again-on-conflict.ts';

export interface CountPorts {
  readonly clock: Clock;
  readonly breakers: BreakerStore;
}

export function runIdOf(incidentId: string, run: number): string {
  return `${incidentId}/${run}`;
}

/** A run that has ended counts for its class and its subject. What proved nothing does not count, but its trial is over. */
export async function countRun(ports: CountPorts, file: IncidentFile, run: Run): Promise<void> {
  const { incident } = file;
  const id = runIdOf(incident.id, run.number);
  const turn = turnBy(ports, file, run, id);
  if (!turn) return;
  await Promise.all([
    update(ports, 'class', incident.failureClass, turn),
    ...classesBefore(incident, run).map((key) =>
      update(ports, 'class', key, (breaker) => (isTrialOf(breaker, id) ? turn(breaker) : breaker)),
    ),
    update(ports, 'subject', incident.subject, turn),
  ]);
}

type Turn = (breaker: Breaker) => Breaker;

function turnBy({ clock }: CountPorts, file: IncidentFile, run: Run, id: string): Turn | undefined {
  const { state } = run;
  if (state.name === 'succeeded') return (breaker) => withSuccess(breaker, id, clock);
  if (state.name === 'failed' && hasTried(file, run))
    return (breaker) => withFailure(breaker, { run: id, at: state.at }, clock);
  const isLeft = state.name === 'failed' || state.name === 'paused' || state.name === 'aborted';
  return isLeft ? (breaker) => withoutTrial(breaker, id, clock.now().toISOString()) : undefined;
}

/** The class that its playbook began for, where its failure has become one of another class: a trial that it took there is over. */
function classesBefore({ failureClass }: Incident, { runbook }: Run): FailureClass[] {
  return failureClasses.filter((one) => runbookOf(one) === runbook && one !== failureClass);
}

/** A subject that fails again soon after its verified recovery: the remedy did not last, and that counts for the subject. */
export async function countRelapse(ports: CountPorts, last: Incident, lastRun: Run | undefined): Promise<void> {
  if (lastRun?.state.name !== 'succeeded' || !isRecent(ports.clock, lastRun.state.at)) return;
  const failure = { run: `${runIdOf(last.id, lastRun.number)}/relapse`, at: ports.clock.now().toISOString() };
  await update(ports, 'subject', last.subject, (breaker) => withFailure(breaker, failure, ports.clock));
}

function isRecent(clock: Clock, at: string): boolean {
  const now = clock.now().getTime();
  return now - Date.parse(at) < clock.millisecondsOf(breakerPolicy.windowSeconds);
}

async function update(ports: CountPorts, kind: BreakerKind, key: string, turn: Turn): Promise<void> {
  await againOnConflict(ports.clock, async () => {
    const stored = await ports.breakers.get(kind, key);
    const next = turn(stored.breaker);
    if (next !== stored.breaker) await ports.breakers.set(stored, next);
  });
}
