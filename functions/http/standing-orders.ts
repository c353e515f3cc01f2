// /api/standing-orders: maintenance windows, change freezes and silences, each with an owner, a reason and an end (E3, J5).
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { InvalidInput } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { hashOf } from '../../shared/domain/ids.ts';
import { maybeReasonedSchema } from '../../shared/domain/incidents/operator.ts';
import { canonical } from '../../shared/domain/incidents/timeline.ts';
import { givenOrderSchema, ordersQuerySchema } from '../../shared/domain/standing-orders/standing-order.ts';
import { idempotencyKeyOf } from '../../shared/http/idempotency-key.ts';
import { operatorOf } from '../../shared/http/operator.ts';
import { readJson, readOptionalJson } from '../../shared/http/read-json.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { endOrder } from '../../shared/usecases/standing-orders/end-order.ts';
import { giveOrder, type Ordered } from '../../shared/usecases/standing-orders/give-order.ts';
import { shownOrder, showOrders } from '../../shared/usecases/standing-orders/show-orders.ts';

const BODY_BYTES = 16_384;

export const standingOrders: Route = {
  access: 'operator',
  methods: {
    GET: { summary: 'Maintenance windows, change freezes and silences', handle: list },
    POST: { summary: 'Give a maintenance window, a change freeze or a silence', handle: give },
  },
};

export const standingOrderEnd: Route = {
  access: 'operator',
  methods: { POST: { summary: 'End a standing order before its time', handle: end } },
};

async function list({ request }: Call): Promise<HttpResponseInit> {
  const query = read(ordersQuerySchema, Object.fromEntries(request.query.entries()), 'bad-request');
  return { status: 200, jsonBody: { value: await showOrders(core(), query.all === 'true') } };
}

async function give(call: Call): Promise<HttpResponseInit> {
  const operator = operatorOf(call);
  const key = idempotencyKeyOf(call.request.headers.get('idempotency-key'));
  const { value } = await readJson(call.request, BODY_BYTES);
  const given = read(givenOrderSchema, value, 'invalid-fields');
  const fingerprint = hashOf(canonical(value));
  return answer(201, await giveOrder(core(), { given, operator, key, fingerprint }));
}

async function end(call: Call): Promise<HttpResponseInit> {
  const { request } = call;
  const operator = operatorOf(call);
  const key = idempotencyKeyOf(request.headers.get('idempotency-key'));
  const { reason } = read(maybeReasonedSchema, await readOptionalJson(request, BODY_BYTES), 'invalid-fields');
  return answer(200, await endOrder(core(), { id: request.params.id ?? '', operator, key, reason }));
}

function answer(status: number, { order, repeated }: Ordered): HttpResponseInit {
  const headers: Record<string, string> = repeated ? { 'idempotency-replayed': 'true' } : {};
  return { status, headers, jsonBody: shownOrder(order, core().clock.now()) };
}

function read<Value>(
  schema: Parameters<typeof readBy<Value>>[0],
  value: unknown,
  code: 'bad-request' | 'invalid-fields',
): Value {
  const given = readBy(schema, value);
  if (!given.ok) throw new InvalidInput(code, 'Fields are missing or wrong.', given.faults);
  return given.value;
}
