// What the two doors for Azure share: any shape that an action group sends may come to either (A2).
import type { HttpResponseInit } from '@azure/functions';
import { doors } from '../../shared/compose.ts';
import { decidedAnswer, queuedAnswer } from '../../shared/domain/signals/answer.ts';
import { preferredWaitSeconds } from '../../shared/http/prefer.ts';
import { readJson } from '../../shared/http/read-json.ts';
import type { Call } from '../../shared/http/route.ts';
import { takeAzureAlert } from '../../shared/usecases/azure/take-azure-alert.ts';

export async function azureAlert({ request, correlationId }: Call): Promise<HttpResponseInit> {
  const ports = doors();
  const body = await readJson(request, ports.maxBodyBytes);
  const asked = preferredWaitSeconds(request.headers.get('prefer'));
  const receivedAt = ports.clock.now().toISOString();
  const context = { id: ports.newSignalId(), receivedAt, correlationId };
  const { signals, outcome } = await takeAzureAlert(ports, body, context, asked ?? 0);
  const answers = signals.map(({ id }) => queuedAnswer(id, `/api/signals/${id}`));
  const [first] = answers;
  const waited = asked === undefined || answers.length > 1 ? {} : { 'preference-applied': `wait=${asked}` };
  const headers = { vary: 'Prefer', ...waited, ...(first ? { location: first.status_url } : {}) };
  if (outcome) return { status: 200, headers, jsonBody: decidedAnswer(outcome) };
  return { status: 202, headers, jsonBody: answers.length === 1 ? first : { status: 'queued', signals: answers } };
}
