import { describe, expect, it } from 'vitest';
import { askGate, type GateFacts, gateReasons } from '../../../../shared/domain/playbooks/gate.ts';

const open: GateFacts = { remediationEnabled: true, autonomy: 'auto', listed: true };

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
    [
      'the switch wins over autonomy',
      { remediationEnabled: false, autonomy: 'approve' },
      'shadow',
      'remediation-disabled',
    ],
  ];
  it.each(rows)('E3: %s', (_words, change, gate, because) => {
    expect(askGate({ ...open, ...change })).toEqual({ gate, because });
    expect(gateReasons[because]).toBeTypeOf('string');
  });
});
