// Questions to the estate: whose component is this, what may be done to it, which workspaces are there and in which order.
import type { FailureClass } from '../classification/failure-classes.ts';
import type { Autonomy } from '../playbooks/gate.ts';
import type { Component, ComponentKind } from './components.ts';
import type { Estate } from './estate.ts';
import type { MaintenanceWindow } from './maintenance-windows.ts';
import type { EstateWorkspace } from './pairs.ts';
import type { PlaybookOverride } from './playbook-overrides.ts';

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
  readonly autonomy: Autonomy;
  readonly alwaysOn: boolean;
  readonly maintenanceWindows: readonly MaintenanceWindow[];
}

/** `lakewarden` is ourselves: no estate lists it. */
type AnyKind = ComponentKind | 'lakewarden';

/** Every workspace, the active ones first. */
export function workspacesOf({ pairs }: Estate): PlacedWorkspace[] {
  return [
    ...pairs.map((pair): PlacedWorkspace => ({ workspace: pair.primary, role: 'primary', pair: pair.name })),
    ...pairs.map((pair): PlacedWorkspace => ({ workspace: pair.dr, role: 'dr', pair: pair.name })),
  ];
}

/** The workspaces that work: the primary of each pair. */
export function activeWorkspaces(estate: Estate): EstateWorkspace[] {
  return workspacesOf(estate)
    .filter(({ role }) => role === 'primary')
    .map(({ workspace }) => workspace);
}

/** All listed components with this id, those of active workspaces first: ids may be the same in both (A1). */
export function findComponents(estate: Estate, kind: AnyKind, id: string): FoundComponent[] {
  return workspacesOf(estate).flatMap((place) => {
    const component = place.workspace.components.find((listed) => listed.kind === kind && listed.id === id);
    return component ? [{ ...place, component }] : [];
  });
}

/** `workspace` null: nobody knows whose it is, so it is not listed. */
export function autonomyOf(estate: Estate, workspace: string | null, kind: AnyKind, id: string): ComponentRules {
  const component = componentIn(estate, workspace, kind, id);
  if (!component) {
    return { listed: false, autonomy: estate.autonomy.unlisted, alwaysOn: false, maintenanceWindows: [] };
  }
  const { autonomy = estate.autonomy.default, alwaysOn, maintenanceWindows } = component;
  return { listed: true, autonomy, alwaysOn, maintenanceWindows };
}

/** What the estate sets differently from the playbook of this class; the component's word comes before the estate's (E1). */
export function playbookOverride(
  estate: Estate,
  component: Component | undefined,
  failureClass: FailureClass,
): PlaybookOverride {
  return { ...estate.playbooks[failureClass], ...component?.playbooks[failureClass] };
}

function componentIn(estate: Estate, workspace: string | null, kind: AnyKind, id: string): Component | undefined {
  return findComponents(estate, kind, id).find((found) => found.workspace.name === workspace)?.component;
}
