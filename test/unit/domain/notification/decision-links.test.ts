// Tokens of links to decide by: what is signed is what is read, and nothing else is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DecisionClaims, DecisionLinks } from '../../../../shared/domain/notification/decision-links.ts';
import { Secret } from '../../../../shared/domain/secret.ts';
import { ticket } from '../../../builders/operators.ts';

const ORIGIN = 'https://lakewarden.example';
const first = new Secret('the first secret, of thirty-two characters and more');
const second = new Secret('the second secret, of thirty-two characters and more');
const links = new DecisionLinks(ORIGIN, [first]);

function claims(change: Partial<DecisionClaims> = {}): DecisionClaims {
  return {
    incidentId: ticket('RCA-20261120-001'),
    run: 1,
    asked: 'a1b2c3d4e5f6a1b2c3d4e5f6',
    role: 'devops-engineer',
    expiresAt: '2026-11-21T08:00:00.000Z',
    ...change,
  };
}

function tokenOf(link: string): string {
  return link.slice(`${ORIGIN}/decide/`.length);
}

describe('a link to decide by', () => {
  it('E8: reads back as what was signed, and is an address that needs no escaping', () => {
    const link = links.linkFor(claims());
    expect(link).toMatch(/^https:\/\/lakewarden\.example\/decide\/[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
    expect(new URL(link).href).toBe(link);
    expect(links.read(tokenOf(link))).toEqual(claims());
    expect(links.linkFor(claims())).toBe(link);
  });

  it('E8: is another one for every claim', () => {
    const changes: Partial<DecisionClaims>[] = [
      { incidentId: ticket('RCA-20261120-002') },
      { run: 2 },
      { asked: 'ffffffffffffffffffffffff' },
      { role: 'cto' },
      { expiresAt: '2026-11-21T08:00:00.001Z' },
    ];
    const all = new Set([claims(), ...changes.map(claims)].map((each) => links.linkFor(each)));
    expect(all.size).toBe(changes.length + 1);
  });

  it('E8: opens while its secret is one of the two, so that secrets rotate, and no longer', () => {
    const old = tokenOf(links.linkFor(claims()));
    const rotating = new DecisionLinks(ORIGIN, [second, first]);
    expect(rotating.read(old)).toEqual(claims());
    const fresh = tokenOf(rotating.linkFor(claims()));
    expect(fresh).not.toBe(old);
    expect(links.read(fresh)).toBeUndefined();
    expect(new DecisionLinks(ORIGIN, [second]).read(fresh)).toEqual(claims());
    expect(new DecisionLinks(ORIGIN, [second]).read(old)).toBeUndefined();
  });

  it('E8: with any one character changed is no link', () => {
    const token = tokenOf(links.linkFor(claims()));
    for (let at = 0; at < token.length; at += 1) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      expect(links.read(changed), `character ${at}`).toBeUndefined();
    }
    // The last character holds two bits that no byte uses: even those count.
    const last = token.slice(-1);
    const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].filter(
      (one) => one !== last,
    );
    for (const other of others) expect(links.read(token.slice(0, -1) + other)).toBeUndefined();
  });

  it('E8: another payload under a good signature is no link', () => {
    const [, mac = ''] = tokenOf(links.linkFor(claims())).split('.');
    const [other = ''] = tokenOf(links.linkFor(claims({ run: 2 }))).split('.');
    expect(links.read(`${other}.${mac}`)).toBeUndefined();
    expect(links.read(`${other}.`)).toBeUndefined();
    expect(links.read(other)).toBeUndefined();
  });

  it('E8: whatever somebody guesses is no link, however long, and never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{43}$/)), (text) => {
        expect(links.read(text)).toBeUndefined();
      }),
    );
    expect(links.read(`${'A'.repeat(100_000)}.${'A'.repeat(43)}`)).toBeUndefined();
  });
});
