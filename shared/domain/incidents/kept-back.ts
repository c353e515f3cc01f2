// What people are not told while a silence is over an incident, and what becomes of it afterwards: they hear the newest, once.
import { hashOf } from '../ids.ts';
import type { Message } from '../notification/message.ts';
import type { Run } from '../runbooks/run.ts';
import { endOf, orderWords, type StandingOrder } from '../standing-orders/standing-order.ts';
import { type Incident, type KeptBack, moved, takesJoins } from './incident.ts';
import type { TimelineEntry } from './timeline.ts';

/** The incident that opens under a silence. */
export function suppressed(incident: Incident, silence: StandingOrder, messages: readonly Message[]): Incident {
  const keptBack = { ...keptBy(silence), since: incident.openedAt, fromOpening: true, messages };
  const dueAts = [incident.nextDueAt ?? keptBack.until, keptBack.until].sort();
  return { ...incident, state: 'suppressed', keptBack, nextDueAt: dueAts[0] ?? keptBack.until };
}

/** One more message that is kept back, in the place of the one before it. */
export function keepingBack(incident: Incident, silence: StandingOrder, message: Message, now: string): Incident {
  const { since = now, fromOpening = false, messages = [] } = incident.keptBack ?? {};
  const others = messages.filter(
    ({ recipient, channel }) => recipient !== message.recipient || channel !== message.channel,
  );
  return { ...incident, keptBack: { ...keptBy(silence), since, fromOpening, messages: [...others, message] } };
}

function keptBy(silence: StandingOrder): Pick<KeptBack, 'order' | 'until'> {
  return { order: silence.id, until: endOf(silence) };
}

export interface CameOut {
  readonly incident: Incident;
  readonly messages: readonly Message[];
  readonly events: readonly TimelineEntry[];
}

/** Once no silence is over it. One that ended under the silence it opened in is nobody's any more. */
export function cameOut(incident: Incident, runs: readonly Run[]): CameOut {
  const { keptBack, ...rest } = incident;
  if (!keptBack) return { incident, messages: [], events: [] };
  const out = rest.state === 'suppressed' ? moved(rest, stateAfter(rest, runs)) : rest;
  const isOver = !takesJoins(out.state);
  const messages = isOver && keptBack.fromOpening ? [] : keptBack.messages.map((each) => after(each, keptBack));
  return { incident: withDueTimeOf(out, runs), messages, events: [entryOf(keptBack, messages)] };
}

/** The state that it would have opened in: a run that goes by itself leaves it open, everything else is a person's. */
function stateAfter({ activeRun }: Incident, runs: readonly Run[]): 'open' | 'escalated' {
  const run = runs.find(({ number }) => number === activeRun);
  return run?.state.name === 'running' || run?.state.name === 'held' ? 'open' : 'escalated';
}

/** The end of the silence is not what it waits for any more. */
function withDueTimeOf(incident: Incident, runs: readonly Run[]): Incident {
  if (!takesJoins(incident.state)) return incident;
  const { nextDueAt: _old, ...rest } = incident;
  const dueAt = runs.find(({ number }) => number === incident.activeRun)?.dueAt;
  return dueAt === undefined ? rest : { ...incident, nextDueAt: dueAt };
}

/** A message of its own: the one that was kept back counts as dealt with. */
function after(message: Message, { order }: KeptBack): Message {
  const id = `msg-${hashOf([message.id, order].join('|'), 24)}`;
  return { ...message, id, text: `${message.text} (Kept back by a silence until now.)` };
}

function entryOf({ order, since }: KeptBack, messages: readonly Message[]): TimelineEntry {
  const text =
    messages.length === 0
      ? 'No silence is over it any more; there is nothing that people still have to hear'
      : `No silence is over it any more: ${messages.length} message(s) that were kept back go out`;
  return { type: 'came-out', actor: 'lakewarden', text, data: { order, since, count: messages.length } };
}

/** For the timeline of an incident that opens under it. */
export function suppressedEntry(silence: StandingOrder, count: number): TimelineEntry {
  const { id: order, owner: by, reason, until } = silence;
  const text = `Nobody is told and nothing acts: ${orderWords(silence)}`;
  return { type: 'suppressed', actor: `operator:${by}`, text, data: { order, by, reason, until, count } };
}
