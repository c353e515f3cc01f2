// Stage: which component of which workspace is meant. A payload names no workspace: the estate knows it, the sender says it, or each is asked (A1).

import { LakewardenError } from '../../domain/errors.ts';
import { autonomyOf, type ComponentRules, findComponents } from '../../domain/estate/lookup.ts';
import type { IncidentComponent } from '../../domain/incidents/incident.ts';
import { clusterSubject } from '../../domain/incidents/subject.ts';
import type { ClusterSignal } from '../../domain/signals/signal.ts';
import type { SignalPorts } from './ports.ts';
import type { Trail } from './trail.ts';

export interface Identified {
  readonly subject: string;
  readonly component: IncidentComponent;
  readonly rules: ComponentRules;
}

export async function identify(ports: SignalPorts, signal: ClusterSignal, trail: Trail): Promise<Identified> {
  const listed = findComponents(ports.estate, 'cluster', signal.clusterId);
  const match =
    listed.find(({ workspace }) => workspace.name === signal.workspace) ?? (signal.workspace ? undefined : listed[0]);
  if (match) {
    trail.note('identify', 'listed', signal.workspace ? 'workspace-given' : 'estate-lists-it', {
      workspace: match.workspace.name,
    });
    return identified(ports, signal, match.workspace.name, match.component.name);
  }
  const given = signal.workspace && ports.workspaces.names.includes(signal.workspace) ? signal.workspace : undefined;
  if (given) {
    trail.note('identify', 'unlisted', 'workspace-given', { workspace: given });
    return identified(ports, signal, given, undefined);
  }
  const { workspace, because, evidence } = await askEach(ports, signal);
  trail.note('identify', workspace ? 'unlisted' : 'unknown', because, evidence);
  return identified(ports, signal, workspace, undefined);
}

function identified(
  ports: SignalPorts,
  signal: ClusterSignal,
  workspace: string | null,
  listedName: string | undefined,
): Identified {
  const name = listedName ?? signal.clusterName;
  const rules = autonomyOf(ports.estate, workspace, 'cluster', signal.clusterId);
  return {
    subject: clusterSubject(workspace, signal.clusterId),
    component: {
      kind: 'cluster',
      id: signal.clusterId,
      workspace,
      listed: rules.listed,
      ...(name === undefined ? {} : { name }),
    },
    rules,
  };
}

interface Asked {
  readonly workspace: string | null;
  readonly because: string;
  readonly evidence: Record<string, string>;
}

/** Workspaces come active first, so that the active one wins where both know the id. A workspace that cannot be asked leaves it open. */
async function askEach(ports: SignalPorts, signal: ClusterSignal): Promise<Asked> {
  const answers = await Promise.all(ports.workspaces.names.map((name) => ask(ports, name, signal)));
  const evidence = Object.fromEntries(answers.map(({ name, answer }) => [name, answer]));
  const found = answers.find(({ answer }) => answer === 'knows it');
  if (found) return { workspace: found.name, because: 'workspace-knows-it', evidence };
  const unanswered = answers.some(({ answer }) => answer !== 'does not know it');
  return { workspace: null, because: unanswered ? 'workspaces-could-not-be-asked' : 'no-workspace-knows-it', evidence };
}

async function ask(ports: SignalPorts, name: string, signal: ClusterSignal): Promise<{ name: string; answer: string }> {
  try {
    const cluster = await ports.looks.cluster(name, signal.clusterId, signal.receivedAt);
    return { name, answer: cluster ? 'knows it' : 'does not know it' };
  } catch (error) {
    if (!(error instanceof LakewardenError)) throw error;
    return { name, answer: error.message };
  }
}
