// Questions to the estate: whose component is this, what may be done to it, which workspaces are there and in which order.
import type { FailureClass } from '../classification/failure-classes.ts';
import type { SubjectKind } from '../incidents/subject-kinds.ts';
import type { Autonomy } from '../playbooks/gate.ts';
import type { Component } from './components.ts';
import type { Estate } from './estate.ts';
import type { MaintenanceWindow } from './maintenance-windows.ts';
import type { EstateWorkspace } from './pairs.ts';
import type { PlaybookOverride } from './playbook-overrides.ts';
import type { PlacedProvisioner } from './provisioners.ts';

export interface PlacedWorkspace {
  readonly workspace: EstateWorkspace;
  readonly role: 'primary' | 'dr';
  readonly pair: string;
}

export interface FoundComponent extends PlacedWorkspace {
  readonly component: Component;
}

/** What the estate says about a component, listed or not. */
export interface ComponentRules {
  readonly listed: boolean;
  readonly alwaysOn: boolean;
  readonly maintenanceWindows: readonly MaintenanceWindow[];
}

/** Every workspace, the active ones first. */
export function workspacesOf({ pairs }: Estate): PlacedWorkspace[] {
  return [
    ...pairs.map((pair): PlacedWorkspace => ({ workspace: pair.primary, role: 'primary', pair: pair.name })),
    ...pairs.map((pair): PlacedWorkspace => ({ workspace: pair.dr, role: 'dr', pair: pair.name })),
  ];
}

/** What applies the infrastructure code of each workspace, where the estate says it. */
export function provisionersOf(estate: Estate): PlacedProvisioner[] {
  return workspacesOf(estate).flatMap(({ workspace: { name, terraform } }) =>
    terraform?.provisioner ? [{ workspace: name, choice: terraform.provisioner }] : [],
  );
}

/** The Azure subscriptions that the estate names, each once. */
export function subscriptionsOf(estate: Estate): string[] {
  return [...new Set(workspacesOf(estate).flatMap(({ workspace: { subscriptionId } }) => subscriptionId ?? []))];
}

/** The workspaces that work: the primary of each pair. */
export function activeWorkspaces(estate: Estate): EstateWorkspace[] {
  return workspacesOf(estate)
    .filter(({ role }) => role === 'primary')
    .map(({ workspace }) => workspace);
}

/** The workspace that has this number at Databricks, if the estate tells it. */
export function workspaceNumbered(estate: Estate, workspaceId: string): string | undefined {
  return workspacesOf(estate).find(({ workspace }) => workspace.workspaceId === workspaceId)?.workspace.name;
}

/** Where a workspace stands; undefined for one that the estate does not have. */
export function regionOf(estate: Estate, workspace: string | null): string | undefined {
  return workspacesOf(estate).find((place) => place.workspace.name === workspace)?.workspace.region;
}

/** The region that a component stands in, or is; undefined for what stands in none of the estate. */
export function regionOfComponent(
  estate: Estate,
  { kind, id, workspace }: Pick<ComponentKey, 'kind' | 'id' | 'workspace'>,
): string | undefined {
  return kind === 'region' ? id : regionOf(estate, workspace);
}

/** Every region in which the estate has a workspace. */
export function regionsOf(estate: Estate): string[] {
  return [...new Set(workspacesOf(estate).map(({ workspace }) => workspace.region))];
}

/** All listed components with this id, those of active workspaces first: ids may be the same in both (A1). */
export function findComponents(estate: Estate, kind: SubjectKind, id: string): FoundComponent[] {
  return workspacesOf(estate).flatMap((place) => {
    const component = place.workspace.components.find((listed) => listed.kind === kind && listed.id === id);
    return component ? [{ ...place, component }] : [];
  });
}

export interface ComponentKey {
  /** null: nobody knows whose it is, so it is not listed. */
  readonly workspace: string | null;
  readonly kind: SubjectKind;
  readonly id: string;
}

export function rulesOf(estate: Estate, { workspace, kind, id }: ComponentKey): ComponentRules {
  const component = listedComponent(estate, { workspace, kind, id });
  if (!component) return { listed: false, alwaysOn: false, maintenanceWindows: [] };
  const { alwaysOn, maintenanceWindows } = component;
  return { listed: true, alwaysOn, maintenanceWindows };
}

/** What the component says about this class counts; else the more careful of what is said of the component and of the playbook (E8). */
export function autonomyOf(estate: Estate, key: ComponentKey, failureClass: FailureClass): Autonomy {
  // Nothing of the estate is acted on: what is released asks the gate for itself.
  if (key.kind === 'region') return 'auto';
  const component = listedComponent(estate, key);
  const own = component?.playbooks[failureClass]?.autonomy;
  if (own) return own;
  const ofComponent = component ? (component.autonomy ?? estate.autonomy.default) : estate.autonomy.unlisted;
  return moreCareful(ofComponent, estate.playbooks[failureClass]?.autonomy ?? ofComponent);
}

const byCare: readonly Autonomy[] = ['shadow', 'approve', 'auto'];

function moreCareful(one: Autonomy, other: Autonomy): Autonomy {
  return byCare.indexOf(one) <= byCare.indexOf(other) ? one : other;
}

/** What the estate sets differently from the playbook of this class; the component's word comes before the estate's (E1). */
export function playbookOverride(
  estate: Estate,
  component: Component | undefined,
  failureClass: FailureClass,
): PlaybookOverride {
  return { ...estate.playbooks[failureClass], ...component?.playbooks[failureClass] };
}

/** What the estate says of it; undefined where it does not list it. */
export function listedComponent(estate: Estate, { workspace, kind, id }: ComponentKey): Component | undefined {
  return findComponents(estate, kind, id).find((found) => found.workspace.name === workspace)?.component;
}
