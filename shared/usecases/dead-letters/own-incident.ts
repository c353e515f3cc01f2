// An incident about ourselves: messages of one of our queues that could not be handled. Subject `lakewarden/<queue>`, one open at a time.
import { type Incident, moved, takesJoins } from '../../domain/incidents/incident.ts';
import { ticketDay, ticketId } from '../../domain/incidents/ticket-id.ts';
import { chainStart, type TimelineEntry } from '../../domain/incidents/timeline.ts';
import { composeMessages, type News } from '../../domain/notification/compose-messages.ts';
import type { QueueName } from '../../ports/bus.ts';
import type { Change, IncidentFile, SubjectPointer } from '../../ports/incident-store.ts';
import { currentIncident } from '../current-incident.ts';
import { commitAndHandOver, flush } from '../hand-over.ts';
import { personMessage } from '../person-message.ts';
import type { DeadLetterPorts } from './ports.ts';

/** A resolved incident closes after this long without anything new, in seconds of operations (design.md 5). */
const QUIET_SECONDS = 24 * 3600;

export interface Trouble {
  readonly queue: QueueName;
  /** The same trouble told twice is one. */
  readonly deliveryId: string;
  readonly entry: TimelineEntry;
  /** A message came out of the dead-letter queue: it is counted, and opens an incident where none is open. */
  readonly isArrival: boolean;
  /** Lakewarden has done what it can: a person is needed. */
  readonly givenUp: boolean;
}

export function ownSubject(queue: QueueName): string {
  return `lakewarden/${queue}`;
}

/** Joins the open incident of the queue, or opens one where that is called for. Throws `Conflict` when somebody was faster. */
export async function tellTrouble(ports: DeadLetterPorts, trouble: Trouble): Promise<Incident | undefined> {
  const { pointer, file, isUnfinished } = await currentIncident(ports, ownSubject(trouble.queue));
  // What was told before its incident was resolved must not open another one.
  if (file && (await ports.incidents.hasHandled(file.incident.id, trouble.deliveryId))) {
    await flush(ports, file.incident.id);
    return file.incident;
  }
  const isOpen = file !== undefined && takesJoins(file.incident.state);
  if (!isOpen && !trouble.isArrival && !trouble.givenUp) return undefined;
  const change = isOpen ? joined(file, trouble) : await opened(ports, trouble, pointer, isUnfinished);
  const news = newsOf(trouble, change);
  const messages = news ? composeMessages(ports.estate, change.incident, news, ports.publicUrl) : [];
  await commitAndHandOver(ports, {
    ...change,
    outbox: messages.map((message) => personMessage(message)),
    deliveryId: trouble.deliveryId,
    at: ports.clock.now().toISOString(),
  });
  return change.incident;
}

/** Nothing is left for anybody to do. Does nothing where no incident is open. Throws `Conflict` when somebody was faster. */
export async function resolveTrouble(ports: DeadLetterPorts, queue: QueueName, entry: TimelineEntry): Promise<void> {
  const { file } = await currentIncident(ports, ownSubject(queue));
  if (!file) return;
  if (!takesJoins(file.incident.state)) return await flush(ports, file.incident.id);
  const closesAt = ports.clock.after(QUIET_SECONDS).toISOString();
  const resolvedAt = ports.clock.now().toISOString();
  const incident = moved(file.incident, 'resolved', { resolvedAt, closesAt, nextDueAt: closesAt });
  const news: News = { kind: 'incident-resolved', text: entry.text, occasion: 'all-handled' };
  await commitAndHandOver(ports, {
    basis: file,
    incident,
    events: [entry],
    outbox: composeMessages(ports.estate, incident, news, ports.publicUrl).map((message) => personMessage(message)),
    at: resolvedAt,
  });
}

type Draft = Pick<Change, 'basis' | 'incident' | 'events'>;

function joined(file: IncidentFile, { entry, givenUp, isArrival }: Trouble): Draft {
  const counted = { ...file.incident, signalCount: file.incident.signalCount + (isArrival ? 1 : 0) };
  return { basis: file, incident: givenUp ? moved(counted, 'escalated') : counted, events: [entry] };
}

/** Order as at every opening: ticket number, pointer (somebody else's is used), then everything else in one transaction. */
async function opened(
  ports: DeadLetterPorts,
  trouble: Trouble,
  pointer: SubjectPointer | undefined,
  isUnfinished: boolean,
): Promise<Draft> {
  const at = ports.clock.now().toISOString();
  const subject = ownSubject(trouble.queue);
  const failureKey = `${subject}@${at}`;
  // A crash in the middle of an opening: it is finished under its own number.
  if (pointer && isUnfinished) {
    return draft(trouble, { id: pointer.incidentId, previous: pointer.previousIncidentId, failureKey, at });
  }
  const day = ticketDay(ports.clock.now());
  const id = ticketId(day, await ports.tickets.next(day));
  const previous = pointer?.incidentId;
  const next = { subject, incidentId: id, failureKey };
  await ports.subjects.set(previous === undefined ? next : { ...next, previousIncidentId: previous }, pointer);
  return draft(trouble, { id, previous, failureKey, at });
}

interface Identity {
  readonly id: Incident['id'];
  readonly previous: string | undefined;
  readonly failureKey: string;
  readonly at: string;
}

function draft({ queue, entry, givenUp }: Trouble, { id, previous, failureKey, at }: Identity): Draft {
  const head = chainStart(id);
  const title = `Messages of the queue ${queue} could not be handled`;
  const incident: Incident = {
    schemaVersion: 1,
    id,
    kind: 'failure',
    subject: ownSubject(queue),
    component: { kind: 'lakewarden', id: queue, name: `queue ${queue}`, workspace: null, listed: true },
    state: givenUp ? 'escalated' : 'open',
    failureClass: 'LakewardenDeadLetter',
    code: 'DEAD_LETTERED',
    severity: 'high',
    title,
    openedAt: at,
    signalCount: 1,
    failureKey,
    ...(previous === undefined ? {} : { previousIncidentId: previous }),
    opening: {
      recoveryStatus: givenUp ? 'escalated' : 'in_progress',
      actionsTaken: [],
      message: entry.text,
      decisions: [{ stage: 'dead-letters', decision: givenUp ? 'given-up' : 'kept', because: entry.type }],
    },
    lastEventSeq: head.seq,
    lastEventHash: head.hash,
  };
  const opening = { type: 'incident-opened', actor: 'lakewarden', text: title, data: { subject: incident.subject } };
  return { basis: 'new', incident, events: [opening, entry] };
}

/** People are told once of the trouble and once that it takes a person, however many messages it is. */
function newsOf({ givenUp, entry }: Trouble, { basis, incident }: Draft): News | undefined {
  const wasEscalated = basis !== 'new' && basis.incident.state === 'escalated';
  if (givenUp && !wasEscalated) return { kind: 'human-needed', text: entry.text, occasion: 'given-up' };
  return basis === 'new' ? { kind: 'incident-opened', text: incident.title, occasion: 'opening' } : undefined;
}
