// Stages: choose the playbook, ask the gate, and say what will be done and why.
import type { Classification } from '../../domain/classification/classify.ts';
import type { FailureClass } from '../../domain/classification/failure-classes.ts';
import { assertNever } from '../../domain/errors.ts';
import type { Estate } from '../../domain/estate/estate.ts';
import { regionOf } from '../../domain/estate/lookup.ts';
import type { IncidentComponent } from '../../domain/incidents/incident.ts';
import { standsInWorkspace } from '../../domain/incidents/subject-kinds.ts';
import { type GateVerdict, gateReasons } from '../../domain/playbooks/gate.ts';
import type { RemedyId } from '../../domain/playbooks/remedy-ids.ts';
import { findingWords } from '../../domain/posture/finding.ts';
import { isOut } from '../../domain/regions/region-state.ts';
import { failureKey } from '../../domain/signals/failure-key.ts';
import type { RecoveryStatus } from '../../domain/signals/outcome.ts';
import { type RegionWeight, regionSubject } from '../../domain/signals/region-evidence.ts';
import type { ClusterSignal, JobRun } from '../../domain/signals/signal.ts';
import { orderOver } from '../../domain/standing-orders/orders-over.ts';
import type { StandingOrder } from '../../domain/standing-orders/standing-order.ts';
import type { GateSettings } from '../../ports/gate-store.ts';
import { remedies } from '../../steps/remedies/index.ts';
import { type ChosenPlaybook, playbookFor } from '../../steps/remedies/playbooks.ts';
import { considerGate } from '../gate/ask.ts';
import type { Identified } from './identify.ts';
import { joinFindings } from './join-findings.ts';
import type { SignalPorts } from './ports.ts';
import type { Trail } from './trail.ts';

export interface Opening {
  readonly subject: string;
  readonly component: IncidentComponent;
  readonly failureClass: FailureClass;
  readonly code: string;
  readonly action: Classification['action'];
  /** For a person, when nothing helps. */
  readonly advice: string;
  readonly failureKey: string;
  readonly failedAt: string | undefined;
  /** The run of a job that failed. */
  readonly run: JobRun | undefined;
  /** Told to other subjects with the opening. */
  readonly tells: readonly ClusterSignal[];
  /** The region that it is evidence for, and how strong. */
  readonly regionEvidence: { readonly region: string; readonly weight: RegionWeight } | undefined;
  /** The region that is out: its incident speaks for this one. */
  readonly outageOf: string | undefined;
  /** It opens under this silence. */
  readonly silence: StandingOrder | undefined;
  readonly title: string;
  /** Remedies of the run that starts with the incident, in order; empty when there is none. */
  readonly remedies: readonly RemedyId[];
  /** How that run starts. */
  readonly start: RunStart;
  /** Whether a person has to do something now. */
  readonly needsHuman: boolean;
  readonly because: string;
  readonly recoveryStatus: RecoveryStatus;
  readonly actionsTaken: readonly string[];
  readonly message: string;
}

export type RunStart =
  | { readonly as: 'running' }
  | { readonly as: 'held'; readonly because: string; readonly until?: string }
  | { readonly as: 'waiting-approval'; readonly because: string };

export interface OpeningFacts {
  readonly identified: Identified;
  readonly classification: Classification;
  /** In the words of whoever told it. */
  readonly text?: string | undefined;
  readonly failedAt: string | undefined;
  readonly run?: JobRun | undefined;
  readonly tells?: readonly ClusterSignal[] | undefined;
  /** What the gate asks, as it was read for this signal. */
  readonly settings: GateSettings;
}

type Action = Pick<
  Opening,
  'remedies' | 'start' | 'needsHuman' | 'because' | 'recoveryStatus' | 'actionsTaken' | 'message'
>;

export async function decideOpening(ports: SignalPorts, facts: OpeningFacts, trail: Trail): Promise<Opening> {
  const { identified, classification, failedAt, run, settings } = facts;
  const { component, subject } = identified;
  const { failureClass, code, action } = classification;
  const { advice, remedies: chosen } = playbookFor(ports.estate, component, classification);
  const findings = await joinFindings(ports, { workspace: component.workspace, classification, failedAt }, trail);
  const playbook = { remedies: chosen, advice: [findingWords(findings), advice].filter(Boolean).join(' ') };
  const outageOf = outageAround(ports.estate, settings, component);
  const identity = { workspace: component.workspace, component: component.id, code, failedAt, run };
  return {
    subject,
    component,
    failureClass,
    code,
    action,
    failureKey: failureKey(identity),
    failedAt,
    run,
    tells: facts.tells ?? [],
    regionEvidence: evidenceFor(ports, facts, outageOf, trail),
    outageOf,
    silence: silenceOver(ports, facts, trail),
    title: `${failureClass} on ${component.kind} ${component.name ?? component.id}`,
    advice: playbook.advice,
    ...(await decideAction(ports, facts, playbook, trail)),
  };
}

/** The region of a component, if it is out. */
function outageAround(estate: Estate, { regions }: GateSettings, component: IncidentComponent): string | undefined {
  const region = component.kind === 'region' ? undefined : regionOf(estate, component.workspace);
  return region !== undefined && isOut(regions, region) ? region : undefined;
}

/** Stage: is it silenced? Then the incident opens all the same, and waits for the end of the silence. */
function silenceOver(
  { estate, clock }: SignalPorts,
  { identified: { component }, classification: { failureClass }, settings }: OpeningFacts,
  trail: Trail,
): StandingOrder | undefined {
  const silence = orderOver(estate, settings.orders, 'silence', { component, failureClass, at: clock.now() });
  if (silence) {
    const { id: order, owner: by, until } = silence;
    trail.note('silence', 'suppressed', 'silenced', { order, by, until });
  }
  return silence;
}

/** Stage: tell the region's subject, where the classification says that the failure may be the region's, or the region is out anyway. */
function evidenceFor(
  { estate }: SignalPorts,
  { identified, classification }: OpeningFacts,
  outageOf: string | undefined,
  trail: Trail,
): Opening['regionEvidence'] {
  const { regionSignal: weight } = classification;
  const region = regionOf(estate, identified.component.workspace);
  if (region === undefined || (weight === 0 && outageOf === undefined)) return undefined;
  const because = weight === 0 ? 'region-is-out' : 'code-speaks-of-region';
  trail.note('region', 'told', because, { subject: regionSubject(region), weight });
  return { region, weight };
}

async function decideAction(
  ports: SignalPorts,
  facts: OpeningFacts,
  { remedies: chosen, advice }: ChosenPlaybook,
  trail: Trail,
): Promise<Action> {
  const { identified, classification } = facts;
  const { failureClass, action } = classification;
  const { component, subject } = identified;
  const told = facts.text === undefined ? '' : `${facts.text}${/[.!?]$/.test(facts.text) ? '' : '.'} `;
  if (component.workspace === null && standsInWorkspace(component.kind)) {
    trail.note('playbook', 'human', 'workspace-unknown');
    const words = `${told}No workspace of the estate knows this ${component.kind}: find out whose it is.`;
    return human('workspace-unknown', words);
  }
  if (chosen.length === 0) {
    trail.note('playbook', 'human', classification.known ? 'no-remedy-for-class' : 'code-unknown', { action });
    return human('no-remedy-for-class', `${told}A person is needed. ${advice}`);
  }
  trail.note('playbook', chosen.join(', '), 'playbook-of-class', { action });
  const incident = { component, failureClass, subject };
  const verdict = await considerGate(ports, { incident, runId: 'none yet', settings: facts.settings });
  trail.note('gate', verdict.gate, verdict.because);
  if (component.kind === 'region') return ofRegion(facts, verdict, { remedies: chosen, advice });
  return throughGate(verdict, chosen);
}

/** Whatever the gate says, people hear at once; the run waits for the region. */
function ofRegion(
  { identified, text = '' }: OpeningFacts,
  verdict: GateVerdict,
  { remedies: chosen, advice }: ChosenPlaybook,
): Action {
  const { start, recoveryStatus, actionsTaken } = throughGate(verdict, chosen);
  const held = 'Remedies there are held back, and go on by themselves when it is well again.';
  const message = `The region ${identified.component.id} is out. ${text} ${held} ${advice}`;
  return {
    remedies: chosen,
    start,
    needsHuman: true,
    because: verdict.because,
    recoveryStatus,
    actionsTaken,
    message,
  };
}

function throughGate(verdict: GateVerdict, chosen: readonly RemedyId[]): Action {
  const because = verdict.because;
  const reason = gateReasons[because];
  const what = chosen.map((id) => remedies[id].title.toLowerCase()).join(', or else ');
  const actions = chosen.map((id) => remedies[id].action);
  switch (verdict.gate) {
    case 'open':
      return {
        remedies: chosen,
        start: { as: 'running' },
        needsHuman: false,
        because,
        recoveryStatus: 'in_progress',
        actionsTaken: actions,
        message: `Decided to ${what}.`,
      };
    case 'shadow':
      return {
        ...human(because, `Held back: ${reason}. Lakewarden would have decided to ${what}.`),
        recoveryStatus: 'held',
      };
    case 'ask':
      return {
        ...human(because, `Waits for approval to ${what}: ${reason}.`),
        remedies: chosen,
        start: { as: 'waiting-approval', because: reason },
        recoveryStatus: 'held',
      };
    case 'wait':
      return {
        ...human(because, `Will ${what} as soon as it may: ${reason}.`),
        // A remedy that keeps failing is a person's business; the other reasons pass by themselves or by whoever set them.
        needsHuman: because === 'subject-breaker-open' || because === 'class-breaker-open',
        remedies: chosen,
        start: { as: 'held', because: reason, ...(verdict.until === undefined ? {} : { until: verdict.until }) },
        recoveryStatus: 'held',
      };
    default:
      return assertNever(verdict, 'gate verdict');
  }
}

function human(because: string, message: string): Action {
  return {
    remedies: [],
    start: { as: 'running' },
    needsHuman: true,
    because,
    recoveryStatus: 'escalated',
    actionsTaken: [],
    message,
  };
}
