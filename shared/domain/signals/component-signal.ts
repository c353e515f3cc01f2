// What all signals about a component have in common, whatever the kind: whose, when, what it means.
import type { IncidentComponent } from '../incidents/incident.ts';
import { componentEvents, type EventMeaning } from './component-events.ts';
import type { ComponentSignal, Signal } from './signal.ts';

const others: readonly Signal['kind'][] = ['test', 'unknown', 'region-evidence', 'azure'];

export function isComponentSignal(signal: Signal): signal is ComponentSignal {
  return !others.includes(signal.kind);
}

export function componentOf(signal: ComponentSignal): Pick<IncidentComponent, 'kind' | 'id' | 'name'> {
  const [id, name] =
    signal.kind === 'cluster' ? [signal.clusterId, signal.clusterName] : [signal.componentId, signal.componentName];
  return { kind: signal.kind, id, ...(name === undefined ? {} : { name }) };
}

/** When it failed, on the service's clock, if the sender knew. */
export function failedAtOf(signal: ComponentSignal): string | undefined {
  return signal.kind === 'cluster' ? signal.terminatedAt : signal.failedAt;
}

export function meaningOf({ event }: ComponentSignal): EventMeaning {
  return componentEvents[event];
}

/** Who is named as the actor on the timeline. */
export function actorOf({ source }: ComponentSignal): string {
  return source === 'webhook' ? 'sender' : source === 'person' ? 'person' : 'lakewarden';
}
