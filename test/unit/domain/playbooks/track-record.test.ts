import { expect, test } from 'vitest';
import { proposalFor, type TrackEntry } from '../../../../shared/domain/playbooks/track-record.ts';

/** Newest first: s verified, f failed, w shadowed, o open. */
function entries(words: string): TrackEntry[] {
  const results = { s: 'succeeded', f: 'failed', w: 'shadowed', o: 'open' } as const;
  return [...words].map((letter) => ({
    ticketId: 'RCA-20261120-001',
    openedAt: '2026-11-20T08:00:00.000Z',
    result: results[letter as keyof typeof results],
    decided: '',
    happened: '',
  }));
}

test.each([
  ['approve', 'sssss', 'auto'],
  ['approve', 'ososss s'.replace(' ', ''), 'auto'],
  ['approve', 'ssss', undefined],
  ['approve', 'ssssf', undefined],
  ['approve', 'sssssf', 'auto'],
  ['approve', 'fsfss', 'shadow'],
  ['auto', 'sssssssss', undefined],
  ['auto', 'fsssf', 'approve'],
  ['auto', 'fssssf', undefined],
  ['shadow', 'www', 'approve'],
  ['shadow', 'ww', undefined],
  ['shadow', 'ffff', undefined],
] as const)('E8: in %s, after %s (newest first), the proposal is %s', (autonomy, words, proposed) => {
  expect(proposalFor(autonomy, entries(words))?.to).toBe(proposed);
});
