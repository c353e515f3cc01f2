// A link on which the client receives: hands out messages as far as credit goes and takes their settlements.
import type { Delivery, EventContext, Sender } from 'rhea';
import type { Consumer } from '../consumers.ts';
import type { Entity } from '../entities.ts';
import { encodeForReader } from '../message.ts';
import type { Disposition, ReceiveMode, StoredMessage } from '../stored-message.ts';
import { Refusal } from '../refusals.ts';
import { deliveryInside, senderInside, sessionInside } from '../rhea.ts';
import { takeOverDrain } from './drain.ts';
import { tagOf, tokenOf } from './lock-tokens.ts';
import { accepted, rejected } from './outcomes.ts';
import type { Serving } from './serving.ts';

/** AMQP snd-settle-mode "settled": what receive-and-delete asks for. */
const SEND_SETTLED = 1;
const SINGLE_FORMAT = 0;

/** Serves an admitted link; `sessionId` is the session it holds, if any. Returns how to stop. */
export function serveReceives(sender: Sender, entity: Entity, serving: Serving, sessionId?: string): () => void {
  const { tally } = serving.namespace;
  const { queue, consumers } = entity;
  const consumer = consumerOf(sender, entity, (operation) => tally.add(operation));
  const drain = takeOverDrain(sender);
  const pump = () => consumers.pump(sessionId);
  const on = (event: string, read: (state: unknown) => Disposition) =>
    sender.on(event, ({ delivery }: EventContext) => {
      if (delivery) settle(delivery, read);
    });
  on('accepted', () => ({ kind: 'complete' }));
  on('released', () => ({ kind: 'abandon', changes: {} }));
  on('modified', modified);
  on('rejected', deadLettered);
  sender.on('sender_flow', pump);
  sender.on('sendable', pump);
  sender.on('sender_draining', drain);
  consumers.add(consumer, sessionId);
  return () => consumers.remove(consumer, sessionId);

  function settle(delivery: Delivery, read: (state: unknown) => Disposition): void {
    const inside = deliveryInside(delivery);
    try {
      const disposition = read(inside.remote_state);
      queue.settle(tokenOf(delivery.tag), disposition);
      tally.add(disposition.kind);
      // Always `accepted`: the client takes an echoed `rejected` for a failure.
      delivery.update(true, accepted());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      delivery.update(true, rejected(error));
    }
    // The client never settles a peek-locked delivery itself, and rhea's ring of 2,048 would fill up for good.
    inside.remote_settled = true;
    pump();
  }
}

function consumerOf(link: Sender, { queue }: Entity, count: (operation: 'receive') => void): Consumer {
  const sender = senderInside(link);
  const { outgoing } = sessionInside(link.session);
  const mode: ReceiveMode = link.snd_settle_mode === SEND_SETTLED ? 'receive-and-delete' : 'peek-lock';
  return { mode, hasRoom, deliver };

  function hasRoom(): boolean {
    // rhea takes credit off only when it writes, a tick later: what is queued counts as spent.
    const queued = outgoing.next_delivery_id - outgoing.next_pending_delivery;
    return sender.is_open() && sender.credit > queued && outgoing.available() > 0;
  }

  function deliver(message: StoredMessage): void {
    const lockedUntilMs = queue.lockedUntilMs(message);
    sender.send(
      encodeForReader(message.envelope, { ...message, lockedUntilMs }),
      tagOf(message.lock?.token),
      SINGLE_FORMAT,
    );
    count('receive');
  }
}

function modified(state: unknown): Disposition {
  const { undeliverable_here: isDeferred, message_annotations: changes } = fieldsOf(state, [
    'undeliverable_here',
    'message_annotations',
  ]);
  return { kind: isDeferred === true ? 'defer' : 'abandon', changes: recordOf(changes) };
}

function deadLettered(state: unknown): Disposition {
  const { error } = fieldsOf(state, ['error']);
  const { info } = fieldsOf(error, ['info']);
  const { DeadLetterReason: reason, DeadLetterErrorDescription: description, ...changes } = recordOf(info);
  return { kind: 'deadLetter', reason, description, changes };
}

/** rhea's outcomes have their fields as accessors on the prototype, which Object.entries does not see. */
function fieldsOf<Name extends string>(value: unknown, names: readonly Name[]): Partial<Record<Name, unknown>> {
  const fields: Partial<Record<Name, unknown>> = {};
  if (typeof value !== 'object' || value === null) return fields;
  for (const name of names) fields[name] = Reflect.get(value, name);
  return fields;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
