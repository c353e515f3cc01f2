// What the doors of operators' orders share: from the call to an order, and from the incident as it was left to the answer.
import type { HttpResponseInit } from '@azure/functions';
import { type Core, core } from '../../shared/compose.ts';
import { InvalidInput, Refused } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { hashOf, isTicketId } from '../../shared/domain/ids.ts';
import { type IncidentRecords, reportOf } from '../../shared/domain/incidents/report.ts';
import { canonical } from '../../shared/domain/incidents/timeline.ts';
import { versionOf } from '../../shared/domain/incidents/version.ts';
import { idempotencyKeyOf } from '../../shared/http/idempotency-key.ts';
import { operatorOf } from '../../shared/http/operator.ts';
import { etagOf, requireIfMatch } from '../../shared/http/preconditions.ts';
import { readOptionalJson } from '../../shared/http/read-json.ts';
import type { Call, Endpoint } from '../../shared/http/route.ts';
import type { Commanded, CommandOrder } from '../../shared/usecases/operator/command.ts';

const BODY_BYTES = 16_384;

export interface OrderSpec<Body, Order extends CommandOrder> {
  readonly summary: string;
  readonly schema: Parameters<typeof readBy<Body>>[0];
  /** What the path says beyond the incident. */
  target(call: Call, order: CommandOrder): Order;
  carryOut(ports: Core, order: Order, body: Body): Promise<Commanded>;
}

export function orderEndpoint<Body, Order extends CommandOrder>(spec: OrderSpec<Body, Order>): Endpoint {
  return {
    summary: spec.summary,
    handle: async (call) => {
      const { order, body } = await orderOf(call, spec.schema);
      const ports = core();
      const { records, repeated } = await spec.carryOut(ports, spec.target(call, order), body);
      return await incidentAnswer(ports, records, repeated ? { 'idempotency-replayed': 'true' } : {});
    },
  };
}

/** One version of an incident, with its ETag: what GET answers, and every order. */
export async function incidentAnswer(
  { incidents }: Pick<Core, 'incidents'>,
  records: IncidentRecords,
  headers: Record<string, string> = {},
): Promise<HttpResponseInit> {
  const timeline = await incidents.timeline(records.incident.id);
  return {
    status: 200,
    headers: { etag: etagOf(versionOf(records)), ...headers },
    jsonBody: reportOf(records, timeline),
  };
}

async function orderOf<Body>(
  call: Call,
  schema: OrderSpec<Body, CommandOrder>['schema'],
): Promise<{ order: CommandOrder; body: Body }> {
  const { request } = call;
  const incidentId = request.params.id ?? '';
  if (!isTicketId(incidentId)) throw new Refused('not-found', 'There is no incident of this number.');
  const operator = operatorOf(call);
  const key = idempotencyKeyOf(request.headers.get('idempotency-key'));
  const ifMatch = requireIfMatch(request.headers.get('if-match'));
  const given = await readOptionalJson(request, BODY_BYTES);
  const body = readBy(schema, given);
  if (!body.ok) throw new InvalidInput('invalid-fields', 'Fields are missing or wrong.', body.faults);
  const fingerprint = hashOf(canonical([new URL(request.url).pathname, given]));
  const order = { incidentId, operator, ifMatch, ...(key === undefined ? {} : { key: { id: key, fingerprint } }) };
  return { order, body: body.value };
}
