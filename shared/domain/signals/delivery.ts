// What every delivery to POST /databricks-monitor has in common: who sent it when, how it is read, which signal it is.
import * as z from 'zod';
import { type FieldFault, InvalidInput } from '../errors.ts';
import { readBy } from '../faults.ts';
import { hashOf, isSignalId, type SignalId } from '../ids.ts';
import type { Signal } from './signal.ts';

/** Ours: a body of 256 KB has to fit into a Service Bus message with its properties, and its signal into a table row (A8). */
export const wireLimits = {
  parameters: 64,
  parameterName: 200,
  parameterValue: 1_000,
  clusterName: 200,
  eventName: 200,
  state: 100,
  eventId: 500,
  faults: 50,
} as const;

export interface DeliveryContext {
  /** Id of the signal unless the sender's `event_id` makes one. */
  readonly id: SignalId;
  readonly receivedAt: string;
  readonly correlationId: string;
  /** From `?workspace=`; checked by the door. */
  readonly workspace?: string;
}

export interface Parsed {
  readonly ok: true;
  readonly signal: Signal;
  /** The signal carries less than was sent: the whole body is worth keeping. */
  readonly trimmed: boolean;
}

export const eventId = z.string().max(wireLimits.eventId).nullish();

export function read<Value>(schema: z.ZodType<Value>, body: unknown, event = 'unnamed'): Value {
  const result = readBy(schema, body);
  if (result.ok) return result.value;
  throw invalid(`the event ${event}`, result.faults);
}

export function invalid(what: string, faults: readonly FieldFault[]): InvalidInput {
  const shown = faults.slice(0, wireLimits.faults);
  const rest = faults.length - shown.length;
  const more = rest === 0 ? [] : [{ pointer: '', detail: `has ${rest} more faults` }];
  return new InvalidInput('invalid-fields', `Fields of ${what} are missing or wrong`, [...shown, ...more]);
}

type Identity = readonly [event: string, eventId: string | null | undefined, clusterId?: string];

export function commonFields(context: DeliveryContext, identity: Identity) {
  const { receivedAt, correlationId, workspace } = context;
  const id = signalIdOf(context, identity);
  const given = workspace === undefined ? {} : { workspace };
  return { schemaVersion: 1, id, source: 'webhook', receivedAt, correlationId, ...given } as const;
}

export function otherFields(context: DeliveryContext, identity: Identity) {
  const fields = commonFields(context, identity);
  return { ...fields, rawSubject: `other/${fields.id}` };
}

/** The same event sent again is the same signal. What else it is about is hashed too, because senders number each for themselves. */
function signalIdOf(context: DeliveryContext, [event, sentId, clusterId]: Identity): SignalId {
  if (!sentId) return context.id;
  const id = `sig-${hashOf(JSON.stringify([context.workspace ?? null, event, clusterId ?? null, sentId]))}`;
  return isSignalId(id) ? id : context.id;
}
