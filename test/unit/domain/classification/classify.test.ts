import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classify } from '../../../../shared/domain/classification/classify.ts';
import { failureClasses } from '../../../../shared/domain/classification/failure-classes.ts';
import { extraTerminationCodes, terminationCodes } from '../../../../shared/domain/classification/termination-codes.ts';
import type { TerminationReason } from '../../../../shared/domain/signals/signal.ts';

function reason(code: string, type?: string, parameters: Record<string, string> = {}): TerminationReason {
  return { code, parameters, ...(type === undefined ? {} : { type }) };
}

describe('codes of the tables', () => {
  test('C1: every code of the SDK is decided by its row', () => {
    for (const [code, { failureClass, action, retry }] of Object.entries(terminationCodes)) {
      const rule = `termination-code:${code}`;
      expect(classify(reason(code))).toMatchObject({ code, known: true, failureClass, action, retry, rule });
    }
  });

  test('C1: a code that only the extra table has is decided by that table', () => {
    for (const code of Object.keys(extraTerminationCodes)) {
      expect(classify(reason(code))).toMatchObject({ known: true, rule: `extra-code:${code}` });
    }
  });

  test('C1: the row decides whatever type the sender gives, and the evidence shows both', () => {
    const classification = classify(reason('DRIVER_UNREACHABLE', 'CLIENT_ERROR'));
    expect(classification).toMatchObject({
      failureClass: 'DatabricksDriverNotResponding',
      action: 'RESTART',
      benign: false,
    });
    expect(classification.evidence).toMatchObject({ type: 'CLIENT_ERROR', expectedType: 'CLOUD_FAILURE' });
  });

  test('C9: the evidence keeps the parameters that tell something, cut to a readable length', () => {
    const parameters = { username: 'ops@example.com', secret: 'x', databricks_error_message: 'm'.repeat(5_000) };
    const { evidence } = classify(reason('USER_REQUEST', 'SUCCESS', parameters));
    expect(evidence.parameters).toEqual({ username: 'ops@example.com', databricks_error_message: 'm'.repeat(300) });
  });
});

describe('what Azure said', () => {
  const launch = (azureErrorCode: string, message = '') =>
    classify(
      reason('CLOUD_PROVIDER_LAUNCH_FAILURE', 'CLOUD_FAILURE', {
        azure_error_code: azureErrorCode,
        azure_error_message: message,
      }),
    );

  test('C1: azure_error_code tells quota from stock-out', () => {
    expect(launch('QuotaExceeded')).toMatchObject({
      failureClass: 'DatabricksQuotaExceeded',
      retry: 'alt',
      rule: 'azure-error-code:QuotaExceeded',
    });
    expect(launch('SkuNotAvailable')).toMatchObject({ failureClass: 'DatabricksResourceExhausted', regionSignal: 2 });
  });

  test('C1: the numbers of a quota come with the evidence', () => {
    const message =
      'exceeding approved Total Regional Cores quota. Location: eastus, Current Limit: 10, Current Usage: 8';
    expect(launch('QuotaExceeded', message).evidence).toMatchObject({
      quota: { quota: 'Total Regional Cores', location: 'eastus', limit: 10, usage: 8 },
    });
  });

  test('C1: an Azure code without a row changes nothing, not even one named like a member of every object', () => {
    for (const azureErrorCode of ['Whatever', 'constructor', '__proto__', 'OperationNotAllowed']) {
      expect(launch(azureErrorCode).rule).toBe('termination-code:CLOUD_PROVIDER_LAUNCH_FAILURE');
    }
  });

  test('C1: a misconfiguration that Databricks has found stays one, whatever Azure answered', () => {
    const parameters = { azure_error_code: 'InternalExecutionError' };
    const classification = classify(
      reason('CLOUD_PROVIDER_LAUNCH_FAILURE_DUE_TO_MISCONFIG', 'CLIENT_ERROR', parameters),
    );
    expect(classification).toMatchObject({ failureClass: 'DatabricksConfigurationError', retry: 'no' });
  });

  test('C3: a benign end stays benign, whatever Azure said', () => {
    const classification = classify(reason('USER_REQUEST', 'SUCCESS', { azure_error_code: 'QuotaExceeded' }));
    const expected = {
      benign: true,
      failureClass: 'DatabricksBenignTermination',
      rule: 'termination-code:USER_REQUEST',
    };
    expect(classification).toMatchObject(expected);
  });
});

describe('codes that nobody knows', () => {
  test.each([
    ['CLIENT_ERROR', 'no'],
    ['CLOUD_FAILURE', 'slow'],
    ['SERVICE_FAULT', 'slow'],
  ])('C1: with type %s it goes to a human, is reported and never tried by itself', (type, retry) => {
    expect(classify(reason('BRAND_NEW_CODE', type))).toMatchObject({
      failureClass: 'DatabricksUnknown',
      code: 'BRAND_NEW_CODE',
      known: false,
      benign: false,
      action: 'TICKET',
      retry,
      rule: `unknown-code:${type}`,
    });
  });

  test.each([undefined, '', 'SOMETHING_ELSE', '__proto__'])(
    'C1: with type %s there is nothing to fall back on',
    (type) => {
      const expected = { failureClass: 'DatabricksUnknown', known: false, benign: false, rule: 'unknown-code:no-type' };
      expect(classify(reason('BRAND_NEW_CODE', type))).toMatchObject(expected);
    },
  );

  test('B1: with type SUCCESS it is no failure, but a person is told of the code', () => {
    const expected = { failureClass: 'DatabricksUnknown', known: false, benign: true, action: 'NOTIFY' };
    expect(classify(reason('BRAND_NEW_CODE', 'SUCCESS'))).toMatchObject(expected);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'])(
    'C1: %s is a code that nobody knows, not a member of the table',
    (code) => {
      expect(classify(reason(code, 'CLOUD_FAILURE'))).toMatchObject({
        known: false,
        failureClass: 'DatabricksUnknown',
      });
    },
  );

  test('C1: the spelling counts, so that nothing is guessed', () => {
    expect(classify(reason('driver_unreachable')).known).toBe(false);
    expect(classify(reason('DRIVER_UNREACHABLE ')).known).toBe(false);
  });
});

test('C1: no reason and no code mean UNKNOWN, which a human looks at', () => {
  for (const none of [undefined, reason('')]) {
    const expected = {
      code: 'UNKNOWN',
      failureClass: 'DatabricksUnknown',
      action: 'TICKET',
      benign: false,
      rule: 'no-code',
    };
    expect(classify(none)).toMatchObject(expected);
  }
});

describe('components that have to run always', () => {
  const benign = Object.entries(terminationCodes).filter(
    ([, row]) => row.failureClass === 'DatabricksBenignTermination',
  );

  test('C3: for others every benign code is benign, in a window or not', () => {
    expect(benign.length).toBe(10);
    for (const [code] of benign) {
      expect(classify(reason(code))).toMatchObject({ benign: true, retry: 'never' });
      expect(classify(reason(code), { alwaysOn: false })).toMatchObject({ benign: true });
    }
  });

  test('C3: for them an end that somebody asked for is a failure and is restarted', () => {
    for (const code of ['USER_REQUEST', 'INACTIVITY', 'JOB_FINISHED', 'USER_INITIATED_VM_TERMINATION']) {
      expect(classify(reason(code, 'SUCCESS'), { alwaysOn: true })).toMatchObject({
        benign: false,
        failureClass: 'DatabricksClusterTerminated',
        action: 'RESTART',
        retry: 'yes',
        rule: `always-on:termination-code:${code}`,
      });
    }
  });

  test('C3: inside a maintenance window it is benign all the same', () => {
    const context = { alwaysOn: true, inMaintenanceWindow: true };
    expect(classify(reason('USER_REQUEST'), context)).toEqual(classify(reason('USER_REQUEST')));
  });

  test('C3: what a window does not excuse stays a failure', () => {
    const context = { alwaysOn: true, inMaintenanceWindow: true };
    expect(classify(reason('DRIVER_UNREACHABLE'), context).benign).toBe(false);
  });

  test('C3: an end by the managed failover is a failure too, but never one that is restarted', () => {
    const classification = classify(reason('DISASTER_RECOVERY_REPLICATION', 'SUCCESS'), { alwaysOn: true });
    expect(classification).toMatchObject({ benign: false, failureClass: 'DatabricksPolicyBlocked', action: 'TICKET' });
  });

  test('C3: a normal end by a code that nobody knows is a failure that a human looks at', () => {
    const classification = classify(reason('BRAND_NEW_CODE', 'SUCCESS'), { alwaysOn: true });
    expect(classification).toMatchObject({
      benign: false,
      failureClass: 'DatabricksUnknown',
      action: 'TICKET',
      retry: 'no',
    });
  });

  test('C1: a real failure keeps its class', () => {
    expect(classify(reason('DRIVER_UNREACHABLE'), { alwaysOn: true })).toEqual(classify(reason('DRIVER_UNREACHABLE')));
  });
});

test('C1: whatever the reason, the answer is one of the classes, and only the tables make a code known', () => {
  const anyReason = fc.record({
    code: fc.oneof(fc.string(), fc.constantFrom(...Object.keys(terminationCodes), '__proto__')),
    type: fc.oneof(fc.string(), fc.constantFrom('SUCCESS', 'CLIENT_ERROR', 'CLOUD_FAILURE', 'SERVICE_FAULT')),
    parameters: fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('azure_error_code', 'azure_error_message', 'username')),
      fc.oneof(fc.string(), fc.constantFrom('QuotaExceeded', 'DiskEncryptionSetXy', 'quota')),
    ),
  });
  fc.assert(
    fc.property(anyReason, fc.boolean(), fc.boolean(), (given, alwaysOn, inMaintenanceWindow) => {
      const classification = classify(given, { alwaysOn, inMaintenanceWindow });
      const inTables = Object.hasOwn(terminationCodes, given.code) || Object.hasOwn(extraTerminationCodes, given.code);
      expect(failureClasses).toContain(classification.failureClass);
      expect(classification.known).toBe(inTables || given.code === '');
      if (!classification.known) expect(['TICKET', 'NOTIFY']).toContain(classification.action);
    }),
  );
});
