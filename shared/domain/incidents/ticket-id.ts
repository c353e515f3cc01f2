// Ticket ids `RCA-YYYYMMDD-NNN`: per day of UTC, widened when a day needs more than 999.
import { Broken } from '../errors.ts';
import { isTicketId, type TicketId } from '../ids.ts';

/** `20261120` of an instant, in UTC. */
export function ticketDay(at: Date): string {
  return at.toISOString().slice(0, 10).replaceAll('-', '');
}

export function ticketId(day: string, number: number): TicketId {
  const id = `RCA-${day}-${String(number).padStart(3, '0')}`;
  if (!isTicketId(id)) throw new Broken('broken', `not a ticket id: ${id}`);
  return id;
}
