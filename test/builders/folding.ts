// Messages to people in the memory house, and what must be true of all of them: each has one note, and what was folded is in one summary.
import type { Estate } from '../../shared/domain/estate/estate.ts';
import { laneOf } from '../../shared/domain/notification/folding.ts';
import { type Message, messageSchema } from '../../shared/domain/notification/message.ts';
import type { House } from './house.ts';

const NOTES = new Set(['message-delivered', 'message-folded', 'message-undeliverable']);

/** The estate with one channel for whoever is told of failures, so that there is one lane. */
export function withFolding(individually: number, windowMinutes = 10): (estate: Estate) => Estate {
  return (estate) => ({
    ...estate,
    autonomy: { ...estate.autonomy, unlisted: 'auto' },
    notifications: { ...estate.notifications, folding: { individually, windowMinutes } },
  });
}

export interface Ledger {
  /** Messages that were decided, without summaries. */
  readonly messages: readonly Message[];
  readonly delivered: number;
  readonly folded: number;
  /** What the summaries say, each once. */
  readonly summaries: readonly Message[];
  /** Everything that is not as it must be. */
  readonly wrong: readonly string[];
}

/** At rest. */
export async function ledgerOf(house: House): Promise<Ledger> {
  const messages = decided(house).filter(({ foldedSince }) => foldedSince === undefined);
  const notes = await notesOf(house);
  const told = house.told.map(({ message }) => message);
  const summaries = [...new Map(told.filter(isSummary).map((message) => [message.id, message])).values()];
  const typesOf = ({ id }: Message) => (notes.get(id) ?? []).map(({ type }) => type);
  const count = (type: string) => messages.filter((message) => typesOf(message).includes(type)).length;
  const wrong = messages.flatMap((message) => {
    const types = typesOf(message);
    if (types.length !== 1) return [`${message.id} has the notes ${types.join(', ') || 'none'}`];
    const isTold = told.some(({ id }) => id === message.id);
    if (types[0] === 'message-delivered' && !isTold) return [`${message.id} is said to be delivered, but was not`];
    if (types[0] === 'message-folded' && isTold) return [`${message.id} is said to be folded, but was delivered`];
    return [];
  });
  return {
    messages,
    delivered: count('message-delivered'),
    folded: count('message-folded'),
    summaries,
    wrong: [...wrong, ...wrongWindows(house, messages, notes, summaries)],
  };
}

/** What a window counts is what has its note in it, and what its summary says. */
function wrongWindows(
  house: House,
  messages: readonly Message[],
  notes: Notes,
  summaries: readonly Message[],
): string[] {
  return house.ports.folds.all.flatMap((window) => {
    const lane = laneOf(window);
    const summary = summaries.find((one) => one.foldedSince === window.startedAt && laneOf(one) === lane);
    const { count } = window.folded;
    const noted = messages.filter(({ id }) => notes.get(id)?.some((note) => note.summaryId === summary?.id)).length;
    const said = summary === undefined ? 0 : Number(summary.text.split(' ')[0]);
    const name = `the window of ${lane} since ${window.startedAt}`;
    if (summary && (notes.get(summary.id) ?? []).length !== 1) return [`${name}: its summary has no note, or several`];
    return count === said && (summary === undefined || count === noted)
      ? []
      : [`${name} counts ${count}, its summary says ${said}, ${noted} have a note of it`];
  });
}

type Notes = Map<string, { readonly type: string; readonly summaryId: unknown }[]>;

async function notesOf({ ports }: House): Promise<Notes> {
  const notes: Notes = new Map();
  for (const id of ports.incidents.ids) {
    for (const { type, data } of ports.incidents.peek(id)?.events ?? []) {
      const messageId = String(data?.messageId);
      if (!NOTES.has(type)) continue;
      notes.set(messageId, [...(notes.get(messageId) ?? []), { type, summaryId: data?.summaryId }]);
    }
  }
  return notes;
}

/** By what the bus ever accepted, each once. */
function decided({ ports }: House): Message[] {
  const found = new Map<string, Message>();
  for (const { queue, body } of ports.bus.accepted) {
    const read = queue === 'messages' ? messageSchema.safeParse(Object(body).message) : undefined;
    if (read?.success) found.set(read.data.id, read.data);
  }
  return [...found.values()];
}

function isSummary({ foldedSince }: Message): boolean {
  return foldedSince !== undefined;
}
