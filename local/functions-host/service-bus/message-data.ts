// A received message as the worker gets it: the trigger's data and the metadata under the names and in the shapes of the
// real extension (ServiceBusTriggerBindingStrategy.cs), with its traps. Dates are .NET's, the first delivery counts as 1.
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { BindingData } from '../binding-data.ts';
import type { TypedData } from '../core-types.ts';

export interface MessageInput {
  readonly data: TypedData;
  readonly metadata: Record<string, TypedData>;
}

/** Throws where the real converter throws: a body that is no UTF-8 never becomes a string. */
export function singleInput(message: ServiceBusReceivedMessage, isBinary: boolean): MessageInput {
  const metadata = new BindingData();
  for (const [key, value] of Object.entries(singleValues(message))) metadata.set(key, typedData(value));
  if (isBinary) return { data: { bytes: bodyBytes(message) }, metadata: metadata.toTriggerMetadata() };
  const text = bodyText(message);
  metadata.merge(text, { arrays: false });
  return { data: { string: text }, metadata: metadata.toTriggerMetadata() };
}

export function batchInput(messages: readonly ServiceBusReceivedMessage[], isBinary: boolean): MessageInput {
  const metadata: Record<string, TypedData> = {};
  const values = messages.map(singleValues);
  for (const key of METADATA_KEYS) metadata[`${key}Array`] = typedArray(values.map((value) => value[key]));
  metadata.SequenceNumberArray = {
    collectionSint64: { sint64: messages.map(({ sequenceNumber }) => Number(sequenceNumber ?? 0)) },
  };
  const data = isBinary
    ? { collectionBytes: { bytes: messages.map(bodyBytes) } }
    : { collectionString: { string: messages.map(bodyText).filter((text) => text !== '') } };
  return { data, metadata };
}

/** What a run by POST /admin/functions has: a message that no broker ever saw (ServiceBusModelFactory defaults). */
export function manualInput(body: string): MessageInput {
  return singleInput({ ...NO_MESSAGE, body: Buffer.from(body, 'utf8') }, false);
}

const NO_MESSAGE: Omit<ServiceBusReceivedMessage, 'body'> = {
  _rawAmqpMessage: { body: undefined },
  state: 'active',
  lockToken: '00000000-0000-0000-0000-000000000000',
  deliveryCount: -1,
};

type MetadataValue = string | number | { json: string } | undefined;

const METADATA_KEYS = [
  'MessageId',
  'CorrelationId',
  'SessionId',
  'ReplyTo',
  'ReplyToSessionId',
  'To',
  'Subject',
  'Label',
  'ContentType',
  'PartitionKey',
  'TransactionPartitionKey',
  'LockToken',
  'DeadLetterSource',
  'DeliveryCount',
  'SequenceNumber',
  'ExpiresAtUtc',
  'ExpiresAt',
  'EnqueuedTimeUtc',
  'EnqueuedTime',
  'ApplicationProperties',
  'UserProperties',
] as const;

type MetadataKey = (typeof METADATA_KEYS)[number];

function singleValues(message: ServiceBusReceivedMessage): Record<MetadataKey, MetadataValue> {
  const properties = { json: JSON.stringify(message.applicationProperties ?? {}) };
  return {
    MessageId: text(message.messageId),
    CorrelationId: text(message.correlationId),
    SessionId: message.sessionId,
    ReplyTo: message.replyTo,
    ReplyToSessionId: message.replyToSessionId,
    To: message.to,
    Subject: message.subject,
    Label: message.subject,
    ContentType: message.contentType,
    PartitionKey: message.partitionKey,
    TransactionPartitionKey: undefined,
    LockToken: message.lockToken,
    DeadLetterSource: message.deadLetterSource,
    // AMQP counts deliveries before this one; .NET adds it (AmqpMessageConverter), the JavaScript client does not.
    DeliveryCount: (message.deliveryCount ?? 0) + 1,
    SequenceNumber: { json: message.sequenceNumber?.toString() ?? '0' },
    ExpiresAtUtc: { json: JSON.stringify(dotNetUtc(expiresAt(message))) },
    ExpiresAt: { json: JSON.stringify(dotNetOffset(expiresAt(message))) },
    EnqueuedTimeUtc: { json: JSON.stringify(dotNetUtc(message.enqueuedTimeUtc)) },
    EnqueuedTime: { json: JSON.stringify(dotNetOffset(message.enqueuedTimeUtc)) },
    ApplicationProperties: properties,
    UserProperties: properties,
  };
}

function text(value: string | number | Buffer | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function typedData(value: MetadataValue): TypedData | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return { string: value };
  return typeof value === 'number' ? { json: String(value) } : value;
}

/** string[] loses its empty entries on the way, so that arrays may no longer line up; everything else keeps its place. */
function typedArray(values: readonly MetadataValue[]): TypedData {
  if (values.every((value) => typeof value === 'number' || isJson(value))) {
    return { json: `[${values.map((value) => (isJson(value) ? value.json : String(value))).join(',')}]` };
  }
  return {
    collectionString: { string: values.filter((value) => typeof value === 'string').filter((value) => value !== '') },
  };
}

function isJson(value: MetadataValue): value is { json: string } {
  return typeof value === 'object';
}

const DOTNET_MIN = '0001-01-01T00:00:00';
const DOTNET_MAX = '9999-12-31T23:59:59.9999999';

/** A message without a time to live never expires; .NET says so with its latest instant. */
function expiresAt(message: ServiceBusReceivedMessage): Date | 'never' | undefined {
  if (!message.enqueuedTimeUtc) return undefined;
  return message.timeToLive === undefined ? 'never' : message.expiresAtUtc;
}

function dotNetUtc(at: Date | 'never' | undefined): string {
  return dotNetTime(at, at === undefined ? '' : 'Z');
}

function dotNetOffset(at: Date | 'never' | undefined): string {
  return dotNetTime(at, '+00:00');
}

/** Newtonsoft writes the fraction without trailing zeros, and none where there is none. */
function dotNetTime(at: Date | 'never' | undefined, zone: string): string {
  if (at === undefined) return DOTNET_MIN + zone;
  if (at === 'never' || Number.isNaN(at.getTime())) return DOTNET_MAX + zone;
  return (
    at
      .toISOString()
      .slice(0, -1)
      .replace(/\.?0+$/, '') + zone
  );
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function bodyText(message: ServiceBusReceivedMessage): string {
  const { body } = message;
  if (typeof body === 'string') return body;
  try {
    return strictUtf8.decode(bodyBytes(message));
  } catch {
    throw new Error(`The Message with ContentType '${message.contentType ?? ''}' failed to deserialize to a string`);
  }
}

function bodyBytes({ body }: ServiceBusReceivedMessage): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body === undefined || body === null) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
}
