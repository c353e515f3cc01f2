// The dry run (E7): what would be done for a failure of this component, without doing it. Reads only.
import { classify } from '../domain/classification/classify.ts';
import { autonomyOf, findComponents } from '../domain/estate/lookup.ts';
import type { ClusterId } from '../domain/ids.ts';
import type { IncidentComponent } from '../domain/incidents/incident.ts';
import { clusterSubject } from '../domain/incidents/subject.ts';
import { gateReasons } from '../domain/playbooks/gate.ts';
import type { Workspaces } from '../ports/workspace.ts';
import { remedies } from '../steps/remedies/index.ts';
import { paramsFor, playbooks } from '../steps/remedies/playbooks.ts';
import type { StepContext } from '../steps/step.ts';
import { considerGate, type GatePorts } from './gate/ask.ts';

export interface PlanPorts extends GatePorts {
  readonly workspaces: Workspaces;
}

export interface PlanQuestion {
  readonly clusterId: ClusterId;
  readonly workspace: string;
  readonly code: string;
}

export interface RemedyPlan {
  readonly remedy: string;
  readonly title: string;
  readonly now: string;
  readonly would: string | null;
}

export interface DryRun {
  readonly failureClass: string;
  readonly code: string;
  readonly rule: string;
  readonly gate: string;
  readonly because: string;
  readonly remedies: readonly RemedyPlan[];
  readonly advice: string;
}

export async function planRemedies(ports: PlanPorts, question: PlanQuestion): Promise<DryRun> {
  const component = componentOf(ports, question);
  const { alwaysOn } = autonomyOf(ports.estate, question.workspace, 'cluster', question.clusterId);
  const classification = classify({ code: question.code, parameters: {} }, { alwaysOn });
  const { failureClass, code, rule, action } = classification;
  const playbook = playbooks[failureClass];
  const verdict = await considerGate(ports, {
    incident: { component, failureClass, subject: clusterSubject(question.workspace, question.clusterId) },
    runId: 'dry run',
  });
  const context: StepContext = {
    params: paramsFor(action, {}),
    component,
    workspace: ports.workspaces.get(question.workspace),
    clock: ports.clock,
    failedBefore: false,
    notes: {},
  };
  const chosen = classification.benign ? [] : playbook.remedies;
  const plans = await Promise.all(chosen.map((id) => planOf(id, context)));
  return {
    failureClass,
    code,
    rule,
    gate: verdict.gate,
    because: gateReasons[verdict.because],
    remedies: plans,
    advice: playbook.advice,
  };
}

function componentOf({ estate }: PlanPorts, { clusterId, workspace }: PlanQuestion): IncidentComponent {
  const found = findComponents(estate, 'cluster', clusterId).find((one) => one.workspace.name === workspace);
  const name = found?.component.name;
  return {
    kind: 'cluster',
    id: clusterId,
    workspace,
    listed: found !== undefined,
    ...(name === undefined ? {} : { name }),
  };
}

async function planOf(id: keyof typeof remedies, context: StepContext): Promise<RemedyPlan> {
  const step = remedies[id];
  const verdict = await step.done(context);
  const would = verdict.is === 'not-done' ? (await step.plan(context)).text : null;
  return { remedy: id, title: step.title, now: verdict.because, would };
}
