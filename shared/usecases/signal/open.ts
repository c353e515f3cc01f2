// Stage: open an incident. Order: ticket number, pointer (somebody else's is used), then everything else in one transaction.

import type { TicketId } from '../../domain/ids.ts';
import { alertsAfter } from '../../domain/incidents/active-alerts.ts';
import type { Incident, OpeningDecision } from '../../domain/incidents/incident.ts';
import { suppressed, suppressedEntry } from '../../domain/incidents/kept-back.ts';
import { ticketDay, ticketId } from '../../domain/incidents/ticket-id.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import { chainStart } from '../../domain/incidents/timeline.ts';
import { composeMessages, type News } from '../../domain/notification/compose-messages.ts';
import { decisionAskedBy } from '../../domain/runbooks/asked-decision.ts';
import { actorOf } from '../../domain/signals/component-signal.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import { regionEvidence, regionSubject } from '../../domain/signals/region-evidence.ts';
import type { ClusterSignal, ComponentSignal, JobRun } from '../../domain/signals/signal.ts';
import { orderWords } from '../../domain/standing-orders/standing-order.ts';
import type { BusMessage } from '../../ports/bus.ts';
import type { CommitResult, SubjectPointer } from '../../ports/incident-store.ts';
import { signalMessage } from '../accept-signal.ts';
import { personMessage } from '../person-message.ts';
import { advanceMessage } from '../run-message.ts';
import type { Opening } from './decide-opening.ts';
import { incidentOutcome } from './outcomes.ts';
import { type PlannedRun, planRun } from './plan-run.ts';
import type { SignalPorts } from './ports.ts';
import type { LookAgain } from './settled-meanwhile.ts';
import type { Trail } from './trail.ts';

export interface OpeningRequest {
  readonly signal: ComponentSignal;
  readonly opening: Opening;
  readonly pointer: SubjectPointer | undefined;
  /** The pointer names an incident that was never written: a crash in the middle of an opening. It is finished under its own number. */
  readonly unfinished: boolean;
  readonly lookAgain: LookAgain;
  readonly trail: Trail;
}

/** What an opening decided: committed when `file` is there, else handled before under `id`. Its messages are not handed over yet. */
export interface Opened {
  readonly id: TicketId;
  readonly result: CommitResult;
  readonly outbox: readonly BusMessage[];
  readonly outcome: SignalOutcome;
}

export async function open(ports: SignalPorts, request: OpeningRequest): Promise<Opened> {
  const { id, previous } = await claim(ports, request);
  const now = ports.clock.now().toISOString();
  const draft = draftIncident(id, previous, now, request);
  const planned = request.opening.remedies.length > 0 ? planRun(ports, draft, request.opening) : undefined;
  const { silence } = request.opening;
  const loud: Incident = planned ? { ...draft, activeRun: planned.run.number, ...due(planned.run.dueAt) } : draft;
  const decided = composeMessages(ports.estate, loud, newsOf(request.opening, planned), ports.publicUrl);
  const incident = silence ? suppressed(loud, silence, decided) : loud;
  const messages = silence ? [] : decided;
  const outbox = [
    ...(planned ? [advanceMessage(id, planned.run)] : []),
    ...forRegion(request.opening, incident),
    ...messages.map((message) => personMessage(message)),
    ...request.opening.tells.map((signal) => signalMessage(signal)),
  ];
  const outcome = incidentOutcome(ports, request.signal, incident, 'opened', request.trail);
  const result = await ports.incidents.commit({
    basis: 'new',
    incident,
    ...(planned ? { runs: [planned.run], steps: planned.steps } : {}),
    events: openingEntries(request, incident, decided.length),
    outbox,
    deliveryId: request.signal.id,
    outcome,
    at: now,
  });
  return { id, result, outbox, outcome };
}

/** In the commit of the opening, so that each incident tells its region once. */
function forRegion({ regionEvidence: evidence }: Opening, incident: Incident): BusMessage[] {
  return evidence ? [signalMessage(regionEvidence(incident, evidence.region, evidence.weight))] : [];
}

async function claim(
  ports: SignalPorts,
  request: OpeningRequest,
): Promise<{ id: TicketId; previous: string | undefined }> {
  const { pointer, opening } = request;
  if (pointer && request.unfinished) return { id: pointer.incidentId, previous: pointer.previousIncidentId };
  const day = ticketDay(ports.clock.now());
  const id = ticketId(day, await ports.tickets.next(day));
  await request.lookAgain();
  const previous = pointer?.incidentId;
  await ports.subjects.set(
    {
      subject: opening.subject,
      incidentId: id,
      failureKey: opening.failureKey,
      ...(previous ? { previousIncidentId: previous } : {}),
    },
    pointer,
  );
  return { id, previous };
}

function draftIncident(id: TicketId, previous: string | undefined, now: string, request: OpeningRequest): Incident {
  const { opening, trail } = request;
  const head = chainStart(id);
  return {
    schemaVersion: 1,
    id,
    kind: 'failure',
    subject: opening.subject,
    component: opening.component,
    state: opening.needsHuman && opening.start.as !== 'held' ? 'escalated' : 'open',
    failureClass: opening.failureClass,
    code: opening.code,
    advice: opening.advice,
    severity: opening.component.kind === 'region' ? 'critical' : 'medium',
    title: opening.title,
    openedAt: now,
    ...(opening.failedAt === undefined ? {} : { failedAt: opening.failedAt }),
    ...runOf(request),
    ...alertsAfter(request.signal, {}),
    ...(opening.outageOf === undefined ? {} : { outageOf: opening.outageOf }),
    signalCount: 1,
    failureKey: opening.failureKey,
    ...(previous === undefined ? {} : { previousIncidentId: previous }),
    opening: answerOf(opening, trail),
    lastEventSeq: head.seq,
    lastEventHash: head.hash,
  };
}

function answerOf({ recoveryStatus, actionsTaken, message, silence }: Opening, { decisions }: Trail): OpeningDecision {
  if (!silence) return { recoveryStatus, actionsTaken, message, decisions };
  const words = `Nobody is told, by ${orderWords(silence)}. ${message}`;
  return { recoveryStatus: 'not_needed', actionsTaken, message: words, decisions };
}

function runOf({ signal, opening }: OpeningRequest): { jobRun?: JobRun } {
  const run = opening.run ?? (signal.kind === 'cluster' ? undefined : signal.run);
  return run === undefined ? {} : { jobRun: run };
}

function due(dueAt: string | undefined): { nextDueAt?: string } {
  return dueAt === undefined ? {} : { nextDueAt: dueAt };
}

function newsOf(opening: Opening, planned: PlannedRun | undefined): News {
  const kind = opening.needsHuman ? 'human-needed' : 'incident-opened';
  const decision = planned && decisionAskedBy(planned.run, planned.steps);
  return { kind, text: opening.message, occasion: 'opening', decision };
}

function openingEntries(request: OpeningRequest, incident: Incident, messageCount: number): TimelineEntry[] {
  const { signal, opening, trail } = request;
  const { component } = opening;
  const reason = signal.reason;
  return [
    {
      type: 'signal-received',
      actor: actorOf(signal),
      text: `${signal.source === 'poll' ? 'The poll found' : 'Reported:'} ${signal.event} of ${component.kind} ${component.id}${reason ? `, ${reason.code}` : ''}`,
      data: {
        signalId: signal.id,
        source: signal.source,
        receivedAt: signal.receivedAt,
        reason: reason ?? null,
        text: signal.text ?? null,
        wholeBody: signal.wholeBody ?? null,
      },
    },
    {
      type: 'incident-opened',
      actor: 'lakewarden',
      text: incident.title,
      data: { subject: incident.subject, previous: incident.previousIncidentId ?? null },
    },
    {
      type: 'classified',
      actor: 'lakewarden',
      text: `${incident.code} is ${incident.failureClass}`,
      data: { decisions: trail.decisions },
    },
    ...(opening.regionEvidence ? [regionEntry(opening.regionEvidence)] : []),
    opening.needsHuman
      ? { type: 'human-needed', actor: 'lakewarden', text: opening.message, data: { because: opening.because } }
      : {
          type: 'run-started',
          actor: 'lakewarden',
          text: opening.message,
          data: { remedies: opening.remedies, because: opening.because },
        },
    ...opening.tells.map((told) => toldOf(told)),
    opening.silence ? suppressedEntry(opening.silence, messageCount) : peopleTold(opening, messageCount),
  ];
}

function peopleTold({ outageOf }: Opening, count: number): TimelineEntry {
  const text =
    outageOf === undefined || count > 0
      ? `${count} message(s) to people decided`
      : `People hear of it by the incident of the region ${outageOf}, which is out`;
  return { type: 'people-told', actor: 'lakewarden', text, data: { count } };
}

/** The cluster is a subject of its own: this incident waits for what becomes of it. */
function toldOf({ id, clusterId, reason }: ClusterSignal): TimelineEntry {
  const text = `Cluster ${clusterId} is to blame${reason ? ` (${reason.code})` : ''}: told to its own subject`;
  return { type: 'cluster-told', actor: 'lakewarden', text, data: { signalId: id } };
}

function regionEntry({ region, weight }: NonNullable<Opening['regionEvidence']>): TimelineEntry {
  const subject = regionSubject(region);
  return {
    type: 'region-told',
    actor: 'lakewarden',
    text: `Told ${subject}: this failure may be the region's`,
    data: { subject, weight },
  };
}
