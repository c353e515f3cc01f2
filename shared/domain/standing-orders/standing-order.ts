// A standing order: what a person says, with a reason and an end, of how failures of some scope are taken for a while.
import * as z from 'zod';
import { failureClasses, ownFailureClasses } from '../classification/failure-classes.ts';
import * as names from '../estate/names.ts';
import { reasonedSchema } from '../incidents/operator.ts';
import { type SubjectKind, subjectKinds } from '../incidents/subject-kinds.ts';

export const orderKinds = ['maintenance-window', 'freeze', 'silence'] as const;
export type OrderKind = (typeof orderKinds)[number];

/** Lakewarden's own failures and the state of a region are beyond every order: whoever silences everything still hears of them. */
const beyondOrders: readonly SubjectKind[] = ['lakewarden', 'region'];
const orderableKinds = subjectKinds.filter((kind) => !beyondOrders.includes(kind));
const classesBeyond: readonly string[] = [...ownFailureClasses, 'AzureRegionDegraded', 'AzureRegionOutage'];
const orderableClasses = failureClasses.filter((failureClass) => !classesBeyond.includes(failureClass));

export function isBeyondOrders(kind: SubjectKind): boolean {
  return beyondOrders.includes(kind);
}

export const scopeSchema = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('everything') }),
  z.strictObject({ of: z.literal('region'), region: names.region }),
  z.strictObject({ of: z.literal('workspace'), workspace: names.plainName }),
  z.strictObject({
    of: z.literal('component'),
    kind: z.enum(orderableKinds),
    id: z.string().min(1).max(1_000),
    /** Without it, in whichever workspace. */
    workspace: names.plainName.optional(),
  }),
  z.strictObject({ of: z.literal('failure-class'), failureClass: z.enum(orderableClasses) }),
]);
export type OrderScope = z.infer<typeof scopeSchema>;

const instant = z.iso.datetime({ offset: true, error: 'must be an instant, e.g. 2026-11-20T22:00:00Z' });

/** The body of `POST /api/standing-orders`. */
export const givenOrderSchema = z.strictObject({
  kind: z.enum(orderKinds),
  scope: scopeSchema,
  /** Without it, from now on. */
  from: instant.optional(),
  until: instant,
  reason: reasonedSchema.shape.reason,
});
export type GivenOrder = z.infer<typeof givenOrderSchema>;

export const ordersQuerySchema = z.strictObject({ all: z.enum(['true', 'false']).default('false') });

/** How far the incidents that it touches have been told of it; ISO instants. */
const notedSchema = z.object({
  began: z.string().optional(),
  ended: z.string().optional(),
  /** Looked at once more a while after its end: nothing is left behind by it. */
  settled: z.string().optional(),
});

export const standingOrderSchema = z.object({
  id: z.string(),
  kind: z.enum(orderKinds),
  scope: scopeSchema,
  /** ISO instants in UTC: from the first, until before the second. */
  from: z.string(),
  until: z.string(),
  /** Who answers for it: the operator that gave it, and what the credentials of the call proved. */
  owner: z.string(),
  caller: z.string(),
  reason: z.string(),
  givenAt: z.string(),
  /** Of what was ordered: the same Idempotency-Key with another order is refused. */
  fingerprint: z.string(),
  /** Ended by a person before its time. */
  endedAt: z.string().optional(),
  endedBy: z.string().optional(),
  endReason: z.string().optional(),
  /** Of the order that ended it. */
  endKey: z.string().optional(),
  noted: notedSchema,
});
export type StandingOrder = z.infer<typeof standingOrderSchema>;

/** ISO instant of its real end. */
export function endOf({ until, endedAt }: Pick<StandingOrder, 'until' | 'endedAt'>): string {
  return endedAt !== undefined && endedAt < until ? endedAt : until;
}

export function isInForce(order: Pick<StandingOrder, 'from' | 'until' | 'endedAt'>, at: string): boolean {
  return order.from <= at && at < endOf(order);
}

export type OrderState = 'to-come' | 'in-force' | 'ended' | 'expired';

export function stateOf(order: StandingOrder, now: string): OrderState {
  if (order.endedAt !== undefined) return 'ended';
  if (now < order.from) return 'to-come';
  return now < order.until ? 'in-force' : 'expired';
}

const titles = {
  'maintenance-window': 'maintenance window',
  freeze: 'change freeze',
  silence: 'silence',
} as const satisfies Record<OrderKind, string>;

/** `The change freeze of ana until 2026-11-20T22:00:00.000Z (quarter end)`. */
export function orderWords({ kind, owner, until, reason }: StandingOrder): string {
  return `the ${titles[kind]} of ${owner} until ${until} (${reason})`;
}
