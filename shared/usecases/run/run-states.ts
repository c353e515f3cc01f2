// Small turns of a run and its incident that several results have in common.
import { failedAgain, type Incident, moved } from '../../domain/incidents/incident.ts';
import type { Run } from '../../domain/runbooks/run.ts';
import type { Clock } from '../../ports/clock.ts';

/** The deadline counts time not held: what was held is added when it goes on. */
export function runningOn(run: Run, dueAt: Date, clock: Clock): Run {
  const since = heldSince(run);
  const heldMs = since === undefined ? 0 : clock.now().getTime() - Date.parse(since);
  const deadlineAt = new Date(Date.parse(run.deadlineAt) + heldMs).toISOString();
  return { ...run, state: { name: 'running' }, unavailableInARow: 0, deadlineAt, dueAt: dueAt.toISOString() };
}

/** Since when it has waited for the gate, or for a person's approval. */
export function heldSince({ state }: Run): string | undefined {
  return state.name === 'held' || state.name === 'waiting-approval' ? state.since : undefined;
}

export function ended(run: Run, state: Run['state']): Run {
  const { dueAt: _none, ...rest } = run;
  return { ...rest, state };
}

/** A run that a person had go on may come to the same again: that is another message. */
export function occasionOf({ number, revision }: Run, what: string): string {
  return `run-${number}-${revision}-${what}`;
}

/** No run acts for it any more: what is left is a person's. */
export function leftToPeople(incident: Incident): Incident {
  const { activeRun: _ended, ...rest } = failedAgain(escalated(incident));
  return rest;
}

export function escalated(incident: Incident): Incident {
  const { nextDueAt: _none, ...rest } = incident;
  return moved(rest, 'escalated');
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
