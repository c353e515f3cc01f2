// Request and response over a pair of links, as `$cbs` and `$management` use it: requests arrive on one, the answer leaves on
// the link whose name stands in `reply-to`.
import type { EventContext, Message, Receiver, Sender, Typed } from 'rhea';
import { Refusal, refusals, SENDER_CREDIT, STATUS_OF } from '../refusals.ts';
import { messages } from '../rhea.ts';
import type { Attaching } from './attaching.ts';
import type { Serving } from './serving.ts';
import { Settlements } from './settlements.ts';

export interface Request {
  readonly properties: Record<string, unknown>;
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body?: Typed;
}

/** `$cbs` and `$management` spell the same answer differently [F]. */
export interface Spelling {
  readonly status: string;
  readonly description: string;
  readonly condition: string;
}

export function serveReplies(attaching: Attaching<Sender>, serving: Serving): void {
  const { link } = attaching;
  attaching.admit();
  serving.replyLinks.set(link.name, link);
  serving.whenGone(link, () => {
    if (serving.replyLinks.get(link.name) === link) serving.replyLinks.delete(link.name);
  });
}

export function serveRequests(
  attaching: Attaching<Receiver>,
  serving: Serving,
  spelling: Spelling,
  handle: (request: Request) => Answer,
): void {
  const { link } = attaching;
  const settlements = new Settlements(link);
  link.on('message', ({ delivery, message: bytes }: EventContext) => {
    if (delivery) settlements.add(delivery);
    const request = decode(bytes);
    const reply = serving.replyLinks.get(String(request?.reply_to));
    if (request && reply) reply.send(replyTo(request, spelling, handle));
  });
  attaching.admit();
  link.add_credit(SENDER_CREDIT);
  link.set_credit_window(SENDER_CREDIT);
}

function replyTo(request: Message, spelling: Spelling, handle: (request: Request) => Answer): Message {
  const correlation = request.message_id === undefined ? {} : { correlation_id: request.message_id };
  try {
    const { status, body } = handle({ properties: request.application_properties ?? {}, body: request.body });
    const application_properties = {
      [spelling.status]: status,
      [spelling.description]: status === 204 ? 'No Content' : 'OK',
    };
    return { ...correlation, application_properties, body };
  } catch (error) {
    const { condition, message } = error instanceof Refusal ? error : unexpected(error);
    const application_properties = {
      [spelling.status]: STATUS_OF[condition],
      [spelling.description]: message,
      [spelling.condition]: condition,
    };
    return { ...correlation, application_properties, body: undefined };
  }
}

function decode(bytes: unknown): Message | undefined {
  if (!Buffer.isBuffer(bytes)) return undefined;
  const decoded = messages.decode(bytes);
  return { ...decoded, body: decoded.body };
}

/** A fault of this broker's must reach the log and the client, not end the connection of everybody else's links. */
function unexpected(error: unknown): Refusal {
  console.error(error);
  return refusals.internal(String(error));
}
