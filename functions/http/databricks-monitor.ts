// POST /databricks-monitor: cluster events and what Databricks itself sends (A1). 202 only once the broker has it.

import type { HttpResponseInit } from '@azure/functions';
import { type Doors, doors } from '../../shared/compose.ts';
import { InvalidInput } from '../../shared/domain/errors.ts';
import { decidedAnswer, queuedAnswer } from '../../shared/domain/signals/answer.ts';
import { parseDatabricksEvent } from '../../shared/domain/signals/databricks.ts';
import { preferredWaitSeconds } from '../../shared/http/prefer.ts';
import { readJson } from '../../shared/http/read-json.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { acceptSignal } from '../../shared/usecases/accept-signal.ts';
import { keepWhole } from '../../shared/usecases/keep-whole.ts';

export const databricksMonitor: Route = {
  access: 'hook',
  methods: { POST: { summary: 'Take a Databricks event', handle } },
};

async function handle(call: Call): Promise<HttpResponseInit> {
  const ports = doors();
  const { value, bytes } = await readJson(call.request, ports.maxBodyBytes);
  const { signal, trimmed } = parseDatabricksEvent(value, deliveryOf(call, ports));
  const whole = trimmed ? await keepWhole(ports.bodies, signal, bytes) : signal;
  const asked = preferredWaitSeconds(call.request.headers.get('prefer'));
  const waitSeconds = asked ?? (signal.kind === 'cluster' ? ports.doorWaitSeconds : 0);
  const outcome = await acceptSignal(ports, whole, waitSeconds);
  const location = `/api/signals/${signal.id}`;
  const headers = {
    location,
    vary: 'Prefer',
    ...(asked === undefined ? {} : { 'preference-applied': `wait=${asked}` }),
  };
  return outcome
    ? { status: 200, headers, jsonBody: decidedAnswer(outcome) }
    : { status: 202, headers, jsonBody: queuedAnswer(signal.id, location) };
}

function deliveryOf({ request, correlationId }: Call, ports: Doors) {
  const workspace = request.query.get('workspace');
  if (workspace !== null && !/^[a-z0-9][a-z0-9-]{0,99}$/i.test(workspace)) {
    throw new InvalidInput(
      'bad-request',
      'The query parameter workspace must be the name of a workspace of the estate.',
    );
  }
  return {
    id: ports.newSignalId(),
    receivedAt: ports.clock.now().toISOString(),
    correlationId,
    ...(workspace === null ? {} : { workspace }),
  };
}
