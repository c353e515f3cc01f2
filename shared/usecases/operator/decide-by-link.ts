// A person decides about a run by the link that a message brought (E8). Looking never decides: chats fetch links for their previews.
import { Refused } from '../../domain/errors.ts';
import { hashOf } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import type { LinkDecision } from '../../domain/incidents/operator.ts';
import type { DecisionClaims, DecisionLinks } from '../../domain/notification/decision-links.ts';
import { askedOf } from '../../domain/runbooks/asked-decision.ts';
import type { Run, StepRecord } from '../../domain/runbooks/run.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { approveRun } from './approve-run.ts';
import type { Commanded, CommandPorts, RunOrder } from './command.ts';
import { rejectRun } from './reject-run.ts';
import { askedOtherwise } from './run-command.ts';

export interface DecisionPorts extends CommandPorts {
  readonly decisionLinks: DecisionLinks | undefined;
}

/** What a person is asked, as it stands on record. */
export interface OpenDecision {
  readonly file: IncidentFile;
  readonly incident: Incident;
  readonly run: Run;
  readonly steps: readonly StepRecord[];
  /** Why it does not act by itself. */
  readonly because: string;
  readonly expiresAt: string;
  readonly role: string;
}

/**
 * Reads only. Throws `Refused`: `not-found` for what is no link of ours, `link-over` when it has expired or its run is gone,
 * `illegal-transition` when it has been decided.
 */
export async function lookAtDecision(ports: DecisionPorts, token: string): Promise<OpenDecision> {
  return await standing(ports, mustBeLink(ports, token));
}

/** The same decision twice is carried out once and answered again. Throws as `lookAtDecision`. */
export async function decideByLink(ports: DecisionPorts, token: string, given: LinkDecision): Promise<Commanded> {
  const claims = mustBeLink(ports, token);
  const order = orderOf(claims, given);
  const { reason } = given;
  try {
    return await (given.decision === 'approve'
      ? approveRun(ports, order, { reason })
      : rejectRun(ports, order, { reason }));
  } catch (error) {
    // The API's words are about runs and orders; who has only the link is told what became of the question.
    if (error instanceof Refused) await standing(ports, claims);
    throw error;
  }
}

/** Throws as `lookAtDecision` for what is no link of ours and for what has expired. */
export function mustBeLink({ decisionLinks, clock }: DecisionPorts, token: string): DecisionClaims {
  const claims = decisionLinks?.read(token);
  if (!claims)
    throw new Refused('not-found', 'This is no link of Lakewarden: open it as it stood in the message, whole.');
  if (clock.now().getTime() >= Date.parse(claims.expiresAt)) {
    throw new Refused(
      'link-over',
      `The time to decide was over at ${claims.expiresAt}. Nothing was done by this link.`,
    );
  }
  return claims;
}

function orderOf(
  { incidentId, run, asked, role, expiresAt }: DecisionClaims,
  { decision, name, reason }: LinkDecision,
): RunOrder {
  const operator = { name, caller: `link:${role}`, via: `link sent to ${role}` };
  const fingerprint = hashOf(JSON.stringify([asked, expiresAt, decision, reason]));
  return { incidentId, run, asked, operator, ifMatch: 'any', key: { id: `link-${fingerprint}`, fingerprint } };
}

async function standing(ports: DecisionPorts, claims: DecisionClaims): Promise<OpenDecision> {
  const { incidentId, expiresAt, role } = claims;
  const file = await ports.incidents.load(incidentId);
  const run = file?.runs.find(({ number }) => number === claims.run);
  if (!file || !run) throw new Refused('link-over', `Run ${claims.run} of ${incidentId} is no longer there.`);
  // First: a run that goes on may find out more and get other steps.
  if (run.state.name !== 'waiting-approval') throw new Refused('illegal-transition', decidedWords(file.incident, run));
  if (askedOf(run, file.steps) !== claims.asked) throw askedOtherwise(file.incident, run);
  const steps = file.steps.filter((step) => step.run === run.number).sort((a, b) => a.position - b.position);
  return { file, incident: file.incident, run, steps, because: run.state.because, expiresAt, role };
}

function decidedWords({ id }: Incident, { number, approval, state }: Run): string {
  if (!approval) return `Nothing is left to decide: run ${number} of ${id} is ${state.name}.`;
  const { decision, by, at, reason } = approval;
  return `Run ${number} of ${id} was ${decision} by ${by} at ${at}: ${reason}. It is ${state.name} now.`;
}
