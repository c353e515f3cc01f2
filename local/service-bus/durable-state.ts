// The state of all queues as it stands in the log: how changes are written there, and what a file full of them comes to.
import * as z from 'zod';
import type { Change } from './journal.ts';
import { openEnvelope, sealEnvelope } from './message.ts';
import type { KeptMessage } from './stored-message.ts';

const standing = { state: z.enum(['active', 'deferred', 'scheduled']), deliveryCount: z.int() };
const messageSchema = z.object({
  kind: z.literal('message'),
  queue: z.string(),
  sequenceNumber: z.int(),
  enqueueSequenceNumber: z.int(),
  enqueuedAtMs: z.number(),
  /** Absent: never. */
  expiresAtMs: z.number().optional(),
  deadLetterSource: z.string().optional(),
  ...standing,
  /** The whole message as it travels by AMQP, so that no type in it is lost. */
  sealed: z.base64(),
});
const changeSchema = z.discriminatedUnion('kind', [
  messageSchema,
  z.object({ kind: z.literal('standing'), queue: z.string(), sequenceNumber: z.int(), ...standing }),
  z.object({ kind: z.literal('gone'), queue: z.string(), sequenceNumber: z.int() }),
  z.object({ kind: z.literal('session'), queue: z.string(), id: z.string(), state: z.base64().optional() }),
  z.object({ kind: z.literal('seen'), queue: z.string(), messageId: z.string(), forgetAtMs: z.number() }),
  z.object({ kind: z.literal('number'), queue: z.string(), last: z.int() }),
]);
const recordSchema = z.array(changeSchema);

type WrittenChange = z.infer<typeof changeSchema>;

export interface KeptQueue {
  readonly messages: Map<number, KeptMessage>;
  readonly sessionStates: Map<string, Buffer>;
  /** Message ids to the instant they are forgotten. */
  readonly seen: Map<string, number>;
  lastNumber: number;
}

export function written(change: Change): WrittenChange {
  const { kind, queue } = change;
  switch (kind) {
    case 'message': {
      const { envelope, lock: _, cancelTimer: __, expiresAtMs, deadLetterSource, ...plain } = change.message;
      const sealed = sealEnvelope(envelope).toString('base64');
      const life = Number.isFinite(expiresAtMs) ? { expiresAtMs } : {};
      return { kind, queue, ...plain, ...life, ...(deadLetterSource ? { deadLetterSource } : {}), sealed };
    }
    case 'standing': {
      const { sequenceNumber, state, deliveryCount } = change.message;
      return { kind, queue, sequenceNumber, state, deliveryCount };
    }
    case 'session':
      return { kind, queue, id: change.id, ...(change.state ? { state: change.state.toString('base64') } : {}) };
    default:
      return change;
  }
}

/** What the records of a log come to, by the path of the queue. */
export function stateOf(records: readonly unknown[]): Map<string, KeptQueue> {
  const queues = new Map<string, KeptQueue>();
  for (const record of records) {
    for (const change of recordSchema.parse(record)) apply(queueOf(queues, change.queue), change);
  }
  return queues;
}

function queueOf(queues: Map<string, KeptQueue>, path: string): KeptQueue {
  const kept = queues.get(path) ?? { messages: new Map(), sessionStates: new Map(), seen: new Map(), lastNumber: 0 };
  queues.set(path, kept);
  return kept;
}

function apply(queue: KeptQueue, change: WrittenChange): void {
  switch (change.kind) {
    case 'message':
      queue.messages.set(change.sequenceNumber, keptMessage(change));
      break;
    case 'standing': {
      const { state, deliveryCount } = change;
      const message = queue.messages.get(change.sequenceNumber);
      if (message) queue.messages.set(change.sequenceNumber, { ...message, state, deliveryCount });
      break;
    }
    case 'gone':
      queue.messages.delete(change.sequenceNumber);
      break;
    case 'session':
      if (change.state === undefined) queue.sessionStates.delete(change.id);
      else queue.sessionStates.set(change.id, Buffer.from(change.state, 'base64'));
      break;
    case 'seen':
      // Set anew, so that the order of insertion stays that of forgetting.
      queue.seen.delete(change.messageId);
      queue.seen.set(change.messageId, change.forgetAtMs);
      break;
    case 'number':
      queue.lastNumber = Math.max(queue.lastNumber, change.last);
  }
}

function keptMessage({ kind: _, queue: __, sealed, ...plain }: z.infer<typeof messageSchema>): KeptMessage {
  const { expiresAtMs = Number.POSITIVE_INFINITY, deadLetterSource } = plain;
  return { ...plain, expiresAtMs, deadLetterSource, envelope: openEnvelope(Buffer.from(sealed, 'base64')) };
}
