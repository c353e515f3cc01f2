// POST /api/signals: a person reports what no machine has noticed (A11). 202 only once the broker has it.
import type { HttpResponseInit } from '@azure/functions';
import { doors } from '../../shared/compose.ts';
import { InvalidInput } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { decidedAnswer, queuedAnswer } from '../../shared/domain/signals/answer.ts';
import { personReportSchema, signalOfReport } from '../../shared/domain/signals/person-report.ts';
import { operatorOf } from '../../shared/http/operator.ts';
import { preferredWaitSeconds } from '../../shared/http/prefer.ts';
import { readJson } from '../../shared/http/read-json.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { acceptSignal } from '../../shared/usecases/accept-signal.ts';

const BODY_BYTES = 16_384;

export const signalReport: Route = {
  access: 'operator',
  methods: { POST: { summary: 'Report a failure that nobody else has noticed', handle } },
};

async function handle(call: Call): Promise<HttpResponseInit> {
  const ports = doors();
  const operator = operatorOf(call);
  const { value } = await readJson(call.request, BODY_BYTES);
  const report = readBy(personReportSchema, value);
  if (!report.ok) throw new InvalidInput('invalid-fields', 'Fields are missing or wrong.', report.faults);
  const delivery = {
    id: ports.newSignalId(),
    receivedAt: ports.clock.now().toISOString(),
    correlationId: call.correlationId,
  };
  const signal = signalOfReport(report.value, operator.name, delivery);
  const asked = preferredWaitSeconds(call.request.headers.get('prefer'));
  const outcome = await acceptSignal(ports, signal, asked ?? ports.doorWaitSeconds);
  const location = `/api/signals/${signal.id}`;
  const headers = { location, vary: 'Prefer' };
  return outcome
    ? { status: 200, headers, jsonBody: decidedAnswer(outcome) }
    : { status: 202, headers, jsonBody: queuedAnswer(signal.id, location) };
}
