// What a person is asked when a run waits for approval: which run, what it would do, and until when an answer counts.
import * as z from 'zod';
import { hashOf } from '../ids.ts';
import { canonical } from '../incidents/timeline.ts';
import type { Run, StepRecord } from './run.ts';

export const askedDecisionSchema = z.object({
  run: z.number().int().positive(),
  /** Identity of what would be done; see `askedOf`. */
  asked: z.string(),
  /** ISO instant. */
  expiresAt: z.string(),
});
export type AskedDecision = z.infer<typeof askedDecisionSchema>;

/** Undefined unless the run waits for a person. */
export function decisionAskedBy(run: Run, steps: readonly StepRecord[]): AskedDecision | undefined {
  if (run.state.name !== 'waiting-approval' || run.dueAt === undefined) return undefined;
  return { run: run.number, asked: askedOf(run, steps), expiresAt: run.dueAt };
}

/** Stays the same from commit to commit, and changes with everything that would be done: the steps, their settings, the resource. */
export function askedOf(run: Run, steps: readonly StepRecord[]): string {
  const mine = steps.filter((step) => step.run === run.number).sort((a, b) => a.position - b.position);
  const planned = mine.map(({ id, params, maxAttempts }) => ({ id, params, maxAttempts }));
  const { number, runbook, runbookVersion, resource, startedAt } = run;
  return hashOf(canonical({ number, runbook, runbookVersion, resource, startedAt, planned }), 24);
}
