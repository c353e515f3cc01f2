import { expect, test } from 'vitest';
import { approvalLinkNotes, openDecisionLinks } from '../../shared/compose/approval-links.ts';
import { isTicketId } from '../../shared/domain/ids.ts';
import { Secret } from '../../shared/domain/secret.ts';

const publicUrl = 'https://lakewarden.example';
const approvalLinkSecrets = [new Secret('y'.repeat(32)), new Secret('x'.repeat(32))];

test('E8: without an address or a secret there are no links, and readiness says which is missing', () => {
  const rows = [
    [{ publicUrl, approvalLinkSecrets: [] }, /: APPROVAL_LINK_SECRET not set/],
    [{ publicUrl: undefined, approvalLinkSecrets }, /: PUBLIC_URL not set/],
    [{ publicUrl: undefined, approvalLinkSecrets: [] }, /: PUBLIC_URL and APPROVAL_LINK_SECRET not set/],
  ] as const;
  for (const [config, words] of rows) {
    expect(openDecisionLinks(config)).toBeUndefined();
    expect(approvalLinkNotes(config)).toEqual([expect.stringMatching(words)]);
  }
});

test('E8: with both, links are signed by the first secret and opened by either', () => {
  const links = openDecisionLinks({ publicUrl, approvalLinkSecrets });
  const incidentId = 'RCA-20261120-001';
  if (!links || !isTicketId(incidentId)) throw new Error('no links');
  const claims = { incidentId, run: 1, asked: 'a', role: 'cto', expiresAt: '2026-11-21T08:00:00.000Z' };
  const [fresh, old] = approvalLinkSecrets.map((one) => openDecisionLinks({ publicUrl, approvalLinkSecrets: [one] }));
  expect(links.linkFor(claims)).toBe(fresh?.linkFor(claims));
  expect(links.read(old?.linkFor(claims).split('/decide/')[1] ?? '')).toEqual(claims);
  expect(approvalLinkNotes({ publicUrl, approvalLinkSecrets })).toEqual([]);
});
