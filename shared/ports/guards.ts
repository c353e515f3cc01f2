// Guards of writers without a message (HTTP doors): a row that stands from before a commit until all that it decided is handed over.
import type { TicketId } from '../domain/ids.ts';

export interface Guard {
  readonly incidentId: TicketId;
  /** Unique for each write; never holds `|`. */
  readonly commitId: string;
  /** ISO instant. */
  readonly since: string;
}

export interface Guards {
  /** Durable when this resolves. The same guard again is fine. */
  put(guard: Guard): Promise<void>;
  /** Missing ones are fine. */
  remove(guard: Pick<Guard, 'incidentId' | 'commitId'>): Promise<void>;
  /** All that stand, page by page. */
  list(): AsyncIterable<Guard>;
}
