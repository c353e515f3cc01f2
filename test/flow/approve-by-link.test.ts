// A person decides by the link of a message, from outside: what the sink received is opened and posted as a browser would.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { findBreak } from '../../cli/verify-timeline.ts';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { type LaptopCloud, laptopCloudWith, nothingFolded } from '../builders/laptop-cloud.ts';

const told = z.looseObject({ channel: z.string(), body: z.looseObject({ incidentId: z.string().optional() }) });
const approve = { decision: 'approve', name: 'Ana', reason: 'Nobody uses it: go on.' };

describe('a decision by link', { timeout: 120_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = laptopCloudWith(nothingFolded, '--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  /** The estate does not list it, so what would be done needs a person. */
  async function asked(cluster: string): Promise<{ id: string; link: string }> {
    await cloud.sim(`/clusters/${cluster}`, { cluster_name: cluster, state: 'RUNNING' }, 'PUT');
    await cloud.crash(cluster, 'DRIVER_UNREACHABLE');
    const { answer } = await cloud.post(clusterEvent(cluster), { prefer: 'wait=30' });
    const id = answer.ticket_id ?? '';
    expect(answer.recovery_status, answer.message).toBe('held');
    const link = await eventually(() => linkOf(id, 'webhook'), 30_000, `a link about ${id}`);
    expect(await eventually(() => linkOf(id, 'slack'), 30_000, `a link about ${id} in Slack`)).toBe(link);
    return { id, link };
  }

  async function linkOf(id: string, channel: string): Promise<string | undefined> {
    const about = z.array(told).parse(await cloud.messages());
    const texts = about.filter((one) => one.channel === channel).map((one) => JSON.stringify(one.body));
    const mine = texts.find((text) => text.includes(id) && text.includes('/decide/'));
    return mine?.match(/http[^"|]*\/decide\/[\w.-]+/)?.[0];
  }

  function post(link: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(link, { method: 'POST', body: new URLSearchParams(fields), headers });
  }

  async function acts(id: string): Promise<string[]> {
    const { timeline } = await cloud.incident(id);
    return timeline.filter(({ actor }) => actor.startsWith('operator:')).map(({ type }) => type);
  }

  it('E8: the message has the link; opening it decides nothing; approved by it, the run goes on and is verified', async () => {
    const { id, link } = await asked('approve-by-link');
    for (const method of ['GET', 'HEAD', 'GET']) {
      const page = await fetch(link, { method });
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(page.headers.get('referrer-policy')).toBe('no-referrer');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      const text = await page.text();
      if (method === 'GET')
        for (const shown of [id, 'approve-by-link', 'Restart the cluster']) expect(text).toContain(shown);
    }
    expect(await cloud.starts('approve-by-link')).toBe(0);
    expect(await acts(id)).toEqual([]);

    const wordless = await post(link, { ...approve, reason: ' ' });
    expect([wordless.status, (await wordless.text()).includes('value="Ana"')]).toEqual([422, true]);
    const nameless = await post(link, { ...approve, name: 'Ana <b>' });
    expect([nameless.status, (await nameless.text()).includes('<b>')]).toEqual([422, false]);
    expect(await acts(id)).toEqual([]);

    const answers = await Promise.all([1, 2, 3].map(() => post(link, approve)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await answers[0]?.text()).toContain(`${id}: approved`);
    await cloud.incidentIn(id, 'resolved');
    expect(await acts(id)).toEqual(['run-approved']);
    expect(await cloud.starts('approve-by-link')).toBe(1);
    expect(await cloud.clusterState('approve-by-link')).toBe('RUNNING');
    const incident = await cloud.incident(id);
    expect(findBreak(incident)).toBeUndefined();
    expect(incident.timeline.find(({ type }) => type === 'run-approved')?.text).toBe(
      'Approved by Ana, by link sent to devops-engineer: Nobody uses it: go on.',
    );

    const late = await post(link, { ...approve, decision: 'reject', name: 'Ben' });
    expect([late.status, (await late.text()).includes('was approved by Ana')]).toEqual([409, true]);
    expect((await fetch(link)).status).toBe(409);
    expect(await acts(id)).toEqual(['run-approved']);
  });

  it('E8: rejected by it, the run ends and nothing is started', async () => {
    const { id, link } = await asked('reject-by-link');
    const answer = await post(link, { decision: 'reject', name: 'Ben', reason: 'month end' });
    expect([answer.status, (await answer.text()).includes(`${id}: rejected`)]).toEqual([200, true]);
    const incident = await cloud.incident(id);
    expect([incident.state, incident.runs[0]?.state.name]).toEqual(['escalated', 'aborted']);
    expect(await cloud.starts('reject-by-link')).toBe(0);
    expect((await post(link, approve)).status).toBe(409);
    expect(await acts(id)).toEqual(['run-rejected']);
  });

  it('E8: what is no link, no form or no method is refused without harm; the token stands in no answer and no log', async () => {
    const { id, link } = await asked('guess-by-link');
    const token = link.split('/decide/')[1] ?? '';
    const tampered = `${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`;
    for (const guess of [tampered, link.replace(token, 'x'), link.replace(token, `${'A'.repeat(3000)}.x`)]) {
      expect((await fetch(guess)).status).toBe(404);
      expect((await post(guess, approve)).status).toBe(404);
    }
    // Nobody without a link makes us read what he sends, and the connection goes on serving.
    expect((await post(tampered, { ...approve, reason: 'x'.repeat(300_000) })).status).toBe(404);
    expect((await fetch(link)).status).toBe(200);
    const json = { 'content-type': 'application/json' };
    expect((await fetch(link, { method: 'POST', body: JSON.stringify(approve), headers: json })).status).toBe(415);
    expect((await post(link, { ...approve, reason: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await post(link, { ...approve, decision: 'maybe' })).status).toBe(422);
    expect((await fetch(link, { method: 'PUT' })).status).toBe(405);
    expect(await acts(id)).toEqual([]);
    const signature = token.slice(-43);
    expect(JSON.stringify(await cloud.incident(id))).not.toContain(signature);
    const logs = readdirSync(laptop.dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
    const written = [laptop.output, ...logs.map((name) => readFileSync(join(laptop.dir, name), 'utf8'))].join('\n');
    expect(written).toContain('order carried out');
    expect(written.includes(signature)).toBe(false);
  });
});
