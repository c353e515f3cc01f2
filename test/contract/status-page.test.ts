// The status page, read by the real adapter from the simulated one, and what it is worth as a witness.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StatusIoPage } from '../../shared/adapters/status-page/status-io-page.ts';
import { statusTestimony } from '../../shared/domain/regions/status-reading.ts';
import { testimonySchema } from '../../shared/domain/regions/testimony.ts';
import { type AzureBench, anAzure } from '../builders/simulated-azure.ts';

let bench: AzureBench;
beforeEach(async () => {
  bench = await anAzure();
});
afterEach(() => bench.stop());

const page = () => new StatusIoPage({ url: bench.azure.statusPage, deadlineSeconds: 0.5 });
const set = (code: number, service?: string) =>
  bench.call('POST', '/_sim/status-page', { region: 'East US', code, ...(service && { service }) });
const says = async (region = 'eastus') => {
  const testimony = statusTestimony(await page().read(), region, new Date(bench.clock.now()));
  expect(testimonySchema.safeParse(testimony).success).toBe(true);
  return testimony.says;
};

describe('B6: the status page', () => {
  test.each([
    ['all well', 100, undefined, 'healthy'],
    ['planned maintenance', 200, undefined, 'healthy'],
    ['one service slow', 300, 'Jobs', 'degraded'],
    ['one service partly down', 400, 'Jobs', 'degraded'],
    ['one service down', 500, 'Compute', 'degraded'],
    ['all services down', 500, undefined, 'outage'],
    ['a security notice', 600, undefined, 'healthy'],
  ] as const)('with %s says so of that region, and nothing against another', async (_what, code, service, expected) => {
    await set(code, service);
    expect(await says()).toBe(expected);
    expect(await says('westus2')).toBe('healthy');
  });

  test('of a region that it does not have is unknown', async () => {
    await bench.call('POST', '/_sim/status-page/without', ['East US']);
    expect([await says(), await says('swedencentral')]).toEqual(['unknown', 'unknown']);
  });

  test('with a code that nobody knows is unknown, unless others say worse', async () => {
    const containers = [{ name: 'East US', status_code: 700 }];
    const body = { result: { status: [{ name: 'Compute', containers }] } };
    await bench.call('POST', '/_sim/faults', { fault: { kind: 'status', status: 200, body } });
    expect(await says()).toBe('unknown');
  });

  test.each([
    ['HTML', { kind: 'html' }],
    ['an error', { kind: 'status', status: 503 }],
    ['another JSON', { kind: 'status', status: 200, body: { status: { indicator: 'none' } } }],
    ['a list without services', { kind: 'status', status: 200, body: { result: { status: [] } } }],
    ['a redirect', { kind: 'redirect', to: '/' }],
    ['nothing', { kind: 'hang' }],
    ['a reset', { kind: 'reset' }],
    ['too much', { kind: 'status', status: 200, body: 'x'.repeat(5_000_000) }],
  ])('that answers %s is not readable: unknown, never fine', async (_what, fault) => {
    await bench.call('POST', '/_sim/faults', { fault });
    const reading = await page().read();
    expect(reading.readable).toBe(false);
    const { says: said, words } = statusTestimony(reading, 'eastus', new Date(bench.clock.now()));
    expect([said, words]).toEqual(['unknown', expect.stringMatching(/^The status page cannot be read: .+\.$/)]);
  });
});
