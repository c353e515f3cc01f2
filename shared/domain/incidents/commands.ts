// What operators may order, and the one table of what is legal in which state (D4). Anything else is refused with words that say what is.
import { Refused } from '../errors.ts';
import type { Run, RunState } from '../runbooks/run.ts';
import type { Incident, IncidentState } from './incident.ts';

export const incidentCommands = [
  'acknowledge',
  'release',
  'assign',
  'comment',
  'resolve',
  'close',
  'reopen',
  'split',
] as const;
export type IncidentCommand = (typeof incidentCommands)[number];

export const runCommands = ['approve', 'reject', 'pause', 'resume', 'retry', 'skip', 'abort'] as const;
export type RunCommand = (typeof runCommands)[number];

const whileOpen = ['acknowledge', 'release', 'assign', 'comment', 'resolve', 'split'] as const;

export const legalOnIncident = {
  open: whileOpen,
  remediating: whileOpen,
  verifying: whileOpen,
  escalated: [...whileOpen, 'close'],
  suppressed: [...whileOpen, 'close'],
  resolved: ['assign', 'comment', 'close', 'reopen', 'split'],
  closed: ['comment'],
} as const satisfies Record<IncidentState, readonly IncidentCommand[]>;

export const legalOnRun = {
  'waiting-approval': ['approve', 'reject', 'abort'],
  running: ['pause', 'retry', 'skip', 'abort'],
  held: ['pause', 'retry', 'skip', 'abort'],
  paused: ['resume', 'retry', 'skip', 'abort'],
  failed: ['retry'],
  aborting: [],
  aborted: [],
  succeeded: [],
} as const satisfies Record<RunState['name'], readonly RunCommand[]>;

/** Throws `Refused` (`illegal-transition`) when the incident's state does not allow the command. */
export function mustAllow(incident: Incident, command: IncidentCommand): void {
  refuseUnlisted(`${incident.id} is ${incident.state}`, command, legalOnIncident[incident.state]);
}

/** Throws `Refused` (`illegal-transition`) when the run's state does not allow the command. */
export function mustAllowOnRun(incident: Incident, run: Run, command: RunCommand): void {
  refuseUnlisted(`Run ${run.number} of ${incident.id} is ${run.state.name}`, command, legalOnRun[run.state.name]);
}

function refuseUnlisted(what: string, command: string, legal: readonly string[]): void {
  if (legal.includes(command)) return;
  const possible = legal.length === 0 ? 'Nothing can be ordered any more.' : `Possible now: ${legal.join(', ')}.`;
  throw new Refused('illegal-transition', `${what}: ${command} is not possible. ${possible}`);
}
