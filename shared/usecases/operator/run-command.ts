// What the commands to a run share: which run and step are meant, and how a run goes on.
import { Broken, Refused } from '../../domain/errors.ts';
import { mustAllowOnRun, type RunCommand } from '../../domain/incidents/commands.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import { askedOf } from '../../domain/runbooks/asked-decision.ts';
import type { Attempt, Run, StepRecord } from '../../domain/runbooks/run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { deadlineOf } from '../signal/plan-run.ts';
import type { RunOrder } from './command.ts';

export interface Target {
  readonly run: Run;
  /** The step it stands at. */
  readonly step: StepRecord;
  /** Newest attempt of that step. */
  readonly attempt: Attempt | undefined;
}

/** Throws `Refused` for a run that is not there, is not the newest, or whose state does not allow the command. */
export function targetOf(file: IncidentFile, order: RunOrder, command: RunCommand): Target {
  const { incident, runs, steps, attempts } = file;
  const run = runs.find(({ number }) => number === order.run);
  if (!run) throw new Refused('not-found', `${incident.id} has no run ${order.run}.`);
  const newest = runs.at(-1)?.number ?? run.number;
  if (run.number !== newest) {
    throw new Refused(
      'illegal-transition',
      `Run ${run.number} of ${incident.id} is over: run ${newest} acts for it now.`,
    );
  }
  if (order.asked !== undefined && order.asked !== askedOf(run, steps)) throw askedOtherwise(incident, run);
  mustAllowOnRun(incident, run, command);
  const step = steps.find((each) => each.run === run.number && each.position === run.position);
  if (!step) throw new Broken('broken', `run ${run.number} of ${incident.id} has no step ${run.position}`);
  const mine = attempts.filter((each) => each.run === run.number && each.position === run.position);
  return { run, step, attempt: mine.sort((a, b) => a.number - b.number).at(-1) };
}

/** What was asked for is no longer what would be done. */
export function askedOtherwise({ id }: Incident, { number }: Run): Refused {
  return new Refused('link-over', `Run ${number} of ${id} would do something else by now than what you were asked.`);
}

/** The run as it goes on: its older messages change nothing any more, and its steps have the time again that they were planned with. */
export function goesOn(clock: Clock, file: IncidentFile, run: Run, dueAt: string): Run {
  const left = file.steps.filter((each) => each.run === run.number && each.position >= run.position);
  return {
    ...run,
    state: { name: 'running' },
    revision: run.revision + 1,
    unavailableInARow: 0,
    deadlineAt: deadlineOf(clock, left),
    dueAt,
  };
}

/** Now, or when an attempt that may still be acting has ended for certain. */
export function soonest(now: string, attempt: Attempt | undefined): string {
  return attempt && isActing(attempt, now) ? attempt.until : now;
}

export function isActing(attempt: Attempt, now: string): boolean {
  return attempt.outcome === undefined && attempt.until > now;
}

/** Nothing is due until a person says so. */
export function withoutDueTime(incident: Incident): Incident {
  const { nextDueAt: _none, ...rest } = incident;
  return rest;
}
