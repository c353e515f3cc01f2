// A change as one transaction: which rows it writes and what the working set will be. Pure: what happens to it is the store's.
import { Broken } from '../../domain/errors.ts';
import { type ChainHead, chain, chainStart } from '../../domain/incidents/timeline.ts';
import type { BusMessage } from '../../ports/bus.ts';
import type { Change, IncidentFile } from '../../ports/incident-store.ts';
import {
  attemptRow,
  eventRow,
  incidentRow,
  inOrder,
  markerRow,
  outboxRow,
  receiptRow,
  runRow,
  stepRow,
} from './incident-rows.ts';
import type { Action } from './tables.ts';

/** Of the 100 changes and 4 MiB that the service takes in a transaction (facts/azure.md 6.2), with room to spare. */
export const COMMIT_ROWS = 90;
const COMMIT_BYTES = 3.5 * 1024 * 1024;
/** Request line, headers and boundary that each row adds to the request's body. */
const ROW_ENVELOPE_BYTES = 700;

export interface PlannedCommit {
  readonly commitId: string;
  readonly actions: readonly Action[];
  /** Position of the incident row among the actions: its etag is the file's. */
  readonly incidentAt: number;
  /** Sequence number of the first event, when there is one. */
  readonly firstEvent: number | undefined;
  /** What a load will find. */
  readonly file: Omit<IncidentFile, 'etag'>;
}

export function planCommit(given: Change, commitId: string): PlannedCommit {
  const change = asStored(given);
  const basis = change.basis === 'new' ? undefined : change.basis;
  const { id } = change.incident;
  if (basis && basis.incident.id !== id) throw new Broken('broken', `a change of ${basis.incident.id} names ${id}`);
  const head = headOf(change, id);
  const events = chain(head, change.at, change.events);
  const last = events.at(-1) ?? head;
  const incident = { ...change.incident, lastEventSeq: last.seq, lastEventHash: last.hash };
  const { deliveryId, outcome, at } = change;
  const marker = deliveryId === undefined ? [] : [created(markerRow(id, { deliveryId, commitId, at, outcome }))];
  const incidentAction: Action = basis
    ? { kind: 'replace', row: incidentRow(incident, commitId, at), etag: basis.etag }
    : created(incidentRow(incident, commitId, at));
  const file = merged(basis, { ...change, incident });
  const actions = [
    ...marker,
    incidentAction,
    ...(change.runs ?? []).map((run) => upserted(runRow(id, run))),
    ...(change.steps ?? []).map((step) => upserted(stepRow(id, step))),
    ...(change.attempts ?? []).map((attempt) => upserted(attemptRow(id, attempt))),
    ...(change.outbox ?? []).map((message, place) => upserted(outboxRow(id, message, orderOf(last, change.at, place)))),
    ...events.map((event) => created(eventRow(id, event, commitId))),
    ...receiptOf(change, file),
  ];
  refuseTooMuch(id, actions);
  return { commitId, actions, incidentAt: marker.length, firstEvent: events[0]?.seq, file };
}

/** As JSON keeps it, so that hashes, the returned file and a later load agree (a Date is its text, undefined is absent). */
function asStored(change: Change): Change {
  const { basis, ...rest } = change;
  return { ...JSON.parse(JSON.stringify(rest)), basis };
}

function receiptOf({ deliveryId, receiptFor }: Change, file: Omit<IncidentFile, 'etag'>): Action[] {
  if (deliveryId === undefined || receiptFor === undefined) return [];
  const { outbox: _, ...records } = file;
  return [created(receiptRow(file.incident.id, deliveryId, { fingerprint: receiptFor, records }))];
}

function headOf({ basis }: Change, id: string): ChainHead {
  if (basis === 'new') return chainStart(id);
  return { seq: basis.incident.lastEventSeq, hash: basis.incident.lastEventHash };
}

function orderOf(head: ChainHead, at: string, place: number): string {
  return `${String(head.seq).padStart(8, '0')}|${at}|${String(place).padStart(3, '0')}`;
}

function merged(basis: IncidentFile | undefined, change: Change): Omit<IncidentFile, 'etag'> {
  const { etag: _, ...file } = inOrder({
    incident: change.incident,
    runs: replaced(basis?.runs, change.runs, (run) => run.number),
    steps: replaced(basis?.steps, change.steps, (step) => `${step.run}|${step.position}`),
    attempts: replaced(
      basis?.attempts,
      change.attempts,
      (attempt) => `${attempt.run}|${attempt.position}|${attempt.number}`,
    ),
    outbox: replaced<BusMessage>(basis?.outbox, change.outbox, (message) => message.id),
    etag: '',
  });
  return file;
}

function replaced<T>(old: readonly T[] = [], fresh: readonly T[] = [], keyOf: (item: T) => unknown): T[] {
  const written = new Set(fresh.map(keyOf));
  return [...old.filter((item) => !written.has(keyOf(item))), ...fresh];
}

function refuseTooMuch(id: string, actions: readonly Action[]): void {
  if (actions.length > COMMIT_ROWS) {
    throw new Broken('broken', `a change of ${id} writes ${actions.length} rows, more than ${COMMIT_ROWS}`);
  }
  const keys = new Set(actions.map((action) => ('row' in action ? action.row.rowKey : action.rowKey)));
  if (keys.size < actions.length) throw new Broken('broken', `a change of ${id} writes the same row twice`);
  const bytes = actions.reduce(
    (sum, action) => sum + ROW_ENVELOPE_BYTES + Buffer.byteLength(JSON.stringify(action)),
    0,
  );
  if (bytes > COMMIT_BYTES) {
    throw new Broken('broken', `a change of ${id} has ${bytes} bytes, more than ${COMMIT_BYTES}`);
  }
}

type Written = Extract<Action, { kind: 'create' | 'upsert' }>;

function created(row: Written['row']): Action {
  return { kind: 'create', row };
}

function upserted(row: Written['row']): Action {
  return { kind: 'upsert', row };
}
