import { expect, test } from 'vitest';
import { tallyOf } from '../../../../shared/domain/incidents/tally.ts';
import {
  failureQuestionSchema,
  failureRate,
  failuresByType,
  spanOf,
} from '../../../../shared/domain/reports/failure-counts.ts';
import { anIncident } from '../../../builders/incident.ts';

const NOW = new Date('2026-11-20T08:30:20.500Z');
const warehouse = anIncident({ subject: 'warehouse/databricks-dev/1', failureClass: 'DatabricksQuotaExceeded' });
const resolved = (seconds: number) =>
  anIncident({
    openedAt: '2026-11-20T08:00:00.000Z',
    state: 'resolved',
    resolvedAt: new Date(Date.parse('2026-11-20T08:00:00.000Z') + seconds * 1_000).toISOString(),
  });

test('D5: a cluster failure is one whose subject is a cluster, whatever its class', () => {
  const clusters = (['DatabricksQuotaExceeded', 'DatabricksDnsError'] as const).map((failureClass) =>
    anIncident({ failureClass }),
  );
  const minute = { minute: '2026-11-20T08:00:00.000Z', tallies: [...clusters, warehouse].map(tallyOf) };
  const answer = failuresByType(spanOf(NOW, 24), [minute]);
  expect([answer.failures, answer.clusterFailures.failures]).toEqual([3, 2]);
  expect(answer.value.map(({ errorType, failures }) => [errorType, failures])).toEqual([
    ['DatabricksQuotaExceeded', 2],
    ['DatabricksDnsError', 1],
  ]);
});

test('D5: the average is over what was resolved, over all minutes, and is none while nothing was', () => {
  const minutes = [[resolved(10)], [resolved(21), anIncident()], [warehouse]].map((incidents, minute) => ({
    minute: `2026-11-20T08:0${minute}:00.000Z`,
    tallies: incidents.map(tallyOf),
  }));
  const { value, averageResolutionSeconds } = failuresByType(spanOf(NOW, 1), minutes);
  expect(averageResolutionSeconds).toBe(16);
  expect(value.map((each) => [each.failures, each.resolved, each.open, each.averageResolutionSeconds])).toEqual([
    [3, 2, 1, 16],
    [1, 0, 1, null],
  ]);
});

test('D5: the last hours begin with a minute, and the hours of a rate are those of the clock, cut off at both ends', () => {
  const span = spanOf(NOW, 2);
  expect(span).toEqual({ from: '2026-11-20T06:30:00.000Z', to: '2026-11-20T08:30:20.500Z' });
  const minutes = ['06:30', '06:59', '07:00', '08:30'].map((time) => ({
    minute: `2026-11-20T${time}:00.000Z`,
    tallies: [tallyOf(anIncident()), tallyOf(warehouse)],
  }));
  expect(failureRate(span, minutes).value).toEqual([
    { from: '2026-11-20T06:30:00.000Z', to: '2026-11-20T07:00:00.000Z', failures: 4, clusterFailures: 2 },
    { from: '2026-11-20T07:00:00.000Z', to: '2026-11-20T08:00:00.000Z', failures: 2, clusterFailures: 1 },
    { from: '2026-11-20T08:00:00.000Z', to: '2026-11-20T08:30:20.500Z', failures: 2, clusterFailures: 1 },
  ]);
});

test('D5: a day is asked for unless told otherwise, a week at most, and nothing else', () => {
  expect(failureQuestionSchema.parse({})).toEqual({ hours: 24 });
  expect(failureQuestionSchema.parse({ hours: '168' })).toEqual({ hours: 168 });
  for (const wrong of [{ hours: '0' }, { hours: '169' }, { hours: '1.5' }, { hours: '' }, { since: 'x' }]) {
    expect(failureQuestionSchema.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
  }
});
