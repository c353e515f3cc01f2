import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { channelSchema } from '../../shared/adapters/channels/index.ts';
import { settingNames } from '../../shared/config/settings.ts';
import { type ChannelSettings, readConfig } from '../../shared/config.ts';
import type { Secret } from '../../shared/domain/secret.ts';
import { changed, referenceText } from '../builders/estate-text.ts';

const KEY = 'key-that-nobody-guesses-1';
const OTHER_KEY = 'key-that-nobody-guesses-2';
const BUS =
  'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=local;SharedAccessKey=bus-secret=;UseDevelopmentEmulator=true';
const STORAGE =
  'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=storage-secret==;' +
  'TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;';

type Environment = Record<string, string | undefined>;

/** A laptop as `npm start` sets it up. */
const laptop: Environment = {
  API_KEYS: KEY,
  BASIC_USERS: '[{"username":"databricks","password":"pass:word:with:colons"}]',
  ServiceBusConnection: BUS,
  TABLES_CONNECTION: STORAGE,
  BLOBS_CONNECTION: STORAGE,
  ESTATE_FILE: '/estates/reference.json',
  WORKSPACE_HOSTS: '{"databricks-dev":"http://127.0.0.1:8001","databricks-dr":"http://127.0.0.1:8002"}',
  DATABRICKS_TOKEN: 'token-secret',
  HCP_TERRAFORM_URL: 'http://127.0.0.1:8004',
  HCP_TERRAFORM_TOKEN: 'terraform-secret',
  AUTO_REMEDIATION_ENABLED: 'true',
  TIME_SCALE: '30',
  WEBHOOK_URL: 'http://127.0.0.1:8003/webhook',
  SLACK_WEBHOOK_URL: 'http://127.0.0.1:8003/slack/services/T000/B000/local',
  PUBLIC_URL: 'http://127.0.0.1:7071',
};

/** An app in Azure with managed identity for everything. */
const azure: Environment = {
  WEBSITE_INSTANCE_ID: 'a1b2',
  API_KEYS: `${KEY},${OTHER_KEY}`,
  ServiceBusConnection__fullyQualifiedNamespace: 'lakewarden.servicebus.windows.net',
  TABLES_CONNECTION: 'https://lakewarden.table.core.windows.net',
  BLOBS_CONNECTION: 'https://lakewarden.blob.core.windows.net',
  ESTATE_FILE: 'estate.json',
  HCP_TERRAFORM_TOKEN: 'terraform-secret',
  WEBHOOK_URL: 'https://hooks.example.com/abc',
  SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T/B/x',
};

function read(environment: Environment, estate = referenceText()) {
  return readConfig(environment, { readFile: () => estate, channelSchema });
}

function configOf(environment: Environment, estate?: string) {
  const result = read(environment, estate);
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2));
  return result.config;
}

/** Pointer -> words; `{}` when the configuration is right. */
function faultsOf(environment: Environment, estate?: string): Record<string, string> {
  const result = read(environment, estate);
  return result.ok ? {} : Object.fromEntries(result.faults.map(({ pointer, detail }) => [pointer, detail]));
}

function doorsOf(environment: Environment) {
  const result = read(environment);
  return result.ok ? result.config.doors : result.doors;
}

function revealed(secrets: readonly Secret[]): string[] {
  return secrets.map((secret) => secret.reveal());
}

describe('a right configuration', () => {
  test('L4: a laptop gets what it was set to', () => {
    const config = configOf(laptop);
    expect(revealed(config.doors.apiKeys)).toEqual([KEY]);
    expect(config.doors.bus.reveal()).toBe(BUS);
    expect(config.doors).toMatchObject({ maxBodyBytes: 262_144, waitSeconds: 1.5 });
    expect([config.tables.reveal(), config.blobs.reveal()]).toEqual([STORAGE, STORAGE]);
    expect(config).toMatchObject({ autoRemediationEnabled: true, timeScale: 30, publicUrl: 'http://127.0.0.1:7071' });
    expect(config.estate.name).toBe('reference');
    expect(config.channelUrls.get('WEBHOOK_URL')?.reveal()).toBe('http://127.0.0.1:8003/webhook');
    expect([...config.channelUrls.keys()].sort()).toEqual(['SLACK_WEBHOOK_URL', 'WEBHOOK_URL']);
  });

  test('E8: links are signed by the first of two secrets, and by none unless one is set', () => {
    const [old, fresh] = ['x'.repeat(32), 'y'.repeat(32)];
    expect(configOf(laptop).approvalLinkSecrets).toEqual([]);
    const config = configOf({ ...laptop, APPROVAL_LINK_SECRET: `${fresh}, ${old}` });
    expect(revealed(config.approvalLinkSecrets)).toEqual([fresh, old]);
    expect(JSON.stringify(config)).not.toContain(fresh);
  });

  test('L4: simulated workspaces are reached by token, the active one first', () => {
    const { workspaces } = configOf(laptop);
    const places = workspaces.map(({ name, host, credentials }) => [
      name,
      host,
      credentials === 'managed-identity' ? credentials : credentials.token.reveal(),
    ]);
    expect(places).toEqual([
      ['databricks-dev', 'http://127.0.0.1:8001', 'token-secret'],
      ['databricks-dr', 'http://127.0.0.1:8002', 'token-secret'],
    ]);
  });

  test('L4: the infrastructure code of both workspaces is applied with the token whose setting the estate names', () => {
    const places = configOf(laptop).provisioners.map(({ workspace, origin, choice, token }) => [
      workspace,
      origin,
      choice.workspace,
      token.reveal(),
    ]);
    expect(places).toEqual([
      ['databricks-dev', 'http://127.0.0.1:8004', 'databricks-dev', 'terraform-secret'],
      ['databricks-dr', 'http://127.0.0.1:8004', 'databricks-dr', 'terraform-secret'],
    ]);
    expect(configOf(azure).provisioners[0]?.origin).toBe('https://app.terraform.io');
  });

  test('L4: an estate that names nothing to apply its code needs no token', () => {
    const without = changed(referenceText(), {
      '/pairs/0/primary/terraform/provisioner': undefined,
      '/pairs/0/dr/terraform/provisioner': undefined,
    });
    const { provisioners } = configOf({ ...laptop, HCP_TERRAFORM_TOKEN: undefined }, without);
    expect(provisioners).toEqual([]);
  });

  test('L2: in Azure everything is reached by managed identity', () => {
    const { workspaces, doors, tables } = configOf(azure);
    expect(workspaces).toEqual([
      { name: 'databricks-dev', host: 'https://databricks-dev.azuredatabricks.net', credentials: 'managed-identity' },
      { name: 'databricks-dr', host: 'https://databricks-dr.azuredatabricks.net', credentials: 'managed-identity' },
    ]);
    expect(doors.bus.reveal()).toBe('lakewarden.servicebus.windows.net');
    expect(tables.reveal()).toBe('https://lakewarden.table.core.windows.net');
  });

  test('L2: the token never goes to a workspace that is not on this machine', () => {
    const hosts = '{"databricks-dev":"http://localhost:8001","databricks-dr":"https://adb-1.2.azuredatabricks.net"}';
    const credentials = configOf({ ...laptop, WORKSPACE_HOSTS: hosts }).workspaces.map(
      (workspace) => workspace.credentials,
    );
    expect(credentials.map((given) => given === 'managed-identity')).toEqual([false, true]);
  });

  test('A3: two keys are valid at once, and Basic passwords may hold colons', () => {
    expect(revealed(configOf(azure).doors.apiKeys)).toEqual([KEY, OTHER_KEY]);
    const [user] = configOf(laptop).doors.basicUsers;
    expect([user?.username, user?.password.reveal()]).toEqual(['databricks', 'pass:word:with:colons']);
  });

  test('E3: remediation is on unless it is switched off, in whatever letters', () => {
    expect(configOf({ ...laptop, AUTO_REMEDIATION_ENABLED: undefined }).autoRemediationEnabled).toBe(true);
    expect(configOf({ ...laptop, AUTO_REMEDIATION_ENABLED: 'False' }).autoRemediationEnabled).toBe(false);
  });

  test('L4: empty settings count as not set, and spaces around a value do not count', () => {
    const config = configOf({ ...laptop, TIME_SCALE: ' ', PUBLIC_URL: '', API_KEYS: ` ${KEY} , ${OTHER_KEY} ` });
    expect(config).toMatchObject({ timeScale: 1, publicUrl: undefined });
    expect(revealed(config.doors.apiKeys)).toEqual([KEY, OTHER_KEY]);
  });

  test('L4: every setting that is listed is read', () => {
    const asked = new Set<string>();
    const listening = new Proxy(laptop, {
      get(target, name) {
        asked.add(String(name));
        return Reflect.get(target, name);
      },
    });
    configOf(listening);
    expect([...asked].filter((name) => name !== 'WEBSITE_INSTANCE_ID').sort()).toEqual([...settingNames].sort());
  });
});

describe('each setting that is wrong is named', () => {
  const long = 'x'.repeat(40);
  test.each([
    ['API_KEYS', undefined, 'is missing'],
    ['API_KEYS', 'short', 'at least 16 characters'],
    ['API_KEYS', `${KEY},short`, 'at least 16 characters'],
    ['API_KEYS', `${KEY},`, 'at least 16 characters'],
    ['API_KEYS', `${KEY},${OTHER_KEY},${long}`, 'one key or two'],
    ['API_KEYS', `${KEY},${KEY}`, 'the same key twice'],
    ['API_KEYS', 'key with spaces in it', 'without spaces'],
    ['API_KEYS', '<one key or two>', 'placeholder'],
    ['BASIC_USERS', 'databricks:password', 'must be JSON'],
    ['BASIC_USERS', '{"username":"a","password":"bbbbbbbb"}', 'must be a list'],
    ['ServiceBusConnection', undefined, 'ServiceBusConnection__fullyQualifiedNamespace'],
    ['ServiceBusConnection', 'lakewarden.servicebus.windows.net', 'must be Endpoint=sb://'],
    ['ServiceBusConnection', 'Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=a', 'must be Endpoint=sb://'],
    ['ServiceBusConnection', 'Endpoint=https://x/;SharedAccessKeyName=a;SharedAccessKey=b', 'must be Endpoint=sb://'],
    ['ServiceBusConnection', `${BUS};EntityPath=signals`, 'without EntityPath'],
    ['ServiceBusConnection', BUS.replace('127.0.0.1', '10.0.0.1'), 'only for this machine'],
    ['TABLES_CONNECTION', undefined, 'is missing'],
    ['TABLES_CONNECTION', 'http://x.table.core.windows.net', 'must begin with https://'],
    ['TABLES_CONNECTION', 'whatever', 'https:// endpoint of the table service'],
    ['TABLES_CONNECTION', 'AccountName=a', 'https:// endpoint of the table service'],
    ['TABLES_CONNECTION', STORAGE.replaceAll('127.0.0.1', '10.0.0.1'), 'must use https'],
    ['TABLES_CONNECTION', 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=b', 'must use https'],
    ['BLOBS_CONNECTION', undefined, 'is missing'],
    ['BLOBS_CONNECTION', 'ftp://x', 'must begin with https://'],
    ['ESTATE_FILE', undefined, 'is missing'],
    ['WORKSPACE_HOSTS', '["databricks-dev"]', 'must be an object'],
    ['WORKSPACE_HOSTS', '{"databricks-dev":8001}', 'must be an object'],
    ['WORKSPACE_HOSTS', 'http://127.0.0.1', 'must be JSON'],
    ['DATABRICKS_TOKEN', undefined, 'WORKSPACE_HOSTS names a workspace on this machine'],
    ['CONNECTIVITY_HOSTS', '{', 'must be JSON'],
    ['CONNECTIVITY_HOSTS', '[]', 'must be an object'],
    ['HCP_TERRAFORM_URL', 'http://terraform.example.com', 'must be https://'],
    ['HCP_TERRAFORM_URL', 'https://terraform.example.com/api/v2', 'a host name alone'],
    ['HCP_TERRAFORM_TOKEN', undefined, 'the workspace databricks-dev of the estate is applied with it'],
    ['HCP_TERRAFORM_TOKEN', 'two words', 'must be a token'],
    ['AUTO_REMEDIATION_ENABLED', 'yes', 'must be true or false'],
    ['TIME_SCALE', '0.5', 'from 1 to'],
    ['TIME_SCALE', 'fast', 'from 1 to'],
    ['TIME_SCALE', '1e3', 'from 1 to'],
    ['TIME_SCALE', 'Infinity', 'from 1 to'],
    ['WEBHOOK_URL', undefined, 'the channel log of the estate needs it'],
    ['WEBHOOK_URL', 'http://hooks.example.com', 'must be an https:// address'],
    ['SLACK_WEBHOOK_URL', 'hooks.slack.com', 'must be an https:// address'],
    ['SLACK_WEBHOOK_URL', '<https:// address of a Slack incoming webhook>', 'placeholder'],
    ['PUBLIC_URL', 'http://lakewarden.example.com', 'must be https://'],
    ['PUBLIC_URL', 'https://lakewarden.example.com/path', 'a host name alone'],
    ['APPROVAL_LINK_SECRET', 'x'.repeat(31), 'at least 32 characters'],
    ['APPROVAL_LINK_SECRET', `${'x'.repeat(32)},`, 'at least 32 characters'],
    ['APPROVAL_LINK_SECRET', `${'x'.repeat(32)},${'x'.repeat(32)}`, 'the same secret twice'],
    ['APPROVAL_LINK_SECRET', ['x', 'y', 'z'].map((one) => one.repeat(32)).join(','), 'one secret or two'],
    ['MAX_BODY_BYTES', '-1', 'whole number from 1024'],
    ['MAX_BODY_BYTES', '2000.5', 'whole number from 1024'],
    ['DOOR_WAIT_SECONDS', '31', 'from 0 to 30'],
    ['RETENTION_INCIDENT_DAYS', '6', 'whole number from 7 to 3650'],
    ['RETENTION_SIGNAL_DAYS', '0.5', 'whole number from 7 to 3650'],
    ['RETENTION_DEAD_LETTER_DAYS', '3651', 'whole number from 7 to 3650'],
  ])('L4: %s = %j', (name, value, words) => {
    const faults = faultsOf({ ...laptop, [name]: value });
    expect(Object.keys(faults)).toEqual([`/${name}`]);
    expect(faults[`/${name}`]).toContain(words);
  });

  test('L4: what is wrong inside BASIC_USERS has its place', () => {
    const users = [
      { username: 'a:b', password: 'long-enough' },
      { username: 'c', password: 'short' },
      { username: 'd', password: 'long-enough' },
      { username: 'd', password: 'long-enough' },
      7,
    ];
    expect(Object.keys(faultsOf({ ...laptop, BASIC_USERS: JSON.stringify(users) }))).toEqual([
      '/BASIC_USERS/0/username',
      '/BASIC_USERS/1/password',
      '/BASIC_USERS/3/username',
      '/BASIC_USERS/4',
    ]);
  });

  test.each(['http://adb-1.2.azuredatabricks.net', 'https://adb-1.2.azuredatabricks.net/?o=1', 'adb-1.2', ''])(
    'L4: a workspace is not reached at %j',
    (host) => {
      const hosts = JSON.stringify({ 'databricks-dev': 'http://127.0.0.1:1', 'databricks-dr': host });
      expect(Object.keys(faultsOf({ ...laptop, WORKSPACE_HOSTS: hosts }))).toEqual(['/WORKSPACE_HOSTS/databricks-dr']);
    },
  );

  test('L4: a host for a workspace that the estate does not have is a mistake', () => {
    const hosts = '{"databricks-dev":"http://127.0.0.1:1","databricks-tset":"http://127.0.0.1:2"}';
    expect(faultsOf({ ...laptop, WORKSPACE_HOSTS: hosts })).toEqual({
      '/WORKSPACE_HOSTS/databricks-tset': 'is no workspace of the estate: it has databricks-dev, databricks-dr',
    });
  });

  test('B5: in Azure everything is looked at where the estate says it is, and the control witnesses with it', () => {
    expect(configOf(azure).targets.map(({ id, origin, region }) => [id, origin, region])).toEqual([
      ['workspace/databricks-dev', 'https://databricks-dev.azuredatabricks.net', 'eastus'],
      ['workspace/databricks-dr', 'https://databricks-dr.azuredatabricks.net', 'westus2'],
      ['storage/drbkpdatabricksdev', 'https://drbkpdatabricksdev.dfs.core.windows.net', 'westus2'],
      ['front-door/databricks-fd', 'https://databricks-fd.azurefd.net', null],
      ['reference/entra', 'https://login.microsoftonline.com', null],
      ['reference/arm', 'https://management.azure.com', null],
      ['reference/status-page', 'https://status.azuredatabricks.net', null],
    ]);
  });

  test('B5: a workspace is looked at where it is reached', () => {
    const hosts = JSON.stringify({ 'databricks-dev': 'https://adb-1.2.azuredatabricks.net' });
    const { targets } = configOf({ ...azure, WORKSPACE_HOSTS: hosts });
    expect(targets[0]).toMatchObject({ origin: 'https://adb-1.2.azuredatabricks.net', expects: 'api' });
    expect(targets).toHaveLength(7);
  });

  test('B5, L3: nothing on a laptop reaches out: beside the workspaces only what is named is looked at', () => {
    const origins = (more: Environment) =>
      configOf({ ...laptop, ...more }).targets.map(({ id, origin }) => [id, origin]);
    const workspaces = [
      ['workspace/databricks-dev', 'http://127.0.0.1:8001'],
      ['workspace/databricks-dr', 'http://127.0.0.1:8002'],
    ];
    expect(origins({})).toEqual(workspaces);
    expect(origins({ CONNECTIVITY_HOSTS: '{}' })).toEqual(workspaces);
    const named = { 'workspace/databricks-dr': 'http://127.0.0.1:9002', 'reference/arm': 'http://127.0.0.1:9003' };
    expect(origins({ CONNECTIVITY_HOSTS: JSON.stringify(named) })).toEqual([
      workspaces[0],
      ['workspace/databricks-dr', 'http://127.0.0.1:9002'],
      ['reference/arm', 'http://127.0.0.1:9003'],
    ]);
  });

  test('L4: what is looked at nowhere, or not safely, is a mistake', () => {
    const hosts = { 'storage/other': 'https://x.dfs.core.windows.net', 'reference/arm': 'http://management.azure.com' };
    const faults = faultsOf({ ...laptop, CONNECTIVITY_HOSTS: JSON.stringify(hosts) });
    expect(Object.keys(faults)).toEqual(['/CONNECTIVITY_HOSTS/storage~1other', '/CONNECTIVITY_HOSTS/reference~1arm']);
    expect(faults['/CONNECTIVITY_HOSTS/storage~1other']).toMatch(
      /there is workspace\/databricks-dev, .*reference\/arm/,
    );
  });

  test('L2: a token is for this machine only', () => {
    expect(Object.keys(faultsOf({ ...azure, DATABRICKS_TOKEN: 'dapi123' }))).toEqual(['/DATABRICKS_TOKEN']);
  });

  test('L2: connection string and namespace are not set together', () => {
    const both = { ...laptop, ServiceBusConnection__fullyQualifiedNamespace: 'x.servicebus.windows.net' };
    expect(Object.keys(faultsOf(both))).toEqual(['/ServiceBusConnection']);
    const wrong = { ...azure, ServiceBusConnection__fullyQualifiedNamespace: 'sb://x.servicebus.windows.net/' };
    expect(Object.keys(faultsOf(wrong))).toEqual(['/ServiceBusConnection__fullyQualifiedNamespace']);
  });

  test('L3: time is never scaled in Azure', () => {
    expect(Object.keys(faultsOf({ ...azure, TIME_SCALE: '30' }))).toEqual(['/TIME_SCALE']);
    expect(Object.keys(faultsOf({ ...azure, TIME_SCALE: '1' }))).toEqual(['/TIME_SCALE']);
  });

  test('L4: an estate file that cannot be read is named with the reason', () => {
    const readFile = (path: string) => {
      throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' });
    };
    const result = readConfig(laptop, { readFile, channelSchema });
    expect(result.ok ? [] : result.faults).toEqual([
      { pointer: '/ESTATE_FILE', detail: 'names a file that cannot be read (ENOENT): /estates/reference.json' },
    ]);
  });

  test('L4: the faults of the estate file stand under its setting', () => {
    const estate = changed(referenceText(), { '/pairs/0/dr/url': 'http://x', '/contacts/cto': undefined });
    expect(Object.keys(faultsOf(laptop, estate))).toEqual(['/ESTATE_FILE/pairs/0/dr/url', '/ESTATE_FILE/contacts/cto']);
    expect(faultsOf(laptop, '{ "name": ')).toEqual({
      '/ESTATE_FILE': 'not JSON at line 1, column 11: the file ends too early',
    });
  });

  test('L4: a channel may name a setting of its own, and then needs it', () => {
    const estate = changed(referenceText(), { '/channels/1/urlSetting': 'AUDIT_HOOK' });
    expect(faultsOf(laptop, estate)).toEqual({ '/AUDIT_HOOK': expect.stringContaining('the channel log') });
    expect(configOf({ ...laptop, AUDIT_HOOK: 'https://audit.example.com' }, estate).channelUrls.has('AUDIT_HOOK')).toBe(
      true,
    );
  });
});

describe('all at once', () => {
  test('L4: nothing set at all: everything that is needed is told', () => {
    const names = ['API_KEYS', 'ServiceBusConnection', 'TABLES_CONNECTION', 'BLOBS_CONNECTION', 'ESTATE_FILE'];
    expect(Object.keys(faultsOf({}))).toEqual(names.map((name) => `/${name}`));
  });

  test('L4: a broken estate file hides no fault of the settings that depend on it', () => {
    const estate = changed(referenceText(), { '/contacts': undefined });
    const environment = {
      ...laptop,
      API_KEYS: 'short',
      WEBHOOK_URL: undefined,
      SLACK_WEBHOOK_URL: 'http://x',
      HCP_TERRAFORM_TOKEN: undefined,
      TIME_SCALE: '0',
      WORKSPACE_HOSTS: '{"nowhere":"http://127.0.0.1:1"}',
    };
    expect(Object.keys(faultsOf(environment, estate)).sort()).toEqual([
      '/API_KEYS',
      '/ESTATE_FILE/contacts',
      '/HCP_TERRAFORM_TOKEN',
      '/SLACK_WEBHOOK_URL',
      '/TIME_SCALE',
      '/WEBHOOK_URL',
      '/WORKSPACE_HOSTS/nowhere',
    ]);
  });

  test('L4: one setting may have several faults', () => {
    const result = read({ ...laptop, API_KEYS: 'a,b,c' });
    expect(result.ok ? [] : result.faults.map(({ pointer }) => pointer)).toEqual(['/API_KEYS', '/API_KEYS']);
  });
});

describe('doors stay open', () => {
  test('A4: with keys and bus right they work, whatever else is wrong', () => {
    const doors = doorsOf({ API_KEYS: KEY, ServiceBusConnection: BUS, ESTATE_FILE: 'x', TIME_SCALE: '-3' });
    expect(doors && revealed(doors.apiKeys)).toEqual([KEY]);
    expect(doors).toMatchObject({ maxBodyBytes: 262_144, waitSeconds: 1.5 });
  });

  test('A4: wrong limits fall back on the defaults', () => {
    const doors = doorsOf({ ...laptop, MAX_BODY_BYTES: 'many', DOOR_WAIT_SECONDS: '99' });
    expect(doors).toMatchObject({ maxBodyBytes: 262_144, waitSeconds: 1.5 });
  });

  test('A3: a key or user that is wrong in itself opens nothing, the others still do', () => {
    const doors = doorsOf({
      ...laptop,
      API_KEYS: `short,${KEY}`,
      BASIC_USERS: '[{"username":"a","password":"weak"},{"username":"b","password":"good-enough"}]',
    });
    expect(doors && revealed(doors.apiKeys)).toEqual([KEY]);
    expect(doors?.basicUsers.map(({ username }) => username)).toEqual(['b']);
  });

  test('A3: without any valid key or user, or without a bus, there are no doors', () => {
    expect(doorsOf({ ...laptop, API_KEYS: 'short', BASIC_USERS: undefined })).toBeNull();
    expect(doorsOf({ ...laptop, API_KEYS: '<placeholder of the example>', BASIC_USERS: '' })).toBeNull();
    expect(doorsOf({ ...laptop, ServiceBusConnection: 'nonsense' })).toBeNull();
  });
});

describe('secrets stay secret', () => {
  const secrets = [
    KEY,
    'pass:word:with:colons',
    'bus-secret',
    'storage-secret',
    'token-secret',
    '/slack/services/T000',
  ];

  test('L5: a configuration can be printed, logged and put into JSON', () => {
    const config = configOf(laptop);
    const printed = [
      JSON.stringify(config),
      inspect(config, { depth: 20, showHidden: true }),
      `${config.doors.bus}`,
    ].join();
    expect(secrets.filter((secret) => printed.includes(secret))).toEqual([]);
    expect(printed).toContain('***');
  });

  test('L5: no fault repeats what a setting holds, wherever it was put by mistake', () => {
    const secret = 'SECRET-4f2a9c';
    const forms = [
      secret,
      `["${secret}"]`,
      `{"a":"${secret}"}`,
      `https://${secret}`,
      `http://${secret}@127.0.0.1`,
      `<${secret}`,
    ];
    // The path of a file is no secret and is told.
    const names = settingNames.filter((name) => name !== 'ESTATE_FILE');
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...forms)), (wrong) => {
        const result = read({ ...laptop, ...wrong });
        expect(result.ok ? '' : JSON.stringify(result)).not.toContain(secret);
      }),
    );
  });

  test('L5: an address put in place of the name of its setting is not repeated, however lax the schema of channels', () => {
    const estate = changed(referenceText(), { '/channels/1/urlSetting': 'https://hooks.example.com/SECRET' });
    const lax = z.looseObject({ name: z.string(), urlSetting: z.string() });
    for (const schema of [channelSchema, lax]) {
      const result = readConfig<ChannelSettings>(laptop, { readFile: () => estate, channelSchema: schema });
      const faults = result.ok ? [] : result.faults;
      expect(faults.map(({ pointer }) => pointer)).toEqual(['/ESTATE_FILE/channels/1/urlSetting']);
      expect(JSON.stringify(faults)).not.toContain('SECRET');
    }
  });
});
