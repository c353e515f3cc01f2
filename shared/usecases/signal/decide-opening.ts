// Stages: choose the playbook, ask the gate, and say what will be done and why. Pure: everything it needs is handed in.
import type { Classification } from '../../domain/classification/classify.ts';
import type { FailureClass } from '../../domain/classification/failure-classes.ts';
import type { IncidentComponent } from '../../domain/incidents/incident.ts';
import { askGate, type GateVerdict, gateReasons } from '../../domain/playbooks/gate.ts';
import { failureKey } from '../../domain/signals/failure-key.ts';
import type { RecoveryStatus } from '../../domain/signals/outcome.ts';
import { type RemedyId, remedies } from '../../steps/remedies/index.ts';
import { playbooks } from '../../steps/remedies/playbooks.ts';
import type { Identified } from './identify.ts';
import type { Trail } from './trail.ts';

export interface Opening {
  readonly subject: string;
  readonly component: IncidentComponent;
  readonly failureClass: FailureClass;
  readonly code: string;
  readonly action: Classification['action'];
  readonly failureKey: string;
  readonly terminatedAt: string | undefined;
  readonly title: string;
  /** Remedies that will run, in order; empty when a person is needed. */
  readonly remedies: readonly RemedyId[];
  readonly needsHuman: boolean;
  readonly because: string;
  readonly recoveryStatus: RecoveryStatus;
  readonly actionsTaken: readonly string[];
  readonly message: string;
}

export interface OpeningFacts {
  readonly identified: Identified;
  readonly classification: Classification;
  readonly terminatedAt: string | undefined;
  readonly remediationEnabled: boolean;
}

export function decideOpening(facts: OpeningFacts, trail: Trail): Opening {
  const { identified, classification, terminatedAt } = facts;
  const { component, subject } = identified;
  const base = {
    subject,
    component,
    failureClass: classification.failureClass,
    code: classification.code,
    action: classification.action,
    failureKey: failureKey({
      workspace: component.workspace,
      clusterId: component.id,
      code: classification.code,
      terminatedAt,
    }),
    terminatedAt,
    title: `${classification.failureClass} on cluster ${component.name ?? component.id}`,
  };
  return { ...base, ...decideAction(facts, trail) };
}

type Action = Pick<Opening, 'remedies' | 'needsHuman' | 'because' | 'recoveryStatus' | 'actionsTaken' | 'message'>;

function decideAction(facts: OpeningFacts, trail: Trail): Action {
  const { identified, classification, remediationEnabled } = facts;
  const playbook = playbooks[classification.failureClass];
  if (identified.component.workspace === null) {
    trail.note('playbook', 'human', 'workspace-unknown');
    return human(
      'workspace-unknown',
      'escalated',
      'No workspace of the estate knows this cluster: find out whose it is.',
    );
  }
  if (playbook.remedies.length === 0) {
    trail.note('playbook', 'human', classification.known ? 'no-remedy-for-class' : 'code-unknown', {
      action: classification.action,
    });
    return human('no-remedy-for-class', 'escalated', `A person is needed. ${playbook.advice}`);
  }
  trail.note('playbook', playbook.remedies.join(', '), 'playbook-of-class', { action: classification.action });
  const verdict = askGate({
    remediationEnabled,
    autonomy: identified.rules.autonomy,
    listed: identified.component.listed,
  });
  trail.note('gate', verdict.gate, verdict.because);
  return verdict.gate === 'open' ? act(playbook.remedies, verdict.because) : heldBack(playbook.remedies, verdict);
}

function act(chosen: readonly RemedyId[], because: string): Action {
  const titles = chosen.map((id) => remedies[id].title.toLowerCase());
  return {
    remedies: chosen,
    needsHuman: false,
    because,
    recoveryStatus: 'in_progress',
    actionsTaken: chosen.map((id) => remedies[id].action),
    message: `Decided to ${titles.join(', then ')}.`,
  };
}

function heldBack(chosen: readonly RemedyId[], verdict: GateVerdict): Action {
  const wouldDo = chosen.map((id) => remedies[id].title.toLowerCase()).join(', then ');
  const reason = gateReasons[verdict.because] ?? verdict.because;
  return human(verdict.because, 'held', `Held back: ${reason}. Lakewarden would have decided to ${wouldDo}.`);
}

function human(because: string, recoveryStatus: RecoveryStatus, message: string): Action {
  return { remedies: [], needsHuman: true, because, recoveryStatus, actionsTaken: [], message };
}
