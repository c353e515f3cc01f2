// The page behind a link: everything that others wrote is escaped, nothing is loaded, and what was given is shown again.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { questionPage, refusedPage } from '../../../functions/http/decide-page.ts';
import { Broken, Refused } from '../../../shared/domain/errors.ts';
import { lookAtDecision } from '../../../shared/usecases/operator/decide-by-link.ts';
import { House, UNLISTED } from '../../builders/house.ts';

const HOSTILE = `"><script>alert('x')</script>&amp;\u{d800}`;

const FRESH = {
  read: true,
  at: '2026-11-20T08:05:00.000Z',
  title: 'Restart the cluster',
  now: 'the cluster is TERMINATED',
  would: 'start cluster c-1',
} as const;

async function asked() {
  const house = new House();
  house.workspace.put(UNLISTED);
  await house.dies(UNLISTED);
  await house.settle(60);
  const token = house.told[0]?.message.decideLink?.split('/decide/')[1] ?? '';
  return await lookAtDecision(house.ports, token);
}

function textOf({ body }: { body?: unknown }): string {
  if (typeof body !== 'string') throw new Error('no page');
  return body;
}

function headersOf({ headers }: ReturnType<typeof refusedPage>): Headers {
  return new Headers(headers);
}

describe('the page of a decision', () => {
  it('E8: shows what is asked, why, and until when', async () => {
    const decision = await asked();
    const text = textOf(questionPage(decision, FRESH));
    for (const shown of [
      decision.incident.id,
      UNLISTED,
      'databricks-dev',
      decision.incident.failureClass,
      'Restart the cluster',
      decision.because,
      'devops-engineer',
      decision.expiresAt.slice(0, 10),
    ]) {
      expect(text).toContain(shown);
    }
    expect(text.match(/<label for="(name|reason)">/g)).toHaveLength(2);
    expect(text.match(/name="decision" value="(approve|reject)"/g)).toHaveLength(2);
    expect(text.indexOf('<button disabled hidden>'), 'Enter decides nothing').toBeLessThan(
      text.indexOf('value="approve"'),
    );
  });

  it('E7: shows what would be done at this moment, that it is nothing by now, or that it could not be read', async () => {
    const decision = await asked();
    expect(textOf(questionPage(decision, FRESH))).toContain(
      'Restart the cluster would start cluster c-1: the cluster is',
    );
    const { would: _nothing, ...well } = { ...FRESH, now: 'the cluster is RUNNING' };
    expect(textOf(questionPage(decision, well))).toContain('would do nothing now: the cluster is RUNNING');
    const unread = textOf(questionPage(decision, { read: false, because: 'no answer' }));
    expect(unread).toContain('could not be read: no answer');
    expect(unread).toContain('Restart the cluster: at most');
  });

  it('E8: escapes whatever others wrote', async () => {
    const decision = await asked();
    const { incident } = decision;
    const hostile = {
      ...decision,
      because: HOSTILE,
      incident: {
        ...incident,
        code: HOSTILE,
        component: { ...incident.component, id: HOSTILE, name: HOSTILE, workspace: HOSTILE },
        opening: { ...incident.opening, message: HOSTILE },
      },
      steps: decision.steps.map((step) => ({ ...step, title: HOSTILE })),
    };
    const faults = [{ pointer: `/${HOSTILE}`, detail: HOSTILE }];
    const answer = questionPage(
      hostile,
      { read: true, at: HOSTILE, title: HOSTILE, now: HOSTILE, would: HOSTILE },
      { fields: { name: HOSTILE, reason: `</textarea>${HOSTILE}` }, faults },
    );
    const text = textOf(answer);
    expect(answer.status).toBe(422);
    expect(text).not.toContain('<script');
    expect(text.match(/<\/textarea>/g)).toHaveLength(1);
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;\u{fffd}"');
  });

  it('E8: loads and runs nothing, and lets nobody keep, frame or pass on its address', async () => {
    const answer = questionPage(await asked(), FRESH);
    const text = textOf(answer);
    const headers = headersOf(answer);
    const style = text.match(/<style>([\s\S]*)<\/style>/)?.[1] ?? '';
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect([headers.get('referrer-policy'), headers.get('cache-control')]).toEqual(['no-referrer', 'no-store']);
    expect(text).not.toMatch(/https?:|src=|style=|<script|<link|@import|url\(/);
  });

  it('E8: a refusal keeps its status and says why, a bug of ours says nothing of itself', () => {
    const problem = {
      status: 410,
      headers: { 'x-correlation-id': 'cor-1', 'content-type': 'application/problem+json' },
    };
    const over = refusedPage(problem, new Refused('link-over', 'It is over <since> today.'));
    expect(over.status).toBe(410);
    expect(textOf(over)).toContain('It is over &lt;since&gt; today.');
    expect(headersOf(over).get('content-type')).toContain('text/html');
    expect(headersOf(over).get('x-correlation-id')).toBe('cor-1');
    for (const error of [new Broken('broken', 'row 17'), new TypeError('row 17')]) {
      expect(textOf(refusedPage({ status: 500 }, error))).not.toContain('row 17');
    }
  });
});
