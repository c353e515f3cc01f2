// The trail of a signal through the pipeline: every stage's decision, by which rule, on what evidence (C9).
import type { Decision } from '../../domain/signals/outcome.ts';

export class Trail {
  readonly #decisions: Decision[];

  /** `before`: what was decided on the way here. */
  constructor(before: readonly Decision[] = []) {
    this.#decisions = [...before];
  }

  note(stage: string, decision: string, because: string, evidence?: Record<string, unknown>): void {
    this.#decisions.push({ stage, decision, because, ...(evidence === undefined ? {} : { evidence }) });
  }

  get decisions(): readonly Decision[] {
    return [...this.#decisions];
  }
}
