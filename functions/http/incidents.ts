// GET /api/incidents and /api/incidents/{id}: the list with filters, and one incident with its run and timeline.
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { InvalidInput, Refused } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { isTicketId } from '../../shared/domain/ids.ts';
import { incidentQuerySchema } from '../../shared/domain/incidents/query.ts';
import { reportOf } from '../../shared/domain/incidents/report.ts';
import type { Call, Route } from '../../shared/http/route.ts';

export const incidents: Route = {
  name: 'incidents',
  path: 'api/incidents',
  access: 'operator',
  methods: { GET: { summary: 'List incidents, newest first', handle: list } },
};

export const incident: Route = {
  name: 'incident',
  path: 'api/incidents/{id}',
  access: 'operator',
  methods: { GET: { summary: 'One incident with its run and timeline', handle: show } },
};

async function list({ request }: Call): Promise<HttpResponseInit> {
  const query = readBy(incidentQuerySchema, Object.fromEntries(request.query.entries()));
  if (!query.ok)
    throw new InvalidInput('bad-request', 'The query has parameters that are wrong or not known.', query.faults);
  const { pageSize, continuation, class: failureClass, state, subject } = query.value;
  const filter = {
    ...(state ? { state } : {}),
    ...(failureClass ? { failureClass } : {}),
    ...(subject ? { subject } : {}),
  };
  const { index } = core();
  const page = await index.list(filter, pageSize, continuation);
  const nextLink = page.continuation === undefined ? {} : { nextLink: linkTo(request.url, page.continuation) };
  return { status: 200, jsonBody: { value: page.incidents, ...nextLink } };
}

function linkTo(url: string, continuation: string): string {
  const next = new URL(url);
  next.searchParams.set('continuation', continuation);
  return next.toString();
}

async function show({ request }: Call): Promise<HttpResponseInit> {
  const id = request.params.id ?? '';
  const { incidents: store } = core();
  const file = isTicketId(id) ? await store.load(id) : undefined;
  if (!file) throw new Refused('not-found', 'There is no incident of this number.');
  const timeline = await store.timeline(file.incident.id);
  return { status: 200, headers: { etag: file.etag }, jsonBody: reportOf(file, timeline) };
}
