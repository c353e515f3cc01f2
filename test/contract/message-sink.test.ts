// The sink that stands for what people are told by: it takes what the real receivers take, and refuses what they refuse.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MessageSink, startMessageSink } from '../../local/messages/message-sink.ts';
import { SLACK_RATE } from '../../local/messages/slack.ts';
import { call, type ManualClock, manualClock, START } from '../builders/simulated-workspace.ts';

const CHANNEL = '/slack/services/T000/B000/local';
let sink: MessageSink;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock();
  sink = await startMessageSink({ clock });
});
afterEach(() => sink.stop());

const post = (path: string, body: unknown, headers?: Record<string, string>) =>
  call(sink.url + path, 'POST', body, headers);
const messages = async () => (await call(sink.url, 'GET')).json;
const section = (length: number) => ({ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(length) } });

describe('J3: the generic webhook', () => {
  test('takes any JSON and shows it, newest last, with the headers that matter', async () => {
    expect(
      (await post('/webhook', { ticketId: 'RCA-20260302-001' }, { 'x-signature': 'abc', cookie: 'no' })).status,
    ).toBe(200);
    clock.advance(1);
    expect((await post('/webhook/second?x=1', [1, 2])).status).toBe(200);
    const [first, second] = await messages();
    expect(first).toMatchObject({
      at: new Date(START).toISOString(),
      channel: 'webhook',
      path: '/webhook',
      body: { ticketId: 'RCA-20260302-001' },
    });
    expect(first.headers).toMatchObject({ 'x-signature': 'abc', 'content-type': 'application/json' });
    expect(Object.keys(first.headers)).not.toEqual(expect.arrayContaining(['cookie', 'authorization', 'host']));
    expect(second).toMatchObject({
      at: new Date(START + 1000).toISOString(),
      path: '/webhook/second?x=1',
      body: [1, 2],
    });
  });

  test('refuses what is no JSON, and every method but POST', async () => {
    expect((await post('/webhook', 'hello')).status).toBe(400);
    expect((await post('/webhook', undefined)).status).toBe(400);
    expect((await call(`${sink.url}/webhook`, 'GET')).status).toBe(405);
    expect((await post('/elsewhere', {})).status).toBe(404);
    expect(await messages()).toEqual([]);
  });
});

describe('J3: the Slack incoming webhook', () => {
  test('answers a plain ok', async () => {
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'x'.repeat(150) } },
      section(3000),
      { type: 'section', fields: [{ type: 'mrkdwn', text: '*Plan*\nprod' }] },
      {
        type: 'actions',
        elements: [
          { type: 'button', text: { type: 'plain_text', text: 'Open' }, url: 'https://x.example', action_id: 'open' },
        ],
      },
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'expires soon' }] },
      { type: 'divider' },
    ];
    expect(await post(CHANNEL, { text: 'Approval needed', blocks })).toMatchObject({ status: 200, text: 'ok' });
    expect(await messages()).toMatchObject([
      { channel: 'slack', path: CHANNEL, body: { text: 'Approval needed', blocks } },
    ]);
  });

  test.each([
    ['no JSON', 'hello', 'invalid_payload'],
    ['a list', [], 'invalid_payload'],
    ['no text', { blocks: [section(1)] }, 'no_text'],
    ['an empty text', { text: '' }, 'no_text'],
    ['a text beyond 40,000 characters', { text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['51 blocks', { text: 'x', blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }, 'invalid_blocks'],
    ['a section beyond 3000', { text: 'x', blocks: [section(3001)] }, 'invalid_blocks'],
    ['an empty section', { text: 'x', blocks: [{ type: 'section' }] }, 'invalid_blocks'],
    [
      'a header beyond 150',
      { text: 'x', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] },
      'invalid_blocks',
    ],
    [
      'a header in mrkdwn',
      { text: 'x', blocks: [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }] },
      'invalid_blocks',
    ],
    [
      '11 fields',
      {
        text: 'x',
        blocks: [{ type: 'section', fields: Array.from({ length: 11 }, () => ({ type: 'mrkdwn', text: 'x' })) }],
      },
      'invalid_blocks',
    ],
    [
      'a button text beyond 75',
      {
        text: 'x',
        blocks: [
          { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'x'.repeat(76) } }] },
        ],
      },
      'invalid_blocks',
    ],
    ['an unknown block', { text: 'x', blocks: [{ type: 'hologram' }] }, 'invalid_blocks'],
    ['blocks that are no list', { text: 'x', blocks: {} }, 'invalid_blocks'],
  ])('refuses %s', async (_what, body, words) => {
    expect(await post(CHANNEL, body)).toMatchObject({ status: 400, text: words });
    expect(await messages()).toEqual([]);
  });

  test('an address that is none is 404 no_service', async () => {
    for (const path of ['/slack/services/T000', '/slack/services/X/Y/Z', '/slack/']) {
      expect(await post(path, { text: 'x' })).toMatchObject({ status: 404, text: 'no_service' });
    }
  });

  test('about one message a second and channel, a short burst more, then 429 with Retry-After', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < SLACK_RATE.burst + 1; i += 1) statuses.push((await post(CHANNEL, { text: `${i}` })).status);
    expect(statuses).toEqual([...Array.from({ length: SLACK_RATE.burst }, () => 200), 429]);
    expect((await post(CHANNEL, { text: 'x' })).headers.get('retry-after')).toBe('1');
    expect((await post('/slack/services/T000/B111/other', { text: 'x' })).status).toBe(200);
    clock.advance(1);
    expect([(await post(CHANNEL, { text: 'x' })).status, (await post(CHANNEL, { text: 'x' })).status]).toEqual([
      200, 429,
    ]);
    expect(await messages()).toHaveLength(SLACK_RATE.burst + 2);
  });
});

describe('J6: faults and forgetting', () => {
  test('a fault is answered in the words of the channel; the message is not among those delivered', async () => {
    await post('/_sim/faults', { match: { path: '^/slack' }, fault: { kind: 'status', status: 500 }, times: 1 });
    expect(await post(CHANNEL, { text: 'x' })).toMatchObject({ status: 500, text: 'rollup_error' });
    await post('/_sim/faults', { match: { path: '^/slack' }, fault: { kind: 'status', status: 410 }, times: 1 });
    expect(await post(CHANNEL, { text: 'x' })).toMatchObject({ status: 410, text: 'channel_is_archived' });
    expect(await messages()).toEqual([]);
    expect((await call(`${sink.url}/_sim/calls`, 'GET')).json).toMatchObject([
      { status: 500 },
      { status: 410 },
      { path: '/', status: 200 },
    ]);
  });

  test('a lost answer was delivered all the same', async () => {
    await post('/_sim/faults', { fault: { kind: 'lost-answer' }, times: 1 });
    await expect(post('/webhook', { n: 1 })).rejects.toThrow();
    expect(await messages()).toMatchObject([{ body: { n: 1 } }]);
  });

  test('DELETE forgets what was told', async () => {
    await post('/webhook', {});
    expect((await call(`${sink.url}/`, 'DELETE')).status).toBe(204);
    expect(await messages()).toEqual([]);
  });
});
