// Wire schema of POST /databricks-monitor and the way from it to a signal (A1). Whatever the JSON, it ends in a signal or in InvalidInput.
import * as z from 'zod';
import { type FieldFault, InvalidInput } from '../errors.ts';
import { readBy } from '../faults.ts';
import { hashOf, isClusterId, isSignalId, type SignalId } from '../ids.ts';
import { clusterEvents, type Signal, type TerminationReason } from './signal.ts';

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

/** Databricks did not exist before: an earlier time is seconds taken for milliseconds, or a default. */
const EARLIEST_MS = Date.UTC(2013, 0, 1);
const LATEST_MS = Date.UTC(3001, 0, 1);

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

const token = z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/, 'must be letters, digits and _ . -, at most 100 characters');

const instant = z
  .custom<number | string>((value) => instantOf(value) !== undefined, {
    error: 'must be milliseconds since 1970 or an ISO time with a zone (2026-11-20T14:00:00Z), between 2013 and 3000',
  })
  .transform((value) => instantOf(value));

const parameter = z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number or true or false' });

const terminationReasonWire = z.object({
  code: token,
  /** Databricks itself leaves it empty at times (facts/databricks.md 2). */
  type: z.union([token, z.literal('')], { error: 'must be text like CLIENT_ERROR' }).nullish(),
  parameters: z.preprocess(firstParameters, z.record(z.string(), parameter).nullish()),
});

const eventId = z.string().max(wireLimits.eventId).nullish();

const clusterEventWire = z.object({
  event: z.enum(clusterEvents),
  event_id: eventId,
  cluster: z.object({
    cluster_id: z
      .string()
      .refine(isClusterId, 'must be a cluster id: letters, digits and hyphens, at most 100 characters'),
    cluster_name: z.string().nullish(),
    state: z.string().nullish(),
    terminated_time: instant.nullish(),
    termination_reason: terminationReasonWire.nullish(),
  }),
});
type ClusterEventWire = z.infer<typeof clusterEventWire>;

const testEventWire = z.object({ event: z.literal('test'), event_id: eventId });

/** What else Databricks sends (job notifications say `event_type`, SQL alerts `event`), or anybody: kept by its name. */
const otherEventWire = z.object({
  event: z.string().optional().catch(undefined),
  event_type: z.string().optional().catch(undefined),
  event_id: eventId.catch(undefined),
});

/** Throws `InvalidInput` naming every field when the body is no object or a known event has wrong fields; nothing else. */
export function parseDatabricksEvent(body: unknown, context: DeliveryContext): Parsed {
  const other = otherEventWire.safeParse(body);
  if (!other.success || Array.isArray(body)) {
    throw invalid('the body', [{ pointer: '', detail: 'must be a JSON object' }]);
  }
  const event = other.data.event;
  if (clusterEvents.some((name) => name === event)) return clusterSignal(read(clusterEventWire, body, event), context);
  if (event === 'test') {
    const { event_id } = read(testEventWire, body, event);
    return { ok: true, signal: { ...otherFields(context, [event, event_id]), kind: 'test' }, trimmed: false };
  }
  const sent = event ?? other.data.event_type ?? '';
  const eventName = oneLine(sent, wireLimits.eventName) || 'unnamed';
  const fields = otherFields(context, [sent, other.data.event_id]);
  return { ok: true, signal: { ...fields, kind: 'unknown', eventName }, trimmed: false };
}

function read<Value>(schema: z.ZodType<Value>, body: unknown, event = 'unnamed'): Value {
  const result = readBy(schema, body);
  if (result.ok) return result.value;
  throw invalid(`the event ${event}`, result.faults);
}

function invalid(what: string, faults: readonly FieldFault[]): InvalidInput {
  const shown = faults.slice(0, wireLimits.faults);
  const rest = faults.length - shown.length;
  const more = rest === 0 ? [] : [{ pointer: '', detail: `has ${rest} more faults` }];
  return new InvalidInput('invalid-fields', `Fields of ${what} are missing or wrong`, [...shown, ...more]);
}

function clusterSignal({ event, event_id, cluster }: ClusterEventWire, context: DeliveryContext): Parsed {
  const clusterId = cluster.cluster_id;
  if (!isClusterId(clusterId))
    throw invalid('the body', [{ pointer: '/cluster/cluster_id', detail: 'must be a cluster id' }]);
  const name = oneLine(cluster.cluster_name ?? '', wireLimits.clusterName);
  const state = oneLine(cluster.state ?? '', wireLimits.state);
  const { reason, trimmed } = reasonOf(cluster.termination_reason);
  const signal: Signal = {
    ...commonFields(context, [event, event_id, clusterId]),
    kind: 'cluster',
    rawSubject: `cluster/${clusterId}`,
    event,
    clusterId,
    ...(name === '' ? {} : { clusterName: name }),
    ...(state === '' ? {} : { state }),
    ...(reason === undefined ? {} : { reason }),
    ...(cluster.terminated_time ? { terminatedAt: cluster.terminated_time } : {}),
  };
  const nameWasCut = (cluster.cluster_name?.length ?? 0) > wireLimits.clusterName;
  return { ok: true, signal, trimmed: trimmed || nameWasCut };
}

function reasonOf(wire: ClusterEventWire['cluster']['termination_reason']): {
  reason: TerminationReason | undefined;
  trimmed: boolean;
} {
  if (!wire) return { reason: undefined, trimmed: false };
  const { parameters, trimmed } = parametersOf(wire.parameters ?? {});
  return { reason: { code: wire.code, ...(wire.type ? { type: wire.type } : {}), parameters }, trimmed };
}

/** One more than is kept, so that it shows when there were more; the rest is not even checked, which would take its time. */
function firstParameters(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const given = Object.entries(value).filter(([, text]) => text !== null);
  return Object.fromEntries(given.slice(0, wireLimits.parameters + 1));
}

function parametersOf(wire: Readonly<Record<string, string | number | boolean>>): {
  parameters: Record<string, string>;
  trimmed: boolean;
} {
  const given = Object.entries(wire);
  let trimmed = given.length > wireLimits.parameters;
  const parameters = new Map<string, string>();
  for (const [name, value] of given.slice(0, wireLimits.parameters)) {
    const text = String(value);
    trimmed ||= name.length > wireLimits.parameterName || text.length > wireLimits.parameterValue;
    parameters.set(oneLine(name, wireLimits.parameterName), severalLines(text, wireLimits.parameterValue));
  }
  // zod drops it on the consumer's side, so it must not seem to be carried.
  parameters.delete('__proto__');
  return { parameters: Object.fromEntries(parameters), trimmed };
}

type Identity = readonly [event: string, eventId: string | null | undefined, clusterId?: string];

function commonFields(context: DeliveryContext, identity: Identity) {
  const { receivedAt, correlationId, workspace } = context;
  const id = signalIdOf(context, identity);
  const given = workspace === undefined ? {} : { workspace };
  return { schemaVersion: 1, id, source: 'webhook', receivedAt, correlationId, ...given } as const;
}

function otherFields(context: DeliveryContext, identity: Identity) {
  const fields = commonFields(context, identity);
  return { ...fields, rawSubject: `other/${fields.id}` };
}

/** The same event sent again is the same signal. What else it is about is hashed too, because senders number each for themselves. */
function signalIdOf(context: DeliveryContext, [event, sentId, clusterId]: Identity): SignalId {
  if (!sentId) return context.id;
  const id = `sig-${hashOf(JSON.stringify([context.workspace ?? null, event, clusterId ?? null, sentId]))}`;
  return isSignalId(id) ? id : context.id;
}

function instantOf(value: unknown): string | undefined {
  const milliseconds = millisecondsOf(value);
  const plausible = milliseconds >= EARLIEST_MS && milliseconds < LATEST_MS;
  return plausible ? new Date(milliseconds).toISOString() : undefined;
}

function millisecondsOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return Number.NaN;
  if (/^\d{1,16}$/.test(value)) return Number(value);
  return z.iso.datetime({ offset: true }).safeParse(value).success ? Date.parse(value) : Number.NaN;
}

/** Control characters out, so that names cannot forge lines of logs and messages. */
function oneLine(text: string, limit: number): string {
  return cut(text.toWellFormed().replace(/\p{Cc}/gu, ' '), limit).trim();
}

function severalLines(text: string, limit: number): string {
  return cut(text.toWellFormed().replace(/[^\P{Cc}\n\t]/gu, ' '), limit);
}

/** Never through the middle of a surrogate pair: half of one is no text that can be stored. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const splitsPair = text.slice(0, limit).isWellFormed() === false;
  return text.slice(0, splitsPair ? limit - 1 : limit);
}
