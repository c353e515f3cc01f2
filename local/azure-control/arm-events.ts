// The list of Resource Health events: its start day and its filter. [spec: Events_ListBySubscriptionId]
import type { Answer } from '../simulator/http-server.ts';
import { ArmRefusal, type ListCall, page } from './arm-list.ts';
import type { HealthEvent } from './arm-store.ts';
import { EVENTS_PER_PAGE } from './refusals.ts';

export function eventsPage(events: readonly HealthEvent[], call: ListCall): Answer {
  const start = startOf(call.query.get('queryStartTime'));
  const matches = filterOf(call.query.get('$filter'));
  const shown = events.filter((event) => updatedAt(event) >= start && matches(event));
  return page(
    shown.toSorted((a, b) => updatedAt(b) - updatedAt(a)),
    call,
    EVENTS_PER_PAGE,
  );
}

function updatedAt({ properties }: HealthEvent): number {
  return Date.parse(String(properties.lastUpdateTime));
}

/** A day: month/day/year, or the day of an ISO time. */
function startOf(text: string | null): number {
  if (text === null) return Number.NEGATIVE_INFINITY;
  const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  const [, month = '', day = '', year = ''] = american ?? [];
  const at = american ? Date.UTC(Number(year), Number(month) - 1, Number(day)) : Date.parse(text.slice(0, 10));
  if (Number.isNaN(at)) throw new ArmRefusal(400, 'BadRequest', `queryStartTime '${text}' is no date.`);
  return at;
}

type Matches = (event: HealthEvent) => boolean;

const FIELDS: Readonly<Record<string, (event: HealthEvent) => readonly string[]>> = {
  eventtype: ({ properties }) => [String(properties.eventType)],
  status: ({ properties }) => [String(properties.status)],
  service: (event) => impactsOf(event).map(({ impactedService }) => String(impactedService)),
  region: (event) =>
    impactsOf(event).flatMap(({ impactedRegions }) =>
      Array.isArray(impactedRegions) ? impactedRegions.map((region) => String(Object(region).impactedRegion)) : [],
    ),
};

/** `a eq 'b'` joined by `and` and `or`; the former binds closer, as in OData. */
function filterOf(text: string | null): Matches {
  if (text === null || text.trim() === '') return () => true;
  const anyOf = text.split(/\s+or\s+/i).map((part) => part.split(/\s+and\s+/i).map(comparison));
  return (event) => anyOf.some((allOf) => allOf.every((matches) => matches(event)));
}

function comparison(text: string): Matches {
  const { name = '', value = '' } = /^\s*(?<name>[\w.]+)\s+eq\s+'(?<value>[^']*)'\s*$/i.exec(text)?.groups ?? {};
  const field = name.toLowerCase().replace(/^properties[./]/, '');
  const read = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
  if (!read) throw new ArmRefusal(400, 'InvalidFilter', `The filter '${text}' cannot be read.`);
  return (event) => read(event).some((each) => each.toLowerCase() === value.toLowerCase());
}

function impactsOf({ properties }: HealthEvent): Record<string, unknown>[] {
  return Array.isArray(properties.impact) ? properties.impact.map((impact) => Object(impact)) : [];
}
