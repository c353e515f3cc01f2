// What Slack's incoming webhook refuses, delays and loses, and this one with it. Sources: the types of @slack/types 3.2.0 and
// docs.slack.dev (incoming webhooks, rate limits); the words of an error are the whole plain-text body.
// It REJECTS: an unknown address (404 no_service), a body that is no JSON (400 invalid_payload), a message without `text`
//   (400 no_text; Slack also takes blocks alone, but then notifications are empty, so we must send both), blocks it does not
//   know or that are too long (400 invalid_blocks). It LIMITS: about one message a second and channel, short bursts more: 429
//   with Retry-After. It answers `ok` and no message id, so nothing can be changed afterwards.
import { z } from 'zod';
import type { Rate } from '../simulator/token-bucket.ts';

export const SLACK_RATE: Rate = { perSecond: 1, burst: 5 };
const BLOCKS_PER_MESSAGE = 50;
const TEXT_CHARS = 40_000;
const SECTION_CHARS = 3_000;
const FIELD_CHARS = 2_000;
const FIELDS_PER_SECTION = 10;
const HEADER_CHARS = 150;
const ELEMENTS_PER_ACTIONS = 25;
const ELEMENTS_PER_CONTEXT = 10;
const BUTTON_CHARS = 75;
const URL_CHARS = 3_000;
const VALUE_CHARS = 2_000;
const ID_CHARS = 255;
const MARKDOWN_CHARS = 12_000;

/** `/services/T.../B.../...` below the sink's `/slack`. */
const SERVICE_PATH = /^\/slack\/services\/T\w+\/B\w+\/\w+$/;

const text = (chars: number) =>
  z.object({ type: z.enum(['plain_text', 'mrkdwn']), text: z.string().min(1).max(chars) });
const plain = (chars: number) => z.object({ type: z.literal('plain_text'), text: z.string().min(1).max(chars) });
const block = { block_id: z.string().max(ID_CHARS).optional() };
const element = z.looseObject({
  type: z.string(),
  text: plain(BUTTON_CHARS).optional(),
  url: z.string().max(URL_CHARS).optional(),
  value: z.string().max(VALUE_CHARS).optional(),
  action_id: z.string().max(ID_CHARS).optional(),
});
const contextElement = z.union([
  text(FIELD_CHARS),
  z.object({ type: z.literal('image'), image_url: z.string(), alt_text: z.string() }),
]);

const blockSchema = z.discriminatedUnion('type', [
  z
    .object({
      ...block,
      type: z.literal('section'),
      text: text(SECTION_CHARS).optional(),
      fields: z.array(text(FIELD_CHARS)).min(1).max(FIELDS_PER_SECTION).optional(),
      accessory: element.optional(),
    })
    .refine((section) => section.text !== undefined || section.fields !== undefined),
  z.object({ ...block, type: z.literal('header'), text: plain(HEADER_CHARS) }),
  z.object({ ...block, type: z.literal('divider') }),
  z.object({ ...block, type: z.literal('actions'), elements: z.array(element).min(1).max(ELEMENTS_PER_ACTIONS) }),
  z.object({
    ...block,
    type: z.literal('context'),
    elements: z.array(contextElement).min(1).max(ELEMENTS_PER_CONTEXT),
  }),
  z.object({
    ...block,
    type: z.literal('image'),
    image_url: z.string().max(URL_CHARS),
    alt_text: z.string().max(VALUE_CHARS),
  }),
  z.object({ ...block, type: z.literal('markdown'), text: z.string().min(1).max(MARKDOWN_CHARS) }),
  z.looseObject({ ...block, type: z.literal('rich_text'), elements: z.array(z.unknown()) }),
]);

export interface SlackRefusal {
  readonly status: 400 | 404;
  readonly words: string;
}

/** Undefined if Slack would post it. */
export function refuseMessage(path: string, body: unknown): SlackRefusal | undefined {
  if (!SERVICE_PATH.test(path)) return { status: 404, words: 'no_service' };
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { status: 400, words: 'invalid_payload' };
  const { text: fallback, blocks }: { text?: unknown; blocks?: unknown } = body;
  if (typeof fallback !== 'string' || fallback === '') return { status: 400, words: 'no_text' };
  if (fallback.length > TEXT_CHARS) return { status: 400, words: 'msg_too_long' };
  if (blocks === undefined) return undefined;
  const parsed = z.array(blockSchema).max(BLOCKS_PER_MESSAGE).safeParse(blocks);
  return parsed.success ? undefined : { status: 400, words: 'invalid_blocks' };
}
