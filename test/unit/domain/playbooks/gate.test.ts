import { describe, expect, it } from 'vitest';
import { askGate, type GateFacts, gateReasons } from '../../../../shared/domain/playbooks/gate.ts';

const UNTIL = '2026-11-20T14:10:00.000Z';
const allowed = { allowed: true, trial: false } as const;
const refused = { allowed: false, because: 'breaker-open', until: UNTIL } as const;
const trying = { allowed: false, because: 'trial-under-way', until: UNTIL } as const;
const open: GateFacts = {
  remediationEnabled: true,
  stop: undefined,
  hold: undefined,
  outage: undefined,
  autonomy: 'auto',
  listed: true,
  takenByHuman: false,
  window: undefined,
  freeze: undefined,
  silence: undefined,
  approved: false,
  classBreaker: allowed,
  subjectBreaker: allowed,
};
const stop = { by: 'ops', reason: 'careful', since: UNTIL };
const hold = { workspace: 'databricks-dev', run: 'RCA-20261120-009/1', reason: 'failover', since: UNTIL };

describe('the gate', () => {
  const rows: readonly [string, Partial<GateFacts>, string, string][] = [
    ['a listed component in auto is repaired', {}, 'open', 'autonomy-auto'],
    ['an unlisted one in auto too', { listed: false }, 'open', 'unlisted-auto'],
    [
      'AUTO_REMEDIATION_ENABLED=false turns everything to shadow',
      { remediationEnabled: false },
      'shadow',
      'remediation-disabled',
    ],
    ['shadow does nothing', { autonomy: 'shadow' }, 'shadow', 'autonomy-shadow'],
    ['unlisted in shadow does nothing', { autonomy: 'shadow', listed: false }, 'shadow', 'unlisted-shadow'],
    ['approve asks a person', { autonomy: 'approve' }, 'ask', 'autonomy-approve'],
    ['unlisted asks a person by default', { autonomy: 'approve', listed: false }, 'ask', 'unlisted-approve'],
    ['an approval opens', { autonomy: 'approve', approved: true }, 'open', 'approved'],
    ['an approval does not open shadow', { autonomy: 'shadow', approved: true }, 'shadow', 'autonomy-shadow'],
    ['the stop switch holds everything', { stop, approved: true }, 'wait', 'stop-switch'],
    ['the stop switch is named before the setting', { stop, remediationEnabled: false }, 'wait', 'stop-switch'],
    ['a person who has taken the incident works on it', { takenByHuman: true }, 'wait', 'taken-by-human'],
    ['a maintenance window', { window: {} }, 'wait', 'in-maintenance-window'],
    ['a change freeze', { freeze: { until: UNTIL } }, 'wait', 'change-freeze'],
    ['a change freeze holds what is approved', { freeze: { until: UNTIL }, approved: true }, 'wait', 'change-freeze'],
    ['a freeze asks nobody for approval', { freeze: {}, autonomy: 'approve' }, 'wait', 'change-freeze'],
    ['a silence holds what opened under it', { silence: { until: UNTIL } }, 'wait', 'silenced'],
    ['a silence does not swallow an approved run', { silence: {}, approved: true }, 'open', 'approved'],
    [
      'a silence leaves the question to a person what it is',
      { silence: {}, autonomy: 'approve' },
      'ask',
      'autonomy-approve',
    ],
    ['a region run keeps others off its workspace', { hold }, 'wait', 'workspace-on-hold'],
    ['the breaker of the class', { classBreaker: refused }, 'wait', 'class-breaker-open'],
    ['the trial of the class', { classBreaker: trying }, 'wait', 'class-trial-under-way'],
    ['the breaker of the subject', { subjectBreaker: refused }, 'wait', 'subject-breaker-open'],
    ['the trial of the subject', { subjectBreaker: trying }, 'wait', 'subject-trial-under-way'],
    [
      'the switch wins over autonomy',
      { remediationEnabled: false, autonomy: 'approve' },
      'shadow',
      'remediation-disabled',
    ],
  ];
  it.each(rows)('E3: %s', (_words, change, gate, because) => {
    expect(askGate({ ...open, ...change })).toMatchObject({ gate, because });
    expect(gateReasons).toHaveProperty(because);
  });

  it('E3: says until when a standing order is in force, and whose it is', () => {
    const freeze = { until: UNTIL, words: 'the change freeze of ana' };
    expect(askGate({ ...open, freeze })).toMatchObject({ until: UNTIL, evidence: 'the change freeze of ana' });
  });

  it('E4: says until when a breaker is open', () => {
    expect(askGate({ ...open, subjectBreaker: refused })).toMatchObject({ until: UNTIL });
  });
});
