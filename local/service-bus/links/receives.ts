// A link on which the client receives: hands out messages as far as credit goes and takes their settlements.
import type { Delivery, EventContext, Sender } from 'rhea';
import type { Consumer } from '../consumers.ts';
import type { Entity } from '../entities.ts';
import { encodeForReader } from '../message.ts';
import { Refusal } from '../refusals.ts';
import { deliveryInside } from '../rhea.ts';
import type { Disposition, ReceiveMode, StoredMessage } from '../stored-message.ts';
import { Flow } from './flow.ts';
import { tagOf, tokenOf } from './lock-tokens.ts';
import type { Serving } from './serving.ts';
import { Settlements } from './settlements.ts';

/** AMQP snd-settle-mode "settled": what receive-and-delete asks for. */
const SEND_SETTLED = 1;
const SINGLE_FORMAT = 0;

/** Serves an admitted link; `sessionId` is the session it holds, if any. Returns how to stop. */
export function serveReceives(sender: Sender, entity: Entity, serving: Serving, sessionId?: string): () => void {
  const { tally } = serving.namespace;
  const { queue, consumers } = entity;
  const pump = () => consumers.pump(sessionId);
  const settlements = new Settlements(sender, pump);
  const flow = new Flow(sender, pump);
  const consumer = consumerOf(sender, flow, entity, () => tally.add('receive'));
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
  sender.on('sender_draining', () => flow.drain());
  consumers.add(consumer, sessionId);
  return () => consumers.remove(consumer, sessionId);

  function settle(delivery: Delivery, read: (state: unknown) => Disposition): void {
    try {
      const disposition = read(deliveryInside(delivery).remote_state);
      queue.settle(tokenOf(delivery.tag), disposition);
      tally.add(disposition.kind);
      settlements.add(delivery);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      settlements.add(delivery, error);
    }
  }
}

function consumerOf(link: Sender, flow: Flow, { queue }: Entity, count: () => void): Consumer {
  const mode: ReceiveMode = link.snd_settle_mode === SEND_SETTLED ? 'receive-and-delete' : 'peek-lock';
  return { mode, hasRoom: () => flow.hasRoom(), deliver };

  function deliver(message: StoredMessage): void {
    const lockedUntilMs = queue.lockedUntilMs(message);
    link.send(
      encodeForReader(message.envelope, { ...message, lockedUntilMs }),
      tagOf(message.lock?.token),
      SINGLE_FORMAT,
    );
    count();
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
