// Where the laptop cloud's notifications end up: a generic webhook and a Slack incoming webhook, and a list of what people were told.
// Only what the real receiver would have taken is in the list.
import { type KeptMap, keptNowhere } from '../durable/kept-map.ts';
import { type Clock, systemClock } from '../simulator/clock.ts';
import { startFront } from '../simulator/front.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import { createTokenBucket, type TokenBucket } from '../simulator/token-bucket.ts';
import { refuseMessage, SLACK_RATE } from './slack.ts';

/** The oldest are dropped beyond this. */
const MESSAGES_KEPT = 100_000;
/** What a receiver goes by; the rest of the headers is transport. */
const HEADERS_KEPT = /^(content-type|user-agent|idempotency-key|traceparent|webhook-.*|x-.*)$/;

export interface Message {
  readonly at: string;
  readonly channel: 'webhook' | 'slack';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

export interface MessageSinkOptions {
  readonly port?: number;
  readonly clock?: Clock;
  /** How many times faster than real life the channels take messages. */
  readonly timeScale?: number;
  /** Where the messages outlive the process. */
  readonly kept?: KeptMap;
}

const KEPT = 'message/';

export interface MessageSink {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export async function startMessageSink({
  port = 0,
  clock = systemClock,
  timeScale = 1,
  kept = keptNowhere,
}: MessageSinkOptions = {}): Promise<MessageSink> {
  const found = kept.under(KEPT);
  let messages: Message[] = found.flatMap(([, message]) => (isMessage(message) ? [message] : []));
  let last = Number(found.at(-1)?.[0] ?? 0);
  const buckets = new Map<string, TokenBucket>();
  const rate = { ...SLACK_RATE, perSecond: SLACK_RATE.perSecond * timeScale };

  function keep(channel: Message['channel'], request: Request): void {
    const at = new Date(clock.now()).toISOString();
    const message: Message = { at, channel, path: request.target, headers: headersOf(request), body: request.body };
    messages.push(message);
    kept.set(KEPT + ++last, message);
    if (messages.length > MESSAGES_KEPT * 1.1) forget(messages.length - MESSAGES_KEPT);
  }

  function forget(oldest: number): void {
    for (const [name] of kept.under(KEPT).slice(0, oldest)) kept.delete(KEPT + name);
    messages = messages.slice(oldest);
  }

  function toWebhook(request: Request): Answer {
    if (request.body === null || typeof request.body === 'string')
      return { status: 400, body: { error: 'the body is no JSON' } };
    keep('webhook', request);
    return { status: 200, body: { ok: true } };
  }

  function toSlack(request: Request): Answer {
    const path = request.url.pathname;
    const refused = refuseMessage(path, request.body);
    if (refused) return { status: refused.status, body: refused.words };
    const seconds = bucketOf(path).take();
    if (seconds > 0)
      return { status: 429, headers: { 'retry-after': String(Math.ceil(seconds * timeScale)) }, body: 'rate_limited' };
    keep('slack', request);
    return { status: 200, body: 'ok' };
  }

  /** One address is one channel, and each has a rate of its own. */
  function bucketOf(path: string): TokenBucket {
    const bucket = buckets.get(path) ?? createTokenBucket(rate, clock);
    buckets.set(path, bucket);
    return bucket;
  }

  function serve(request: Request): Answer {
    const { pathname } = request.url;
    if (pathname === '/' && request.method === 'GET') return { status: 200, body: messages.slice(-MESSAGES_KEPT) };
    if (pathname === '/' && request.method === 'DELETE') {
      forget(messages.length);
      return { status: 204 };
    }
    const isWebhook = pathname === '/webhook' || pathname.startsWith('/webhook/');
    if (!isWebhook && !pathname.startsWith('/slack/'))
      return { status: 404, body: { error: `nothing here: ${pathname}` } };
    if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    return isWebhook ? toWebhook(request) : toSlack(request);
  }

  return startFront({ port, clock, serve, errorBody: slackWords, kept });
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'channel' in value && 'body' in value;
}

/** Slack's plain-text words for a status that a test orders without a body. */
function slackWords(status: number): string {
  const words: Record<number, string> = {
    403: 'action_prohibited',
    404: 'no_service',
    410: 'channel_is_archived',
    429: 'rate_limited',
  };
  return words[status] ?? (status >= 500 ? 'rollup_error' : 'invalid_payload');
}

function headersOf(request: Request): Record<string, string> {
  const kept = Object.entries(request.headers).filter(([name]) => HEADERS_KEPT.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
