// SQL alerts that changed their state (facts/databricks.md 3.3). The payload says the new state in its title only.
import * as z from 'zod';
import { sessionIdOf } from '../incidents/subject.ts';
import type { ComponentEvent } from './component-events.ts';
import { commonFields, type DeliveryContext, eventId, type Parsed, read, wireLimits } from './delivery.ts';
import type { Signal } from './signal.ts';
import { oneLine } from './wire-text.ts';

const text = z.string().nullish();

const wire = z.object({
  event: z.literal('alert_state_change'),
  event_id: eventId,
  /** `https://<workspace>/sql?o=<workspace id>` */
  url_base: text.catch(undefined),
  alert: z.object({
    title: z.string(),
    description: text.catch(undefined),
    alert: z.object({
      id: z.union([z.string().min(1).max(200), z.int()]).transform(String),
      name: text.catch(undefined),
    }),
  }),
});

const EVENTS: Readonly<Record<string, ComponentEvent>> = { TRIGGERED: 'sql_alert.triggered', OK: 'sql_alert.ok' };

export function isSqlAlert(event: string | undefined): boolean {
  return event === 'alert_state_change';
}

/** undefined when its title says neither of the states that we know: then it is recorded like any other event. */
export function sqlAlertSignal(body: unknown, context: DeliveryContext): Parsed | undefined {
  const { event_id, url_base: url, alert } = read(wire, body, 'alert_state_change');
  const state = /changed status to ([A-Z_]+)/.exec(alert.title)?.[1] ?? '';
  const event = Object.hasOwn(EVENTS, state) ? EVENTS[state] : undefined;
  if (!event) return undefined;
  const { id, name } = alert.alert;
  const title = oneLine(name ?? '', wireLimits.clusterName);
  const workspaceId = /[?&]o=(\d{1,20})/.exec(url ?? '')?.[1];
  const words = oneLine([alert.title, alert.description].filter(Boolean).join(': '), 2_000);
  const signal: Signal = {
    ...commonFields(context, [event, event_id, id]),
    kind: 'sql-alert',
    rawSubject: sessionIdOf(`sql-alert/${id}`),
    event,
    componentId: id,
    ...(title === '' ? {} : { componentName: title }),
    ...(workspaceId === undefined ? {} : { workspaceId }),
    state,
    text: words,
  };
  return { ok: true, signal, trimmed: false };
}
