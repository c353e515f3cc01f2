import { expect, test } from 'vitest';
import { componentOf, kindOf } from '../../../../shared/domain/incidents/subject.ts';
import { addedUp, minuteMs, takenBack, tallyOf } from '../../../../shared/domain/incidents/tally.ts';
import { anIncident } from '../../../builders/incident.ts';

const openedAt = '2026-11-20T08:00:10.000Z';

test.each([
  ['open', undefined, { open: 1, resolved: 0, resolutionSeconds: 0 }],
  ['suppressed', undefined, { open: 1, resolved: 0, resolutionSeconds: 0 }],
  ['resolved', '2026-11-20T08:01:10.000Z', { open: 0, resolved: 1, resolutionSeconds: 60 }],
  ['closed', '2026-11-20T08:00:10.000Z', { open: 0, resolved: 1, resolutionSeconds: 0 }],
  ['closed', undefined, { open: 0, resolved: 0, resolutionSeconds: 0 }],
] as const)('D5: an incident that is %s and was resolved at %s counts as %o', (state, resolvedAt, counted) => {
  const incident = anIncident({ openedAt, state, ...(resolvedAt && { resolvedAt }) });
  expect(tallyOf(incident)).toMatchObject({ kind: 'cluster', failures: 1, ...counted });
});

test('D5: what is added and taken back again comes to nothing, in any order', () => {
  const [a, b] = [anIncident(), anIncident({ subject: 'warehouse/databricks-dev/1', state: 'resolved' })].map(tallyOf);
  if (!a || !b) throw new Error('no tallies');
  expect(addedUp([a, b, takenBack(a)])).toEqual([b]);
  expect(addedUp([takenBack(a), b, a, takenBack(b)])).toEqual([]);
  expect(addedUp([b, a])).toEqual(addedUp([a, b]));
});

test.each([
  ['cluster/databricks-dev/0424-1', 'cluster', 'cluster/0424-1'],
  ['cluster/unknown/0424-1', 'cluster', 'cluster/0424-1'],
  ['cluster/databricks-dev/0424-1/split/RCA-20261120-002', 'cluster', 'cluster/0424-1'],
  ['cluster/databricks-dev/0424-1/split/RCA-20261120-002/split/RCA-20261120-1003', 'cluster', 'cluster/0424-1'],
  ['notebook/databricks-dev//Shared/split/setup', 'notebook', 'notebook//Shared/split/setup'],
  ['lakewarden/signals', 'lakewarden', 'lakewarden/signals'],
  ['lakewarden/channel/log', 'lakewarden', 'lakewarden/channel/log'],
  ['azure-alert//subscriptions/1/alerts/2', 'azure-alert', 'azure-alert//subscriptions/1/alerts/2'],
  ['region', 'region', 'region'],
])('D5: %s is a %s, and its component is %s', (subject, kind, component) => {
  expect([kindOf(subject), componentOf(subject)]).toEqual([kind, component]);
});

test('D5: a minute begins where its seconds do', () => {
  const begin = Date.parse('2026-11-20T08:01:00.000Z');
  for (const offset of [0, 1, 59_999]) expect(minuteMs(begin + offset)).toBe(begin);
  expect(minuteMs(begin - 1)).toBe(begin - 60_000);
});
