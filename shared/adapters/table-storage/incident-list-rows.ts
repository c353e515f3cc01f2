// The rows that lists and questions are answered from, all in one partition, so that one transaction moves an incident and its counts.
// An incident has a row in each list that may be asked for; a row of a list ends in the same place, its opening time inverted and its id.
import { Broken } from '../../domain/errors.ts';
import { budgetTurnOf, type Incident, type IncidentState } from '../../domain/incidents/incident.ts';
import { componentOf } from '../../domain/incidents/subject.ts';
import { addedUp, type MinuteTally, minuteMs, type Tally, takenBack, tallyOf } from '../../domain/incidents/tally.ts';
import type { IncidentSummary } from '../../ports/incident-store.ts';
import { shownIn } from './continuation.ts';
import { INVERTED_TIME, instantOfInverted, inverted } from './newest-first.ts';
import { clipped, keyPart, packed, plain, quoted, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';

export const LIST = 'incident';
/** Which lists and counts an incident is in. A row of another layout is in none of these: rebuilding brings it in. */
const LAYOUT = 2;
const PLACE = new RegExp(`^${INVERTED_TIME}\\|RCA-\\d{8}-\\d{3,6}$`);
const MINUTE = 'minute|';

type Listed = Pick<IncidentSummary, 'openedAt' | 'id'>;

/** Of every list; the list of all incidents has no name before it. */
export function place({ openedAt, id }: Listed): string {
  return `${inverted(instantOf(openedAt, id))}|${id}`;
}

export function stateList(state: IncidentState): string {
  return `state|${state}|`;
}

export function classList(failureClass: string, state: IncidentState): string {
  return `class|${keyPart(clipped(failureClass))}|${state}|`;
}

/** Those that wait for the budget of a workspace, by their turns: the last turn first. */
export function turnList(workspace: string): string {
  return `turn|${keyPart(workspace)}|`;
}

export function componentList(component: string): string {
  return `component|${keyPart(component)}|`;
}

/** The rows of a list that come after a place, and after an instant's openings. */
export function listFilter(list: string, after: string | undefined): string {
  // `:` is the character after the digits that a place begins with.
  const from = `${list}${after ?? '0'}`;
  return `PartitionKey eq ${quoted(LIST)} and RowKey gt ${quoted(from)} and RowKey lt ${quoted(`${list}:`)}`;
}

/** Behind all that opened at the instant or later. */
export function placeBefore(instant: string): string {
  return `${inverted(instantOf(instant, 'the filter'))}|~`;
}

export function placeIn(row: StoredRow): string {
  return row.rowKey.slice(row.rowKey.lastIndexOf('|', row.rowKey.lastIndexOf('|') - 1) + 1);
}

/** The instant, in ISO, that a place was made of. */
export function instantAt(at: string): string {
  return instantOfInverted(at.split('|', 1)[0] ?? '');
}

/** The last place that was shown: it stays good however many incidents open meanwhile. */
export function placeOf(continuation: string): string {
  return shownIn(continuation, (text) => PLACE.test(text));
}

/** The row in the list of all: its version decides, and it says in which other lists and counts the incident is. */
export function mainRow(incident: Incident): Row {
  const summary = summaryOf(incident);
  const { state, failureClass, subject, openedAt, resolvedAt, closedAt, severity, title, signalCount } = summary;
  const columns = { state, failureClass, subject, openedAt, resolvedAt, closedAt, severity, title, signalCount };
  const keys = { partitionKey: LIST, rowKey: place(incident), schemaVersion: SCHEMA_VERSION, layout: LAYOUT };
  return { ...keys, ...packed(summary), ...plain({ ...columns, incidentId: incident.id, seq: incident.lastEventSeq }) };
}

/** The same in every other list. */
export function copies(incident: Incident): readonly Row[] {
  const summary = summaryOf(incident);
  const shared = { partitionKey: LIST, schemaVersion: SCHEMA_VERSION, ...packed(summary) };
  return copyKeys(summary).map((rowKey) => ({ ...shared, rowKey }));
}

export function copyKeys(incident: IncidentSummary): string[] {
  const { state, failureClass, subject, budgetTurn, id } = incident;
  const lists = [stateList(state), classList(failureClass, state), componentList(componentOf(subject))];
  const keys = lists.map((list) => `${list}${place(incident)}`);
  return budgetTurn ? [...keys, `${turnList(budgetTurn.workspace)}${place({ openedAt: budgetTurn.at, id })}`] : keys;
}

/** What the incident of a row in the list of all is in besides; nothing if that row is of another layout. */
export function listedIn(main: StoredRow | undefined): { readonly keys: readonly string[]; readonly tally?: Tally } {
  if (main === undefined || !isCounted(main)) return { keys: [] };
  const summary = unpacked(main, isSummary);
  return { keys: copyKeys(summary), tally: tallyOf(summary) };
}

export function isCounted({ columns }: StoredRow): boolean {
  return columns.layout === LAYOUT;
}

/** What has to be added to the count of its minute when an incident comes after what its row was; nothing if it counts the same. */
export function changeOfTally(before: Tally | undefined, after: Tally | undefined): readonly Tally[] {
  return addedUp([...(before ? [takenBack(before)] : []), ...(after ? [after] : [])]);
}

export function minuteKey(openedAt: string): string {
  return `${MINUTE}${inverted(minuteMs(instantOf(openedAt, 'the minute')))}`;
}

export function minuteRow(rowKey: string, tallies: readonly Tally[]): Row {
  const columns = plain({ minute: minuteIn(rowKey), failures: tallies.reduce((sum, each) => sum + each.failures, 0) });
  return { partitionKey: LIST, rowKey, schemaVersion: SCHEMA_VERSION, ...packed(tallies), ...columns };
}

export function talliesIn(row: StoredRow | undefined): readonly Tally[] {
  return row ? unpacked(row, isTallies) : [];
}

export function minuteTally(row: StoredRow): MinuteTally {
  return { minute: minuteIn(row.rowKey), tallies: talliesIn(row) };
}

/** ISO instant at which the minute of a key begins. */
function minuteIn(rowKey: string): string {
  return instantOfInverted(rowKey.slice(MINUTE.length));
}

/** The counts of all minutes, or of those from the minute of one instant to that of another. */
export function minutesFilter(from?: string, to?: string): string {
  const newest = to === undefined ? MINUTE : minuteKey(to);
  const oldest = from === undefined ? `${MINUTE}:` : minuteKey(from);
  return `PartitionKey eq ${quoted(LIST)} and RowKey ge ${quoted(newest)} and RowKey le ${quoted(oldest)}`;
}

/** The rows of the list of all that opened within the minute of a key. */
export function openedWithin(rowKey: string): string {
  const startMs = Date.parse(minuteIn(rowKey));
  const [newest, before] = [inverted(startMs + 60_000), inverted(startMs)].map((text) => `${text}|~`);
  return `PartitionKey eq ${quoted(LIST)} and RowKey gt ${quoted(newest ?? '')} and RowKey lt ${quoted(before ?? '')}`;
}

export function isSummary(value: unknown): value is IncidentSummary {
  return (
    typeof value === 'object' && value !== null && 'id' in value && 'state' in value && typeof value.id === 'string'
  );
}

function isTallies(value: unknown): value is readonly Tally[] {
  return Array.isArray(value) && value.every((each) => typeof Object(each).failures === 'number');
}

export function summaryOf(incident: Incident): IncidentSummary {
  const { id, state, failureClass, code, severity, subject, title, openedAt, resolvedAt, closedAt, signalCount } =
    incident;
  const budgetTurn = budgetTurnOf(incident);
  return {
    ...{ id, state, failureClass, code, severity, subject, title, openedAt, signalCount },
    ...(resolvedAt !== undefined && { resolvedAt }),
    ...(closedAt !== undefined && { closedAt }),
    ...(budgetTurn !== undefined && { budgetTurn }),
  };
}

function instantOf(iso: string, whose: string): number {
  const instant = Date.parse(iso);
  if (Number.isNaN(instant)) throw new Broken('broken', `${whose} was opened at no time: ${iso}`);
  return instant;
}
