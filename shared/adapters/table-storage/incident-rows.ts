// How an incident's partition is laid out: `a|` the working set, `e|` the timeline, `s|` the markers of handled deliveries, `o|` operators' receipts.
// Rule kept here: what is read back is what was committed, in the same order.
import { type Incident, incidentStates } from '../../domain/incidents/incident.ts';
import type { TimelineEvent } from '../../domain/incidents/timeline.ts';
import type { Attempt, Run, StepRecord } from '../../domain/runbooks/run.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { BusMessage } from '../../ports/bus.ts';
import type { IncidentFile, Receipt } from '../../ports/incident-store.ts';
import { keyPart, packed, plain, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';

export const INCIDENT_ROW = 'a|incident';

/** `changedAt` is the commit's own time: what the daily anchor asks for. */
export function incidentRow(incident: Incident, commitId: string, changedAt: string): Row {
  const { kind, state, failureClass, code, severity, subject, title, openedAt, nextDueAt, signalCount, lastEventSeq } =
    incident;
  const columns = {
    kind,
    state,
    failureClass,
    code,
    severity,
    subject,
    title,
    openedAt,
    nextDueAt,
    signalCount,
    lastEventSeq,
  };
  return { ...row(incident.id, INCIDENT_ROW, incident), ...plain({ ...columns, commitId, changedAt }) };
}

export function runRow(partitionKey: string, run: Run): Row {
  const { runbook, resource, revision, position } = run;
  const columns = {
    runbook,
    resource,
    revision,
    position,
    state: run.state.name,
    deadlineAt: run.deadlineAt,
    dueAt: run.dueAt,
  };
  return { ...row(partitionKey, `a|run|${padded(run.number, 2)}`, run), ...plain(columns) };
}

export function stepRow(partitionKey: string, step: StepRecord): Row {
  const rowKey = `a|step|${padded(step.run, 2)}|${padded(step.position, 2)}`;
  return {
    ...row(partitionKey, rowKey, step),
    ...plain({ step: step.id, state: step.state, attempts: step.attempts }),
  };
}

export function attemptRow(partitionKey: string, attempt: Attempt): Row {
  const rowKey = `a|attempt|${padded(attempt.run, 2)}|${padded(attempt.position, 2)}|${padded(attempt.number, 2)}`;
  const { owner, until, outcome } = attempt;
  return { ...row(partitionKey, rowKey, attempt), ...plain({ owner, until, outcome }) };
}

export function outboxKey(messageId: string): string {
  return `a|outbox|${keyPart(messageId)}`;
}

/** `order` sorts as the messages were decided: by commit, then by place in it. */
export function outboxRow(partitionKey: string, message: BusMessage, order: string): Row {
  const { id, queue, sessionId, dueAt } = message;
  return { ...row(partitionKey, outboxKey(id), message), ...plain({ order, messageId: id, queue, sessionId, dueAt }) };
}

export function eventKey(seq: number): string {
  return `e|${padded(seq, 8)}`;
}

export function eventRow(partitionKey: string, event: TimelineEvent, commitId: string): Row {
  const { type, actor, at, text, hash } = event;
  return { ...row(partitionKey, eventKey(event.seq), event), ...plain({ type, actor, at, text, hash, commitId }) };
}

export function markerKey(deliveryId: string): string {
  return `s|${keyPart(deliveryId)}`;
}

export interface Marker {
  readonly deliveryId: string;
  readonly commitId: string;
  readonly at: string;
  readonly outcome?: SignalOutcome | undefined;
}

export function markerRow(partitionKey: string, { deliveryId, commitId, at, outcome }: Marker): Row {
  const keys = { partitionKey, rowKey: markerKey(deliveryId), schemaVersion: SCHEMA_VERSION };
  return { ...keys, ...(outcome && packed(outcome)), ...plain({ deliveryId, commitId, at }) };
}

/** Markers of deliveries that are no signals keep none. */
export function outcomeOf(row: StoredRow): SignalOutcome | undefined {
  return row.columns.payload === undefined ? undefined : unpacked(row, isOutcome);
}

export function receiptKey(deliveryId: string): string {
  return `o|${keyPart(deliveryId)}`;
}

export function receiptRow(partitionKey: string, deliveryId: string, receipt: Receipt): Row {
  return { ...row(partitionKey, receiptKey(deliveryId), receipt), ...plain({ deliveryId }) };
}

function row(partitionKey: string, rowKey: string, payload: unknown): Row {
  return { partitionKey, rowKey, schemaVersion: SCHEMA_VERSION, ...packed(payload) };
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

/** What stands on an incident row. */
export function incidentOf(row: StoredRow): Incident {
  return unpacked(row, isIncident);
}

/** The working set from its rows; undefined without an incident row. Rows of kinds that this release does not know are left alone. */
export function fileOf(rows: readonly StoredRow[]): IncidentFile | undefined {
  const head = rows.find((row) => row.rowKey === INCIDENT_ROW);
  if (!head) return undefined;
  const outbox = of(rows, 'a|outbox|').toSorted((a, b) => compare(String(a.columns.order), String(b.columns.order)));
  return inOrder({
    incident: unpacked(head, isIncident),
    runs: of(rows, 'a|run|').map((row) => unpacked(row, isRun)),
    steps: of(rows, 'a|step|').map((row) => unpacked(row, isStep)),
    attempts: of(rows, 'a|attempt|').map((row) => unpacked(row, isAttempt)),
    outbox: outbox.map((row) => unpacked(row, isBusMessage)),
    etag: head.etag,
  });
}

function of(rows: readonly StoredRow[], prefix: string): StoredRow[] {
  return rows.filter((row) => row.rowKey.startsWith(prefix));
}

/** By number, not by text: a run 100 comes after a run 99. */
export function inOrder(file: IncidentFile): IncidentFile {
  return {
    ...file,
    runs: file.runs.toSorted((a, b) => a.number - b.number),
    steps: file.steps.toSorted((a, b) => a.run - b.run || a.position - b.position),
    attempts: file.attempts.toSorted((a, b) => a.run - b.run || a.position - b.position || a.number - b.number),
  };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

// Only `commit` writes these rows, so the guards check the identity and the version, not every member.

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isIncident(value: unknown): value is Incident {
  if (!isRecord(value) || value.schemaVersion !== 1 || typeof value.id !== 'string') return false;
  const { state, lastEventSeq, lastEventHash } = value;
  const isKnown = incidentStates.some((known) => known === state);
  return isKnown && typeof lastEventSeq === 'number' && typeof lastEventHash === 'string';
}

function isRun(value: unknown): value is Run {
  return isRecord(value) && value.schemaVersion === 1 && typeof value.number === 'number' && isRecord(value.state);
}

function isStep(value: unknown): value is StepRecord {
  return (
    isRecord(value) && value.schemaVersion === 1 && typeof value.run === 'number' && typeof value.position === 'number'
  );
}

function isAttempt(value: unknown): value is Attempt {
  return (
    isRecord(value) && value.schemaVersion === 1 && typeof value.run === 'number' && typeof value.number === 'number'
  );
}

function isBusMessage(value: unknown): value is BusMessage {
  return isRecord(value) && typeof value.id === 'string' && typeof value.queue === 'string';
}

export function isReceipt(value: unknown): value is Receipt {
  return isRecord(value) && typeof value.fingerprint === 'string' && isRecord(value.records);
}

function isOutcome(value: unknown): value is SignalOutcome {
  return isRecord(value) && typeof value.signalId === 'string' && typeof value.decidedAt === 'string';
}

export function isTimelineEvent(value: unknown): value is TimelineEvent {
  return isRecord(value) && typeof value.seq === 'number' && typeof value.hash === 'string';
}
