// The gate: what holds actions back now, the stop switch (K6), the breakers (E4) and the dry run (E7).
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { InvalidInput } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { breakerResetSchema, dryRunQuerySchema, reasonSchema } from '../../shared/domain/playbooks/orders.ts';
import { readJson } from '../../shared/http/read-json.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { planQuestionOf, workspaceOfRun } from '../../shared/usecases/plan-question.ts';
import { planRemedies, planRunRecovery } from '../../shared/usecases/plan-remedies.ts';
import { resetBreaker } from '../../shared/usecases/reset-breaker.ts';
import { setStopSwitch } from '../../shared/usecases/set-stop-switch.ts';
import { showBudgets } from '../../shared/usecases/show-budgets.ts';
import { showOrders } from '../../shared/usecases/standing-orders/show-orders.ts';

const BODY_BYTES = 16_384;

export const gate: Route = {
  access: 'operator',
  methods: { GET: { summary: 'What holds actions back now', handle: show } },
};

export const stopSwitch: Route = {
  access: 'operator',
  methods: { POST: { summary: 'Hold every action at once', handle: (call) => turn(call, true) } },
};

export const stopRelease: Route = {
  access: 'operator',
  methods: { POST: { summary: 'Release the stop switch', handle: (call) => turn(call, false) } },
};

export const breakerReset: Route = {
  access: 'operator',
  methods: { POST: { summary: 'Close a breaker, with a reason', handle: reset } },
};

export const dryRun: Route = {
  access: 'operator',
  methods: { GET: { summary: 'What would be done for a failure, without doing it', handle: plan } },
};

async function show(): Promise<HttpResponseInit> {
  const ports = core();
  const { gate: store, breakers, remediationEnabled } = ports;
  const [settings, stored, budgets, orders] = await Promise.all([
    store.read(),
    breakers.list(),
    showBudgets(ports),
    showOrders(ports, false),
  ]);
  const shown = stored.map(({ kind, key, breaker }) => ({ kind, key, ...breaker }));
  return {
    status: 200,
    jsonBody: {
      remediationEnabled,
      stop: settings.stop ?? null,
      holds: settings.holds,
      orders,
      breakers: shown,
      budgets,
    },
  };
}

async function turn({ request, caller, correlationId }: Call, on: boolean): Promise<HttpResponseInit> {
  const { reason } = await read(request, reasonSchema);
  const stop = await setStopSwitch(core(), { on, by: caller, reason, correlationId });
  return { status: 200, jsonBody: { stop: stop ?? null } };
}

async function reset({ request, caller }: Call): Promise<HttpResponseInit> {
  const order = await read(request, breakerResetSchema);
  const { kind, key, breaker } = await resetBreaker(core(), { ...order, by: caller });
  return { status: 200, jsonBody: { kind, key, ...breaker } };
}

async function plan({ request }: Call): Promise<HttpResponseInit> {
  const query = readBy(dryRunQuerySchema, Object.fromEntries(request.query.entries()));
  if (!query.ok)
    throw new InvalidInput('bad-request', 'The query has parameters that are wrong or not known.', query.faults);
  const ports = core();
  const { runId } = query.value;
  const planned =
    runId === undefined
      ? await planRemedies(ports, planQuestionOf(ports.estate, query.value))
      : await planRunRecovery(ports, workspaceOfRun(ports.estate, query.value), runId);
  return { status: 200, jsonBody: planned };
}

async function read<Value>(request: Call['request'], schema: Parameters<typeof readBy<Value>>[0]): Promise<Value> {
  const { value } = await readJson(request, BODY_BYTES);
  const order = readBy(schema, value);
  if (!order.ok) throw new InvalidInput('invalid-fields', 'Fields are missing or wrong.', order.faults);
  return order.value;
}
