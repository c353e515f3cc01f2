// Stage: which component of which workspace is meant. A payload names no workspace: the estate knows it, the sender says it, or each is asked (A1).

import { LakewardenError } from '../../domain/errors.ts';
import { type ComponentRules, findComponents, rulesOf, workspaceNumbered } from '../../domain/estate/lookup.ts';
import type { IncidentComponent } from '../../domain/incidents/incident.ts';
import { subjectOf } from '../../domain/incidents/subject.ts';
import { type SubjectKind, standsInWorkspace } from '../../domain/incidents/subject-kinds.ts';
import { componentOf } from '../../domain/signals/component-signal.ts';
import type { ComponentSignal } from '../../domain/signals/signal.ts';
import type { SignalPorts } from './ports.ts';
import type { Trail } from './trail.ts';

export interface Identified {
  readonly subject: string;
  readonly component: IncidentComponent;
  readonly rules: ComponentRules;
}

export async function identify(ports: SignalPorts, signal: ComponentSignal, trail: Trail): Promise<Identified> {
  const { kind, id } = componentOf(signal);
  if (!standsInWorkspace(kind)) {
    trail.note('identify', 'listed', kind === 'lakewarden' ? 'ourselves' : 'stands-in-no-workspace');
    return identified(ports, signal, null, undefined);
  }
  const { named, because: namedBy } = namedWorkspace(ports, signal);
  const listed = findComponents(ports.estate, kind, id);
  const match = listed.find(({ workspace }) => workspace.name === named) ?? (named ? undefined : listed[0]);
  if (match) {
    trail.note('identify', 'listed', named ? namedBy : 'estate-lists-it', {
      workspace: match.workspace.name,
    });
    return identified(ports, signal, match.workspace.name, match.component.name);
  }
  const given = named && ports.workspaces.names.includes(named) ? named : undefined;
  if (given) {
    trail.note('identify', 'unlisted', namedBy, { workspace: given });
    return identified(ports, signal, given, undefined);
  }
  const { workspace, because, evidence } = await askEach(ports, signal);
  trail.note('identify', workspace ? 'unlisted' : 'unknown', because, evidence);
  return identified(ports, signal, workspace, undefined);
}

/** By its name in the address, or by Databricks' number in the payload. */
function namedWorkspace(
  { estate }: SignalPorts,
  signal: ComponentSignal,
): { named: string | undefined; because: string } {
  if (signal.workspace !== undefined) return { named: signal.workspace, because: 'workspace-given' };
  const number = signal.kind === 'cluster' ? undefined : signal.workspaceId;
  return { named: number === undefined ? undefined : workspaceNumbered(estate, number), because: 'workspace-numbered' };
}

function identified(
  ports: SignalPorts,
  signal: ComponentSignal,
  workspace: string | null,
  listedName: string | undefined,
): Identified {
  const { kind, id, name: toldName } = componentOf(signal);
  const name = listedName ?? toldName;
  const rules = rulesOf(ports.estate, { workspace, kind, id });
  const listed = rules.listed || !standsInWorkspace(kind);
  const component = { kind, id, workspace, listed, ...(name === undefined ? {} : { name }) };
  return { subject: subjectOf(component), component, rules };
}

interface Asked {
  readonly workspace: string | null;
  readonly because: string;
  readonly evidence: Record<string, string>;
}

/** Workspaces come active first, so that the active one wins where both know the id. One that cannot be asked leaves it open for those after it. */
async function askEach(ports: SignalPorts, signal: ComponentSignal): Promise<Asked> {
  const look = looks[signal.kind];
  if (!look) return { workspace: null, because: 'no-workspace-named', evidence: {} };
  const answers = await Promise.all(ports.workspaces.names.map((name) => ask(name, () => look(ports, name, signal))));
  const evidence = Object.fromEntries(answers.map(({ name, answer }) => [name, answer]));
  const first = answers.find(({ answer }) => answer !== 'does not know it');
  if (!first) return { workspace: null, because: 'no-workspace-knows-it', evidence };
  if (first.answer === 'knows it') return { workspace: first.name, because: 'workspace-knows-it', evidence };
  return { workspace: null, because: 'workspaces-could-not-be-asked', evidence };
}

type Look = (ports: SignalPorts, workspace: string, signal: ComponentSignal) => Promise<boolean>;

/** How a workspace is asked whether it knows a component; what is not here cannot be asked for by its id alone. */
const looks: Partial<Record<SubjectKind, Look>> = {
  cluster: async (ports, workspace, signal) =>
    signal.kind === 'cluster' &&
    (await ports.looks.cluster(workspace, signal.clusterId, signal.receivedAt)) !== undefined,
  job: async (ports, workspace, signal) =>
    signal.kind === 'job' &&
    (signal.run
      ? await ports.looks.run(workspace, signal.run.runId, signal.receivedAt)
      : await ports.workspaces.get(workspace).jobs.job(signal.componentId)) !== undefined,
};

async function ask(name: string, look: () => Promise<boolean>): Promise<{ name: string; answer: string }> {
  try {
    return { name, answer: (await look()) ? 'knows it' : 'does not know it' };
  } catch (error) {
    if (!(error instanceof LakewardenError)) throw error;
    return { name, answer: error.message };
  }
}
