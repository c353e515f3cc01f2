// What has to agree between the members of an estate file: names used once, references that lead somewhere.
import type { FieldFault } from '../errors.ts';
import { pointerOf } from '../faults.ts';
import type { EstateOutline, PairOutline, WorkspaceOutline } from './outline.ts';

interface Named {
  readonly path: readonly (string | number)[];
  readonly name: string | undefined;
}

export function disagreements(estate: EstateOutline): FieldFault[] {
  return [...pairFaults(estate), ...channelFaults(estate), ...contactFaults(estate)];
}

function pairFaults({ pairs }: EstateOutline): FieldFault[] {
  const workspaces = pairs.flatMap((pair, at) => workspacesOf(pair, at));
  return [
    ...twice(
      'the pair',
      pairs.map(({ name }, at) => ({ path: ['pairs', at, 'name'], name })),
    ),
    ...twice(
      'the workspace',
      workspaces.map(({ path, workspace }) => ({ path: [...path, 'name'], name: workspace.name })),
    ),
    ...twice(
      'the address',
      workspaces.map(({ path, workspace }) => ({ path: [...path, 'url'], name: hostOf(workspace) })),
    ),
    ...workspaces.flatMap(({ path, workspace }) => [
      ...componentFaults(path, workspace),
      ...linkFaults(path, workspace),
    ]),
    ...pairs.flatMap(tableFaults),
  ];
}

function workspacesOf(pair: PairOutline, at: number) {
  return [
    { path: ['pairs', at, 'primary'], workspace: pair.primary },
    { path: ['pairs', at, 'dr'], workspace: pair.dr },
  ];
}

function hostOf({ url }: WorkspaceOutline): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : undefined;
}

/** Ids and names are unique within a kind: people and signals use either. */
function componentFaults(path: Named['path'], { components }: WorkspaceOutline): FieldFault[] {
  const kinds = new Set(components.map(({ kind }) => kind));
  return [...kinds].flatMap((kind) => {
    const ofKind = components.flatMap((component, at) => (component.kind === kind ? [{ component, at }] : []));
    const column = (member: 'id' | 'name') =>
      ofKind.map(({ component, at }) => ({ path: [...path, 'components', at, member], name: component[member] }));
    return [...twice(`the ${kind} id`, column('id')), ...twice(`the ${kind} name`, column('name'))];
  });
}

/** Two workspaces may have a link in common; one names it once. */
function linkFaults(path: Named['path'], { network }: WorkspaceOutline): FieldFault[] {
  return (['peerings', 'expressRouteCircuits'] as const).flatMap((member) => {
    const named = (network?.[member] ?? []).map((name, at) => ({ path: [...path, 'network', member, at], name }));
    return twice(member === 'peerings' ? 'the peering' : 'the circuit', named);
  });
}

function tableFaults({ replication, unityCatalog }: PairOutline, at: number): FieldFault[] {
  const tables = (replication?.tables ?? []).map((name, index) => ({
    path: ['pairs', at, 'replication', 'tables', index],
    name,
  }));
  const levels = unityCatalog ? 3 : 2;
  const catalog = `Unity Catalog is ${unityCatalog ? 'on' : 'off'} in this pair`;
  const wrong = tables.filter(({ name }) => name !== undefined && name.split('.').length !== levels);
  return [
    ...twice('the table', tables),
    ...wrong.map(({ path }) => ({
      pointer: pointerOf(path),
      detail: `must have ${levels} levels, because ${catalog}`,
    })),
  ];
}

function channelFaults({ channels }: EstateOutline): FieldFault[] {
  return twice(
    'the channel',
    channels.map(({ name }, at) => ({ path: ['channels', at, 'name'], name })),
  );
}

function contactFaults({ contacts, channels }: EstateOutline): FieldFault[] {
  const known = channels.flatMap(({ name }) => (name === undefined ? [] : [name]));
  return Object.entries(contacts).flatMap(([role, people]) => {
    if (!people) return [];
    const { primary, secondary } = people;
    return [
      ...addressFaults(['contacts', role, 'primary', 'channels'], primary.channels, known),
      ...addressFaults(['contacts', role, 'secondary', 'channels'], secondary.channels, known),
      ...twice('the person', [
        { path: ['contacts', role, 'primary', 'name'], name: primary.name },
        { path: ['contacts', role, 'secondary', 'name'], name: secondary.name },
      ]),
    ];
  });
}

function addressFaults(
  path: Named['path'],
  used: readonly (string | undefined)[],
  known: readonly string[],
): FieldFault[] {
  const named = used.map((name, at) => ({ path: [...path, at], name }));
  const unknown = named.filter(({ name }) => name !== undefined && !known.includes(name));
  const choice = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  return [
    ...twice('the channel', named),
    ...unknown.map((channel) => ({
      pointer: pointerOf(channel.path),
      detail: `names no channel of the estate: ${choice}`,
    })),
  ];
}

/** A fault for each later use of a name, pointing to the first. */
function twice(what: string, named: readonly Named[]): FieldFault[] {
  const first = new Map<string, string>();
  return named.flatMap(({ path, name }) => {
    if (name === undefined) return [];
    const key = name.toLowerCase();
    const before = first.get(key);
    if (before === undefined) first.set(key, pointerOf(path));
    return before === undefined ? [] : [{ pointer: pointerOf(path), detail: `${what} is there already, at ${before}` }];
  });
}
