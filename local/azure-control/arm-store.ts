// What the simulated Resource Manager knows: subscriptions, and the health events and alerts of each, as the API shows them.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { KeptMap } from '../durable/kept-map.ts';
import type { Clock } from '../simulator/clock.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import { type ArmNetwork, createArmNetwork } from './arm-network.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface HealthEvent {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly properties: Fields;
}

export interface ArmAlert {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly properties: { readonly essentials: Fields };
}

export interface ArmStore {
  /** Undefined: there is no such subscription. */
  accessTo(subscription: string): 'reader' | 'none' | undefined;
  allow(subscription: string, access: 'reader' | 'none'): void;
  events(subscription: string): readonly HealthEvent[];
  alerts(subscription: string): readonly ArmAlert[];
  putEvent(subscription: string, trackingId: string, properties: Fields): HealthEvent;
  putAlert(subscription: string, id: string, essentials: Fields): ArmAlert;
  /** Peerings and ExpressRoute circuits. */
  readonly network: ArmNetwork;
  forget(subscription: string): void;
}

const EVENT = 'arm/event/';
const ALERT = 'arm/alert/';
const ACCESS = 'arm/access/';

export function createArmStore(subscriptions: readonly string[], clock: Clock, kept: KeptMap): ArmStore {
  const access = new Map<string, 'reader' | 'none'>(subscriptions.map((id) => [id.toLowerCase(), 'reader']));
  for (const [id, value] of kept.under(ACCESS)) access.set(id, value === 'none' ? 'none' : 'reader');
  const events = new Map(
    kept.under(EVENT).flatMap(([name, value]) => (isEvent(value) ? [[name, value] as const] : [])),
  );
  const alerts = new Map(
    kept.under(ALERT).flatMap(([name, value]) => (isAlert(value) ? [[name, value] as const] : [])),
  );
  const network = createArmNetwork(kept);
  const under = <T>(map: ReadonlyMap<string, T>, subscription: string): T[] =>
    [...map].flatMap(([name, value]) => (name.startsWith(`${subscription.toLowerCase()}/`) ? [value] : []));

  return {
    network,
    accessTo: (subscription) => access.get(subscription.toLowerCase()),
    allow(subscription, given) {
      access.set(subscription.toLowerCase(), given);
      kept.set(ACCESS + subscription.toLowerCase(), given);
    },
    events: (subscription) => under(events, subscription),
    alerts: (subscription) => under(alerts, subscription),
    putEvent(subscription, trackingId, given) {
      const name = `${subscription.toLowerCase()}/${trackingId}`;
      const now = new Date(clock.now()).toISOString();
      const unseen = { eventType: 'ServiceIssue', status: 'Active', impactStartTime: now };
      const properties = { ...unseen, ...events.get(name)?.properties, lastUpdateTime: now, ...given };
      const id = `/subscriptions/${subscription}/providers/Microsoft.ResourceHealth/events/${trackingId}`;
      const event = { id, name: trackingId, type: '/providers/Microsoft.ResourceHealth/events', properties };
      events.set(name, event);
      kept.set(EVENT + name, event);
      return event;
    },
    putAlert(subscription, guid, given) {
      const name = `${subscription.toLowerCase()}/${guid}`;
      const now = new Date(clock.now()).toISOString();
      const before = alerts.get(name)?.properties.essentials ?? newAlert(subscription, now);
      const essentials = { ...before, lastModifiedDateTime: now, ...given };
      const id = `/subscriptions/${subscription}/providers/Microsoft.AlertsManagement/alerts/${guid}`;
      const alert = { id, name: guid, type: 'Microsoft.AlertsManagement/alerts', properties: { essentials } };
      alerts.set(name, alert);
      kept.set(ALERT + name, alert);
      return alert;
    },
    forget(subscription) {
      network.forget(subscription);
      for (const [map, prefix] of [[events, EVENT] as const, [alerts, ALERT] as const]) {
        for (const name of [...map.keys()].filter((key) => key.startsWith(`${subscription.toLowerCase()}/`))) {
          map.delete(name);
          kept.delete(prefix + name);
        }
      }
    },
  };
}

function newAlert(subscription: string, now: string): Fields {
  return {
    severity: 'Sev2',
    signalType: 'Metric',
    alertState: 'New',
    monitorCondition: 'Fired',
    monitorService: 'Platform',
    alertRule: `/subscriptions/${subscription}/resourceGroups/rg/providers/microsoft.insights/metricAlerts/rule`,
    targetResource: `/subscriptions/${subscription}`,
    startDateTime: now,
    lastModifiedUserName: 'System',
    actionStatus: { isSuppressed: false },
  };
}

const fieldsSchema = z.record(z.string(), z.unknown());
const accessSchema = z.strictObject({ access: z.enum(['reader', 'none']) });

/** `/_sim/arm/subscriptions/{id}[/events/{tracking id} | /alerts[/{guid}] | the rest of the id of a peering or circuit]`. */
export function controlOf(store: ArmStore, clock: Clock): (request: Request) => Answer | undefined {
  return (request) => {
    const [, , area, kind, subscription = '', list = '', name = ''] = request.url.pathname.split('/');
    if (area !== 'arm' || kind !== 'subscriptions' || subscription === '') return undefined;
    const shown = () => ({
      status: 200,
      body: {
        access: store.accessTo(subscription),
        now: new Date(clock.now()).toISOString(),
        events: store.events(subscription),
        alerts: store.alerts(subscription),
        network: store.network.of(subscription),
      },
    });
    switch (`${request.method} ${list}`) {
      case 'GET ':
        return shown();
      case 'PATCH ':
        store.allow(subscription, accessSchema.parse(request.body).access);
        return shown();
      case 'DELETE ':
        store.forget(subscription);
        return { status: 204 };
      case 'PUT events':
        return { status: 200, body: store.putEvent(subscription, name, fieldsSchema.parse(request.body)) };
      case 'PUT alerts':
        return {
          status: 200,
          body: store.putAlert(subscription, name || randomUUID(), fieldsSchema.parse(request.body)),
        };
      case 'PUT resourceGroups':
        return store.network.control(request.url.pathname.slice('/_sim/arm'.length), fieldsSchema.parse(request.body));
      case 'DELETE resourceGroups':
        return store.network.control(request.url.pathname.slice('/_sim/arm'.length), undefined);
      default:
        return undefined;
    }
  };
}

function isEvent(value: unknown): value is HealthEvent {
  return typeof value === 'object' && value !== null && 'properties' in value && 'name' in value;
}

function isAlert(value: unknown): value is ArmAlert {
  return isEvent(value) && 'essentials' in value.properties;
}
