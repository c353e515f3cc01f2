// One POST to a secret address, and what its answer means for the message. Neither the address nor an error that could hold
// it gets into ours: what has it, can write to the channel.
import { Refused, Unavailable } from '../../domain/errors.ts';
import type { ChannelOptions } from './channel-kind.ts';

/** A message has a retry schedule of its own, so a slow receiver is left early. */
const DEADLINE_SECONDS = 10;
const DEFAULT_RETRY_AFTER_SECONDS = 5;
const MAX_RETRY_AFTER_SECONDS = 3_600;
/** Of an answer only the beginning is read: receivers say what they have to say in a word. */
const MAX_ANSWER_CHARACTERS = 200;
/** Request Timeout and Too Early: the two refusals beside 429 that mean "again" (RFC 9110, RFC 8470). */
const TRY_AGAIN = new Set([408, 425, 429]);
/** No connection was made, so nothing was delivered (nodejs.org/api/errors.html#common-system-errors). */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Resolves with the beginning of a 2xx answer's body; throws as the `Channel` port says. */
export async function post(options: ChannelOptions, body: unknown): Promise<string> {
  const response = await send(options, body);
  const answer = await beginning(response);
  if (response.ok) return answer;
  throw failure(options.name, response, answer);
}

async function send(
  { name, url, deadlineSeconds = DEADLINE_SECONDS }: ChannelOptions,
  body: unknown,
): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'lakewarden' },
      body: JSON.stringify(body),
      // A moved webhook is a changed setting; following would hand the message to whoever answers there.
      redirect: 'manual',
      signal: AbortSignal.timeout(deadlineSeconds * 1_000),
    });
  } catch (error) {
    throw noAnswer(name, error);
  }
}

function noAnswer(name: string, error: unknown): Unavailable {
  const code = isTimeout(error) ? 'no answer before the deadline' : (causeCode(error) ?? 'connection failed');
  return new Unavailable('channel-unavailable', `channel ${name}: ${code}`, {
    mayHaveHappened: !NEVER_CONNECTED.has(code),
  });
}

function failure(name: string, response: Response, answer: string): Refused | Unavailable {
  const { status } = response;
  // Only a code word, as Slack answers: anything longer might repeat what was sent, address included.
  const words = /^[a-z_]{1,60}$/.test(answer) ? ` ${answer}` : '';
  const message = `channel ${name} answered ${status}${words}`;
  if (status >= 400 && status < 500 && !TRY_AGAIN.has(status)) return new Refused('channel-refused', message);
  return new Unavailable('channel-unavailable', message, {
    retryAfterSeconds: retryAfterSeconds(response.headers.get('retry-after')),
    mayHaveHappened: status >= 500,
  });
}

/** Seconds, or an HTTP date (RFC 9110, 10.2.3). */
function retryAfterSeconds(header: string | null): number {
  if (header === null) return DEFAULT_RETRY_AFTER_SECONDS;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  if (Number.isNaN(seconds)) return DEFAULT_RETRY_AFTER_SECONDS;
  return Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(0, Math.ceil(seconds)));
}

/** The status has been given, so an answer that breaks off or drags on changes nothing about the message. */
async function beginning(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length >= MAX_ANSWER_CHARACTERS) break;
    }
  } catch {
    return text.slice(0, MAX_ANSWER_CHARACTERS).trim();
  }
  return text.slice(0, MAX_ANSWER_CHARACTERS).trim();
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

/** fetch says "fetch failed" and puts the reason into `cause`. */
function causeCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}
