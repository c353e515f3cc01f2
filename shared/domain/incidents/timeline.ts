// The append-only, hash-chained timeline. Verifiable offline by anyone who has the events.
import { createHash } from 'node:crypto';

export type Actor = 'lakewarden' | 'databricks' | 'sender' | (string & {});

/** What is to be put on the timeline. `text` is for a person, `data` for a machine. */
export interface TimelineEntry {
  readonly type: string;
  readonly actor: Actor;
  readonly text: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface TimelineEvent extends TimelineEntry {
  readonly seq: number;
  /** ISO instant of our clock. */
  readonly at: string;
  readonly previousHash: string;
  readonly hash: string;
}

export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head before the first event: the chain is bound to its incident, so that events cannot be moved to another one. */
export function chainStart(incidentId: string): ChainHead {
  return { seq: 0, hash: digest({ incidentId }) };
}

/** The entries as chained events after `head`. */
export function chain(head: ChainHead, at: string, entries: readonly TimelineEntry[]): TimelineEvent[] {
  const events: TimelineEvent[] = [];
  let { seq, hash } = head;
  for (const entry of entries) {
    const previousHash = hash;
    seq += 1;
    hash = eventHash({ ...entry, seq, at, previousHash });
    events.push({ ...entry, seq, at, previousHash, hash });
  }
  return events;
}

export type ChainVerdict =
  | { readonly intact: true; readonly head: ChainHead }
  | { readonly intact: false; readonly seq: number; readonly because: string };

/** Checks a whole timeline of one incident from its first event. */
export function verifyChain(incidentId: string, events: readonly TimelineEvent[]): ChainVerdict {
  let head = chainStart(incidentId);
  for (const event of events) {
    if (event.seq !== head.seq + 1)
      return { intact: false, seq: event.seq, because: `event ${head.seq + 1} is missing` };
    if (event.previousHash !== head.hash)
      return { intact: false, seq: event.seq, because: 'it does not follow the event before it' };
    if (eventHash(event) !== event.hash)
      return { intact: false, seq: event.seq, because: 'its content does not match its hash' };
    head = { seq: event.seq, hash: event.hash };
  }
  return { intact: true, head };
}

function eventHash(event: Omit<TimelineEvent, 'hash'>): string {
  const { seq, at, type, actor, text, data, previousHash } = event;
  return digest({ seq, at, type, actor, text, data: data ?? null, previousHash });
}

function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value), 'utf8').digest('hex');
}

/** JSON with sorted keys, so that the order in which a store returns members does not matter. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}
