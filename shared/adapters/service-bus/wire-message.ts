// How a message of ours travels: one top-level member, ids that stay strings, a session id that fits.
import type { ServiceBusMessage } from '@azure/service-bus';
import { Broken } from '../../domain/errors.ts';
import { hashOf } from '../../domain/ids.ts';
import type { BusMessage } from '../../ports/bus.ts';

/** Longest message and session id (https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas). */
const ID_CHARACTERS = 128;
const SCHEMA_VERSION = 1;

export function wireMessage(message: BusMessage, now: Date): ServiceBusMessage {
  const { redrive } = message;
  const dueAt = dueTime(message, now);
  return {
    body: { lakewarden: message.body },
    contentType: 'application/json',
    messageId: checkedId(message.id),
    sessionId: sessionIdOf(message.sessionId),
    applicationProperties: { schemaVersion: SCHEMA_VERSION, ...(redrive !== undefined && { redrive }) },
    ...(message.correlationId !== undefined && { correlationId: message.correlationId }),
    ...(dueAt && { scheduledEnqueueTimeUtc: dueAt }),
  };
}

/** Session ids that are too long are hashed: the same text is still the same session. */
export function sessionIdOf(text: string): string {
  refuseJson(text);
  return text.length <= ID_CHARACTERS ? text : `h-${hashOf(text)}`;
}

function checkedId(id: string): string {
  refuseJson(id);
  if (id.length <= ID_CHARACTERS) return id;
  throw new Broken('broken', `message id ${id} is longer than ${ID_CHARACTERS} characters`);
}

/** The functions worker turns ids that parse as JSON into numbers and booleans (facts/functions-host.md). */
function refuseJson(id: string): void {
  if (id !== '' && !parsesAsJson(id)) return;
  throw new Broken('broken', `an id that travels over the bus must not parse as JSON: ${id}`);
}

/** A word that begins with a letter is JSON only as one of three; asking the parser would throw for every good id. */
function parsesAsJson(text: string): boolean {
  if (/^[A-Za-z]/.test(text)) return text === 'true' || text === 'false' || text === 'null';
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Undefined when it is due already: then it is not scheduled at all. */
function dueTime({ id, dueAt }: BusMessage, now: Date): Date | undefined {
  if (dueAt === undefined) return undefined;
  const due = new Date(dueAt);
  if (Number.isNaN(due.getTime())) throw new Broken('broken', `message ${id} is due at no time: ${dueAt}`);
  return due > now ? due : undefined;
}
