// Which messages to one recipient over one channel go out one by one, and which are folded into one summary (J5): so many of each window go
// out, the rest are counted. Pure: the store only keeps the windows, and which message has which place.
import * as z from 'zod';
import { hashOf } from '../ids.ts';
import { type Message, messageKinds } from './message.ts';

export interface FoldRules {
  readonly windowMinutes: number;
  /** Messages of a window that go out one by one. */
  readonly individually: number;
}

/** Tickets that a summary names. */
const TICKETS = 10;
/** What is never one of many: a region, what Azure tells of its services, and Lakewarden itself. */
const NEVER_FOLDED: ReadonlySet<string> = new Set(['region', 'service-health', 'lakewarden']);

const severities = ['low', 'medium', 'high', 'critical'] as const;

const foldedSchema = z.object({
  count: z.number().int().nonnegative(),
  /** Those that ask for a decision, whatever their kind. */
  decisions: z.number(),
  /** The others. */
  kinds: z.partialRecord(z.enum(messageKinds), z.number()),
  /** By failure class. */
  classes: z.record(z.string(), z.number()),
  /** The first ones. */
  tickets: z.array(z.string()),
  /** The gravest of them. */
  severity: z.enum(severities),
});
export type Folded = z.infer<typeof foldedSchema>;

export const foldWindowSchema = z.object({
  schemaVersion: z.literal(1),
  recipient: z.string(),
  channel: z.string(),
  /** ISO instants. */
  startedAt: z.string(),
  endsAt: z.string(),
  /** The incident whose message began it; what becomes of the summary is noted on its timeline. */
  incidentId: z.string(),
  alone: z.number(),
  folded: foldedSchema,
  /** Its summary has been composed: nothing is folded into it any more. */
  isClosed: z.boolean(),
});
export type FoldWindow = z.infer<typeof foldWindowSchema>;

const placeSchema = z.enum(['alone', 'folded']);
export type Place = z.infer<typeof placeSchema>;

/** What was decided about one message, for good: a copy of it, however late, has the same place. */
export const placementSchema = z.object({ place: placeSchema, startedAt: z.string(), endsAt: z.string() });
export type Placement = z.infer<typeof placementSchema>;

/** What is grave, or does not say what it is about, goes out by itself whatever comes with it. */
export function mayBeFolded({ severity, about, kind }: Message): boolean {
  return severity !== 'critical' && kind !== 'summary' && about !== undefined && !NEVER_FOLDED.has(about.component);
}

/** One recipient over one channel. */
export function laneOf({ recipient, channel }: Pick<Message, 'recipient' | 'channel'>): string {
  return `${recipient}:${channel}`;
}

export function summaryIdOf(lane: string, startedAt: string): string {
  return `msg-${hashOf(`summary|${lane}|${startedAt}`, 24)}`;
}

/** The place of one more message, and the window as it is with it; a window that is over makes room for a new one. */
export function placed(
  newest: FoldWindow | undefined,
  message: Message,
  { rules, now, endsAt }: { readonly rules: FoldRules; readonly now: Date; readonly endsAt: Date },
): { readonly place: Place; readonly window: FoldWindow; readonly isNew: boolean } {
  if (!newest || newest.isClosed || newest.endsAt <= now.toISOString()) {
    return { place: 'alone', window: begun(message, now, endsAt), isNew: true };
  }
  if (newest.alone < rules.individually)
    return { place: 'alone', window: { ...newest, alone: newest.alone + 1 }, isNew: false };
  return { place: 'folded', window: { ...newest, folded: withOneMore(newest.folded, message) }, isNew: false };
}

function begun({ recipient, channel, incidentId }: Message, now: Date, endsAt: Date): FoldWindow {
  return {
    schemaVersion: 1,
    recipient,
    channel,
    startedAt: now.toISOString(),
    endsAt: endsAt.toISOString(),
    incidentId,
    alone: 1,
    folded: { count: 0, decisions: 0, kinds: {}, classes: {}, tickets: [], severity: 'low' },
    isClosed: false,
  };
}

function withOneMore(folded: Folded, { kind, decision, about, incidentId, severity }: Message): Folded {
  const { count, kinds, decisions, classes, tickets } = folded;
  const failureClass = about?.failureClass ?? 'unknown';
  const isNamed = tickets.includes(incidentId) || tickets.length >= TICKETS;
  return {
    count: count + 1,
    decisions: decisions + (decision ? 1 : 0),
    kinds: decision ? kinds : { ...kinds, [kind]: (kinds[kind] ?? 0) + 1 },
    classes: { ...classes, [failureClass]: (classes[failureClass] ?? 0) + 1 },
    tickets: isNamed ? tickets : [...tickets, incidentId],
    severity: severities[Math.max(severities.indexOf(folded.severity), severities.indexOf(severity))] ?? severity,
  };
}
