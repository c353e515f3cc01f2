// What a client asks of `<entity>/$management` (service-bus-amqp-request-response): one entry an operation, named as on the
// wire. Operations of topics and of listing sessions are refused as not implemented.
import type { Typed } from 'rhea';
import type { Entity } from '../entities.ts';
import { encodeForReader, openEnvelope } from '../message.ts';
import type { Queue } from '../queue.ts';
import { refusals } from '../refusals.ts';
import { types } from '../rhea.ts';
import type { Sessions } from '../sessions.ts';
import type { Disposition, ReceiveMode, StoredMessage } from '../stored-message.ts';
import type { Tally } from '../tally.ts';
import { RequestBody } from './request-body.ts';
import type { Answer, Request } from './requests.ts';

type Operation = (queue: Queue, body: RequestBody, tally: Tally) => Answer;

/** AMQP type codes of array elements. */
const TIMESTAMP = 0x83;
const LONG = 0x81;
/** receiver-settle-mode "first": receive-and-delete. */
const SETTLE_FIRST = 0;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'com.microsoft:renew-lock': renewLock,
  'com.microsoft:peek-message': peekMessages,
  'com.microsoft:schedule-message': scheduleMessages,
  'com.microsoft:cancel-scheduled-message': cancelScheduled,
  'com.microsoft:receive-by-sequence-number': receiveDeferred,
  'com.microsoft:update-disposition': updateDisposition,
  'com.microsoft:renew-session-lock': renewSessionLock,
  'com.microsoft:get-session-state': getSessionState,
  'com.microsoft:set-session-state': setSessionState,
};

export function manage({ queue }: Entity, request: Request, tally: Tally): Answer {
  const name = String(request.properties.operation);
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (!operation) throw refusals.unknownOperation(name);
  return operation(queue, new RequestBody(request.body), tally);
}

function renewLock(queue: Queue, body: RequestBody, tally: Tally): Answer {
  const expirations = body.tokens('lock-tokens').map((token) => queue.renewLock(token));
  tally.add('renewLock');
  return ok({ expirations: arrayOf(expirations, TIMESTAMP) });
}

function peekMessages(queue: Queue, body: RequestBody, tally: Tally): Answer {
  const messages = queue.peek(
    body.number('from-sequence-number'),
    body.number('message-count'),
    body.optionalText('session-id'),
  );
  tally.add('peek');
  if (messages.length === 0) return { status: 204 };
  return ok({ messages: types.wrap_list(messages.map((message) => entryOf(queue, message))) });
}

function scheduleMessages(queue: Queue, body: RequestBody, tally: Tally): Answer {
  const limitBytes = queue.settings.maxMessageSizeKilobytes * 1_024;
  const envelopes = body.bodies('messages').map((entry) => {
    const bytes = entry.bytes('message');
    if (bytes.length > limitBytes) throw refusals.tooLarge(bytes.length, limitBytes);
    return openEnvelope(bytes);
  });
  const numbers = queue.send(envelopes);
  tally.add('schedule');
  return ok({ 'sequence-numbers': arrayOf(numbers, LONG) });
}

function cancelScheduled(queue: Queue, body: RequestBody, tally: Tally): Answer {
  queue.cancelScheduled(body.numbers('sequence-numbers'));
  tally.add('cancelScheduled');
  return ok({});
}

function receiveDeferred(queue: Queue, body: RequestBody, tally: Tally): Answer {
  const mode: ReceiveMode = body.number('receiver-settle-mode') === SETTLE_FIRST ? 'receive-and-delete' : 'peek-lock';
  // In a queue with sessions only the holder of the session may have its deferred messages.
  queue.sessions?.lockedUntilMs(body.text('session-id'));
  const messages = queue.takeDeferred(body.numbers('sequence-numbers'), mode);
  tally.add('receiveDeferred');
  return ok({ messages: types.wrap_list(messages.map((message) => entryOf(queue, message))) });
}

function updateDisposition(queue: Queue, body: RequestBody, tally: Tally): Answer {
  const disposition = dispositionIn(body);
  if (queue.sessions) queue.sessions.lockedUntilMs(body.text('session-id'));
  for (const token of body.tokens('lock-tokens')) {
    queue.settle(token, disposition);
    tally.add(disposition.kind);
  }
  return ok({});
}

function dispositionIn(body: RequestBody): Disposition {
  const changes = body.record('properties-to-modify');
  switch (body.text('disposition-status')) {
    case 'completed':
      return { kind: 'complete' };
    case 'abandoned':
      return { kind: 'abandon', changes };
    // Spelled so by the client and the service.
    case 'defered':
      return { kind: 'defer', changes };
    case 'suspended':
      return {
        kind: 'deadLetter',
        changes,
        reason: body.optionalText('deadletter-reason'),
        description: body.optionalText('deadletter-description'),
      };
    default:
      throw refusals.badArgument('disposition-status');
  }
}

function renewSessionLock(queue: Queue, body: RequestBody, tally: Tally): Answer {
  const untilMs = sessionsOf(queue).renew(body.text('session-id'));
  tally.add('renewSessionLock');
  return ok({ expiration: types.wrap_timestamp(untilMs) });
}

function getSessionState(queue: Queue, body: RequestBody, tally: Tally): Answer {
  const state = sessionsOf(queue).state(body.text('session-id'));
  tally.add('getSessionState');
  return ok({ 'session-state': state ? types.wrap_binary(state) : null });
}

function setSessionState(queue: Queue, body: RequestBody, tally: Tally): Answer {
  sessionsOf(queue).setState(body.text('session-id'), body.optionalBytes('session-state'));
  tally.add('setSessionState');
  return ok({});
}

function sessionsOf(queue: Queue): Sessions {
  if (!queue.sessions) throw refusals.hasNoSessions();
  return queue.sessions;
}

function entryOf(queue: Queue, message: StoredMessage): Typed {
  const encoded = encodeForReader(message.envelope, { ...message, lockedUntilMs: queue.lockedUntilMs(message) });
  const token =
    message.lock && message.state === 'deferred'
      ? { 'lock-token': types.wrap_uuid(uuidBytes(message.lock.token)) }
      : {};
  return types.wrap_map({ message: types.wrap_binary(encoded), ...token });
}

function uuidBytes(token: string): Buffer {
  return Buffer.from(token.replaceAll('-', ''), 'hex');
}

function arrayOf(values: readonly number[], typeCode: number): Typed {
  return types.wrap_array(values, typeCode, undefined);
}

function ok(fields: Record<string, unknown>): Answer {
  return { status: 200, body: types.wrap_map(fields) };
}
