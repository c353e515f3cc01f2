// Duplicate detection: a message id that was sent within the window is accepted and dropped, whatever became of the first.
export class DuplicateFilter {
  readonly #windowMs: number;
  /** Message id to the instant it is forgotten; insertion order is that order too. */
  readonly #forgetAt = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** The ids that are remembered, the first to be forgotten first. */
  get remembered(): ReadonlyMap<string, number> {
    return this.#forgetAt;
  }

  restore(seen: ReadonlyMap<string, number>): void {
    for (const [id, forgetAtMs] of seen) this.#forgetAt.set(id, forgetAtMs);
  }

  /** Remembers the id unless it was seen within the window. */
  hasSeen(messageId: string, nowMs: number): boolean {
    for (const [id, forgetAtMs] of this.#forgetAt) {
      if (forgetAtMs > nowMs) break;
      this.#forgetAt.delete(id);
    }
    if (this.#forgetAt.has(messageId)) return true;
    this.#forgetAt.set(messageId, nowMs + this.#windowMs);
    return false;
  }
}
