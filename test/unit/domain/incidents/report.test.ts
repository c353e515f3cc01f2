// What is shown of an incident is of one version: what was written after it was read is left out.
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../../shared/domain/incidents/report.ts';
import { chain, chainStart } from '../../../../shared/domain/incidents/timeline.ts';
import { anIncident } from '../../../builders/incident.ts';
import { AT, anAttempt, anEvent, aRun, aStep } from '../../../builders/store-samples.ts';

const joined = { signalId: 'sig-1', mergedBy: 'subject-has-open-incident', key: 'cluster/a/b', count: 2 };
const entries = [
  anEvent(),
  anEvent({ type: 'signal-joined', data: joined }),
  anEvent({ type: 'acknowledged' }),
  anEvent({ type: 'comment' }),
];
const timeline = chain(chainStart(anIncident().id), AT, entries);

function reportAt(lastEventSeq: number) {
  const incident = anIncident({ openedAt: AT, lastEventSeq });
  return reportOf({ incident, runs: [aRun()], steps: [aStep()], attempts: [anAttempt()] }, timeline);
}

describe('the report of an incident', () => {
  it('D2: ends with the newest event of its version, and so do the times', () => {
    expect(reportAt(2).timeline.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(reportAt(2).times.acknowledgeSeconds).toBeNull();
    expect(reportAt(3).times.acknowledgeSeconds).toBe(0);
  });

  it('C9: lists the merges with rule, key and count', () => {
    expect(reportAt(4).merges).toEqual([{ at: AT, ...joined }]);
    expect(reportAt(1).merges).toEqual([]);
  });

  it('D4: times are never negative, although two clocks may disagree', () => {
    const incident = anIncident({
      openedAt: AT,
      failedAt: '2026-11-20T08:00:02.000Z',
      recoveredAt: '2026-11-20T07:59:59.000Z',
    });
    const { times } = reportOf({ incident, runs: [], steps: [], attempts: [] }, []);
    expect(times).toEqual({ detectSeconds: 0, acknowledgeSeconds: null, remediateSeconds: 0, resolveSeconds: null });
  });

  it('D5: shows each step with its attempts', () => {
    expect(reportAt(4).runs[0]?.steps[0]?.attemptsMade).toEqual([anAttempt()]);
  });
});
