// Makes the incident that a split decided. Safe to repeat: by the operator's own request, or by the watchdog when that died.
import { classify } from '../../domain/classification/classify.ts';
import { Conflict } from '../../domain/errors.ts';
import type { Incident, Split } from '../../domain/incidents/incident.ts';
import { chainStart, type TimelineEntry } from '../../domain/incidents/timeline.ts';
import { composeMessages } from '../../domain/notification/compose-messages.ts';
import { joinOf } from '../../domain/signals/joined.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { commitAndHandOver, flush } from '../hand-over.ts';
import { personMessage } from '../person-message.ts';
import type { CommandPorts } from './command.ts';

export async function finishSplit(ports: CommandPorts, from: Incident, split: Split): Promise<void> {
  const outcome = await ports.signals.get(split.signalId);
  const incident = draft(from, split, outcome);
  const moved = outcome && movedOutcome(outcome, incident, from, split);
  if (await ports.incidents.load(split.incidentId)) await flush(ports, split.incidentId);
  else await open(ports, incident, split, moved);
  if (moved && outcome.ticketId !== split.incidentId) await ports.signals.record(moved);
}

async function open(
  ports: CommandPorts,
  incident: Incident,
  split: Split,
  outcome: SignalOutcome | undefined,
): Promise<void> {
  const text = `Split off from ${incident.splitFrom} by ${split.by}: ${split.reason}`;
  const news = { kind: 'human-needed', text, occasion: 'opening' } as const;
  const messages = composeMessages(ports.estate, incident, news, ports.publicUrl);
  try {
    await commitAndHandOver(ports, {
      basis: 'new',
      incident,
      events: openingEntries(incident, split, text),
      outbox: messages.map((message) => personMessage(message)),
      deliveryId: split.signalId,
      ...(outcome ? { outcome } : {}),
      at: split.at,
    });
  } catch (error) {
    // Somebody else has just made it: theirs is ours.
    if (!(error instanceof Conflict)) throw error;
    await flush(ports, incident.id);
  }
}

function openingEntries(incident: Incident, split: Split, text: string): TimelineEntry[] {
  const data = { signalId: split.signalId, from: incident.splitFrom, by: split.by, reason: split.reason };
  return [
    {
      type: 'incident-opened',
      actor: `operator:${split.by}`,
      text: incident.title,
      data: { subject: incident.subject },
    },
    { type: 'split-from', actor: `operator:${split.by}`, text, data },
    {
      type: 'classified',
      actor: 'lakewarden',
      text: `${incident.code} is ${incident.failureClass}`,
      data: { decisions: incident.opening.decisions },
    },
    { type: 'human-needed', actor: 'lakewarden', text: incident.opening.message },
  ];
}

/**
 * A subject of its own: the pointer of the old one stays where it is, so further failures of the component join what they joined before.
 * Nothing acts for it by itself: two incidents must not act on one component.
 */
function draft(from: Incident, split: Split, outcome: SignalOutcome | undefined): Incident {
  const joined = outcome && joinOf(outcome);
  const classified = joined?.reason ? classify(joined.reason) : from;
  const { failureClass, code } = classified;
  const head = chainStart(split.incidentId);
  const { component } = from;
  return {
    schemaVersion: 1,
    id: split.incidentId,
    kind: 'failure',
    subject: `${from.subject}/split/${split.incidentId}`,
    component,
    state: 'escalated',
    failureClass,
    code,
    severity: from.severity,
    title: `${failureClass} on ${component.kind} ${component.name ?? component.id}`,
    openedAt: split.at,
    ...(joined?.failedAt === undefined ? {} : { failedAt: joined.failedAt }),
    signalCount: 1,
    failureKey: `${from.failureKey}/split/${split.signalId}`,
    previousIncidentId: from.id,
    splitFrom: from.id,
    opening: {
      recoveryStatus: 'escalated',
      actionsTaken: [],
      message: `Split off from ${from.id}. Nothing is done for it by itself: decide what it needs.`,
      decisions: [...(outcome?.decisions ?? []), decisionOf(from, split)],
    },
    lastEventSeq: head.seq,
    lastEventHash: head.hash,
  };
}

function decisionOf(from: Incident, { signalId, by, reason, incidentId }: Split): SignalOutcome['decisions'][number] {
  return {
    stage: 'split',
    decision: 'split-off',
    because: 'operator',
    evidence: { signalId, from: from.id, into: incidentId, by, reason },
  };
}

/** The signal has another place from now on; its trail says how it came there. */
function movedOutcome(outcome: SignalOutcome, incident: Incident, from: Incident, split: Split): SignalOutcome {
  if (outcome.ticketId === incident.id) return outcome;
  const { recoveryStatus, actionsTaken, message } = incident.opening;
  return {
    ...outcome,
    decidedAt: split.at,
    subject: incident.subject,
    ticketId: incident.id,
    errorType: incident.failureClass,
    recoveryStatus,
    actionsTaken: [...actionsTaken],
    message,
    ended: 'opened',
    decisions: [...outcome.decisions, decisionOf(from, split)],
  };
}

/** For the watchdog: splits whose incident a dead writer never made. */
export async function finishSplits(ports: CommandPorts, { incident }: IncidentFile): Promise<void> {
  for (const split of incident.splits ?? []) await finishSplit(ports, incident, split);
}
