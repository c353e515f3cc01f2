// The pipeline of a signal, read top to bottom. Every stage leaves its decision on the trail; every signal ends in exactly one place.
import { classify } from '../domain/classification/classify.ts';
import { Broken } from '../domain/errors.ts';
import { isInWindow } from '../domain/estate/maintenance-windows.ts';
import { takesJoins } from '../domain/incidents/incident.ts';
import type { SignalOutcome } from '../domain/signals/outcome.ts';
import type { ClusterSignal, Signal } from '../domain/signals/signal.ts';
import type { IncidentFile, SubjectPointer } from '../ports/incident-store.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { flush, handOver } from './hand-over.ts';
import { decideOpening } from './signal/decide-opening.ts';
import { enrich } from './signal/enrich.ts';
import { identify } from './signal/identify.ts';
import { join } from './signal/join.ts';
import { type Opened, open } from './signal/open.ts';
import { incidentOutcome, recordedOutcome } from './signal/outcomes.ts';
import type { SignalPorts } from './signal/ports.ts';
import { Trail } from './signal/trail.ts';

/** Handles one delivery of a signal. Safe to repeat: a second delivery finds the first one's effect. Throws `Unavailable` when our own stores or bus do not answer. */
export async function handleSignal(ports: SignalPorts, signal: Signal): Promise<SignalOutcome> {
  const known = await ports.signals.get(signal.id);
  if (known) return announce(ports, known);
  if (signal.kind !== 'cluster') return conclude(ports, recordNotice(ports, signal));
  return await againOnConflict(ports.clock, () => handleClusterSignal(ports, signal));
}

async function handleClusterSignal(ports: SignalPorts, signal: ClusterSignal): Promise<SignalOutcome> {
  const trail = new Trail();
  const identified = await identify(ports, signal, trail);
  const { subject } = identified;
  const { pointer, file } = await currentIncident(ports, subject);

  if (file && takesJoins(file.incident.state)) {
    trail.note('join', 'joined', 'subject-has-open-incident', {
      incident: file.incident.id,
      state: file.incident.state,
    });
    const joined = await join(ports, signal, file);
    if (!joined.committed) await flush(ports, file.incident.id);
    return conclude(ports, incidentOutcome(ports, signal, file.incident, 'joined', trail));
  }
  if (signal.event === 'cluster.restarting') {
    trail.note('classify', 'progress', 'restarting-is-progress');
    return conclude(
      ports,
      recordedOutcome(ports, signal, subject, 'The cluster is restarting: progress, not a failure.', trail),
    );
  }
  const enriched = await enrich(ports, signal, identified, file?.incident, trail);
  if (enriched.repeated && file) {
    return conclude(ports, incidentOutcome(ports, signal, file.incident, 'recorded', trail));
  }
  const { alwaysOn, maintenanceWindows } = identified.rules;
  const inMaintenanceWindow = isInWindow(maintenanceWindows, new Date(enriched.terminatedAt ?? signal.receivedAt));
  const classification = classify(enriched.reason, { alwaysOn, inMaintenanceWindow });
  trail.note('classify', classification.failureClass, classification.rule, { ...classification.evidence });
  if (classification.benign) {
    return conclude(
      ports,
      recordedOutcome(ports, signal, subject, `${classification.code} is a normal end: nothing to do.`, trail),
    );
  }
  if (inMaintenanceWindow) {
    trail.note('window', 'recorded', 'in-maintenance-window');
    return conclude(
      ports,
      recordedOutcome(ports, signal, subject, 'It ended inside its maintenance window: recorded, no incident.', trail),
    );
  }
  const opening = decideOpening(
    { identified, classification, terminatedAt: enriched.terminatedAt, remediationEnabled: ports.remediationEnabled },
    trail,
  );
  const opened = await open(ports, {
    signal,
    opening,
    pointer,
    unfinished: pointer !== undefined && file === undefined,
    trail,
  });
  return await concludeOpening(ports, signal, opened, trail);
}

/** The decision is durable with the commit: a door that waits is told before the messages are handed over. */
async function concludeOpening(
  ports: SignalPorts,
  signal: ClusterSignal,
  { id, result, outbox }: Opened,
  trail: Trail,
): Promise<SignalOutcome> {
  const file = result.committed ? result.file : await ports.incidents.load(id);
  if (!file) throw new Broken('broken', `incident ${id} vanished`);
  const outcome = incidentOutcome(ports, signal, file.incident, 'opened', trail);
  ports.board.post(outcome);
  await handOver(ports, file, result.committed ? outbox : file.outbox);
  return await conclude(ports, outcome);
}

async function currentIncident(
  ports: SignalPorts,
  subject: string,
): Promise<{ pointer: SubjectPointer | undefined; file: IncidentFile | undefined }> {
  const pointer = await ports.subjects.get(subject);
  const file = pointer && (await ports.incidents.load(pointer.incidentId));
  return { pointer, file };
}

function recordNotice(ports: SignalPorts, signal: Exclude<Signal, ClusterSignal>): SignalOutcome {
  const trail = new Trail();
  if (signal.kind === 'test') {
    trail.note('classify', 'test', 'sender-says-test');
    return recordedOutcome(ports, signal, signal.rawSubject, 'A test: received, queued and handled.', trail);
  }
  trail.note('classify', 'unknown-event', 'no-rule-for-event', { event: signal.eventName });
  return recordedOutcome(
    ports,
    signal,
    signal.rawSubject,
    `Lakewarden does not handle ${signal.eventName} yet: recorded.`,
    trail,
  );
}

/** The outcome is written last: where it exists, everything before it is done. */
async function conclude(ports: SignalPorts, outcome: SignalOutcome): Promise<SignalOutcome> {
  ports.board.post(outcome);
  await ports.signals.record(outcome);
  return announce(ports, outcome);
}

function announce(ports: SignalPorts, outcome: SignalOutcome): SignalOutcome {
  ports.board.post(outcome);
  const { signalId, ticketId, ended } = outcome;
  ports.log.info('signal handled', { signalId, ticketId, ended, because: outcome.decisions.at(-1)?.because });
  return outcome;
}
