// Faults that can be injected into a simulator while it runs: which calls they hit, how often and how long.
// The first fault that matches a call bites; the others wait for their turn.
import { z } from 'zod';
import type { Clock } from './clock.ts';
import type { Request } from './http-server.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

const seconds = z.number().nonnegative();
const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(100).max(599),
    body: z.unknown().optional(),
    retryAfterSeconds: seconds.optional(),
  }),
  /** Accepts the call and never answers. */
  z.strictObject({ kind: z.literal('hang') }),
  /** TCP reset before anything happened. */
  z.strictObject({ kind: z.literal('reset') }),
  /** The effect happens, the answer never arrives. */
  z.strictObject({ kind: z.literal('lost-answer') }),
  /** 200 with a login page, as a workspace behind a proxy or with an expired session answers. */
  z.strictObject({ kind: z.literal('html') }),
  z.strictObject({ kind: z.literal('redirect'), to: z.string().optional() }),
  z.strictObject({ kind: z.literal('slow'), ms: z.number().nonnegative() }),
  z.strictObject({
    kind: z.literal('throttle'),
    perSecond: z.number().positive(),
    retryAfterSeconds: seconds.optional(),
  }),
]);

const ruleSchema = z.strictObject({
  match: z
    .strictObject({
      method: z.string().optional(),
      path: z.string().refine(isRegExp, 'is no regular expression').optional(),
    })
    .optional(),
  fault: faultSchema,
  times: z.int().positive().optional(),
  forSeconds: z.number().positive().optional(),
});

export type Fault = z.infer<typeof faultSchema>;
type Rule = z.infer<typeof ruleSchema>;

interface LiveRule {
  readonly id: string;
  readonly rule: Rule;
  readonly path: RegExp;
  readonly until: number;
  readonly bucket: TokenBucket | undefined;
  left: number;
  hits: number;
}

export interface Faults {
  /** Throws in words if `input` is no fault rule. */
  add(input: unknown): string;
  list(): unknown[];
  /** All of them without an id; false if there is no such id. */
  clear(id?: string): boolean;
  /** The fault that hits this call, if one does; a use is counted. */
  take(request: Request): Fault | undefined;
}

export function createFaults(clock: Clock): Faults {
  let rules: LiveRule[] = [];
  let count = 0;
  const prune = () => {
    rules = rules.filter((rule) => rule.left > 0 && clock.now() < rule.until);
  };
  return {
    add(input) {
      count += 1;
      const id = `fault-${count}`;
      rules.push(arm(id, parseRule(input), clock));
      return id;
    },
    list() {
      prune();
      return rules.map(({ id, rule, left, hits }) => ({ id, ...rule, ...(Number.isFinite(left) && { left }), hits }));
    },
    clear(id) {
      const before = rules.length;
      rules = id === undefined ? [] : rules.filter((rule) => rule.id !== id);
      return id === undefined || rules.length < before;
    },
    take(request) {
      prune();
      const rule = rules.find((candidate) => matches(candidate, request) && bites(candidate));
      if (!rule) return undefined;
      rule.left -= 1;
      rule.hits += 1;
      return rule.rule.fault;
    },
  };
}

function parseRule(input: unknown): Rule {
  const parsed = ruleSchema.safeParse(input);
  if (!parsed.success) throw new Error(`no such fault: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function arm(id: string, rule: Rule, clock: Clock): LiveRule {
  const { fault, times, forSeconds } = rule;
  return {
    id,
    rule,
    path: new RegExp(rule.match?.path ?? ''),
    until: forSeconds === undefined ? Number.POSITIVE_INFINITY : clock.now() + forSeconds * 1000,
    bucket:
      fault.kind === 'throttle'
        ? createTokenBucket({ perSecond: fault.perSecond, burst: Math.max(1, fault.perSecond) }, clock)
        : undefined,
    left: times ?? Number.POSITIVE_INFINITY,
    hits: 0,
  };
}

function matches(rule: LiveRule, request: Request): boolean {
  const method = rule.rule.match?.method;
  if (method !== undefined && method.toUpperCase() !== request.method) return false;
  return rule.path.test(request.target);
}

function bites(rule: LiveRule): boolean {
  return rule.bucket === undefined || rule.bucket.take() > 0;
}

function isRegExp(source: string): boolean {
  try {
    return Boolean(new RegExp(source));
  } catch {
    return false;
  }
}
