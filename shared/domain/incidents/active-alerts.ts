// Which notices of Azure are active about the subject of an incident: it is not over while one of them is.
import type { ComponentSignal } from '../signals/signal.ts';
import type { Incident } from './incident.ts';

/** More are not kept apart: whoever has so many is looked at by a person. */
const MOST_ALERTS = 100;

/** What a report changes of them; nothing where it names none. */
export function alertsAfter(
  { alert, event }: Pick<ComponentSignal, 'alert' | 'event'>,
  { alerts = [] }: Pick<Incident, 'alerts'>,
): Pick<Incident, 'alerts'> {
  if (alert === undefined) return {};
  const others = alerts.filter((one) => one !== alert);
  return { alerts: event === 'azure.active' ? [...others, alert].slice(-MOST_ALERTS) : others };
}

export function isLastAlert(
  signal: Pick<ComponentSignal, 'alert' | 'event'>,
  incident: Pick<Incident, 'alerts'>,
): boolean {
  return (alertsAfter(signal, incident).alerts ?? []).length === 0;
}
