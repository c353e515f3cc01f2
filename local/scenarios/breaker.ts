// A scenario begins with a clean sheet: after several crashes of one cluster its breaker is open, and rightly holds the next remedy back.
import * as z from 'zod';
import type { StackFile } from '../stack/stack-file.ts';

const REQUEST_LIMIT_MS = 3_000;

const gateSchema = z.object({
  breakers: z.array(z.object({ kind: z.string(), key: z.string(), failures: z.array(z.unknown()) })),
});

/** Closes the breakers that have counted anything about this cluster or any class; returns what they were, for a line to print. */
export async function closeBreakers(stack: StackFile, clusterId: string): Promise<string[]> {
  const breakers = await breakersOf(stack);
  const concerned = breakers.filter(
    ({ kind, key, failures }) => failures.length > 0 && (kind === 'class' || key.endsWith(`/${clusterId}`)),
  );
  for (const { kind, key } of concerned) {
    await ask(stack, '/api/breakers/reset', { kind, key, reason: 'simulate: a clean sheet' });
  }
  return concerned.map(({ kind, key }) => `${kind} ${key}`);
}

/** An app that is away has its reasons; the scenario goes on without. */
async function breakersOf(stack: StackFile) {
  try {
    return gateSchema.parse(await ask(stack, '/api/gate')).breakers;
  } catch {
    return [];
  }
}

async function ask(stack: StackFile, path: string, body?: unknown): Promise<unknown> {
  const headers = { 'x-api-key': stack.apiKey, 'content-type': 'application/json' };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${stack.app}${path}`, { ...init, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  return response.json();
}
