// The list of alerts: time range, condition, order, size of a page. [doc: Alerts - Get All]
import type { Answer } from '../simulator/http-server.ts';
import { ArmRefusal, type ListCall, page } from './arm-list.ts';
import type { ArmAlert } from './arm-store.ts';
import { ALERTS_PER_PAGE, TIME_RANGE_HOURS } from './refusals.ts';

const HOUR_MS = 3_600_000;
const SORTED_BY = ['lastModifiedDateTime', 'startDateTime', 'severity', 'monitorCondition', 'alertState', 'name'];

export function alertsPage(alerts: readonly ArmAlert[], call: ListCall): Answer {
  const { query, now } = call;
  const from = now - hoursOf(query.get('timeRange') ?? '1d') * HOUR_MS;
  const condition = query.get('monitorCondition');
  const shown = alerts.filter(
    (alert) =>
      Date.parse(text(alert, 'startDateTime')) >= from &&
      (condition === null || text(alert, 'monitorCondition') === condition),
  );
  const by = query.get('sortBy') ?? 'lastModifiedDateTime';
  if (!SORTED_BY.includes(by)) throw new ArmRefusal(400, 'BadRequest', `The value '${by}' of sortBy is not supported.`);
  const sign = query.get('sortOrder') === 'asc' ? 1 : -1;
  const sorted = shown.toSorted((a, b) => sign * compare(text(a, by), text(b, by)));
  return page(sorted, call, sizeOf(query.get('pageCount')));
}

/** By when an alert began: one of two days ago that was over an hour ago is not in the last day. */
function hoursOf(range: string): number {
  const hours = Object.hasOwn(TIME_RANGE_HOURS, range) ? TIME_RANGE_HOURS[range] : undefined;
  if (hours === undefined) throw new ArmRefusal(400, 'BadRequest', `The time range '${range}' is not supported.`);
  return hours;
}

function sizeOf(count: string | null): number {
  const size = count === null ? ALERTS_PER_PAGE.default : Number(count);
  if (Number.isInteger(size) && size >= 1 && size <= ALERTS_PER_PAGE.most) return size;
  throw new ArmRefusal(400, 'BadRequest', `pageCount must be from 1 to ${ALERTS_PER_PAGE.most}.`);
}

function text({ name, properties }: ArmAlert, field: string): string {
  return field === 'name' ? name : String(properties.essentials[field] ?? '');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
