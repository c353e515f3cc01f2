// What Databricks itself sends: job notifications and SQL alerts, as recorded.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { InvalidInput } from '../../../../shared/domain/errors.ts';
import { hashOf, signalIdOf } from '../../../../shared/domain/ids.ts';
import { parseDatabricksEvent } from '../../../../shared/domain/signals/databricks.ts';
import { signalSchema } from '../../../../shared/domain/signals/signal.ts';

const context = {
  id: signalIdOf(hashOf('a delivery')),
  receivedAt: '2026-11-20T08:00:00.000Z',
  correlationId: 'cor-1',
};
const folder = new URL('../../../fixtures/payloads/databricks/', import.meta.url);

function recorded(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
}

function signalOf(body: unknown) {
  const { signal } = parseDatabricksEvent(body, context);
  expect(signalSchema.parse(signal)).toEqual(signal);
  return signal;
}

function faultsOf(body: unknown): string[] {
  try {
    parseDatabricksEvent(body, context);
  } catch (error) {
    if (error instanceof InvalidInput) return error.fields.map(({ pointer }) => pointer);
    throw error;
  }
  return [];
}

function notice(change: Record<string, unknown> = {}): Record<string, unknown> {
  return { event_type: 'jobs.on_failure', workspace_id: 12, run: { run_id: 456 }, job: { job_id: '789' }, ...change };
}

describe('job notifications', () => {
  test.each([
    ['jobs-on-failure-job-run-realistic.json', 'jobs.on_failure'],
    ['jobs-on-success-job-run-realistic.json', 'jobs.on_success'],
  ])('A1: %s is a signal about its job, with the run', (file, event) => {
    expect(signalOf(recorded(file))).toMatchObject({
      id: context.id,
      kind: 'job',
      event,
      rawSubject: 'job/516892700102118',
      componentId: '516892700102118',
      componentName: 'freewheel-placement-pipeline',
      workspaceId: '12345',
      run: { runId: '123456789' },
    });
  });

  test('A1: ids may be numbers; of a task the run is that of its job', () => {
    const task = { task: { task_key: 't1' }, run: { run_id: 5, parent_run_id: 4 } };
    expect(signalOf(notice(task))).toMatchObject({
      componentId: '789',
      run: { runId: '4', task: 't1' },
      workspaceId: '12',
    });
  });

  test('A1: a known one with bad fields is refused with each of them; an unknown one is recorded', () => {
    expect(faultsOf(notice({ job: { job_id: 'x' }, run: {} }))).toEqual(['/job/job_id', '/run/run_id']);
    expect(faultsOf(notice({ run: { run_id: 2 ** 53 } }))).toEqual(['/run/run_id']);
    expect(faultsOf(recorded('jobs-on-start-task-run.json'))).toContain('/job/job_id');
    expect(signalOf(notice({ event_type: 'jobs.on_brand_new' }))).toMatchObject({ kind: 'unknown' });
    expect(signalOf(notice({ event_type: 'job.missing' }))).toMatchObject({ kind: 'unknown' });
  });

  test('A5: the same body again is another report: a repaired run that fails again sends nothing else', () => {
    const other = { ...context, id: signalIdOf(hashOf('another delivery')) };
    expect(parseDatabricksEvent(notice(), other).signal.id).not.toBe(signalOf(notice()).id);
  });
});

describe('SQL alerts', () => {
  const body = recorded('sql-alert-v2-triggered-docs-excerpt.json') as Record<string, Record<string, unknown>>;
  const titled = (title: string) => ({ ...body, alert: { ...body.alert, title } });

  test('A1: a triggered one is a signal about the alert, an OK takes it back', () => {
    expect(signalOf(body)).toMatchObject({
      kind: 'sql-alert',
      event: 'sql_alert.triggered',
      componentId: '9876543210987654',
      componentName: 'Daily revenue',
      workspaceId: '1234567890123456',
      text: expect.stringContaining('exceeded the configured threshold'),
    });
    expect(signalOf(titled('Alert "Daily revenue" changed status to OK'))).toMatchObject({ event: 'sql_alert.ok' });
  });

  test('A1: another state is recorded, a missing alert is refused', () => {
    const unknown = signalOf(titled('Alert "Daily revenue" changed status to UNKNOWN'));
    expect(unknown).toMatchObject({ kind: 'unknown', eventName: 'alert_state_change' });
    expect(faultsOf({ event: 'alert_state_change', alert: { title: 'x' } })).toEqual(['/alert/alert']);
  });

  test('A1: no recorded payload of Databricks is left out of these tests', () => {
    expect(readdirSync(folder)).toHaveLength(4);
  });
});
