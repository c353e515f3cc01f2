// The refusal list: what Azure Service Bus rejects, limits, delays and loses, each with its source. [Q] service-bus-quotas,
// [S] message-sessions, [D] message-deferral, [E] message-expiration, [N] message-sequencing, [X] dead-letter queues, [T]
// message-transfers-locks-settlement, [R] service-bus-amqp-request-response (learn.microsoft.com/azure/service-bus-messaging),
// [F] this project's facts on Service Bus, found out with the real client. "Assumed" marks what nobody has checked on Azure.

// LIMITS
/** [Q] Standard tier: 256 KB with properties and annotations, for one message and for a batch as a whole. */
export const STANDARD_MESSAGE_KILOBYTES = 256;
/** [Q] characters. */
export const LONGEST_MESSAGE_ID = 128;
export const LONGEST_SESSION_ID = 128;
/** Azure/azure-sdk-for-net#44916: the service takes at most this many messages in one request. */
export const MOST_MESSAGES_IN_A_BATCH = 4_500;
/** [T] lock duration is at most 5 minutes; the default is one. */
export const LONGEST_LOCK_SECONDS = 300;
export const DEFAULT_LOCK_SECONDS = 60;
/** [X] default of MaxDeliveryCount. */
export const DEFAULT_MAX_DELIVERY_COUNT = 10;
/** Duplicate detection looks back 20 s to 7 days, by default 10 minutes (duplicate-detection). */
export const DEFAULT_DUPLICATE_WINDOW_SECONDS = 600;
/** @azure/service-bus, messageSession.js: without a timeout of the client's the service holds an accept for at most 65 s. */
export const LONGEST_ACCEPT_MS = 65_000;
/** [F] what the service announces: frames of 64 KB, and a heartbeat asked for every two minutes. */
export const FRAME_BYTES = 65_536;
export const IDLE_TIMEOUT_MS = 120_000;
/** Credit given with the attach: the client waits a flat second if its link is not sendable at the first send [F]. */
export const SENDER_CREDIT = 1_000;
/**
 * Not Azure's: a scaled lock is never shorter. With less than 1,000 ms left, @azure/service-bus renews at once
 * (calculateRenewAfterDuration), so a shorter lock would be renewed in a tight loop.
 */
export const SHORTEST_SCALED_LOCK_MS = 2_000;

/** Duplicate deliveries: how soon a lock is lost under a handler at work. Below what a handler with any input or output takes. */
export const LOCK_LOST_AFTER_MS = 20;

// DELAYS AND LOSSES that follow from the model (queue.ts, sessions.ts), not from a number
// - A lock that runs out, and an abandoned message, count as a delivery; a session that is closed does not [S].
// - maxDeliveryCount reached: to the dead-letter queue; that queue itself has no such limit and no time to live [X].
// - A scheduled message gets a new sequence number when it becomes active; the old one only serves to cancel it [N].
// - Locked messages do not expire, deferred ones only when somebody asks for them by number [D, E].
// - An expired message is lost unless the queue dead-letters on expiration [E]. Azure moves it only while somebody
//   listens; here it goes on time.
// - receive-and-delete: gone once written to the socket, whether or not it arrives.
// - A message lock outlives its link [F]; a session lock does not.
// - A restart of the broker, on purpose or not, ends every lock: messages come again with the delivery count they had. Azure
//   keeps locks over a failover where it can and promises nothing (service-bus-outages-disasters), so this is its worst case.
// - Duplicate detection accepts and drops the copy without a word.
// - A trap of the client's, on Azure too: rhea merges neighbouring dispositions of one tick, so completing one message and
//   abandoning the next at once completes both. Found out with @azure/service-bus 7.9.5; nothing a broker could see.
// DUPLICATE DELIVERIES, on order (lost-locks.ts). Peek-lock is at least once: a message comes again when its lock is lost, and a
//   lock may be lost at any moment (failover, a missed renewal, a paused process) [T]. The honest worst case is therefore: the
//   first delivery of every message loses its lock, so that its settlement is refused with MessageLockLost or SessionLockLost,
//   whatever it said and however quick it was, and the message is delivered again, its count one higher; every other message
//   comes again while its first handler is still at work, in a session to another holder, who overtakes the first.
//   Refused alternatives: delivering again what was completed (Azure does not take back an accepted settlement), and a second
//   copy with the same message id (that is a sender that sends twice; the sending side of this project is tested for it).
//   receive-and-delete is at most once, there and here; a message that has been delivered before is left alone.
// NOT SIMULATED: throttling (1,000 credits a second), entity size, 64 KB of header properties, transactions, topics,
// auto-forwarding, partitioning, TLS, WebSockets, Entra tokens.

/** AMQP error conditions, as core-amqp's ConditionErrorNameMapper names them; the comment is the client's `code`. */
export const CONDITIONS = {
  notFound: 'amqp:not-found', // MessagingEntityNotFound, by the words of the description
  notAllowed: 'amqp:not-allowed', // GeneralError (InvalidOperationError)
  notImplemented: 'amqp:not-implemented', // GeneralError
  decodeError: 'amqp:decode-error', // GeneralError
  unauthorized: 'amqp:unauthorized-access', // UnauthorizedAccess
  internalError: 'amqp:internal-error', // GeneralError, retried
  tooLarge: 'amqp:link:message-size-exceeded', // MessageSizeExceeded
  connectionForced: 'amqp:connection:forced', // retried
  argumentError: 'com.microsoft:argument-error', // GeneralError
  messageLockLost: 'com.microsoft:message-lock-lost', // MessageLockLost
  messageNotFound: 'com.microsoft:message-not-found', // MessageNotFound
  sessionLockLost: 'com.microsoft:session-lock-lost', // SessionLockLost
  sessionCannotBeLocked: 'com.microsoft:session-cannot-be-locked', // SessionCannotBeLocked
  timeout: 'com.microsoft:timeout', // ServiceTimeout
} as const;

export type Condition = (typeof CONDITIONS)[keyof typeof CONDITIONS];

/** Status codes of `$management` and `$cbs` answers [R], and core-amqp's ConditionStatusMapper. */
export const STATUS_OF: Record<Condition, number> = {
  'amqp:not-found': 404,
  'amqp:not-allowed': 400,
  'amqp:not-implemented': 501,
  'amqp:decode-error': 400,
  'amqp:unauthorized-access': 401,
  'amqp:internal-error': 500,
  'amqp:link:message-size-exceeded': 403,
  'amqp:connection:forced': 503,
  'com.microsoft:argument-error': 400,
  'com.microsoft:message-lock-lost': 410,
  'com.microsoft:message-not-found': 404,
  'com.microsoft:session-lock-lost': 410,
  'com.microsoft:session-cannot-be-locked': 410,
  'com.microsoft:timeout': 408,
};

/** What the service says no to, and how: links and `$management` turn it into a rejected outcome, a detach or a status code. */
export class Refusal extends Error {
  readonly condition: Condition;

  constructor(condition: Condition, description: string) {
    super(description);
    this.name = 'Refusal';
    this.condition = condition;
  }
}

export const refusals = {
  // The client maps this to MessagingEntityNotFound by these very words (core-amqp errors.js, translate).
  noSuchEntity: (path: string) =>
    new Refusal(
      CONDITIONS.notFound,
      `The messaging entity '${path}' could not be found. To know more visit https://aka.ms/sbResourceMgrExceptions.`,
    ),
  // Azure/azure-service-bus#326
  needsSession: () =>
    new Refusal(
      CONDITIONS.notAllowed,
      'It is not possible for an entity that requires sessions to create a non-sessionful message receiver.',
    ),
  // danielgerlag/workflow-core#1217
  hasNoSessions: () =>
    new Refusal(
      CONDITIONS.notAllowed,
      'A sessionful message receiver cannot be created on an entity that does not require sessions. Ensure RequiresSession is set to true when creating a Queue or Subscription to enable sessionful behavior.',
    ),
  messageWithoutSession: () =>
    new Refusal(
      CONDITIONS.notAllowed,
      'The SessionId was not set on a message, and it cannot be sent to the entity. Entities that have session support enabled can only receive messages that have the SessionId set to a valid value.',
    ),
  sendToDeadLetters: (path: string) =>
    new Refusal(CONDITIONS.notAllowed, `Messages cannot be sent to the subqueue '${path}'.`),
  // Assumed: that Azure refuses it; the model has no queue behind a dead-letter queue.
  deadLetterTwice: () =>
    new Refusal(CONDITIONS.notAllowed, 'A message of a dead-letter queue cannot be dead-lettered again.'),
  tooLarge: (bytes: number, limitBytes: number) =>
    new Refusal(
      CONDITIONS.tooLarge,
      `The received message (size:${bytes} bytes) exceeds the limit (${limitBytes} bytes) currently allowed on the link.`,
    ),
  tooMany: (count: number) =>
    new Refusal(
      CONDITIONS.notAllowed,
      `A request holds at most ${MOST_MESSAGES_IN_A_BATCH} messages, this one ${count}.`,
    ),
  tooLong: (what: string, limit: number) =>
    new Refusal(CONDITIONS.argumentError, `The ${what} is longer than ${limit} characters.`),
  unreadable: (why: string) => new Refusal(CONDITIONS.decodeError, `The message could not be decoded: ${why}`),
  unknownFormat: (format: number) =>
    new Refusal(CONDITIONS.notImplemented, `Message format ${format} is not supported.`),
  badArgument: (name: string) =>
    new Refusal(CONDITIONS.argumentError, `'${name}' is missing or not of the expected type.`),
  unknownOperation: (name: string) =>
    new Refusal(CONDITIONS.notImplemented, `The operation '${name}' is not supported.`),
  messageLockLost: () =>
    new Refusal(
      CONDITIONS.messageLockLost,
      'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.',
    ),
  messageNotFound: (sequenceNumber: number) =>
    new Refusal(
      CONDITIONS.messageNotFound,
      `Failed to lock or cancel one or more specified messages. The message with sequence number ${sequenceNumber} does not exist.`,
    ),
  sessionLockLost: (id: string) =>
    new Refusal(
      CONDITIONS.sessionLockLost,
      `The session lock has expired on the MessageSession with id '${id}'. Accept a new MessageSession.`,
    ),
  sessionCannotBeLocked: (id: string) =>
    new Refusal(
      CONDITIONS.sessionCannotBeLocked,
      `The requested session '${id}' cannot be accepted. It may be locked by another receiver.`,
    ),
  noSessionInTime: () =>
    new Refusal(
      CONDITIONS.timeout,
      'The operation did not complete within the allotted timeout. No session with messages became available.',
    ),
  notAuthorized: (path: string) =>
    new Refusal(CONDITIONS.unauthorized, `Unauthorized access. No valid token was put for '${path}'.`),
  internal: (why: string) => new Refusal(CONDITIONS.internalError, why),
  badToken: (why: string) => new Refusal(CONDITIONS.unauthorized, why),
} as const;

/** [X] reasons that the service itself writes on a dead-lettered message. */
export const DEAD_LETTER_REASONS = {
  maxDeliveryCount: 'MaxDeliveryCountExceeded',
  expired: 'TTLExpiredException',
} as const;
