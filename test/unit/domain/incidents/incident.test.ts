import { describe, expect, it } from 'vitest';
import { Refused } from '../../../../shared/domain/errors.ts';
import { canGo, incidentStates, moved, takesJoins, transitions } from '../../../../shared/domain/incidents/incident.ts';
import { ticketDay, ticketId } from '../../../../shared/domain/incidents/ticket-id.ts';
import { anIncident } from '../../../builders/incident.ts';

describe('an incident', () => {
  it('D2: goes the way of the table and no other', () => {
    for (const from of incidentStates) {
      for (const to of incidentStates.filter((state) => state !== from)) {
        const legal: readonly string[] = transitions[from];
        const go = () => moved(anIncident({ state: from }), to);
        if (legal.includes(to)) expect(go().state).toBe(to);
        else expect(go).toThrow(Refused);
      }
    }
  });

  it('D2: runs from open to closed by remediating, verifying and resolved', () => {
    const way = ['open', 'remediating', 'verifying', 'resolved', 'closed'] as const;
    for (const [at, from] of way.slice(0, -1).entries()) expect(canGo(from, way[at + 1] ?? 'closed')).toBe(true);
    expect(transitions.closed).toEqual([]);
  });

  it('D2: takes further reports until it is resolved', () => {
    const joining = incidentStates.filter(takesJoins);
    expect(joining).toEqual(['open', 'remediating', 'verifying', 'escalated', 'suppressed']);
  });

  it('D1: ticket numbers have three digits, and four when a day needs more than 999', () => {
    const day = ticketDay(new Date('2026-11-20T23:59:59.999Z'));
    expect([1, 42, 999, 1000, 12345].map((number) => ticketId(day, number))).toEqual([
      'RCA-20261120-001',
      'RCA-20261120-042',
      'RCA-20261120-999',
      'RCA-20261120-1000',
      'RCA-20261120-12345',
    ]);
  });

  it('D1: the day of a ticket is the day in UTC', () => {
    expect(ticketDay(new Date('2026-11-20T23:30:00-05:00'))).toBe('20261121');
  });
});
