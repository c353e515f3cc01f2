// What a tester does to a running laptop cloud from outside: posts events, reads incidents, looks at and breaks the simulators.
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import type { StackFile } from '../../local/stack/stack-file.ts';

const monitorAnswer = z.looseObject({
  status: z.string(),
  ticket_id: z.string().nullable(),
  error_type: z.string().nullable(),
  recovery_status: z.string(),
  actions_taken: z.array(z.string()),
  message: z.string(),
});

const incident = z.looseObject({
  id: z.string(),
  state: z.string(),
  failureClass: z.string(),
  code: z.string(),
  subject: z.string(),
  signalCount: z.number(),
  previousIncidentId: z.string().optional(),
  lastEventSeq: z.number(),
  lastEventHash: z.string(),
  timeline: z.array(
    z.looseObject({
      seq: z.number(),
      type: z.string(),
      actor: z.string(),
      text: z.string(),
      previousHash: z.string(),
      hash: z.string(),
    }),
  ),
  runs: z.array(
    z.looseObject({
      resource: z.string(),
      state: z.looseObject({ name: z.string() }),
      steps: z.array(z.looseObject({ attemptsMade: z.array(z.looseObject({ outcome: z.string().optional() })) })),
    }),
  ),
});
export type SeenIncident = z.infer<typeof incident>;

const call = z.looseObject({ method: z.string(), path: z.string(), status: z.number() });
const list = z.looseObject({
  value: z.array(z.looseObject({ id: z.string(), state: z.string(), subject: z.string(), signalCount: z.number() })),
  nextLink: z.string().optional(),
});
const outcome = z.looseObject({
  ended: z.string(),
  ticketId: z.string().nullable(),
  recoveryStatus: z.string(),
  decisions: z.array(z.looseObject({ stage: z.string(), decision: z.string(), because: z.string() })),
});
const queue = z.object({ active: z.number(), scheduled: z.number(), deferred: z.number(), deadLettered: z.number() });
const counts = z.looseObject({
  storage: z.looseObject({ tables: z.record(z.string(), z.number()) }),
  queues: z.record(z.string(), queue),
});

/** Nobody who is asked takes as long: one that never answers is to be told as such. */
const REQUEST_LIMIT_MS = 60_000;

export function clusterEvent(id: string, code = 'DRIVER_UNREACHABLE', more: Record<string, unknown> = {}) {
  const termination_reason = { code, type: 'CLIENT_ERROR', parameters: { driver_id: 'driver-abc' } };
  return {
    event: 'cluster.terminated',
    cluster: { cluster_id: id, cluster_name: id, state: 'TERMINATED', termination_reason, ...more },
  };
}

/** `Parts` is what there is of a laptop cloud: all of it, or one app with what surrounds it. */
type LeastParts = Pick<StackFile, 'app' | 'apiKey' | 'adminKey' | 'databricks' | 'messages'>;

export class CloudClient<Parts extends LeastParts = StackFile> {
  readonly #stack: () => Parts;

  constructor(stack: () => Parts) {
    this.#stack = stack;
  }

  get stack(): Parts {
    return this.#stack();
  }

  /** The raw answer to a body, sent with the API key unless headers say otherwise. */
  send(
    body: RequestInit['body'],
    headers: Record<string, string> = {},
    path = '/databricks-monitor',
  ): Promise<Response> {
    const init = {
      method: 'POST',
      headers: { 'x-api-key': this.stack.apiKey, 'content-type': 'application/json', ...headers },
    };
    return ask(`${this.stack.app}${path}`, { ...init, ...(body === undefined ? {} : { body }) });
  }

  async post(event: unknown, headers: Record<string, string> = {}) {
    const response = await this.send(JSON.stringify(event), headers);
    return { status: response.status, headers: response.headers, answer: monitorAnswer.parse(await response.json()) };
  }

  async get(path: string): Promise<unknown> {
    const response = await ask(new URL(path, this.stack.app), { headers: { 'x-api-key': this.stack.apiKey } });
    return response.ok ? response.json() : undefined;
  }

  async incident(id: string): Promise<SeenIncident> {
    return incident.parse(await this.get(`/api/incidents/${id}`));
  }

  async incidents(query = ''): Promise<z.infer<typeof list>> {
    return list.parse(await this.get(`/api/incidents${query}`));
  }

  async outcome(location: string): Promise<z.infer<typeof outcome> | undefined> {
    const found = await this.get(location);
    return found === undefined ? undefined : outcome.parse(found);
  }

  async outcomeOf(location: string, limitMs = 30_000): Promise<z.infer<typeof outcome>> {
    return await eventually(() => this.outcome(location), limitMs, `an outcome at ${location}`);
  }

  async incidentIn(id: string, state: string, limitMs = 60_000): Promise<SeenIncident> {
    const wanted = async () => {
      const seen = await this.incident(id);
      return seen.state === state ? seen : undefined;
    };
    return await eventually(wanted, limitMs, `${id} in state ${state}`);
  }

  async calls(which: 'primary' | 'dr' = 'primary') {
    return z.array(call).parse(await (await ask(`${this.stack.databricks[which]}/_sim/calls`)).json());
  }

  async starts(clusterId: string): Promise<number> {
    const calls = await this.calls();
    const isStart = ({ path }: { path: string }) =>
      path.endsWith('/clusters/start') || path.endsWith('/clusters/restart');
    return calls.filter((one) => isStart(one) && JSON.stringify(one.body ?? '').includes(`"${clusterId}"`)).length;
  }

  async sim(path: string, body?: unknown, method = 'POST', which: 'primary' | 'dr' = 'primary'): Promise<unknown> {
    const init =
      body === undefined
        ? { method }
        : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await ask(`${this.stack.databricks[which]}/_sim${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  /** The cluster dies, and is TERMINATED when this resolves: for a moment it is TERMINATING. */
  async crash(id: string, code: string, type = 'CLOUD_FAILURE'): Promise<void> {
    await this.sim(`/clusters/${id}/crash`, { code, type });
    const dead = async () => ((await this.clusterState(id)) === 'TERMINATED' ? true : undefined);
    await eventually(dead, 30_000, `${id} TERMINATED`);
  }

  async clusterState(id: string): Promise<string> {
    return z.looseObject({ state: z.string() }).parse(await this.sim(`/clusters/${id}`, undefined, 'GET')).state;
  }

  async runTimer(name: string): Promise<number> {
    const headers = { 'x-functions-key': this.stack.adminKey, 'content-type': 'application/json' };
    return (await ask(`${this.stack.app}/admin/functions/${name}`, { method: 'POST', headers, body: '{}' })).status;
  }

  async control(this: CloudClient, path: string, body: unknown): Promise<void> {
    const headers = { 'x-admin-key': this.stack.adminKey, 'content-type': 'application/json' };
    const response = await ask(`${this.stack.control}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }

  /** What broker and store say themselves. */
  async counts(this: CloudClient): Promise<z.infer<typeof counts>> {
    const { control, adminKey } = this.stack;
    return counts.parse(await (await ask(`${control}/counts`, { headers: { 'x-admin-key': adminKey } })).json());
  }

  async queues(this: CloudClient): Promise<z.infer<typeof counts>['queues']> {
    return (await this.counts()).queues;
  }

  async messages(): Promise<unknown[]> {
    return z.array(z.unknown()).parse(await (await ask(`${this.stack.messages}/`)).json());
  }
}

function ask(url: string | URL, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
}

export async function eventually<T>(look: () => Promise<T | undefined>, limitMs: number, what: string): Promise<T> {
  const until = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`not within ${limitMs} ms: ${what}`);
    await pause(100);
  }
}
