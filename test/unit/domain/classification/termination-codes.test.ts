import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { terminationFailureClasses } from '../../../../shared/domain/classification/failure-classes.ts';
import {
  extraTerminationCodes,
  terminationCodes,
  type Verdict,
} from '../../../../shared/domain/classification/termination-codes.ts';

const factSchema = z.strictObject({
  code: z.string(),
  class: z.string(),
  retry: z.string(),
  action: z.string(),
  regionSignal: z.number(),
  expectedType: z.string(),
  why: z.string(),
  inSdk0170: z.boolean(),
});
const factsFile = new URL('../../../fixtures/termination-codes.json', import.meta.url);
const facts = z.array(factSchema).parse(JSON.parse(readFileSync(factsFile, 'utf8')));

/**
 * Codes whose row differs from the facts because C1 or C3 says otherwise: code -> what differs. There is none: the facts
 * have taken in what C1 names. A row that is to differ has to be listed here.
 */
const exceptions: Readonly<Record<string, Partial<Verdict>>> = {};

const table: Readonly<Record<string, Verdict>> = { ...terminationCodes, ...extraTerminationCodes };

test('C1: there are 186 codes of the SDK and 6 that it does not know, as the facts say', () => {
  const codesOf = (inSdk: boolean) => facts.filter(({ inSdk0170 }) => inSdk0170 === inSdk).map(({ code }) => code);
  expect(facts).toHaveLength(192);
  expect(Object.keys(terminationCodes).sort()).toEqual(codesOf(true).sort());
  expect(Object.keys(extraTerminationCodes).sort()).toEqual(codesOf(false).sort());
});

test.each(facts.map((fact) => [fact.code, fact] as const))('C1: %s is judged as the facts judge it', (code, fact) => {
  const expected = {
    failureClass: fact.class,
    // The facts write n/a where nothing failed.
    retry: fact.retry === 'n/a' ? 'never' : fact.retry,
    action: fact.action,
    regionSignal: fact.regionSignal,
    expectedType: fact.expectedType === '-' ? null : fact.expectedType,
    why: fact.why,
  };
  expect(table[code]).toEqual({ ...expected, ...exceptions[code] });
});

test('C1: the 21 classes are all used, and no exception is listed for nothing', () => {
  const used = new Set(Object.values(table).map(({ failureClass }) => failureClass));
  expect([...used].sort()).toEqual([...terminationFailureClasses].sort());
  expect(Object.keys(exceptions).filter((code) => !Object.hasOwn(table, code))).toEqual([]);
});

test.each([
  ['DRIVER_UNREACHABLE', 'DatabricksDriverNotResponding', 'RESTART'],
  ['CLOUD_PROVIDER_SHUTDOWN', 'DatabricksClusterTerminated', 'RESTART'],
  ['CLOUD_PROVIDER_LAUNCH_FAILURE', 'DatabricksClusterStartFailure', 'START_BACKOFF'],
  ['SPARK_STARTUP_FAILURE', 'DatabricksClusterStartFailure', 'RESTART'],
  ['BOOTSTRAP_TIMEOUT', 'DatabricksClusterStartFailure', 'START_LONGER'],
  ['INSUFFICIENT_INSTANCE_CAPACITY', 'DatabricksResourceExhausted', 'START_ALT'],
  ['CLOUD_PROVIDER_RESOURCE_STOCKOUT', 'DatabricksResourceExhausted', 'START_ALT'],
  ['INVALID_ARGUMENT', 'DatabricksConfigurationError', 'ROLLBACK_CONFIG'],
])('C1: %s means %s and asks for %s, as the requirement names it', (code, failureClass, action) => {
  expect(table[code]).toMatchObject({ failureClass, action });
});

test.each(['USER_REQUEST', 'INACTIVITY', 'JOB_FINISHED'])('C3: %s is benign and nothing is tried', (code) => {
  expect(table[code]).toMatchObject({ failureClass: 'DatabricksBenignTermination', retry: 'never' });
});
