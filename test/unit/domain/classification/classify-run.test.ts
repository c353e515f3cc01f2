// Every termination code of a run: whose fault it is, and what follows. The table of the product is proved complete by the compiler.
import { describe, expect, it, test } from 'vitest';
import { classifyRun } from '../../../../shared/domain/classification/classify-run.ts';
import { runTerminationCodes } from '../../../../shared/domain/classification/run-termination-codes.ts';

const stockOut = { code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT', type: 'CLOUD_FAILURE', parameters: {} };
const initScript = { code: 'INIT_SCRIPT_FAILURE', type: 'CLIENT_ERROR', parameters: {} };
const stopped = { code: 'USER_REQUEST', type: 'SUCCESS', parameters: { username: 'somebody' } };
const shared = { id: 'c-1', source: 'UI' };
const own = { id: 'c-2', source: 'JOB' };

function part(code: string, more: object = {}) {
  return { task: 't', code, message: '', ...more };
}

const nothing = ['SUCCESS', 'SUCCESS_WITH_FAILURES', 'SKIPPED', 'DISABLED', 'USER_CANCELED'];
const recovered = [
  'CLUSTER_ERROR',
  'DRIVER_ERROR',
  'CLOUD_FAILURE',
  'CLUSTER_REQUEST_LIMIT_EXCEEDED',
  'INTERNAL_ERROR',
  'STORAGE_ACCESS_ERROR',
  'REPOSITORY_CHECKOUT_FAILED',
  'MAX_CONCURRENT_RUNS_EXCEEDED',
  'MAX_JOB_QUEUE_SIZE_EXCEEDED',
  'MAX_SPARK_CONTEXTS_EXCEEDED',
  'WORKSPACE_RUN_LIMIT_EXCEEDED',
];

describe('termination codes of runs', () => {
  test.each(Object.keys(runTerminationCodes))('C2: %s is nobody’s fault, recovered, or a person’s', (code) => {
    const { benign, failureClass, action, known } = classifyRun([part(code)]);
    expect(known).toBe(true);
    expect(benign).toBe(nothing.includes(code));
    expect(failureClass === 'DatabricksJobInterrupted').toBe(recovered.includes(code));
    if (failureClass === 'DatabricksJobInterrupted') expect(action).toBe('RERUN');
  });

  it('C1: a code that nobody knows is a person’s, and said to be unknown', () => {
    expect(classifyRun([part('BRAND_NEW')])).toMatchObject({
      failureClass: 'DatabricksUnknown',
      known: false,
      action: 'TICKET',
    });
    expect(classifyRun([part('toString')])).toMatchObject({ known: false });
    expect(classifyRun([part('BREAKING_CHANGE')])).toMatchObject({ failureClass: 'DatabricksConfigurationError' });
  });

  it('C2: the cluster’s own reason decides, whatever the run says of it', () => {
    expect(classifyRun([part('CLUSTER_ERROR', { cluster: { ...own, reason: stockOut } })])).toMatchObject({
      failureClass: 'DatabricksJobInterrupted',
      code: stockOut.code,
      regionSignal: 2,
    });
    const message = "Cluster 'c-2' was terminated. Reason: INIT_SCRIPT_FAILURE (CLIENT_ERROR).";
    expect(classifyRun([part('INTERNAL_ERROR', { message })])).toMatchObject({
      failureClass: 'DatabricksInitScriptFailure',
    });
  });

  it('C2: a cluster of its own that fails the same way again is a person’s; a shared one is its own incident’s', () => {
    const ofOwn = classifyRun([part('CLUSTER_ERROR', { cluster: { ...own, reason: initScript } })]);
    expect(ofOwn).toMatchObject({ failureClass: 'DatabricksInitScriptFailure', action: 'TICKET' });
    const ofShared = classifyRun([part('CLUSTER_ERROR', { cluster: { ...shared, reason: initScript } })]);
    expect(ofShared).toMatchObject({ failureClass: 'DatabricksJobInterrupted', code: 'INIT_SCRIPT_FAILURE' });
  });

  it('C3: nothing runs again by itself when somebody stopped its cluster', () => {
    const judged = classifyRun([part('CLUSTER_ERROR', { cluster: { ...shared, reason: stopped } })]);
    expect(judged).toMatchObject({ failureClass: 'DatabricksJobFailed', code: 'USER_REQUEST', benign: false });
  });

  it('C2: one task that fails by what it does makes the run a person’s; one that a person cancelled makes it nobody’s', () => {
    const lost = part('CLUSTER_ERROR', { cluster: { ...own, reason: stockOut } });
    expect(classifyRun([lost, part('RUN_EXECUTION_ERROR')])).toMatchObject({ failureClass: 'DatabricksJobFailed' });
    expect(classifyRun([lost, part('USER_CANCELED')])).toMatchObject({ benign: true, action: 'IGNORE' });
  });

  it('C2: that a cluster of its own ended with the run is no reason', () => {
    const reason = { code: 'JOB_FINISHED', type: 'SUCCESS', parameters: {} };
    const judged = classifyRun([part('DRIVER_ERROR', { cluster: { ...own, reason } })]);
    expect(judged).toMatchObject({ failureClass: 'DatabricksJobInterrupted', code: 'DRIVER_ERROR' });
  });
});
