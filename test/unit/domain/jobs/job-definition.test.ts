// Definitions of jobs: what counts as the same, and what is said of a difference.
import { expect, it } from 'vitest';
import { differencesInWords, goodDefinition } from '../../../../shared/domain/jobs/job-definition.ts';

const task = (key: string, more: Record<string, unknown> = {}) => ({ task_key: key, max_retries: 0, ...more });

function words(before: Record<string, unknown>, now: Record<string, unknown>): string {
  return differencesInWords(goodDefinition(before).content, goodDefinition(now).content);
}

it('B3: the order of tasks, empty members, and what the service or a deployment sets are no change', () => {
  const before = { name: 'n', tasks: [task('a'), task('b')], email_notifications: {}, format: 'MULTI_TASK' };
  const now = { tasks: [task('b'), task('a')], name: 'n', tags: {}, queue: null, edit_mode: 'UI_LOCKED' };
  expect(goodDefinition(now)).toEqual(goodDefinition(before));
  expect(goodDefinition({ ...now, timeout_seconds: 0 })).not.toEqual(goodDefinition(before));
});

it('B3: a difference names the field, and both values where they are short', () => {
  const rows: [Record<string, unknown>, Record<string, unknown>, string][] = [
    [{ timeout_seconds: 60 }, { timeout_seconds: 90 }, 'timeout_seconds from 60 to 90'],
    [{}, { schedule: { pause_status: 'PAUSED' } }, 'schedule added'],
    [{ run_as: { user_name: 'ada' } }, {}, 'run_as removed'],
    [{ timeout_seconds: 60 }, {}, 'timeout_seconds removed: it was 60'],
    [{ tasks: [task('a')] }, { tasks: [task('a', { max_retries: 2 })] }, 'tasks.a.max_retries from 0 to 2'],
    [{ tasks: [task('a')] }, { tasks: [task('a'), task('b')] }, 'tasks.b added'],
    [{ name: 'x'.repeat(90) }, { name: 'y' }, 'name changed'],
  ];
  for (const [before, now, said] of rows) expect(words(before, now)).toBe(said);
});

it('B3: nothing that may hold a secret is told, and what is one by its name is not kept', () => {
  const conf = (value: string) => ({
    job_clusters: [
      {
        job_cluster_key: 'c',
        new_cluster: { spark_conf: { 'fs.azure.account.key.x': value, 'spark.speculation': value } },
      },
    ],
  });
  const told = words(conf('hunter2'), conf('correct horse'));
  expect(told).toBe('job_clusters.c.new_cluster.spark_conf.spark.speculation changed');
  expect(goodDefinition(conf('hunter2')).content).not.toContain('fs.azure');
  const given = (value: string) => ({
    parameters: [{ name: 'api_token', default: value }],
    tasks: [task('a', { notebook_task: { base_parameters: { password: value, day: value } } })],
  });
  expect(goodDefinition(given('hunter2')).content.match(/hunter2/g)).toHaveLength(1);
  expect(words(given('hunter2'), given('other'))).toBe('tasks.a.notebook_task.base_parameters.day changed');
});

it('B3: of many differences the first dozen are told', () => {
  const many = (value: number) => Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`field_${at}`, value]));
  expect(words(many(1), many(2))).toMatch(/; and 28 more$/);
});
