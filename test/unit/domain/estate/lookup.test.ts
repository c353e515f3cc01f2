import { describe, expect, test } from 'vitest';
import {
  activeWorkspaces,
  autonomyOf,
  findComponents,
  playbookOverride,
  rulesOf,
  subscriptionsOf,
  workspacesOf,
} from '../../../../shared/domain/estate/lookup.ts';
import { changed, estateOf, referenceText } from '../../../builders/estate-text.ts';

const COMPONENTS = '/pairs/0/primary/components';
const INFERENCE = '0424-035941-pl8ku9sr';

/** The reference estate and a second pair, whose DR workspace knows a cluster of the first one's primary. */
function twoPairs() {
  const workspace = (name: string, components: unknown[]) => ({
    name,
    region: 'northeurope',
    resourceGroup: `rg-${name}`,
    url: `https://${name}.azuredatabricks.net`,
    components,
  });
  const shared = { kind: 'cluster', id: INFERENCE, name: 'copy', autonomy: 'shadow' };
  const pair = {
    name: 'europe',
    objectives: { rtoHours: 2, rpoHours: 0.5 },
    primary: workspace('europe-a', []),
    dr: workspace('europe-b', [shared]),
  };
  const inDr = { kind: 'cluster', id: INFERENCE, name: 'inference in DR' };
  return estateOf(changed(referenceText(), { '/pairs/-': pair, '/pairs/0/dr/components/-': inDr }));
}

describe('workspaces', () => {
  test('A1: the active ones come first, over all pairs', () => {
    const places = workspacesOf(twoPairs()).map(({ workspace, role, pair }) => [workspace.name, role, pair]);
    expect(places).toEqual([
      ['databricks-dev', 'primary', 'databricks'],
      ['europe-a', 'primary', 'europe'],
      ['databricks-dr', 'dr', 'databricks'],
      ['europe-b', 'dr', 'europe'],
    ]);
  });

  test('A1: the primary of each pair is active', () => {
    expect(activeWorkspaces(twoPairs()).map(({ name }) => name)).toEqual(['databricks-dev', 'europe-a']);
  });
});

describe('components', () => {
  test('A1: an id in several workspaces is found in each, in the active one first', () => {
    const found = findComponents(twoPairs(), 'cluster', INFERENCE);
    expect(found.map(({ workspace, role, component }) => [workspace.name, role, component.name])).toEqual([
      ['databricks-dev', 'primary', 'inference'],
      ['databricks-dr', 'dr', 'inference in DR'],
      ['europe-b', 'dr', 'copy'],
    ]);
  });

  test('A1: the kind counts, and so does the spelling', () => {
    const estate = twoPairs();
    expect(findComponents(estate, 'warehouse', INFERENCE)).toEqual([]);
    expect(findComponents(estate, 'cluster', INFERENCE.toUpperCase())).toEqual([]);
    expect(findComponents(estate, 'warehouse', 'f24fd0345a24b381')).toHaveLength(1);
  });
});

const CLASS = 'DatabricksDriverNotResponding';
const inference = { workspace: 'databricks-dev', kind: 'cluster', id: INFERENCE } as const;

describe('what may be done', () => {
  test('E1: a component says it itself, else the default of the estate holds', () => {
    const estate = estateOf(changed(referenceText(), { '/autonomy': { default: 'shadow', unlisted: 'auto' } }));
    expect(autonomyOf(estate, inference, CLASS)).toBe('auto');
    expect(autonomyOf(estate, { ...inference, kind: 'warehouse', id: '9e61e3e42423aabc' }, CLASS)).toBe('shadow');
    expect(rulesOf(estate, inference).listed).toBe(true);
  });

  test('E1: what the estate does not list in that workspace has the autonomy of the unlisted', () => {
    const estate = estateOf(changed(referenceText(), { '/autonomy': { default: 'auto', unlisted: 'shadow' } }));
    for (const key of [
      { ...inference, id: 'nobody-knows' },
      { ...inference, workspace: 'databricks-dr' },
      { ...inference, workspace: null },
      { ...inference, workspace: 'no-such-workspace' },
    ]) {
      expect(autonomyOf(estate, key, CLASS)).toBe('shadow');
      expect(rulesOf(estate, key)).toEqual({ listed: false, alwaysOn: false, maintenanceWindows: [] });
    }
  });

  test('E8: a playbook has an autonomy too: the more careful counts, unless the component says it of this very playbook', () => {
    const careful = changed(referenceText(), { '/playbooks': { [CLASS]: { autonomy: 'approve' } } });
    expect(autonomyOf(estateOf(careful), inference, CLASS)).toBe('approve');
    expect(autonomyOf(estateOf(careful), inference, 'DatabricksClusterTerminated')).toBe('auto');
    const trusted = changed(careful, { [`${COMPONENTS}/0/playbooks`]: { [CLASS]: { autonomy: 'auto' } } });
    expect(autonomyOf(estateOf(trusted), inference, CLASS)).toBe('auto');
    const daring = changed(referenceText(), { '/playbooks': { [CLASS]: { autonomy: 'auto' } } });
    expect(autonomyOf(estateOf(daring), { ...inference, id: 'nobody-knows' }, CLASS)).toBe('approve');
  });

  test('C3: alwaysOn and its maintenance windows come with it', () => {
    const window = { days: ['sun'], from: '02:00', to: '04:00', timeZone: 'UTC' };
    const estate = estateOf(
      changed(referenceText(), {
        [`${COMPONENTS}/0/alwaysOn`]: true,
        [`${COMPONENTS}/0/maintenanceWindows`]: [window],
      }),
    );
    const rules = rulesOf(estate, inference);
    expect(rules).toMatchObject({ alwaysOn: true, maintenanceWindows: [window] });
  });
});

test('E1: the word of the component comes before that of the estate, member by member and per class', () => {
  const estate = estateOf(
    changed(referenceText(), {
      '/playbooks': { DatabricksClusterTerminated: { timeoutSeconds: 900, attempts: 5 } },
      [`${COMPONENTS}/0/playbooks`]: { DatabricksClusterTerminated: { attempts: 1, cooldownSeconds: 0 } },
    }),
  );
  const [found] = findComponents(estate, 'cluster', INFERENCE);
  const merged = { timeoutSeconds: 900, attempts: 1, cooldownSeconds: 0 };
  expect(playbookOverride(estate, found?.component, 'DatabricksClusterTerminated')).toEqual(merged);
  expect(playbookOverride(estate, undefined, 'DatabricksClusterTerminated')).toEqual({
    timeoutSeconds: 900,
    attempts: 5,
  });
  expect(playbookOverride(estate, found?.component, 'DatabricksDriverNotResponding')).toEqual({});
});

test('A9: a subscription that two workspaces share is read once', () => {
  const [id] = subscriptionsOf(estateOf(referenceText()));
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(subscriptionsOf(estateOf(referenceText()))).toHaveLength(1);
  const second = '22222222-0000-4000-8000-000000000002';
  const two = estateOf(changed(referenceText(), { '/pairs/0/dr/subscriptionId': second }));
  expect(subscriptionsOf(two)).toEqual([id, second]);
});
