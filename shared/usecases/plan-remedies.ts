// The dry run (E7): what would be done for a failure of this component, without doing it. Reads only.
import { type Classification, type ClassificationContext, classify } from '../domain/classification/classify.ts';
import { classifyEvent } from '../domain/classification/classify-signal.ts';
import { Broken, Refused } from '../domain/errors.ts';
import { listedComponent, rulesOf } from '../domain/estate/lookup.ts';
import { isTicketId, type TicketId } from '../domain/ids.ts';
import type { IncidentComponent } from '../domain/incidents/incident.ts';
import { subjectOf } from '../domain/incidents/subject.ts';
import type { SubjectKind } from '../domain/incidents/subject-kinds.ts';
import { gateReasons } from '../domain/playbooks/gate.ts';
import type { RemedyId } from '../domain/playbooks/remedy-ids.ts';
import type { ComponentEvent } from '../domain/signals/component-events.ts';
import type { JobRun } from '../domain/signals/signal.ts';
import type { Inventory } from '../ports/inventory.ts';
import type { Provisioners } from '../ports/provisioner.ts';
import type { Workspaces } from '../ports/workspace.ts';
import { remedies } from '../steps/remedies/index.ts';
import { paramsFor, playbookFor } from '../steps/remedies/playbooks.ts';
import type { StepContext } from '../steps/step.ts';
import { considerGate, type GatePorts } from './gate/ask.ts';
import { type RegionHandsPorts, regionHandsOf } from './regions/region-hands.ts';
import { infrastructureOf } from './run/infrastructure.ts';
import { judgeFailedRun } from './signal/judge-run.ts';

export interface PlanPorts extends GatePorts, RegionHandsPorts {
  readonly workspaces: Workspaces;
  readonly inventory: Inventory;
  readonly provisioners: Provisioners;
}

export interface PlanQuestion {
  readonly kind: SubjectKind;
  readonly id: string;
  /** Null for a region: it stands in none. */
  readonly workspace: string | null;
  /** A termination code; of what has none, the event that would be reported. */
  readonly code?: string;
  readonly event?: ComponentEvent;
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

/** No incident has it: days have months. */
const DRY_RUN_TICKET = dryRunTicket('RCA-00000000-000');

function dryRunTicket(text: string): TicketId {
  if (!isTicketId(text)) throw new Broken('broken', `not a ticket id: ${text}`);
  return text;
}

export async function planRemedies(ports: PlanPorts, question: PlanQuestion): Promise<DryRun> {
  const component = componentOf(ports, question);
  const { alwaysOn } = rulesOf(ports.estate, component);
  return await dryRunOf(ports, { component, classification: classificationOf(question, { alwaysOn }) });
}

/** The same for a run that has failed. Throws `Refused` when the workspace does not know it. */
export async function planRunRecovery(ports: PlanPorts, workspaceName: string, runId: string): Promise<DryRun> {
  const workspace = ports.workspaces.get(workspaceName);
  const run = await workspace.jobs.run(runId);
  if (!run) throw new Refused('not-found', `Workspace ${workspaceName} knows no run ${runId}.`);
  const judged = await judgeFailedRun(run, (id) => workspace.cluster(id));
  const component = componentOf(ports, { kind: 'job', id: run.jobId, workspace: workspaceName });
  return await dryRunOf(ports, { component, classification: judged.classification, jobRun: judged.run });
}

interface Failure {
  readonly component: IncidentComponent;
  readonly classification: Classification;
  /** Of a job. */
  readonly jobRun?: JobRun;
}

async function dryRunOf(ports: PlanPorts, { component, classification, jobRun }: Failure): Promise<DryRun> {
  const listed = listedComponent(ports.estate, component);
  const { failureClass, code, rule } = classification;
  const playbook = playbookFor(ports.estate, component, classification);
  const verdict = await considerGate(ports, {
    incident: { component, failureClass, subject: subjectOf(component) },
    runId: 'dry run',
  });
  const openedAt = ports.clock.now().toISOString();
  const region = regionHandsOf(ports, { component, openedAt });
  const context: StepContext = {
    params: paramsFor(ports.estate, component, classification),
    component,
    ...(listed ? { listed } : {}),
    listing: (kind, id) => listedComponent(ports.estate, { workspace: component.workspace, kind, id }),
    attempts: [],
    incident: {
      id: DRY_RUN_TICKET,
      failureClass,
      code,
      openedAt,
      ...(jobRun ? { jobRun } : {}),
    },
    inventory: ports.inventory,
    get workspace() {
      return ports.workspaces.get(component.workspace ?? '');
    },
    clock: ports.clock,
    failedBefore: false,
    notes: {},
    ...infrastructureOf(ports.provisioners, component, listed),
    ...(region ? { region } : {}),
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

function classificationOf(
  { code = 'UNKNOWN', event, kind, id }: PlanQuestion,
  context: ClassificationContext,
): Classification {
  const reason = { code, parameters: {} };
  return event === undefined ? classify(reason, context) : classifyEvent(event, `${kind}/${id}`);
}

function componentOf({ estate }: PlanPorts, { kind, id, workspace }: PlanQuestion): IncidentComponent {
  const listed = listedComponent(estate, { kind, id, workspace });
  return { kind, id, workspace, listed: listed !== undefined, ...(listed ? { name: listed.name } : {}) };
}

async function planOf(id: RemedyId, context: StepContext): Promise<RemedyPlan> {
  const step = remedies[id];
  const verdict = await step.done(context);
  const would = verdict.is === 'not-done' ? (await step.plan(context)).text : null;
  return { remedy: id, title: step.title, now: verdict.because, would };
}
