// The pipeline of a signal, read top to bottom. Every stage leaves its decision on the trail; every signal ends in exactly one place.
import { Broken, Conflict } from '../domain/errors.ts';
import { takesJoins } from '../domain/incidents/incident.ts';
import { isComponentSignal, meaningOf } from '../domain/signals/component-signal.ts';
import type { Decision, SignalOutcome } from '../domain/signals/outcome.ts';
import type { AzureSignal, ComponentSignal, Signal } from '../domain/signals/signal.ts';
import type { IncidentFile } from '../ports/incident-store.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { handleNotice } from './azure/handle-notice.ts';
import { noteBecame } from './azure/keep-notice.ts';
import { type CurrentIncident, currentIncident } from './current-incident.ts';
import { countRelapse } from './gate/count-run.ts';
import { handOver } from './hand-over.ts';
import { type Joined, worsen, worsens } from './regions/worsen.ts';
import { countNotifiedRun } from './signal/count-notified-run.ts';
import { decideOpening } from './signal/decide-opening.ts';
import { handleOther } from './signal/handle-other.ts';
import { identify } from './signal/identify.ts';
import { join, joinEvidence } from './signal/join.ts';
import { judge } from './signal/judge.ts';
import { type Opened, open } from './signal/open.ts';
import { incidentOutcome, recordedOutcome } from './signal/outcomes.ts';
import type { SignalPorts } from './signal/ports.ts';
import { recover } from './signal/recover.ts';
import { type LookAgain, lookAgainAfter, started } from './signal/settled-meanwhile.ts';
import { Trail } from './signal/trail.ts';

/** Handles one delivery of a signal. Safe to repeat: a second delivery finds the first one's effect. Throws `Unavailable` when our own stores or bus do not answer. */
export async function handleSignal(ports: SignalPorts, signal: Signal): Promise<SignalOutcome> {
  const outcome = await againOnConflict(ports.clock, async () => {
    const sinceLook = started(ports.clock);
    const known = await ports.signals.get(signal.id);
    // One that was quarantined comes again only because somebody thinks that it can be handled now.
    if (known && known.ended !== 'quarantined') return await announceAgain(ports, signal, known);
    const lookAgain = lookAgainAfter(ports, signal, sinceLook);
    await noteHeard(ports, signal);
    if (signal.kind === 'azure') return await handleAzureSignal(ports, signal, lookAgain);
    if (!isComponentSignal(signal)) return await conclude(ports, await handleOther(ports, signal));
    return await handleComponentSignal(ports, { signal, lookAgain });
  });
  await countNotifiedRun(ports, signal, outcome);
  return outcome;
}

/** What comes through the door of Databricks; those of Azure are told apart by what comes through them. */
async function noteHeard({ sources }: SignalPorts, { kind, source, receivedAt }: Signal): Promise<void> {
  if (source === 'webhook' && kind !== 'azure') await sources.heard('databricks-monitor', new Date(receivedAt));
}

/** What Azure tells is held against what it told before; a failure or a recovery that it means goes the way of every other. */
async function handleAzureSignal(
  ports: SignalPorts,
  signal: AzureSignal,
  lookAgain: LookAgain,
): Promise<SignalOutcome> {
  const { told, outcome, decisions, kept } = await handleNotice(ports, signal);
  const became = told
    ? await handleComponentSignal(ports, { signal: told, lookAgain, before: decisions })
    : await conclude(ports, outcome);
  await noteBecame(ports.notices, signal, became, kept);
  return became;
}

interface Delivered {
  readonly signal: ComponentSignal;
  readonly lookAgain: LookAgain;
  /** What was decided on the way to this signal. */
  readonly before?: readonly Decision[];
}

async function handleComponentSignal(
  ports: SignalPorts,
  delivered: Delivered,
  mayRecall = true,
): Promise<SignalOutcome> {
  const { signal, lookAgain, before } = delivered;
  const trail = new Trail(before);
  const identified = await identify(ports, signal, trail);
  const { subject } = identified;
  const recalled = mayRecall ? ports.recent.recall(subject) : undefined;
  const { pointer, file, isUnfinished } = recalled ? known(recalled) : await currentIncident(ports, subject);

  if (file && takesJoins(file.incident.state)) {
    // Whatever is more than one more report is decided on what is there now.
    if (recalled && (meaningOf(signal) === 'recovery' || worsens(signal, file.incident)))
      return await handleComponentSignal(ports, delivered, false);
    return await conclude(ports, await takeIn(ports, delivered, { file, identified, trail }));
  }
  const judgement = await judge(ports, signal, identified, file, trail);
  if (judgement.is === 'repeated') {
    // A resolved incident that is remembered may have been followed by another one, written by another process or a delivery that died.
    if (recalled && !(await isNewest(ports, recalled))) return await handleComponentSignal(ports, delivered, false);
    if (!recalled) await mustStillPoint(ports, subject, pointer);
    trail.note('join', 'recorded', 'failure-was-dealt-with', joinEvidence(signal, judgement.last.incident));
    const outcome = incidentOutcome(ports, signal, judgement.last.incident, 'recorded', trail);
    await lookAgain();
    return await conclude(ports, await join(ports, signal, judgement.last, outcome));
  }
  // Whatever is no merge is decided on what is there now.
  if (recalled) return await handleComponentSignal(ports, delivered, false);
  if (file && (await ports.incidents.hasHandled(file.incident.id, signal.id))) {
    trail.note('join', 'joined', 'handled-before-the-incident-was-resolved', { incident: file.incident.id });
    // Nothing is written for a delivery that was handled: it is flushed, and its first outcome comes back.
    const outcome = incidentOutcome(ports, signal, file.incident, 'joined', trail);
    return await conclude(ports, await join(ports, signal, file, outcome));
  }
  if (judgement.is === 'nothing') {
    return await conclude(ports, recordedOutcome(ports, signal, subject, judgement.words, trail));
  }
  if (file) await countRelapse(ports, file.incident, file.runs.at(-1));
  const opening = await decideOpening(ports, { identified, ...judgement }, trail);
  const opened = await open(ports, { signal, opening, pointer, unfinished: isUnfinished, lookAgain, trail });
  return await concludeOpening(ports, opened);
}

/** Into the incident that is open. */
async function takeIn(ports: SignalPorts, { signal, lookAgain }: Delivered, joined: Joined): Promise<SignalOutcome> {
  const { file, trail } = joined;
  trail.note('join', 'joined', 'subject-has-open-incident', joinEvidence(signal, file.incident));
  const outcome = incidentOutcome(ports, signal, file.incident, 'joined', trail);
  await lookAgain();
  if (meaningOf(signal) === 'recovery') return await recover(ports, signal, file, outcome);
  if (worsens(signal, file.incident)) return await worsen(ports, signal, joined);
  return await join(ports, signal, file, outcome);
}

/** Only a merge goes by it, so nobody asks where the pointer is. */
function known(file: IncidentFile): CurrentIncident {
  return { pointer: undefined, file, isUnfinished: false };
}

/** Asking the workspace takes its time: another delivery of this signal, held up before, may have claimed the subject meanwhile. */
async function mustStillPoint(ports: SignalPorts, subject: string, pointer: CurrentIncident['pointer']): Promise<void> {
  const now = await ports.subjects.get(subject);
  if (now?.etag !== pointer?.etag)
    throw new Conflict('written-meanwhile', `${subject} was given to another incident meanwhile`);
}

async function isNewest(ports: SignalPorts, { incident }: IncidentFile): Promise<boolean> {
  const pointer = await ports.subjects.get(incident.subject);
  return pointer?.incidentId === incident.id && pointer.reopening === undefined;
}

/** The decision is durable with the commit: a door that waits is told before the messages are handed over. */
async function concludeOpening(
  ports: SignalPorts,
  { id, result, outbox, outcome: decided }: Opened,
): Promise<SignalOutcome> {
  const file = result.committed ? result.file : await ports.incidents.load(id);
  if (!file) throw new Broken('broken', `incident ${id} vanished`);
  const outcome = result.committed ? decided : (result.outcome ?? decided);
  ports.board.post(outcome);
  // An opening is in no list yet, and its delivery comes back until all of it is done: it shows while the bus is away.
  await Promise.all([
    ports.index.refresh(file.incident),
    handOver(ports, file, result.committed ? outbox : file.outbox, file.incident),
  ]);
  return await conclude(ports, outcome);
}

/** The outcome is written last: where it exists, everything before it is done. */
async function conclude(ports: SignalPorts, outcome: SignalOutcome): Promise<SignalOutcome> {
  ports.board.post(outcome);
  // It may have been moved already, e.g. split off, if another worker was done with it while this one was held up.
  return announce(ports, await ports.signals.recordOnce(outcome));
}

/** Whoever died between the outcome and the list of notices left this to the next delivery. */
async function announceAgain(ports: SignalPorts, signal: Signal, known: SignalOutcome): Promise<SignalOutcome> {
  if (signal.kind === 'azure') await noteBecame(ports.notices, signal, known);
  return announce(ports, known);
}

function announce(ports: SignalPorts, outcome: SignalOutcome): SignalOutcome {
  ports.board.post(outcome);
  const { signalId, ticketId, ended } = outcome;
  ports.log.info('signal handled', { signalId, ticketId, ended, because: outcome.decisions.at(-1)?.because });
  return outcome;
}
