// Each channel against a real socket: what is sent, what each answer means for the message, and that the address stays secret.
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { startMessageSink } from '../../local/messages/message-sink.ts';
import { type ChannelConfig, channelKinds, channelSchema, openChannels } from '../../shared/adapters/channels/index.ts';
import { InvalidInput } from '../../shared/domain/errors.ts';
import type { Message, ToldMessage } from '../../shared/domain/notification/message.ts';
import type { Channel } from '../../shared/ports/channel.ts';
import { failureOf, refusalOf, unavailableOf } from '../builders/failures.ts';
import { type Answering, type ScriptedServer, startScriptedServer } from '../builders/scripted-server.ts';
import { selfSigned } from '../builders/self-signed.ts';

const SECRET = 'T0SECRET/B0SECRET/s3cr3t';
const types = channelKinds.map((kind) => kind.type);
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

function aMessage(given: Partial<Message> = {}): Message {
  return {
    schemaVersion: 1,
    id: 'msg-1',
    incidentId: 'RCA-20261120-001',
    kind: 'incident-opened',
    recipient: 'devops-engineer',
    channel: 'on-call',
    severity: 'high',
    title: 'inference cluster: driver not responding',
    text: 'Restarting it now.',
    facts: [{ label: 'Workspace', value: 'primary' }],
    link: 'https://lakewarden.example/incidents/RCA-20261120-001',
    ...given,
  };
}

function open(type: ChannelConfig['type'], url: string, deadlineSeconds?: number): Channel {
  const channels = openChannels([{ name: 'on-call', type, urlSetting: 'ON_CALL_URL' }], () => url, deadlineSeconds);
  const channel = channels.get('on-call');
  if (channel === undefined) throw new Error('the channel did not open');
  return channel;
}

async function server(answer: Answering, tls?: { key: string; cert: string }): Promise<ScriptedServer> {
  const started = await startScriptedServer(answer, tls);
  closing.push(() => started.close());
  return started;
}

const answering =
  (code: number, body = '', headers: Record<string, string> = {}): Answering =>
  (response) =>
    void response.writeHead(code, headers).end(body);

async function sink() {
  const started = await startMessageSink();
  closing.push(() => started.stop());
  const received = z.array(z.object({ channel: z.string(), body: z.record(z.string(), z.unknown()) }));
  return {
    webhook: `${started.url}/webhook`,
    slack: `${started.url}/slack/services/T0AAAA/B0AAAA/abcdef`,
    messages: async () => received.parse(await (await fetch(`${started.url}/`)).json()),
  };
}

describe.each(types)('channel %s', (type) => {
  it('is accepted by the receiver', async () => {
    const receiver = await sink();
    await open(type, receiver[type]).send(aMessage(), 1);
    expect((await receiver.messages()).map((one) => one.channel)).toEqual([type]);
  });

  it.each<[string, Partial<Message>]>([
    ['empty texts', { title: '', text: '', facts: [] }],
    ['no link', { link: undefined }],
    [
      'very long texts',
      { title: 'é€😀'.repeat(400), text: '<&>😀'.repeat(5_000), link: `https://x.example/${'a'.repeat(9_000)}` },
    ],
    [
      'very many facts',
      { facts: Array.from({ length: 900 }, (_, index) => ({ label: `fact ${index}`, value: '&'.repeat(3_000) })) },
    ],
    ['a link that is no web address', { link: 'javascript:alert(1)' }],
  ])('is accepted by the receiver with %s', async (_, given) => {
    const receiver = await sink();
    await open(type, receiver[type]).send({ ...aMessage(), ...given }, 1);
    expect(await receiver.messages()).toHaveLength(1);
  });

  it('Invariant 9: marks a second copy as such, and the first not', async () => {
    const receiver = await sink();
    const channel = open(type, receiver[type]);
    await channel.send(aMessage(), 1);
    await channel.send(aMessage(), 2);
    await channel.send(aMessage(), 3);
    const texts = (await receiver.messages()).map((one) => one.body.text);
    expect(texts[0]).not.toContain('copy');
    expect(texts[1]).toContain('second copy: an earlier one may have arrived');
    expect(texts[2]).toContain('copy 3: earlier ones may have arrived');
  });

  it.each([
    ['7', 7],
    [new Date(Date.now() + 3_600_000_000).toUTCString(), 3_600],
    ['soon', 5],
    [undefined, 5],
  ])('is Unavailable after 429 with Retry-After %s, and certainly not delivered', async (header, seconds) => {
    const busy = await server(answering(429, 'rate_limited', header === undefined ? {} : { 'retry-after': header }));
    const error = await unavailableOf(open(type, busy.url).send(aMessage(), 1));
    expect([error.retryAfterSeconds, error.mayHaveHappened]).toEqual([seconds, false]);
    expect(busy.asked).toHaveLength(1);
  });

  it.each([500, 503, 408])('is Unavailable after %i', async (code) => {
    const down = await server(answering(code, 'rollup_error'));
    const error = await unavailableOf(open(type, down.url).send(aMessage(), 1));
    expect(error.mayHaveHappened).toBe(code >= 500);
  });

  it.each([400, 401, 403, 404, 410, 413])('is Refused after %i', async (code) => {
    const wrong = await server(answering(code, 'channel_is_archived'));
    const error = await refusalOf(open(type, wrong.url).send(aMessage(), 1));
    expect(error.message).toBe(`channel on-call answered ${code} channel_is_archived`);
  });

  it.each([301, 302, 307, 308])('does not follow a %i', async (code) => {
    const elsewhere = await server(answering(200, 'ok'));
    const moved = await server(answering(code, '', { location: elsewhere.url }));
    await unavailableOf(open(type, moved.url).send(aMessage(), 1));
    expect(elsewhere.asked).toEqual([]);
  });

  it('leaves a receiver that never answers: the message may have arrived', async () => {
    const hung = await server(() => {});
    const error = await unavailableOf(open(type, hung.url, 0.1).send(aMessage(), 1));
    expect(error.mayHaveHappened).toBe(true);
    expect(error.message).toContain('no answer before the deadline');
  });

  it('is Unavailable after a reset, and where nobody listens', async () => {
    const rude = await server((response) => response.destroy() && undefined);
    expect((await unavailableOf(open(type, rude.url).send(aMessage(), 1))).mayHaveHappened).toBe(true);
    const gone = await startScriptedServer(() => {});
    await gone.close();
    expect((await unavailableOf(open(type, gone.url).send(aMessage(), 1))).mayHaveHappened).toBe(false);
  });

  it('sends nothing to a server whose certificate nobody vouches for', async () => {
    const https = await server(answering(200, 'ok'), selfSigned());
    await unavailableOf(open(type, https.url).send(aMessage(), 1));
    expect(https.asked).toEqual([]);
  });

  it.each<[string, Answering]>([
    ['a refusal that repeats the request', (response, asked) => void response.writeHead(400).end(`no ${asked.path}`)],
    ['an error that repeats the request', (response, asked) => void response.writeHead(500).end(asked.path)],
    ['a redirect', (response, asked) => void response.writeHead(302, { location: asked.path }).end()],
    ['a reset', (response) => void response.destroy()],
  ])('never tells its address in an error: %s', async (_, answer) => {
    const loud = await server(answer);
    const error = await failureOf(open(type, `${loud.url}/services/${SECRET}`).send(aMessage(), 1));
    expect(loud.asked[0]?.path).toContain(SECRET);
    const told = error instanceof Error ? [error.message, error.stack, JSON.stringify(error), String(error.cause)] : [];
    expect(told.join('\n')).not.toMatch(/SECRET|s3cr3t|127\.0\.0\.1:\d/);
    expect(told).not.toEqual([]);
  });
});

it('sends a webhook the whole message', async () => {
  const receiver = await sink();
  await open('webhook', receiver.webhook).send(aMessage(), 1);
  const { channel: _channel, ...message } = aMessage();
  expect((await receiver.messages())[0]?.body).toEqual({ ...message, copy: 1 });
});

const decideLink = 'https://lakewarden.example/decide/eyJhIjoxfQ.c2lnbmF0dXJl';

function aQuestion(): ToldMessage {
  const decision = { run: 1, asked: 'a1b2', expiresAt: '2026-11-21T08:00:00.000Z' };
  return { ...aMessage({ kind: 'human-needed', decision }), decideLink };
}

it('E8: sends a webhook the link to decide by, with its end, and nothing else of the question', async () => {
  const receiver = await sink();
  await open('webhook', receiver.webhook).send(aQuestion(), 1);
  const { channel: _channel, decision: _decision, ...message } = aQuestion();
  const expected = { ...message, copy: 1, decideUntil: '2026-11-21T08:00:00.000Z' };
  expect((await receiver.messages())[0]?.body).toEqual(expected);
});

it('E8: shows the link to decide by in Slack before the other, and says until when', async () => {
  const blocks = JSON.stringify((await slackOf(aQuestion())).blocks);
  const shown = `<${decideLink}|Approve or reject, until 2026-11-21T08:00:00.000Z>`;
  expect(blocks).toContain(shown);
  expect(blocks.indexOf(shown)).toBeLessThan(blocks.indexOf('Open in Lakewarden'));
});

const slackBody = z.object({
  text: z.string(),
  blocks: z.array(z.looseObject({ type: z.string() })),
});

async function slackOf(message: ToldMessage, copy = 1) {
  const receiver = await sink();
  await open('slack', receiver.slack).send(message, copy);
  return slackBody.parse((await receiver.messages())[0]?.body);
}

describe('Slack', () => {
  it('says everything in the text too, which is all that a notification shows', async () => {
    const { text, blocks } = await slackOf(aMessage());
    expect(text).toBe('[high] inference cluster: driver not responding\nRestarting it now.');
    expect(blocks.map((block) => block.type)).toEqual(['header', 'section', 'section', 'section', 'context']);
    expect(JSON.stringify(blocks)).toContain('*Workspace*\\nprimary');
    expect(JSON.stringify(blocks)).toContain('RCA-20261120-001');
  });

  it('lets no control sequence through: nobody is paged by the name of a cluster', async () => {
    const evil = '<!channel> & <https://evil.example|click>';
    const { text, blocks } = await slackOf(
      aMessage({ title: evil, text: evil, facts: [{ label: evil, value: evil }] }),
    );
    const shown = [text, ...blocks.filter((block) => block.type !== 'header').map((block) => JSON.stringify(block))];
    expect(shown.join('\n')).not.toMatch(/<!|<https:..evil/);
    expect(text).toContain('&lt;!channel&gt; &amp; ');
  });

  it('says how many facts it left out', async () => {
    const facts = Array.from({ length: 1_000 }, (_, index) => ({ label: `fact ${index}`, value: 'x' }));
    const { blocks } = await slackOf(aMessage({ facts }));
    expect(blocks).toHaveLength(50);
    const shown = JSON.stringify(blocks).match(/\*fact \d+\*/g)?.length ?? 0;
    expect(JSON.stringify(blocks)).toContain(`and ${1_000 - shown} more facts`);
  });

  it('trims between characters, never inside one or inside an escape', async () => {
    for (const length of [2_993, 2_994, 2_995, 2_996, 2_997, 2_998, 2_999, 3_000]) {
      for (const last of ['&&&&&&&&', '😀😀😀😀']) {
        const { blocks } = await slackOf(aMessage({ text: 'x'.repeat(length) + last, link: undefined }));
        const section = z.object({ text: z.object({ text: z.string() }) }).parse(blocks[1]);
        expect(section.text.text).toMatch(/^x+(&amp;|😀)*…$/u);
      }
    }
  });

  it('takes a page that is not Slack’s for no delivery', async () => {
    const proxy = await server(answering(200, '<html>Sign in</html>'));
    await unavailableOf(open('slack', proxy.url).send(aMessage(), 1));
  });
});

describe('channels of an estate', () => {
  const config = (name: string, urlSetting = 'URL_OF_IT'): ChannelConfig => ({ name, type: 'webhook', urlSetting });

  it('are found by name', () => {
    const channels = openChannels([config('a'), config('b')], () => 'https://example.com/hook');
    expect(channels.get('b')?.name).toBe('b');
    expect(channels.get('c')).toBeUndefined();
  });

  it('are described by the list of kinds alone: each kind is known to the schema, no other', () => {
    for (const type of types) expect(channelSchema.parse({ ...config('a'), type })).toMatchObject({ type });
    expect(channelSchema.safeParse({ ...config('a'), type: 'pigeon' }).success).toBe(false);
    expect(new Set(types).size).toBe(types.length);
  });

  it('do not take an address for the name of a setting', () => {
    expect(channelSchema.safeParse(config('a', `https://hooks.slack.com/services/${SECRET}`)).success).toBe(false);
  });

  it('tell all faults at once, naming settings and not what they hold', async () => {
    const settings = new Map([
      ['PLAIN', `http://example.com/${SECRET}`],
      ['NONSENSE', SECRET],
      ['USER', `https://user:${SECRET}@example.com/`],
      ['GOOD', 'https://example.com/hook'],
    ]);
    const names = ['MISSING', 'PLAIN', 'NONSENSE', 'USER', 'GOOD', 'GOOD'];
    const configs = names.map((setting) => config(setting, setting));
    const error = await failureOf((async () => openChannels(configs, (name) => settings.get(name)))());
    if (!(error instanceof InvalidInput)) throw error;
    expect(error.fields.map((field) => field.detail)).toEqual([
      'setting MISSING is missing',
      'setting PLAIN must hold an https:// address (http:// only on loopback)',
      'setting NONSENSE holds no URL',
      expect.stringContaining('setting USER'),
      'there is another channel GOOD',
    ]);
    expect(JSON.stringify(error)).not.toContain('s3cr3t');
  });
});
