// The neutral channel: one JSON object per message, for whatever can take a webhook. Its form is a public contract.
import type { ToldMessage } from '../../domain/notification/message.ts';
import { type ChannelKind, channelConfig, copyNote } from './channel-kind.ts';
import { post } from './post.ts';

export const webhook = {
  type: 'webhook',
  config: channelConfig('webhook'),
  open: (options) => ({
    name: options.name,
    async send(message, copy) {
      await post(options, webhookBody(message, copy));
    },
  }),
} as const satisfies ChannelKind<'webhook'>;

function webhookBody(message: ToldMessage, copy: number) {
  const { schemaVersion, id, kind, incidentId, recipient, severity, title, text, facts, link, decideLink, decision } =
    message;
  const note = copyNote(copy);
  return {
    schemaVersion,
    id,
    kind,
    incidentId,
    recipient,
    severity,
    title,
    text: note === undefined ? text : `${text}\n(${note})`,
    facts,
    link: link ?? null,
    copy,
    ...(decideLink === undefined ? {} : { decideLink, decideUntil: decision?.expiresAt ?? null }),
  };
}
