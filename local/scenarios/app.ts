// The app as its callers see it: a sender that tries again when told to, and a reader of incidents.
import * as z from 'zod';
import type { StackFile } from '../stack/stack-file.ts';
import type { SimulatedCluster } from './workspace.ts';

const REQUEST_LIMIT_MS = 10_000;
const DEFAULT_RETRY_SECONDS = 1;
const LONGEST_RETRY_SECONDS = 5;

const answerSchema = z.looseObject({ ticket_id: z.string().nullable(), message: z.string().optional() });
const outcomeSchema = z.looseObject({ ticketId: z.string().nullish(), message: z.string().optional() });
const eventSchema = z.looseObject({ seq: z.number(), at: z.string(), type: z.string(), text: z.string() });
const incidentSchema = z.looseObject({ state: z.string(), timeline: z.array(eventSchema) });

const gateSchema = z.looseObject({
  budgets: z.array(
    z.looseObject({
      workspace: z.string(),
      actsPerMinute: z.number(),
      waiting: z.number(),
      moreWaiting: z.boolean(),
      lastTurnAt: z.string().nullable(),
    }),
  ),
});
export type Budget = z.infer<typeof gateSchema>['budgets'][number];

const listSchema = z.looseObject({ value: z.array(z.looseObject({ id: z.string() })) });

export type TimelineEvent = z.infer<typeof eventSchema>;
export type IncidentView = z.infer<typeof incidentSchema>;

export interface Answer {
  readonly status: number;
  readonly ticketId: string | null;
  /** Where to ask what became of the signal, for an answer that could not wait. */
  readonly location: string | undefined;
  readonly words: string;
}

/** The event that a sender posts about a cluster that is down. */
export function terminatedEvent(cluster: SimulatedCluster): unknown {
  const { cluster_id, cluster_name, state, termination_reason, terminated_time } = cluster;
  return {
    event: 'cluster.terminated',
    cluster: { cluster_id, cluster_name, state, termination_reason, terminated_time },
  };
}

/** Sends an event once. Rejects only if the app cannot be reached at all. `workspace`: what the sender says it is of. */
export async function send(
  stack: StackFile,
  event: unknown,
  workspace?: string,
): Promise<Answer & { retryAfterSeconds: number }> {
  const query = workspace === undefined ? '' : `?${new URLSearchParams({ workspace })}`;
  const response = await fetch(`${stack.app}/databricks-monitor${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': stack.apiKey },
    body: JSON.stringify(event),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  const text = await response.text();
  const ticketId = response.ok ? (answerSchema.safeParse(asJson(text)).data?.ticket_id ?? null) : null;
  const location = response.headers.get('location') ?? undefined;
  const asked = Number(response.headers.get('retry-after'));
  const retryAfterSeconds = asked > 0 ? Math.min(asked, LONGEST_RETRY_SECONDS) : DEFAULT_RETRY_SECONDS;
  return { status: response.status, ticketId, location, words: text, retryAfterSeconds };
}

/** Sends an event as a good sender does: again after a 503, a 5xx or no answer, until `deadline`. */
export async function sendUntilAccepted(
  stack: StackFile,
  event: unknown,
  { deadline, say, workspace }: { deadline: number; say: (line: string) => void; workspace?: string },
): Promise<Answer> {
  for (;;) {
    const answer = await send(stack, event, workspace).catch(unreachable);
    if (answer.status > 0 && answer.status < 500) return answer;
    const what = answer.status === 0 ? 'does not answer' : `answers ${answer.status}`;
    if (Date.now() > deadline) throw new Error(`the app ${what}: ${answer.words}`);
    say(`the app ${what}; the sender tries again in ${answer.retryAfterSeconds} s`);
    await new Promise((resolve) => setTimeout(resolve, answer.retryAfterSeconds * 1000));
  }
}

function unreachable(error: unknown): Answer & { retryAfterSeconds: number } {
  return {
    status: 0,
    ticketId: null,
    location: undefined,
    words: String(error),
    retryAfterSeconds: DEFAULT_RETRY_SECONDS,
  };
}

/** The ticket that a signal ended in, null if it has none, undefined while nobody knows. */
export async function ticketOfSignal(stack: StackFile, location: string): Promise<string | null | undefined> {
  const { status, body } = await get(stack, location);
  if (status !== 200) return undefined;
  const outcome = outcomeSchema.safeParse(body).data;
  return outcome?.ticketId;
}

/** The newest incident of a subject; undefined if there is none, or the app cannot tell. */
export async function newestTicket(stack: StackFile, subject: string): Promise<string | undefined> {
  const { body } = await get(stack, `/api/incidents?pageSize=1&subject=${encodeURIComponent(subject)}`);
  return listSchema.safeParse(body).data?.value[0]?.id;
}

/** Undefined while the app cannot tell. */
export async function readIncident(stack: StackFile, ticketId: string): Promise<IncidentView | undefined> {
  const { status, body } = await get(stack, `/api/incidents/${encodeURIComponent(ticketId)}`);
  return status === 200 ? incidentSchema.parse(body) : undefined;
}

/** What waits for the budget of each workspace; empty while the app cannot tell. */
export async function readBudgets(stack: StackFile): Promise<readonly Budget[]> {
  const { status, body } = await get(stack, '/api/gate');
  return status === 200 ? gateSchema.parse(body).budgets : [];
}

/** As an operator. `not-asked`: the run acts by itself. */
export async function approve(
  stack: StackFile,
  ticketId: string,
  run: number,
): Promise<'approved' | 'not-asked' | 'no-run'> {
  const path = `/api/incidents/${encodeURIComponent(ticketId)}/runs/${run}/approve`;
  const headers = {
    'content-type': 'application/json',
    'x-api-key': stack.apiKey,
    'x-operator': 'simulate',
    'if-match': '*',
  };
  const body = JSON.stringify({ reason: 'the scenario plays the person who approves' });
  const signal = AbortSignal.timeout(REQUEST_LIMIT_MS);
  const response = await fetch(new URL(path, stack.app), { method: 'POST', headers, body, signal });
  await response.arrayBuffer();
  if (response.status === 409) return 'not-asked';
  return response.ok ? 'approved' : 'no-run';
}

/** Status 0 for no answer: the app may just have been killed. */
async function get(stack: StackFile, path: string): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(new URL(path, stack.app), {
      headers: { 'x-api-key': stack.apiKey },
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    return { status: response.status, body: asJson(await response.text()) };
  } catch {
    return { status: 0, body: undefined };
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
