// What a report brought to the incident that it joined: kept as evidence of the decision to join, so that the merge can be asked about and undone (C9).
import * as z from 'zod';
import { type ComponentEvent, isComponentEvent } from './component-events.ts';
import type { SignalOutcome } from './outcome.ts';
import { terminationReasonSchema } from './signal.ts';

export const JOIN_STAGE = 'join';

const joinEvidenceSchema = z.object({
  /** The incident joined, and the key that both have. */
  incident: z.string(),
  key: z.string(),
  state: z.string(),
  event: z.custom<ComponentEvent>((value) => typeof value === 'string' && isComponentEvent(value)),
  reason: terminationReasonSchema.optional(),
  failedAt: z.string().optional(),
});
export type JoinEvidence = z.infer<typeof joinEvidenceSchema>;

/** undefined for a signal that did not join, or whose decision kept less. */
export function joinOf(outcome: SignalOutcome): JoinEvidence | undefined {
  const decision = outcome.decisions.find(({ stage }) => stage === JOIN_STAGE);
  const evidence = joinEvidenceSchema.safeParse(decision?.evidence);
  return evidence.success ? evidence.data : undefined;
}
