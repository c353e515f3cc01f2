// Where Azure is read and as whom: a token never goes to a real one, and nothing simulated is believed in Azure's name.
import { describe, expect, test } from 'vitest';
import { readAzure } from '../../shared/config/azure.ts';
import { Settings } from '../../shared/config/settings.ts';

function read(environment: Record<string, string>) {
  const settings = new Settings(environment);
  const azure = readAzure(settings);
  return { azure, faults: settings.faults.map(({ pointer, detail }) => `${pointer} ${detail}`) };
}

describe('L4: where Azure is read', () => {
  test('unset, it is the public cloud by managed identity, and the page of Azure Databricks', () => {
    const { azure, faults } = read({});
    expect(faults).toEqual([]);
    expect(azure).toEqual({
      armOrigin: 'https://management.azure.com',
      armCredentials: 'managed-identity',
      statusPageUrl: 'https://status.azuredatabricks.net/1.0/status/5d49ec10226b9e13cb6a422e',
    });
  });

  test('a simulated one has its token, and the page may be left out', () => {
    const local = { ARM_URL: 'http://127.0.0.1:9000', ARM_TOKEN: 'a-token', STATUS_PAGE_URL: 'none' };
    const { azure, faults } = read(local);
    expect(faults).toEqual([]);
    expect(azure.armCredentials).not.toBe('managed-identity');
    expect(azure.statusPageUrl).toBeUndefined();
    expect(JSON.stringify(azure)).not.toContain('a-token');
  });

  test.each([
    ['another path', { ARM_URL: 'https://management.azure.com/subscriptions' }, '/ARM_URL must be https:// and a host'],
    ['plain http elsewhere', { ARM_URL: 'http://10.0.0.4' }, '/ARM_URL must be https:// and a host'],
    ['a token for the real one', { ARM_TOKEN: 'a-token' }, '/ARM_TOKEN is only for a simulated ARM_URL'],
    ['no token here', { ARM_URL: 'http://127.0.0.1:9000' }, '/ARM_TOKEN is missing'],
    [
      'a page over plain http',
      { STATUS_PAGE_URL: 'http://status.example.com/' },
      '/STATUS_PAGE_URL must be an https://',
    ],
    ['a page with a password', { STATUS_PAGE_URL: 'https://u:p@status.example.com/' }, '/STATUS_PAGE_URL must be'],
  ])('%s is a fault', (_what, environment, fault) => {
    expect(read(environment).faults).toEqual([expect.stringContaining(fault)]);
  });
});
