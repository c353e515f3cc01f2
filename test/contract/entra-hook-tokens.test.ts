// Tokens of action groups against the simulated Entra ID: what opens, what is 401, what is 403, and what is worth another try.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACTION_GROUP_APP_ID } from '../../local/azure-control/refusals.ts';
import { EntraHookTokens, type EntraOptions } from '../../shared/adapters/entra/entra-hook-tokens.ts';
import { type AzureBench, anAzure, HOOKS_APP, TENANT } from '../builders/simulated-azure.ts';

let bench: AzureBench;
beforeEach(async () => {
  bench = await anAzure();
});
afterEach(() => bench.stop());

function tokens(options: Partial<EntraOptions> = {}): EntraHookTokens {
  return new EntraHookTokens({
    tenantId: TENANT,
    audiences: [HOOKS_APP, `api://${HOOKS_APP}`],
    authority: bench.azure.url,
    v1Issuer: 'https://sts.windows.net',
    callerAppId: ACTION_GROUP_APP_ID,
    now: () => new Date(bench.clock.now()),
    ...options,
  });
}
const codeOf = (verdict: Promise<string>) =>
  verdict.then(
    (caller) => caller,
    (error: unknown) => Object(error).code,
  );
const keysAsked = async () =>
  (await bench.call('GET', '/_sim/calls')).json.filter(({ path }: { path: string }) => path.includes('/discovery/'))
    .length;
const inSeconds = (seconds: number) => Math.floor(bench.clock.now() / 1_000) + seconds;

describe('A3: a secure webhook', () => {
  test.each([1, 2])('is let in with a token of version %i', async (version) => {
    expect(await tokens().verify(await bench.token({ version }))).toBe('bearer:action-group');
  });

  const FOREIGN = '00000000-0000-4000-8000-00000000ffff';
  const refused: readonly [string, Record<string, unknown>, string][] = [
    ['signed by a foreign key', { key: 'foreign' }, 'not-authenticated'],
    ['without a signature', { header: { alg: 'none' } }, 'not-authenticated'],
    ['signed with a shared secret', { header: { alg: 'HS256' } }, 'not-authenticated'],
    ['of another issuer', { claims: { iss: 'https://login.microsoftonline.com/x/v2.0' } }, 'not-authenticated'],
    ['of the same issuer for another tenant', { claims: { tid: FOREIGN } }, 'not-authenticated'],
    ['for another audience', { claims: { aud: FOREIGN } }, 'not-authenticated'],
    ['without an end', { claims: { exp: null } }, 'not-authenticated'],
    ['without a beginning', { claims: { nbf: null } }, 'not-authenticated'],
    ['of another application', { claims: { azp: FOREIGN } }, 'not-allowed'],
    ['of no application', { claims: { azp: null } }, 'not-allowed'],
    ['with another role', { claims: { roles: ['DrLead'] } }, 'not-allowed'],
    ['without roles', { claims: { roles: null } }, 'not-allowed'],
    ['with a role that only contains the name', { claims: { roles: 'ActionGroupsSecureWebhook2' } }, 'not-allowed'],
  ];
  test.each(refused)('is refused with a token %s', async (_what, order, code) => {
    expect(await codeOf(tokens().verify(await bench.token(order)))).toBe(code);
  });

  test('has a minute of tolerance for clocks, and no more', async () => {
    const overFor = async (seconds: number) =>
      await codeOf(tokens().verify(await bench.token({ claims: { exp: inSeconds(-seconds) } })));
    expect([await overFor(59), await overFor(61)]).toEqual(['bearer:action-group', 'not-authenticated']);
    const earlyBy = async (seconds: number) =>
      await codeOf(tokens().verify(await bench.token({ claims: { nbf: inSeconds(seconds) } })));
    expect([await earlyBy(59), await earlyBy(61)]).toEqual(['bearer:action-group', 'not-authenticated']);
  });

  test('is told apart by jose’s code, and never by what the token holds', async () => {
    const token = await bench.token({ claims: { aud: 'secret-audience' } });
    const error: unknown = await tokens()
      .verify(token)
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('ERR_JWT_CLAIM_VALIDATION_FAILED (aud)');
    expect(String(error)).not.toContain('secret-audience');
    expect(String(error)).not.toContain(token.slice(0, 20));
  });

  test.each(['', 'x', 'a.b.c', 'Bearer', `${'a'.repeat(9_000)}.b.c`])('is refused with nonsense (%#)', async (text) => {
    expect(await codeOf(tokens().verify(text))).toBe('not-authenticated');
  });
});

describe('A3: the keys of the tenant', () => {
  test('are read once, and again for a key that is new', async () => {
    const checks = tokens();
    for (let n = 0; n < 5; n += 1) await checks.verify(await bench.token());
    expect(await keysAsked()).toBe(1);
  });

  test('rotate without an alert being lost, old and new side by side', async () => {
    const before = await bench.token();
    await bench.call('POST', '/_sim/entra/rotate');
    const checks = tokens();
    expect(await checks.verify(await bench.token())).toBe('bearer:action-group');
    expect(await checks.verify(before)).toBe('bearer:action-group');
  });

  test.each([
    ['reset', { kind: 'reset' }],
    ['answered 500', { kind: 'status', status: 500 }],
    ['answered HTML', { kind: 'html' }],
    ['redirected', { kind: 'redirect', to: '/elsewhere' }],
    ['no key set', { kind: 'status', status: 200, body: { keys: 'none' } }],
  ])('that cannot be read (%s) are worth another try, and then it opens', async (_what, fault) => {
    await bench.call('POST', '/_sim/faults', { match: { path: '/discovery/' }, fault });
    const checks = tokens();
    const token = await bench.token();
    await expect(checks.verify(token)).rejects.toMatchObject({ code: 'identity-unavailable', retryAfterSeconds: 5 });
    await bench.call('DELETE', '/_sim/faults');
    expect(await checks.verify(token)).toBe('bearer:action-group');
  });

  test('that do not come are given up before the sender gives up', async () => {
    await bench.call('POST', '/_sim/faults', { match: { path: '/discovery/' }, fault: { kind: 'hang' } });
    await expect(tokens().verify(await bench.token())).rejects.toMatchObject({ code: 'identity-unavailable' });
  });

  test('that are known go on to open while the tenant does not answer', async () => {
    const checks = tokens();
    await checks.verify(await bench.token());
    await bench.call('POST', '/_sim/faults', { match: { path: '/discovery/' }, fault: { kind: 'reset' } });
    expect(await checks.verify(await bench.token())).toBe('bearer:action-group');
  });
});
