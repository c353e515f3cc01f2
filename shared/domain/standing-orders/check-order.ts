// What is wrong with an order that somebody gives, in the user's words, and the order that it becomes.
import type { FieldFault } from '../errors.ts';
import type { Estate } from '../estate/estate.ts';
import { regionsOf, workspacesOf } from '../estate/lookup.ts';
import type { GivenOrder, OrderScope } from './standing-order.ts';

/** Longer is no exception any more: that belongs into the estate file. */
const LONGEST_DAYS = 30;
/** What a caller's clock may be behind ours: it begins now. */
const CLOCK_MS = 5 * 60 * 1000;
const DAY_MS = 24 * 3600 * 1000;
/** How far ahead one may be given. */
const AHEAD_DAYS = 366;

export interface OrderTimes {
  readonly from: string;
  readonly until: string;
}

export function timesOf({ from, until }: GivenOrder, now: Date): OrderTimes {
  const begins = from === undefined ? now.getTime() : Math.max(Date.parse(from), now.getTime());
  return { from: new Date(begins).toISOString(), until: new Date(until).toISOString() };
}

export function faultsOf(estate: Estate, given: GivenOrder, now: Date): FieldFault[] {
  return [...timeFaults(given, now), ...scopeFaults(estate, given.scope)];
}

function timeFaults(given: GivenOrder, now: Date): FieldFault[] {
  const { from, until } = timesOf(given, now);
  const begins = Date.parse(from);
  const faults: FieldFault[] = [];
  if (given.from !== undefined && Date.parse(given.from) < now.getTime() - CLOCK_MS)
    faults.push({ pointer: '/from', detail: 'lies in the past: leave it out to begin now' });
  if (begins > now.getTime() + AHEAD_DAYS * DAY_MS)
    faults.push({ pointer: '/from', detail: `must be within ${AHEAD_DAYS} days` });
  if (until <= from) faults.push({ pointer: '/until', detail: 'must be after its beginning, and not be over yet' });
  if (Date.parse(until) > begins + LONGEST_DAYS * DAY_MS)
    faults.push({ pointer: '/until', detail: `must be at most ${LONGEST_DAYS} days after its beginning` });
  return faults;
}

function scopeFaults(estate: Estate, scope: OrderScope): FieldFault[] {
  const names = workspacesOf(estate).map(({ workspace }) => workspace.name);
  const regions = regionsOf(estate);
  if (scope.of === 'region' && !regions.includes(scope.region))
    return [{ pointer: '/scope/region', detail: `the estate has ${regions.join(', ')}` }];
  const workspace = scope.of === 'workspace' || scope.of === 'component' ? scope.workspace : undefined;
  if (workspace !== undefined && !names.includes(workspace))
    return [{ pointer: '/scope/workspace', detail: `the estate has ${names.join(', ')}` }];
  return [];
}
