// Wire schema of POST /databricks-monitor and the way from it to a signal (A1). Whatever the JSON, it ends in a signal or in InvalidInput.
import * as z from 'zod';
import { isClusterId } from '../ids.ts';
import {
  commonFields,
  type DeliveryContext,
  eventId,
  invalid,
  otherFields,
  type Parsed,
  read,
  wireLimits,
} from './delivery.ts';
import { isJobNotification, jobSignal } from './job-notifications.ts';
import { clusterEvents, type Signal, type TerminationReason } from './signal.ts';
import { isSqlAlert, sqlAlertSignal } from './sql-alerts.ts';
import { instant, oneLine, severalLines } from './wire-text.ts';

const token = z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/, 'must be letters, digits and _ . -, at most 100 characters');

const parameter = z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number or true or false' });

const terminationReasonWire = z.object({
  code: token,
  /** Databricks itself leaves it empty at times (facts/databricks.md 2). */
  type: z.union([token, z.literal('')], { error: 'must be text like CLIENT_ERROR' }).nullish(),
  parameters: z.preprocess(firstParameters, z.record(z.string(), parameter).nullish()),
});

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
  if (isJobNotification(other.data.event_type)) return jobSignal(body, context);
  const alert = isSqlAlert(event) ? sqlAlertSignal(body, context) : undefined;
  if (alert) return alert;
  const sent = event ?? other.data.event_type ?? '';
  const eventName = oneLine(sent, wireLimits.eventName) || 'unnamed';
  const fields = otherFields(context, [sent, other.data.event_id]);
  return { ok: true, signal: { ...fields, kind: 'unknown', eventName }, trimmed: false };
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
