// A link on which the client sends: every message, or batch, is stored whole and accepted, or rejected with the reason.
import type { Delivery, EventContext, Receiver } from 'rhea';
import type { Entity } from '../entities.ts';
import { type Envelope, openBatch, openEnvelope } from '../message.ts';
import { MOST_MESSAGES_IN_A_BATCH, Refusal, refusals, SENDER_CREDIT } from '../refusals.ts';
import type { Attaching } from './attaching.ts';
import type { Serving } from './serving.ts';
import { Settlements } from './settlements.ts';

/** message-format of a batch (Azure's own) and of a single message. */
const BATCH_FORMAT = 0x80013700;
/** rhea decodes format 0 itself and drops the bytes, so the transfer is renumbered on its way in (connection.ts). */
export const SINGLE_AS_BYTES = 0x7fffffff;

export function serveSends(attaching: Attaching<Receiver>, entity: Entity, serving: Serving): void {
  const { link } = attaching;
  const limitBytes = entity.queue.settings.maxMessageSizeKilobytes * 1_024;
  if (!entity.queue.deadLetters) throw refusals.sendToDeadLetters(entity.queue.path);
  const settlements = new Settlements(link);
  link.on('message', ({ delivery, message }: EventContext) => {
    if (delivery) store(delivery, message);
  });
  attaching.admit({ maxMessageSize: limitBytes });
  link.add_credit(SENDER_CREDIT);
  link.set_credit_window(SENDER_CREDIT);

  function store(delivery: Delivery, bytes: unknown): void {
    try {
      entity.queue.send(envelopesIn(bytes, delivery.format, limitBytes));
      serving.namespace.tally.add('send');
      settlements.add(delivery);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      settlements.add(delivery, error);
    }
  }
}

function envelopesIn(bytes: unknown, format: number | undefined, limitBytes: number): Envelope[] {
  if (!Buffer.isBuffer(bytes)) throw refusals.unreadable('no bytes');
  if (bytes.length > limitBytes) throw refusals.tooLarge(bytes.length, limitBytes);
  if (format === SINGLE_AS_BYTES || format === undefined) return [openEnvelope(bytes)];
  if (format !== BATCH_FORMAT) throw refusals.unknownFormat(format);
  const envelopes = openBatch(bytes);
  if (envelopes.length > MOST_MESSAGES_IN_A_BATCH) throw refusals.tooMany(envelopes.length);
  return envelopes;
}
