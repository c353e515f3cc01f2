// Which credentials open which door, and whose tokens: what is wrong is told in the user's words, and opens nothing by mistake.
import { describe, expect, test } from 'vitest';
import { readDoors } from '../../shared/config/doors.ts';
import { Settings } from '../../shared/config/settings.ts';
import { defaultCredentials } from '../../shared/domain/credentials.ts';
import { asksForFunctionKey } from '../../shared/domain/function-keys.ts';

const TENANT = '72f988bf-0000-4000-8000-2d7cd011db47';
const APP = '5c1f0000-0000-4000-8000-00000000aaaa';
const base = {
  API_KEYS: 'key-that-nobody-guesses-1',
  BASIC_USERS: '[{"username":"databricks","password":"password-1"}]',
  ServiceBusConnection__fullyQualifiedNamespace: 'lakewarden.servicebus.windows.net',
};
const tenant = { HOOK_TENANT_ID: TENANT, HOOK_AUDIENCE: APP };

function read(environment: Record<string, string>) {
  const settings = new Settings({ ...base, ...environment });
  const doors = readDoors(settings);
  return { doors, faults: settings.faults.map(({ pointer, detail }) => `${pointer} ${detail}`) };
}

describe('A3: which door takes which credentials', () => {
  test('the default is what each sender can send, without tokens while no tenant is named', () => {
    const { doors, faults } = read({});
    expect(faults).toEqual([]);
    expect(doors?.accepted).toEqual(defaultCredentials);
    expect(doors?.hookTokens).toBeUndefined();
  });

  test('a choice replaces the default of that sender alone', () => {
    const { doors, faults } = read({ ...tenant, DOOR_CREDENTIALS: '{"azure":["bearer"]}' });
    expect(faults).toEqual([]);
    expect(doors?.accepted).toEqual({ databricks: ['api-key', 'basic'], azure: ['bearer'] });
  });

  test.each([
    ['no JSON', '{azure}', {}, '/DOOR_CREDENTIALS must be JSON'],
    ['an unknown sender', '{"slack":["api-key"]}', {}, '/DOOR_CREDENTIALS must say for databricks and azure'],
    ['an unknown kind', '{"azure":["cookie"]}', {}, '/DOOR_CREDENTIALS must say for databricks and azure'],
    ['nothing at all', '{"azure":[]}', {}, '/DOOR_CREDENTIALS must say for databricks and azure'],
    ['tokens of nobody', '{"azure":["bearer"]}', {}, '/DOOR_CREDENTIALS/azure has bearer, but HOOK_TENANT_ID'],
    [
      'users of whom there are none',
      '{"azure":["basic"]}',
      { BASIC_USERS: '' },
      '/DOOR_CREDENTIALS/azure has basic, but',
    ],
    [
      'a function key beside another',
      '{"azure":["function-key","bearer"]}',
      tenant,
      '/DOOR_CREDENTIALS/azure must have function-key alone',
    ],
  ])('%s is a fault', (_what, text, more, fault) => {
    const { faults } = read({ DOOR_CREDENTIALS: text, ...more });
    expect(faults).toEqual([expect.stringContaining(fault)]);
  });

  test('a door for which the host asks no key never trusts the host', () => {
    for (const text of ['{"azure":["function-key","bearer"]}', '{"azure":["function-key","function-key"]}', '{']) {
      const { doors } = read({ ...tenant, DOOR_CREDENTIALS: text });
      expect(asksForFunctionKey(text, 'azure')).toBe(false);
      expect(doors?.accepted.azure).not.toContain('function-key');
    }
    const alone = '{"azure":["function-key"]}';
    expect(read({ DOOR_CREDENTIALS: alone }).doors?.accepted.azure).toEqual(['function-key']);
    expect(asksForFunctionKey(alone, 'azure')).toBe(true);
    expect(asksForFunctionKey(alone, 'databricks')).toBe(false);
    expect(asksForFunctionKey(undefined, 'azure')).toBe(false);
  });
});

describe('A3: whose tokens open the doors', () => {
  test('a registration is named by its id or its URI, and tokens of both versions are for it', () => {
    const expected = { tenantId: TENANT, audiences: [APP, `api://${APP}`] };
    expect(read(tenant).doors?.hookTokens).toMatchObject({
      ...expected,
      authority: 'https://login.microsoftonline.com',
      v1Issuer: 'https://sts.windows.net',
      callerAppId: '461e8683-5575-4561-ac7f-899cc907d62a',
    });
    expect(read({ ...tenant, HOOK_AUDIENCE: `api://${APP}` }).doors?.hookTokens).toMatchObject(expected);
    const own = read({ ...tenant, HOOK_AUDIENCE: 'api://contoso.com/lakewarden' }).doors?.hookTokens;
    expect(own?.audiences).toEqual(['api://contoso.com/lakewarden']);
  });

  test('another cloud has its own address, issuer and application', () => {
    const china = { HOOK_AUTHORITY_URL: 'https://login.partner.microsoftonline.cn/', HOOK_CALLER_APP_ID: APP };
    expect(read({ ...tenant, ...china }).doors?.hookTokens).toMatchObject({
      authority: 'https://login.partner.microsoftonline.cn',
      v1Issuer: 'https://sts.chinacloudapi.cn',
      callerAppId: APP,
    });
  });

  test.each([
    ['a tenant by name', { HOOK_TENANT_ID: 'contoso.com' }, '/HOOK_TENANT_ID must be the id of the tenant'],
    ['no audience', { HOOK_AUDIENCE: '' }, '/HOOK_AUDIENCE is missing'],
    ['no tenant', { HOOK_TENANT_ID: '' }, '/HOOK_TENANT_ID is missing'],
    ['an audience without form', { HOOK_AUDIENCE: 'lakewarden' }, '/HOOK_AUDIENCE must be the id'],
    ['keys from anywhere', { HOOK_AUTHORITY_URL: 'https://login.example.com' }, '/HOOK_AUTHORITY_URL must be one of'],
    ['keys over plain http', { HOOK_AUTHORITY_URL: 'http://10.0.0.4:80' }, '/HOOK_AUTHORITY_URL must be one of'],
    ['a caller by name', { HOOK_CALLER_APP_ID: 'AZNS' }, '/HOOK_CALLER_APP_ID must be the id of an application'],
  ])('%s is a fault, and the doors stay open for the rest', (_what, change, fault) => {
    const { doors, faults } = read({ ...tenant, ...change });
    expect(faults).toEqual([expect.stringContaining(fault)]);
    expect(doors?.apiKeys).toHaveLength(1);
  });

  test('keys from this machine are for laptops: never in Azure', () => {
    const local = { ...tenant, HOOK_AUTHORITY_URL: 'http://127.0.0.1:9000' };
    expect(read(local).doors?.hookTokens?.authority).toBe('http://127.0.0.1:9000');
    const inAzure = read({ ...local, WEBSITE_INSTANCE_ID: 'a1' });
    expect(inAzure.doors?.hookTokens).toBeUndefined();
    expect(inAzure.faults).toEqual([expect.stringContaining('/HOOK_AUTHORITY_URL must be one of')]);
  });
});
