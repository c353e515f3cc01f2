// GET /api/dead-letters and POST /api/dead-letters/{id}/replay: what could not be handled, shown and replayable (D6).
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { deadLetterQuerySchema } from '../../shared/domain/dead-letters/query.ts';
import { InvalidInput } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { reasonSchema } from '../../shared/domain/playbooks/orders.ts';
import { operatorOf } from '../../shared/http/operator.ts';
import { readJson } from '../../shared/http/read-json.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { replayDeadLetter } from '../../shared/usecases/replay-dead-letter.ts';

const BODY_BYTES = 16_384;
/** What somebody may have to look at. Those that were handled are shown when asked for. */
const OPEN_STATES = ['waiting', 'redriven', 'given-up'] as const;

export const deadLetters: Route = {
  access: 'operator',
  methods: { GET: { summary: 'Messages that could not be handled', handle: list } },
};

export const deadLetterReplay: Route = {
  access: 'operator',
  methods: { POST: { summary: 'Send a dead letter again, with a reason', handle: replay } },
};

async function list({ request }: Call): Promise<HttpResponseInit> {
  const query = readBy(deadLetterQuerySchema, Object.fromEntries(request.query.entries()));
  if (!query.ok)
    throw new InvalidInput('bad-request', 'The query has parameters that are wrong or not known.', query.faults);
  const { state, pageSize, continuation } = query.value;
  const page = await core().deadLetters.list(state ? [state] : OPEN_STATES, pageSize, continuation);
  return { status: 200, jsonBody: { value: page.letters, ...nextLink(request.url, page.continuation) } };
}

function nextLink(url: string, continuation: string | undefined): { nextLink?: string } {
  if (continuation === undefined) return {};
  const next = new URL(url);
  next.searchParams.set('continuation', continuation);
  return { nextLink: next.toString() };
}

async function replay(call: Call): Promise<HttpResponseInit> {
  const { request } = call;
  const { name } = operatorOf(call);
  const { value } = await readJson(request, BODY_BYTES);
  const order = readBy(reasonSchema, value);
  if (!order.ok) throw new InvalidInput('invalid-fields', 'Fields are missing or wrong.', order.faults);
  const letter = await replayDeadLetter(core(), {
    id: request.params.id ?? '',
    by: `operator:${name}`,
    reason: order.value.reason,
  });
  return { status: 202, jsonBody: letter };
}
