import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelSchema } from '../../../../shared/adapters/channels/index.ts';
import { parseEstate } from '../../../../shared/domain/estate/parse-estate.ts';
import { changed, estateOf, referenceText } from '../../../builders/estate-text.ts';
import { circuitId, peeringId } from '../../../builders/network-links.ts';

const PAIR = '/pairs/0';
const COMPONENTS = `${PAIR}/primary/components`;

/** Faults as pointer -> words, in order of their pointers. */
function faultsOf(text: string): Record<string, string> {
  const parsed = parseEstate(text, channelSchema);
  if (parsed.ok) return {};
  return Object.fromEntries(parsed.faults.map(({ pointer, detail }) => [pointer, detail]));
}

function faultsAfter(changes: Record<string, unknown>): Record<string, string> {
  return faultsOf(changed(referenceText(), changes));
}

describe('what an estate may leave out', () => {
  test('E1: what is not listed needs approval, unless the estate says otherwise', () => {
    expect(estateOf(changed(referenceText(), { '/autonomy': undefined })).autonomy).toEqual({
      default: 'approve',
      unlisted: 'approve',
    });
    const daring = estateOf(changed(referenceText(), { '/autonomy': { unlisted: 'auto' } }));
    expect(daring.autonomy).toEqual({ default: 'approve', unlisted: 'auto' });
  });

  test('J1: component failures go to the DevOps engineer, unless the estate says otherwise', () => {
    const estate = estateOf(changed(referenceText(), { '/notifications': undefined }));
    expect(estate.notifications.componentFailure).toBe('devops-engineer');
    expect(estate.notifications.folding, 'J5').toEqual({ windowMinutes: 10, individually: 5 });
  });

  test('E1: bounds of a cluster’s size that contradict each other are a fault, at their place', () => {
    const cluster = { kind: 'cluster', id: 'c-1', name: 'c', minWorkers: 4, maxWorkers: 2 };
    expect(() => estateOf(changed(referenceText(), { [`${COMPONENTS}/-`]: cluster }))).toThrow(/maxWorkers/);
    expect(() =>
      estateOf(changed(referenceText(), { [`${COMPONENTS}/-`]: { ...cluster, maxWorkers: 4 } })),
    ).not.toThrow();
  });
  test('C3: a component is neither critical nor always on unless it says so', () => {
    const cluster = { kind: 'cluster', id: 'c-1', name: 'c' };
    const component = estateOf(
      changed(referenceText(), { [`${COMPONENTS}/-`]: cluster }),
    ).pairs[0]?.primary.components.at(-1);
    expect(component).toEqual({ ...cluster, alwaysOn: false, critical: false, maintenanceWindows: [], playbooks: {} });
  });

  test('L4: a pair without routing, replication and backup is a pair', () => {
    const gone = { routing: undefined, replication: undefined, drStorage: undefined, onFailover: undefined };
    const changes = Object.fromEntries(Object.entries(gone).map(([name, value]) => [`${PAIR}/${name}`, value]));
    expect(faultsAfter(changes)).toEqual({});
  });

  test('L4: a byte order mark at the beginning is passed over', () => {
    expect(faultsOf(`\uFEFF${referenceText()}`)).toEqual({});
  });
});

describe('what is wrong is told in the words of the user', () => {
  test.each([
    ['/schemaVersion', 2, 'must be 1'],
    ['/colour', 'red', 'is not known here'],
    [`${PAIR}/colour`, 'red', 'is not known here'],
    [`${PAIR}/primary/terraform/provisioner/kind`, 'jenkins', 'must be hcp-terraform'],
    [`${PAIR}/primary/terraform/provisioner/workspace`, 'a/b', 'must be the name of a workspace of HCP Terraform'],
    [`${PAIR}/primary/terraform/provisioner/tokenSetting`, 'user.atlasv1.abc', 'not the token'],
    [`${PAIR}/primary/terraform/provisioner/token`, 'abc', 'is not known here'],
    [`${PAIR}/primary/url`, 'http://databricks-dev.azuredatabricks.net', 'must be https:// and a host name'],
    [`${PAIR}/primary/url`, 'https://x.net/path', 'must be https:// and a host name'],
    [`${PAIR}/primary/url`, 'https://user@x.net', 'must be https:// and a host name'],
    [`${PAIR}/primary/url`, undefined, 'is missing'],
    [`${PAIR}/primary/name`, 'a/b', 'must be letters, digits and hyphens'],
    [`${PAIR}/primary/region`, 'East US', 'must be an Azure region, e.g. eastus'],
    [`${PAIR}/objectives/rtoHours`, 0, 'must be more than 0'],
    [`${PAIR}/objectives/rpoHours`, 'one', 'must be a number'],
    [`${PAIR}/primary`, undefined, 'is missing'],
    [`${PAIR}/dr`, [], 'must be an object'],
    ['/pairs', [], 'must not be empty'],
    ['/pairs', {}, 'must be a list'],
    [`${COMPONENTS}/0/id`, 'inference cluster', 'must be a cluster id'],
    [`${COMPONENTS}/0/kind`, 'toaster', 'must be one of cluster, warehouse, job, notebook'],
    [`${COMPONENTS}/0/kind`, undefined, 'must be one of cluster, warehouse, job, notebook'],
    [`${COMPONENTS}/0/autonomy`, 'yolo', 'must be one of shadow, approve, auto'],
    [`${COMPONENTS}/0/alwaysOn`, 'yes', 'must be true or false'],
    [`${COMPONENTS}/0/testNotebook`, '/Shared/../secret', 'must be a workspace path'],
    [`${COMPONENTS}/0/testTable`, 'a.b', 'is not known here'],
    [`${COMPONENTS}/0/maintenanceWindows`, [{ days: ['mon'], from: '2:00', to: '04:00' }], undefined],
    [`${COMPONENTS}/4/id`, 'f24fd0345a24b38', 'must be a warehouse id: 16 hexadecimal digits'],
    [`${COMPONENTS}/0/id`, '0424-035941-pl8ku9sr ', 'must be a cluster id'],
    [`${COMPONENTS}/4/id`, ' f24fd0345a24b381', 'must be a warehouse id: 16 hexadecimal digits'],
    [`${PAIR}/primary/workspaceId`, '04123', 'must be digits in quotes without a leading 0'],
    [`${COMPONENTS}/6/id`, 'Shared/setup', 'must be a workspace path'],
    [`${COMPONENTS}/6/runOn`, '../x', 'must be a cluster id'],
    [`${COMPONENTS}/0/terraformAddress`, 'inference', 'must be a Terraform resource address'],
    [`${PAIR}/primary/network`, { vpns: [] }, undefined],
    [`${PAIR}/primary/network`, { peerings: ['to-hub'] }, undefined],
    [`${PAIR}/primary/network`, { expressRouteCircuits: peeringId('to-hub') }, undefined],
    [`${PAIR}/drStorage/account`, 'drbkp-databricks-dev', 'must be the name of a storage account'],
    [`${PAIR}/onFailover/warehouses/size`, 'tiny', 'must be a warehouse size'],
    [`${PAIR}/replication/tables`, [], 'must not be empty'],
    ['/channels/0/type', 'carrier-pigeon', 'must be one of webhook, slack'],
    ['/channels/0/urlSetting', undefined, 'is missing'],
    ['/channels', [], 'must not be empty'],
    ['/contacts/cto', undefined, 'is missing'],
    ['/contacts/cto/secondary', undefined, 'is missing'],
    ['/contacts/cto/primary/channels', [], 'must not be empty'],
    ['/contacts/janitor', {}, 'is not known here'],
    ['/notifications/componentFailure', 'janitor', 'must be one of dr-lead, devops-engineer'],
    ['/notifications', { folding: { windowMinutes: 0 } }, undefined],
    ['/notifications', { folding: { individually: 0.5 } }, undefined],
    ['/playbooks', { DatabricksTired: {} }, undefined],
    ['/playbooks', { DatabricksUnknown: { timeoutSeconds: 0 } }, undefined],
    ['/playbooks', { DatabricksUnknown: { attempts: 1.5 } }, undefined],
  ])('L4: %s = %j', (pointer, value, words) => {
    const faults = faultsAfter({ [pointer]: value });
    const [place] = Object.keys(faults);
    expect(place?.startsWith(pointer)).toBe(true);
    if (words === undefined) expect(Object.keys(faults)).toHaveLength(1);
    else expect(faults[pointer]).toContain(words);
    expect(Object.values(faults).join()).not.toMatch(/invalid|expected|received|zod/i);
  });

  test('E5: a notebook that may be run as a proof says on which cluster', () => {
    expect(faultsAfter({ [`${COMPONENTS}/6/verifyByRun`]: true })).toEqual({
      [`${COMPONENTS}/6/runOn`]: expect.stringContaining('is needed with verifyByRun'),
    });
    expect(faultsAfter({ [`${COMPONENTS}/6/verifyByRun`]: true, [`${COMPONENTS}/6/runOn`]: 'c-1' })).toEqual({});
  });

  test('L4: wrong ids of every kind of component', () => {
    const wrong = [
      ['cluster', '../x'],
      ['warehouse', 'F24FD0345A24B381'],
      ['job', '12a'],
      ['job', '0412508634217801'],
      ['job', '9007199254740993'],
      ['notebook', '/a//b'],
      ['instance-pool', 'a b'],
      ['pipeline', 'not-a-uuid'],
      ['serving-endpoint', 'a/b'],
    ].map(([kind, id]) => ({ kind, id, name: `${kind} ${id}` }));
    const faults = faultsAfter({ [COMPONENTS]: wrong });
    expect(Object.keys(faults)).toEqual(wrong.map((_, at) => `${COMPONENTS}/${at}/id`));
  });
});

describe('what has to agree', () => {
  const again = (place: string) => expect.stringContaining(`is there already, at ${place}`);

  test('L4: primary and DR are not the same workspace, by name or by address', () => {
    expect(faultsAfter({ [`${PAIR}/dr/name`]: 'databricks-dev' })).toEqual({
      [`${PAIR}/dr/name`]: again(`${PAIR}/primary/name`),
    });
    expect(faultsAfter({ [`${PAIR}/dr/url`]: 'https://DATABRICKS-DEV.azuredatabricks.net/' })).toEqual({
      [`${PAIR}/dr/url`]: again(`${PAIR}/primary/url`),
    });
  });

  test('L4: a second pair has names of its own', () => {
    const { pairs } = estateOf(referenceText());
    const faults = faultsAfter({ '/pairs/-': JSON.parse(JSON.stringify(pairs[0])) });
    expect(faults['/pairs/1/name']).toEqual(again('/pairs/0/name'));
    expect(faults['/pairs/1/primary/name']).toEqual(again('/pairs/0/primary/name'));
    expect(faults['/pairs/1/dr/url']).toEqual(again('/pairs/0/dr/url'));
  });

  test('L4: ids and names of components are used once in a kind', () => {
    const twin = { kind: 'cluster', id: 'test-cluster-123', name: 'test cluster' };
    expect(faultsAfter({ [`${COMPONENTS}/-`]: twin })).toEqual({
      [`${COMPONENTS}/9/id`]: again(`${COMPONENTS}/2/id`),
      [`${COMPONENTS}/9/name`]: again(`${COMPONENTS}/2/name`),
    });
  });

  test('B5: links of the network are resource ids of their kind, each once in a workspace', () => {
    const network = (peerings: string[], expressRouteCircuits: string[] = []) =>
      faultsAfter({ [`${PAIR}/primary/network`]: { peerings, expressRouteCircuits } });
    const [peering, circuit] = [peeringId('to-hub'), circuitId('er-main')];
    const place = `${PAIR}/primary/network`;
    expect(network([peering], [circuit])).toEqual({});
    expect(network([circuit], [peering])).toEqual({
      [`${place}/peerings/0`]: expect.stringContaining('must be the resource id of a VNet peering'),
      [`${place}/expressRouteCircuits/0`]: expect.stringContaining(
        'must be the resource id of an ExpressRoute circuit',
      ),
    });
    for (const wrong of [peeringId('..'), peeringId('a/b'), `${peering}?x=1`, peeringId('x', 'v', { group: '..' })])
      expect(Object.keys(network([wrong])), wrong).toEqual([`${place}/peerings/0`]);
    expect(network([peering, peering.toLowerCase()])).toEqual({
      [`${place}/peerings/1`]: again(`${place}/peerings/0`),
    });
  });

  test('L4: a cluster and a warehouse may have one name, and both workspaces may have one id', () => {
    const inDr = { kind: 'cluster', id: 'test-cluster-123', name: 'Test Cluster' };
    expect(faultsAfter({ [`${PAIR}/dr/components/-`]: inDr })).toEqual({});
  });

  test('J2: contacts use channels that the estate has, each once', () => {
    const channels = ['operations', 'pager', 'operations'];
    expect(faultsAfter({ '/contacts/cto/primary/channels': channels })).toEqual({
      '/contacts/cto/primary/channels/1': 'names no channel of the estate: it has operations, log',
      '/contacts/cto/primary/channels/2': again('/contacts/cto/primary/channels/0'),
    });
  });

  test('J2: primary and secondary contact are two people', () => {
    const faults = faultsAfter({ '/contacts/cto/secondary/name': 'CTO' });
    expect(faults).toEqual({ '/contacts/cto/secondary/name': again('/contacts/cto/primary/name') });
  });

  test('J3: channel names are used once', () => {
    const faults = faultsAfter({ '/channels/1/name': 'operations' });
    expect(faults['/channels/1/name']).toEqual(again('/channels/0/name'));
  });

  test('F1: tables are named once, with as many levels as Unity Catalog wants', () => {
    const tables = ['a.b', 'a.b', 'c.a.b'];
    expect(faultsAfter({ [`${PAIR}/replication/tables`]: tables })).toEqual({
      [`${PAIR}/replication/tables/1`]: again(`${PAIR}/replication/tables/0`),
      [`${PAIR}/replication/tables/2`]: 'must have 2 levels, because Unity Catalog is off in this pair',
    });
    const withCatalog = { [`${PAIR}/unityCatalog`]: true, [`${PAIR}/replication/tables`]: ['c.a.b'] };
    expect(faultsAfter(withCatalog)).toEqual({});
  });
});

describe('all at once', () => {
  test('L4: wrong forms and disagreements come together, in different corners of the file', () => {
    const faults = faultsAfter({
      '/colour': 'red',
      [`${PAIR}/dr/url`]: 'http://x',
      [`${PAIR}/dr/name`]: 'databricks-dev',
      [`${COMPONENTS}/0/id`]: '../x',
      [`${COMPONENTS}/3/id`]: 'test-cluster-123',
      '/contacts/cto': undefined,
      '/contacts/dr-lead/primary/channels': ['pager'],
      '/channels/1/type': 'carrier-pigeon',
    });
    expect(Object.keys(faults).sort()).toEqual([
      '/channels/1/type',
      '/colour',
      '/contacts/cto',
      '/contacts/dr-lead/primary/channels/0',
      `${PAIR}/dr/name`,
      `${PAIR}/dr/url`,
      `${COMPONENTS}/0/id`,
      `${COMPONENTS}/3/id`,
    ]);
  });

  test('L4: what is not JSON is told with line and column', () => {
    const text = referenceText();
    const lines = text.split('\n');
    lines[2] = '  "name": reference,';
    const expected = 'not JSON at line 3, column 11: a value is expected here';
    expect(faultsOf(lines.join('\n'))).toEqual({ '': expected });
    expect(faultsOf('')).toEqual({ '': 'not JSON at line 1, column 1: the file ends too early' });
  });

  test('L4: JSON that is no estate at all is told as such', () => {
    expect(faultsOf('[]')).toEqual({ '': 'must be an object' });
    expect(Object.keys(faultsOf('{}')).sort()).toEqual(['/channels', '/contacts', '/name', '/pairs', '/schemaVersion']);
  });

  test('L4: of a file with faults, channels and workspace names stay readable', () => {
    const parsed = parseEstate(changed(referenceText(), { '/contacts': undefined }), channelSchema);
    if (parsed.ok) throw new Error('a file without contacts was taken');
    expect(parsed.readable.channels.map(({ name }) => name)).toEqual(['operations', 'log']);
    expect(parsed.readable.workspaceNames).toEqual(['databricks-dev', 'databricks-dr']);
    const nameless = parseEstate(changed(referenceText(), { [`${PAIR}/dr/name`]: 7 }), channelSchema);
    expect(nameless.ok ? 'ok' : nameless.readable.workspaceNames).toBeUndefined();
  });

  test('L4: whatever is put wherever, it is an estate or a list of faults, never an exception', () => {
    const pointers = [
      '',
      '/pairs',
      PAIR,
      `${PAIR}/primary`,
      COMPONENTS,
      `${COMPONENTS}/0`,
      '/contacts',
      '/contacts/cto',
      '/channels',
    ];
    const places = fc.constantFrom(...pointers.slice(1), `${PAIR}/replication`, '/contacts/cto/primary', '/playbooks');
    fc.assert(
      fc.property(places, fc.jsonValue({ stringUnit: 'binary' }), (place, value) => {
        const text = changed(referenceText(), { [place]: value });
        const parsed = parseEstate(text, channelSchema);
        if (!parsed.ok) expect(parsed.faults.every(({ detail }) => detail.length > 0)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
