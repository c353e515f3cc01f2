// A message on the wire: what the broker reads from it once, on arrival, and what it writes in front of it on delivery.
// The bare message (properties, application properties, body) is handed on byte for byte: no AMQP type is lost on the way.
import { randomUUID } from 'node:crypto';
import type { Typed } from 'rhea';
import { LONGEST_MESSAGE_ID, LONGEST_SESSION_ID, refusals } from './refusals.ts';
import { codec, types } from './rhea.ts';

export interface Envelope {
  readonly messageId: string;
  readonly sessionId: string | undefined;
  readonly timeToLiveMs: number | undefined;
  readonly scheduledForMs: number | undefined;
  readonly header: { readonly durable: boolean; readonly priority: number };
  /** The sender's own annotations, still typed. */
  readonly annotations: Readonly<Record<string, Typed>>;
  readonly bare: Buffer;
}

/** What the broker knows of a message it hands out. */
export interface DeliveryFacts {
  readonly sequenceNumber: number;
  readonly enqueueSequenceNumber: number;
  readonly enqueuedAtMs: number;
  readonly expiresAtMs: number;
  readonly deliveryCount: number;
  readonly state: 'active' | 'deferred' | 'scheduled';
  readonly lockedUntilMs: number | undefined;
  readonly deadLetterSource: string | undefined;
}

/** AMQP 1.0 part 3, 3.2: the sections of a message and their descriptors. */
const SECTION = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  annotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  footer: 0x78,
} as const;
const HEADER_TTL = 2;
const PROPERTIES_GROUP_ID = 10;
const MOST_UINT = 2 ** 32 - 1;
/** `x-opt-message-state`: absent or 0 is active (serviceBusMessage.js). */
const STATE_NUMBER = { active: 0, deferred: 1, scheduled: 2 } as const;

interface Section {
  readonly code: number;
  readonly content: Typed;
  readonly start: number;
  readonly end: number;
}

/** Reads one encoded message; refuses what is not AMQP, or has an id that is too long. */
export function openEnvelope(bytes: Buffer): Envelope {
  const sections = readSections(bytes);
  const header = listOf(find(sections, SECTION.header));
  const properties = listOf(find(sections, SECTION.properties));
  const annotations = recordOf(find(sections, SECTION.annotations));
  const [id] = properties;
  const messageId = id === undefined || id === null ? randomUUID() : nameOf(id);
  const sessionId = properties[PROPERTIES_GROUP_ID];
  if (messageId.length > LONGEST_MESSAGE_ID) throw refusals.tooLong('MessageId', LONGEST_MESSAGE_ID);
  if (typeof sessionId === 'string' && sessionId.length > LONGEST_SESSION_ID)
    throw refusals.tooLong('SessionId', LONGEST_SESSION_ID);
  return {
    messageId,
    sessionId: typeof sessionId === 'string' ? sessionId : undefined,
    timeToLiveMs: typeof header[HEADER_TTL] === 'number' ? header[HEADER_TTL] : undefined,
    scheduledForMs: instantOf(annotations['x-opt-scheduled-enqueue-time']),
    header: { durable: header[0] === true, priority: typeof header[1] === 'number' ? header[1] : 4 },
    annotations,
    bare: id === undefined || id === null ? withMessageId(bytes, sections, messageId) : bareOf(bytes, sections),
  };
}

/** The messages inside a batch (format 0x80013700): one data section each, every one an encoded message. */
export function openBatch(bytes: Buffer): Envelope[] {
  const parts = readSections(bytes).filter((section) => section.code === SECTION.data);
  return parts.map((part) => {
    const encoded: unknown = types.unwrap(part.content);
    if (!Buffer.isBuffer(encoded)) throw refusals.unreadable('a part of the batch holds no message');
    return openEnvelope(encoded);
  });
}

export function encodeForReader(envelope: Envelope, facts: DeliveryFacts): Buffer {
  const { durable, priority } = envelope.header;
  const lifeMs = facts.expiresAtMs - facts.enqueuedAtMs;
  const ttl = Number.isFinite(lifeMs) ? types.wrap_uint(Math.min(lifeMs, MOST_UINT)) : null;
  const header = [
    types.wrap_boolean(durable),
    types.wrap_ubyte(priority),
    ttl,
    null,
    types.wrap_uint(facts.deliveryCount),
  ];
  return Buffer.concat([
    encodeSection(SECTION.header, types.wrap_list(header)),
    encodeSection(SECTION.annotations, types.wrap_symbolic_map(annotationsFor(envelope, facts))),
    envelope.bare,
  ]);
}

/** The whole of a message in one piece; `openEnvelope` reads it back. */
export function sealEnvelope({ header, timeToLiveMs, annotations, bare }: Envelope): Buffer {
  const { durable, priority } = header;
  const ttl = timeToLiveMs === undefined ? null : types.wrap_uint(timeToLiveMs);
  return Buffer.concat([
    encodeSection(SECTION.header, types.wrap_list([types.wrap_boolean(durable), types.wrap_ubyte(priority), ttl])),
    encodeSection(SECTION.annotations, types.wrap_symbolic_map({ ...annotations })),
    bare,
  ]);
}

/** `propertiesToModify` and dead-letter reasons become application properties, beside or over the sender's. */
export function withApplicationProperties(envelope: Envelope, changes: Readonly<Record<string, unknown>>): Envelope {
  if (Object.keys(changes).length === 0) return envelope;
  const sections = readSections(envelope.bare);
  const record = recordOf(find(sections, SECTION.applicationProperties));
  for (const [name, value] of Object.entries(changes)) if (value !== undefined) record[name] = types.wrap(value);
  const section = encodeSection(SECTION.applicationProperties, types.wrap_map(record));
  const before = sections.filter(({ code }) => code < SECTION.applicationProperties);
  const after = sections.filter(({ code }) => code > SECTION.applicationProperties);
  const bytesOf = ({ start, end }: Section) => envelope.bare.subarray(start, end);
  return { ...envelope, bare: Buffer.concat([...before.map(bytesOf), section, ...after.map(bytesOf)]) };
}

function annotationsFor(envelope: Envelope, facts: DeliveryFacts): Record<string, Typed> {
  const annotations: Record<string, Typed> = Object.assign(Object.create(null), envelope.annotations);
  annotations['x-opt-sequence-number'] = types.wrap_long(facts.sequenceNumber);
  annotations['x-opt-enqueue-sequence-number'] = types.wrap_long(facts.enqueueSequenceNumber);
  annotations['x-opt-enqueued-time'] = types.wrap_timestamp(facts.enqueuedAtMs);
  annotations['x-opt-message-state'] = types.wrap_int(STATE_NUMBER[facts.state]);
  if (facts.lockedUntilMs !== undefined) annotations['x-opt-locked-until'] = types.wrap_timestamp(facts.lockedUntilMs);
  if (facts.deadLetterSource !== undefined)
    annotations['x-opt-deadletter-source'] = types.wrap_string(facts.deadLetterSource);
  return annotations;
}

function readSections(bytes: Buffer): Section[] {
  const { Reader } = codec();
  const reader = new Reader(bytes);
  const sections: Section[] = [];
  try {
    while (reader.remaining() > 0) {
      const start = reader.position;
      const content = reader.read();
      const code: unknown = content.descriptor?.value;
      if (typeof code !== 'number' || code < SECTION.header || code > SECTION.footer)
        throw new Error('unknown section');
      sections.push({ code, content, start, end: reader.position });
    }
  } catch (error) {
    throw refusals.unreadable(error instanceof Error ? error.message : String(error));
  }
  if (sections.at(-1)?.end !== bytes.length) throw refusals.unreadable('it is cut off');
  return sections;
}

/** From the properties on, which AMQP puts behind header and annotations. A copy: a slice would keep the socket's whole buffer. */
function bareOf(bytes: Buffer, sections: readonly Section[]): Buffer {
  return Buffer.concat(
    sections.filter(({ code }) => code >= SECTION.properties).map(({ start, end }) => bytes.subarray(start, end)),
  );
}

/** The client cannot settle a message without an id ("no message ID", autoLockRenewer.js), so it gets one. */
function withMessageId(bytes: Buffer, sections: readonly Section[], messageId: string): Buffer {
  const content: unknown = find(sections, SECTION.properties)?.content.value;
  const fields: unknown[] = Array.isArray(content) ? content.slice(1) : [];
  const properties = encodeSection(SECTION.properties, types.wrap_list([types.wrap_string(messageId), ...fields]));
  return Buffer.concat([
    properties,
    bareOf(
      bytes,
      sections.filter(({ code }) => code !== SECTION.properties),
    ),
  ]);
}

function encodeSection(code: number, content: Typed): Buffer {
  const { Writer } = codec();
  const writer = new Writer();
  writer.write(types.described(types.wrap_ulong(code), content));
  return writer.toBuffer();
}

function find(sections: readonly Section[], code: number): Section | undefined {
  return sections.find((section) => section.code === code);
}

function listOf(section: Section | undefined): unknown[] {
  const fields: unknown = section?.content.value;
  return Array.isArray(fields) ? fields.map((field: unknown) => types.unwrap(field)) : [];
}

/** Keys to values that keep their AMQP type. No prototype: a key may be called `__proto__`. */
function recordOf(section: Section | undefined): Record<string, Typed> {
  const pairs: unknown = section?.content.value;
  const record: Record<string, Typed> = Object.create(null);
  if (!Array.isArray(pairs)) return record;
  for (let at = 0; at + 1 < pairs.length; at += 2) record[String(types.unwrap(pairs[at]))] = pairs[at + 1];
  return record;
}

function nameOf(id: unknown): string {
  return Buffer.isBuffer(id) ? id.toString('hex') : String(id);
}

function instantOf(value: Typed | undefined): number | undefined {
  const instant: unknown = types.unwrap(value);
  if (instant instanceof Date) return instant.getTime();
  return typeof instant === 'number' ? instant : undefined;
}
