// GET /api/incidents and /api/incidents/{id}: the list with filters, one incident with its run and timeline; POST below one: what operators order (D4).
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { InvalidInput, Refused } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { isTicketId } from '../../shared/domain/ids.ts';
import type { IncidentCommand } from '../../shared/domain/incidents/commands.ts';
import {
  assignmentSchema,
  commentSchema,
  maybeReasonedSchema,
  reasonedSchema,
  splitSchema,
} from '../../shared/domain/incidents/operator.ts';
import { type IncidentQuery, incidentQuerySchema } from '../../shared/domain/incidents/query.ts';
import { nextLinkOf } from '../../shared/http/next-link.ts';
import type { Call, Endpoint, Route } from '../../shared/http/route.ts';
import { acknowledgeIncident } from '../../shared/usecases/operator/acknowledge-incident.ts';
import { assignIncident } from '../../shared/usecases/operator/assign-incident.ts';
import { closeIncident } from '../../shared/usecases/operator/close-incident.ts';
import type { CommandOrder } from '../../shared/usecases/operator/command.ts';
import { commentIncident } from '../../shared/usecases/operator/comment-incident.ts';
import { releaseIncident } from '../../shared/usecases/operator/release-incident.ts';
import { reopenIncident } from '../../shared/usecases/operator/reopen-incident.ts';
import { resolveIncident } from '../../shared/usecases/operator/resolve-incident.ts';
import { splitIncident } from '../../shared/usecases/operator/split-incident.ts';
import { incidentAnswer, type OrderSpec, orderEndpoint } from './order.ts';

export const incidents: Route = {
  access: 'operator',
  methods: { GET: { summary: 'List incidents, newest first', handle: list } },
};

export const incident: Route = {
  access: 'operator',
  methods: { GET: { summary: 'One incident with its run and timeline', handle: show } },
};

export const incidentOrders: Route = {
  access: 'operator',
  methods: {},
  actions: {
    acknowledge: ordered('Take an incident: nothing acts on it by itself', maybeReasonedSchema, acknowledgeIncident),
    release: ordered('Let an acknowledged incident go', maybeReasonedSchema, releaseIncident),
    assign: ordered('Assign an incident', assignmentSchema, assignIncident),
    comment: ordered('Put a comment on the timeline', commentSchema, commentIncident),
    resolve: ordered('Say that the failure is over', reasonedSchema, resolveIncident),
    close: ordered('Close an incident for good', reasonedSchema, closeIncident),
    reopen: ordered('Open a resolved incident again', reasonedSchema, reopenIncident),
    split: ordered('Give a report that joined an incident of its own', splitSchema, splitIncident),
  } satisfies Record<IncidentCommand, Endpoint>,
};

function ordered<Body>(
  summary: string,
  schema: OrderSpec<Body, CommandOrder>['schema'],
  carryOut: OrderSpec<Body, CommandOrder>['carryOut'],
): Endpoint {
  return orderEndpoint({ summary, schema, target: (_call, order) => order, carryOut });
}

async function list({ request }: Call): Promise<HttpResponseInit> {
  const query = readBy(incidentQuerySchema, Object.fromEntries(request.query.entries()));
  if (!query.ok)
    throw new InvalidInput('bad-request', 'The query has parameters that are wrong or not known.', query.faults);
  const { pageSize, continuation, ...asked } = query.value;
  const page = await core().index.list(filterOf(asked), pageSize, continuation);
  return { status: 200, jsonBody: { value: page.incidents, ...nextLinkOf(request.url, page.continuation) } };
}

function filterOf({ class: failureClass, state, open, subject, component, openedBefore }: Partial<IncidentQuery>) {
  return {
    ...(state ? { state } : {}),
    ...(open ? { open: true as const } : {}),
    ...(failureClass ? { failureClass } : {}),
    ...(subject ? { subject } : {}),
    ...(component ? { component } : {}),
    ...(openedBefore ? { openedBefore } : {}),
  };
}

async function show({ request }: Call): Promise<HttpResponseInit> {
  const id = request.params.id ?? '';
  const ports = core();
  const file = isTicketId(id) ? await ports.incidents.load(id) : undefined;
  if (!file) throw new Refused('not-found', 'There is no incident of this number.');
  return await incidentAnswer(ports, file);
}
