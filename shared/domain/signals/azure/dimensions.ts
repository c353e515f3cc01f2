// What an alert says of the thing that it is about, as pairs of name and value, and the component or regions that they name.

import type { ComponentKind } from '../../estate/components.ts';
import { isClusterId, isNumberId, isWarehouseId } from '../../ids.ts';
import { oneLine } from '../wire-text.ts';
import { Fields, folded, listIn, textIn } from './fields.ts';
import type { AzureNotice } from './notice.ts';

export type Dimension = readonly [name: string, value: string];

/** An alert has 10 dimensions at most; rows of a log alert have as many columns as somebody asked for. */
const LOOKED_AT = 200;

/** Folded names, as rules, diagnostic logs and people write them: `cluster_id`, `ClusterId`, `requestParams.cluster_id`. */
const COMPONENTS: readonly (readonly [RegExp, ComponentKind, (id: string) => boolean])[] = [
  [/clusterid$/, 'cluster', isClusterId],
  [/(?:warehouse|sqlendpoint)id$/, 'warehouse', isWarehouseId],
  [/jobid$/, 'job', isNumberId],
  [/notebookpath$/, 'notebook', (id) => /^\/[^\p{Cc}]{1,400}$/u.test(id)],
  [/(?:instance)?poolid$/, 'instance-pool', (id) => /^[A-Za-z0-9-]{1,100}$/.test(id)],
  [/pipelineid$/, 'pipeline', (id) => /^[0-9a-f-]{36}$/.test(id)],
  [/^(?:serving)?endpointname$/, 'serving-endpoint', (id) => /^[\w-]{1,63}$/.test(id)],
];
const WORKSPACES: ReadonlySet<string> = new Set(['workspace', 'workspacename', 'databricksworkspace']);
const REGIONS: ReadonlySet<string> = new Set(['region', 'location', 'resourcelocation', 'azureregion']);

/** Of a condition, of rows of results, of labels, of the rule's own properties; the nearest to the cause first. */
export function dimensionsOf(context: Fields, custom: Fields): readonly Dimension[] {
  const criteria = context
    .fields('condition')
    .list('allOf')
    .map((entry) => new Fields(entry));
  const single = context.fields('condition').list('dimensions');
  const pairs = [
    ...criteria.flatMap((criterion) => [...criterion.list('dimensions'), ...criterion.list('event').flatMap(listIn)]),
    ...single,
    ...context.list('Dimensions'),
  ];
  const named = pairs.slice(0, LOOKED_AT).flatMap(pairOf);
  return [...named, ...membersOf(context.fields('labels')), ...membersOf(custom)];
}

export function componentIn(dimensions: readonly Dimension[], targets: readonly string[]): AzureNotice['component'] {
  for (const [name, value] of dimensions) {
    const key = folded(name);
    const found = COMPONENTS.find(([names, , isId]) => names.test(key) && isId(value));
    if (found) return { kind: found[1], id: value, ...workspaceIn(dimensions, targets) };
  }
  return undefined;
}

export function regionsIn(dimensions: readonly Dimension[]): readonly string[] {
  return dimensions.filter(([name]) => REGIONS.has(folded(name))).map(([, value]) => value);
}

/** The name of the Databricks workspace that an ARM id is of or stands below. */
export function workspaceOfTarget(target: string): string | undefined {
  return /\/providers\/microsoft\.databricks\/workspaces\/([^/]+)/i.exec(target)?.[1];
}

function workspaceIn(dimensions: readonly Dimension[], targets: readonly string[]): { workspace?: string } {
  const named = dimensions.find(([name]) => WORKSPACES.has(folded(name)))?.[1];
  const workspace = named ?? targets.map(workspaceOfTarget).find((name) => name !== undefined);
  return workspace === undefined || workspace.length > 100 ? {} : { workspace };
}

function pairOf(value: unknown): readonly Dimension[] {
  const pair = new Fields(value);
  const name = pair.text('name', 'dimensionName');
  const text = pair.text('value', 'dimensionValue');
  return name === undefined || text === undefined ? [] : [[name, oneLine(text, 500)]];
}

function membersOf(fields: Fields): readonly Dimension[] {
  return fields.names.slice(0, LOOKED_AT).flatMap((name): Dimension[] => {
    const text = textIn(fields.value(name));
    return text === undefined ? [] : [[name, oneLine(text, 500)]];
  });
}
