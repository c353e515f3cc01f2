// Who is told what about an incident. Routing by role comes from the estate; each contact's channel gets a message of its own.
import type { Estate } from '../estate/estate.ts';
import { hashOf } from '../ids.ts';
import type { Incident } from '../incidents/incident.ts';
import type { AskedDecision } from '../runbooks/asked-decision.ts';
import type { Message, MessageKind } from './message.ts';

export interface News {
  readonly kind: Exclude<MessageKind, 'summary'>;
  readonly text: string;
  /** Distinguishes several messages of one kind about one incident, e.g. the run's number. */
  readonly occasion: string;
  /** What the message asks people to decide. */
  readonly decision?: AskedDecision | undefined;
}

export function composeMessages(
  estate: Estate,
  incident: Incident,
  news: News,
  publicUrl: string | undefined,
): Message[] {
  if (isSpokenFor(incident, news) || isUnheardOf(incident, news)) return [];
  const role = roleFor(estate, incident);
  const channels = estate.contacts[role]?.primary.channels ?? [];
  return channels.map((channel) => ({
    schemaVersion: 1,
    id: `msg-${hashOf([incident.id, news.kind, news.occasion, role, channel].join('|'), 24)}`,
    incidentId: incident.id,
    kind: news.kind,
    recipient: role,
    channel,
    severity: incident.severity,
    title: `${incident.id}: ${incident.title}`,
    text: news.text,
    facts: factsOf(incident),
    about: { component: incident.component.kind, failureClass: incident.failureClass },
    ...(publicUrl === undefined ? {} : { link: `${publicUrl}/api/incidents/${incident.id}` }),
    ...(news.decision === undefined ? {} : { decision: news.decision }),
  }));
}

/** While its region is out, people hear of the region. What needs a person is told all the same, unless its run waits for the region. */
function isSpokenFor({ outageOf, activeRun }: Incident, { kind, occasion }: News): boolean {
  if (outageOf === undefined) return false;
  return kind !== 'human-needed' || (occasion === 'opening' && activeRun !== undefined);
}

/** That it is over is no news to people who have not heard of it. */
function isUnheardOf({ keptBack }: Incident, { kind }: News): boolean {
  return keptBack?.fromOpening === true && kind === 'incident-resolved';
}

function roleFor({ notifications }: Estate, { component }: Incident): keyof Estate['contacts'] {
  return component.kind === 'region' ? notifications.regionFailure : notifications.componentFailure;
}

function factsOf(incident: Incident): Message['facts'] {
  return [
    { label: 'Failure', value: `${incident.failureClass} (${incident.code})` },
    { label: 'Component', value: `${incident.component.kind} ${incident.component.name ?? incident.component.id}` },
    { label: 'Workspace', value: incident.component.workspace ?? 'unknown' },
    { label: 'State', value: incident.state },
    { label: 'Reports', value: String(incident.signalCount) },
  ];
}
