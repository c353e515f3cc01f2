// The one message for all that were folded in a window: how many, of which kinds and classes, some tickets, what waits for a decision.
import { type FoldWindow, laneOf, summaryIdOf } from './folding.ts';
import type { Message, MessageKind } from './message.ts';

/** Classes that are named; more are counted. */
const CLASSES = 8;

/** The same for every copy once the window is closed. */
export function composeSummary(window: FoldWindow, publicUrl: string | undefined): Message {
  const { recipient, channel, startedAt, incidentId, folded } = window;
  const since = `${startedAt.slice(11, 16)} UTC`;
  return {
    schemaVersion: 1,
    id: summaryIdOf(laneOf(window), startedAt),
    incidentId,
    kind: 'summary',
    recipient,
    channel,
    severity: folded.severity,
    title: `${folded.count} more since ${since}`,
    text: `${folded.count} more since ${since}: ${kindsOf(window)}.`,
    facts: [
      { label: 'Failures', value: classesOf(window) },
      { label: 'Tickets', value: ticketsOf(window) },
    ],
    ...(publicUrl === undefined ? {} : { link: `${publicUrl}/api/incidents?open=true` }),
    foldedSince: startedAt,
  };
}

/** In the singular and the plural. What is rare is left out where there is none. */
const words = {
  'incident-opened': ['incident opened', 'incidents opened'],
  'human-needed': ['needs a person', 'need a person'],
  'incident-resolved': ['resolved', 'resolved'],
} as const satisfies Record<Exclude<MessageKind, 'summary'>, readonly [string, string]>;

function kindsOf({ folded: { kinds, decisions } }: FoldWindow): string {
  const needed = kinds['human-needed'] ?? 0;
  return [
    counted(kinds['incident-opened'] ?? 0, words['incident-opened']),
    counted(decisions, ['waits for your approval', 'wait for your approval']),
    ...(needed === 0 ? [] : [counted(needed, words['human-needed'])]),
    counted(kinds['incident-resolved'] ?? 0, words['incident-resolved']),
  ].join(', ');
}

function counted(count: number, [one, many]: readonly [string, string]): string {
  return `${count} ${count === 1 ? one : many}`;
}

function classesOf({ folded: { classes } }: FoldWindow): string {
  const sorted = Object.entries(classes).toSorted(([, a], [, b]) => b - a);
  const named = sorted.slice(0, CLASSES).map(([name, count]) => `${name} ${count}`);
  const left = sorted.slice(CLASSES).reduce((sum, [, count]) => sum + count, 0);
  return [...named, ...(left === 0 ? [] : [`others ${left}`])].join(', ');
}

function ticketsOf({ folded: { tickets, count } }: FoldWindow): string {
  return `${tickets.join(', ')}${count > tickets.length ? ', ...' : ''}`;
}
