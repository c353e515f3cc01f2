// Who orders something, and the bodies of what can be ordered. Text is cleaned, so that no store and no channel stumbles over it.
import * as z from 'zod';
import { isSignalId, type SignalId } from '../ids.ts';
import type { TimelineEntry } from './timeline.ts';

/** Until roles exist: the name is what the caller says, the caller is what its credentials prove. */
export interface Operator {
  readonly name: string;
  /** `api-key`, `basic:<user>`, or `link:<role>` that the link was sent to. */
  readonly caller: string;
  /** By what the order came, where that is no call of the API, e.g. `link sent to devops-engineer`. */
  readonly via?: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._@+'-]{0,99}$/;

export function isOperatorName(text: string): boolean {
  return NAME.test(text);
}

/** Control characters but line breaks and tabs: no store has to take them, no person can read them. */
const UNREADABLE = /[[\p{Cc}\p{Cs}]--[\n\t]]/gv;

function text(limit: number) {
  return z
    .string()
    .max(limit)
    .transform((given) => given.replaceAll(UNREADABLE, ' ').trim())
    .pipe(z.string().min(1));
}

const reason = text(1_000);
const operatorName = z
  .string()
  .trim()
  .regex(NAME, "must be a name of at most 100 letters, digits, spaces and . _ @ + ' -");

export const reasonedSchema = z.strictObject({ reason });
export const maybeReasonedSchema = z.strictObject({ reason: reason.optional() });
/** A decision as the page behind a link sends it. */
export const linkDecisionSchema = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  name: operatorName,
  reason,
});
export const assignmentSchema = z.strictObject({
  to: operatorName,
});
export const commentSchema = z.strictObject({ text: text(4_000) });
export const splitSchema = z.strictObject({
  signalId: z.custom<SignalId>((value) => typeof value === 'string' && isSignalId(value), 'must be the id of a signal'),
  reason,
});

export type Reasoned = z.infer<typeof reasonedSchema>;
export type MaybeReasoned = z.infer<typeof maybeReasonedSchema>;
export type Assignment = z.infer<typeof assignmentSchema>;
export type LinkDecision = z.infer<typeof linkDecisionSchema>;
export type Comment = z.infer<typeof commentSchema>;
export type SplitOrder = z.infer<typeof splitSchema>;

/** An operator's act for the timeline: who, by what credentials, and why. */
export function operatorEntry(
  operator: Operator,
  type: string,
  words: string,
  data: Readonly<Record<string, unknown>> = {},
): TimelineEntry {
  const { name, caller } = operator;
  return { type, actor: `operator:${name}`, text: words, data: { by: name, caller, ...data } };
}

/** `Paused by ana: reason`, or without one. */
export function byOperator(what: string, { name, via }: Operator, because: string | undefined): string {
  const who = via === undefined ? name : `${name}, by ${via}`;
  return because === undefined ? `${what} by ${who}` : `${what} by ${who}: ${because}`;
}
