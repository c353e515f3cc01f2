// The obstacles that are set in a workspace: kept over a kill, counted, lifted by id, by time or after so many bites.
import { z } from 'zod';
import type { KeptMap } from '../durable/kept-map.ts';
import type { Clock } from '../simulator/clock.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import type { TerminationReason } from './cluster.ts';
import { judge, type LaunchRequest, obstacleSchema } from './obstacle-rules.ts';
import { readSimBody } from './sim-body.ts';

const setSchema = z.strictObject({
  obstacle: obstacleSchema,
  times: z.int().positive().optional(),
  forSeconds: z.number().positive().optional(),
});
const liveSchema = z.object({
  id: z.string(),
  obstacle: obstacleSchema,
  left: z.int().optional(),
  until: z.number().optional(),
  hits: z.int(),
});
type Live = z.output<typeof liveSchema>;

export interface Obstacles {
  /** Why this request fails; a bite is counted. */
  bite(request: LaunchRequest): TerminationReason | undefined;
  /** Why it would fail, asked by what only waits and tries again. */
  look(request: LaunchRequest): TerminationReason | undefined;
  /** Throws in words if the input is no obstacle; answers its id. */
  add(input: unknown): string;
  all(): { readonly id: string }[];
  /** False if there is no such id. */
  lift(id: string): boolean;
}

const KEPT = 'obstacle/';

export function createObstacles(clock: Clock, kept: KeptMap): Obstacles {
  const live = new Map<string, Live>();
  for (const [id, value] of kept.under(KEPT)) live.set(id, liveSchema.parse(value));
  let count = Math.max(0, ...[...live.keys()].map((id) => Number(id.split('-')[1])));

  function put(rule: Live): void {
    live.set(rule.id, rule);
    kept.set(KEPT + rule.id, rule);
  }

  function lift(id: string): boolean {
    kept.delete(KEPT + id);
    return live.delete(id);
  }

  function all(): Live[] {
    for (const { id, until } of live.values()) if (until !== undefined && until <= clock.now()) lift(id);
    return [...live.values()];
  }

  function first(request: LaunchRequest): { rule: Live; reason: TerminationReason } | undefined {
    for (const rule of all()) {
      const reason = judge(rule.obstacle, request);
      if (reason) return { rule, reason };
    }
    return undefined;
  }

  function add(input: unknown): string {
    const { obstacle, times, forSeconds } = readSimBody(setSchema, input, 'no such obstacle');
    count += 1;
    const until = forSeconds === undefined ? undefined : clock.now() + forSeconds * 1000;
    put({ id: `obstacle-${count}`, obstacle, left: times, until, hits: 0 });
    return `obstacle-${count}`;
  }

  return {
    look: (request) => first(request)?.reason,
    bite(request) {
      const found = first(request);
      if (!found) return undefined;
      const { rule, reason } = found;
      const left = rule.left === undefined ? undefined : rule.left - 1;
      if (left === 0) lift(rule.id);
      else put({ ...rule, left, hits: rule.hits + 1 });
      return reason;
    },
    add,
    all,
    lift,
  };
}

/** `/_sim/obstacles`. */
export function obstacleControl({ add, all, lift }: Obstacles): (request: Request) => Answer | undefined {
  return ({ method, url, body }) => {
    const [, , area, id] = url.pathname.split('/');
    if (area !== 'obstacles') return undefined;
    if (method === 'POST' && !id) return { status: 201, body: { id: add(body) } };
    if (method === 'GET' && !id) return { status: 200, body: all() };
    if (method !== 'DELETE') return undefined;
    if (id) return lift(id) ? { status: 204 } : undefined;
    for (const rule of all()) lift(rule.id);
    return { status: 204 };
  };
}
