// The version of an incident: the same as long as nothing that is shown changes.
import { describe, expect, it } from 'vitest';
import { newestEventOf, versionOf } from '../../../../shared/domain/incidents/version.ts';
import { anIncident } from '../../../builders/incident.ts';
import { anAttempt, aRun, aStep } from '../../../builders/store-samples.ts';

const records = {
  incident: anIncident({ lastEventSeq: 7 }),
  runs: [aRun()],
  steps: [aStep()],
  attempts: [anAttempt()],
};

describe('the version of an incident', () => {
  it('D4: changes with each part that is shown, and with nothing else', () => {
    const changed = [
      { ...records, incident: { ...records.incident, signalCount: 2 } },
      { ...records, runs: [aRun({ revision: 2 })] },
      { ...records, steps: [aStep({ state: 'verifying' })] },
      { ...records, attempts: [anAttempt({ outcome: 'acted' })] },
    ];
    const versions = [records, ...changed].map(versionOf);
    expect(new Set(versions).size).toBe(versions.length);
    expect(versionOf(JSON.parse(JSON.stringify(records)))).toBe(versionOf(records));
    expect(versionOf({ ...records, outbox: [], etag: 'x' } as typeof records)).toBe(versionOf(records));
  });

  it('D4: tells the newest event that it has seen; what is no version tells none', () => {
    expect(newestEventOf(versionOf(records))).toBe(7);
    for (const other of ['', '7', '7-xyz', "datetime'2026'", '7-0123456789abcdef0123456789']) {
      expect(newestEventOf(other), other).toBeUndefined();
    }
  });
});
