// Slack's incoming webhook. Everything is trimmed to Slack's limits, because a message that is too long is refused whole.
import { Unavailable } from '../../domain/errors.ts';
import type { Message, ToldMessage } from '../../domain/notification/message.ts';
import { type ChannelKind, channelConfig, copyNote } from './channel-kind.ts';
import { post } from './post.ts';

/** docs.slack.dev/reference/block-kit/blocks, as @slack/types 3.2.0 carries them (facts/integrations.md 3). */
const LIMITS = {
  header: 150,
  sectionText: 3_000,
  fieldText: 2_000,
  fieldsPerSection: 10,
  blocks: 50,
  linkUrl: 2_500,
} as const;
/** Slack's advice for the top-level text, which shows in notifications (docs.slack.dev/reference/methods/chat.postMessage). */
const FALLBACK_TEXT = 4_000;
const ELLIPSIS = '…';

export const slack = {
  type: 'slack',
  config: channelConfig('slack'),
  open: (options) => ({
    name: options.name,
    async send(message, copy) {
      const answer = await post(options, slackBody(message, copy));
      // A proxy's page with 200 is not Slack: the message would be lost.
      if (answer !== 'ok') throw notSlack(options.name);
    },
  }),
} as const satisfies ChannelKind<'slack'>;

function notSlack(name: string): Unavailable {
  return new Unavailable('channel-unavailable', `channel ${name} did not answer ok`, { mayHaveHappened: true });
}

/** `text` is what notifications and screen readers show, so it is complete by itself. */
function slackBody(message: ToldMessage, copy: number) {
  const note = copyNote(copy);
  const text = [`[${message.severity}] ${message.title}`, message.text, note && `(${note})`].filter(Boolean).join('\n');
  const tail = [...decideBlock(message), ...linkBlock(message.link, 'Open in Lakewarden'), contextBlock(message, note)];
  const head = [headerBlock(message), ...textBlock(message)];
  const room = LIMITS.blocks - head.length - tail.length;
  return { text: mrkdwn(text, FALLBACK_TEXT), blocks: [...head, ...factBlocks(message, room), ...tail] };
}

/** plain_text is shown as it is, so it is trimmed but not escaped. */
function headerBlock({ title, kind }: Message) {
  return { type: 'header', text: { type: 'plain_text', text: trimmed(title.trim() || kind, LIMITS.header) } };
}

function textBlock({ text }: Message) {
  if (text.trim() === '') return [];
  return [{ type: 'section', text: { type: 'mrkdwn', text: mrkdwn(text, LIMITS.sectionText) } }];
}

function factBlocks({ facts }: Message, room: number) {
  const fields = facts.map(({ label, value }) => ({
    type: 'mrkdwn',
    text: mrkdwn(`*${label}*\n${value}`, LIMITS.fieldText),
  }));
  const sections = [];
  for (let at = 0; at < fields.length; at += LIMITS.fieldsPerSection) {
    sections.push({ type: 'section', fields: fields.slice(at, at + LIMITS.fieldsPerSection) });
  }
  if (sections.length <= room) return sections;
  const left = facts.length - (room - 1) * LIMITS.fieldsPerSection;
  const more = { type: 'section', text: { type: 'mrkdwn', text: `${ELLIPSIS} and ${left} more facts` } };
  return [...sections.slice(0, room - 1), more];
}

/** A link in the text and no button: a button asks for an acknowledgement that nobody here could give. */
function linkBlock(link: string | undefined, words: string) {
  if (link === undefined || !/^https?:\/\//.test(link)) return [];
  const url = escaped(link).replaceAll('|', '%7C');
  if (url.length > LIMITS.linkUrl) return [];
  return [{ type: 'section', text: { type: 'mrkdwn', text: `<${url}|${words}>` } }];
}

function decideBlock({ decideLink, decision }: ToldMessage) {
  return linkBlock(decideLink, `Approve or reject, until ${decision?.expiresAt ?? 'it expires'}`);
}

function contextBlock({ incidentId, severity, recipient }: Message, note: string | undefined) {
  const text = [incidentId, severity, `for ${recipient}`, note].filter(Boolean).join(' · ');
  return { type: 'context', elements: [{ type: 'mrkdwn', text: mrkdwn(text, LIMITS.fieldText) }] };
}

/** Slack's three control characters (docs.slack.dev/messaging/formatting-message-text#escaping): no `<!channel>` from a cluster's name. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Escaped first, trimmed after, and never in the middle of an entity. */
function mrkdwn(text: string, limit: number): string {
  const whole = escaped(text);
  if (whole.length <= limit) return whole;
  return withoutHalves(whole.slice(0, limit - ELLIPSIS.length).replace(/&[a-z]{0,3}$/, '')) + ELLIPSIS;
}

function trimmed(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return withoutHalves(text.slice(0, limit - ELLIPSIS.length)) + ELLIPSIS;
}

/** Half a surrogate pair at the end is no character. */
function withoutHalves(text: string): string {
  return text.replace(/[\uD800-\uDBFF]$/, '');
}
