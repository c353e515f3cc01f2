// The messages of one queue that wait to be received, one lane a session. Without sessions all wait in one lane, whose name cannot
// be a session's, since those are not empty.
import { ReadyList } from './ready-list.ts';
import type { StoredMessage } from './stored-message.ts';

export const ONLY_LANE = '';

export class Lanes {
  readonly #bySession: boolean;
  readonly #lanes = new Map<string, ReadyList<StoredMessage>>();

  constructor(bySession: boolean) {
    this.#bySession = bySession;
  }

  nameOf({ envelope }: StoredMessage): string {
    return this.#bySession ? (envelope.sessionId ?? ONLY_LANE) : ONLY_LANE;
  }

  hasMessages(name: string): boolean {
    return this.#lanes.has(name);
  }

  /** Takes its place by number: one that comes back stands where it stood. */
  add(message: StoredMessage): void {
    const name = this.nameOf(message);
    const lane = this.#lanes.get(name) ?? new ReadyList();
    this.#lanes.set(name, lane);
    lane.add(message);
  }

  remove(message: StoredMessage): void {
    const name = this.nameOf(message);
    const lane = this.#lanes.get(name);
    lane?.remove(message);
    if (lane?.size === 0) this.#lanes.delete(name);
  }

  shift(name: string): StoredMessage | undefined {
    const lane = this.#lanes.get(name);
    const message = lane?.shift();
    if (lane?.size === 0) this.#lanes.delete(name);
    return message;
  }
}
