// What Azure tells to whoever asks: the events of Service Health and the alerts of a subscription, beside what action groups send (A9).
import type { FinishedNotice } from '../domain/signals/azure/notice-draft.ts';

export interface AzureReading {
  readonly notices: readonly FinishedNotice[];
  /** How many entries could not be read; they hide no other. */
  readonly unreadable: number;
}

/** Both read to the end of the list, or throw: `Unavailable` (`azure-unavailable`), `Refused` (`azure-refused`). */
export interface AzureEvents {
  /** Ids of subscriptions; none: there is nothing to read. */
  readonly subscriptions: readonly string[];
  /** Updated since then, and perhaps some before. */
  healthEvents(subscription: string, since: Date): Promise<AzureReading>;
  /** Changed since then, of those that began within the last thirty days. */
  alerts(subscription: string, since: Date): Promise<AzureReading>;
}
