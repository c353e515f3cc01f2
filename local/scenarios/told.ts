// What people were told since a moment, as the sink of messages has it.
import * as z from 'zod';
import type { StackFile } from '../stack/stack-file.ts';

const messagesSchema = z.array(z.looseObject({ at: z.string(), channel: z.string(), body: z.unknown() }));
/** The head of a summary, in a webhook's text and in Slack's. */
const SUMMARY = /(\d+) more since \d\d:\d\d UTC: /;

export interface Told {
  readonly channel: string;
  readonly messages: number;
  readonly summaries: number;
  /** What the summaries stand for. */
  readonly folded: number;
}

/** By channel. */
export async function toldSince(stack: StackFile, since: number): Promise<Told[]> {
  const all = messagesSchema.parse(await (await fetch(`${stack.messages}/`)).json());
  const fresh = all.filter(({ at }) => Date.parse(at) >= since);
  return [...Map.groupBy(fresh, ({ channel }) => channel)].map(([channel, messages]) => {
    const counts = messages.flatMap(({ body }) => SUMMARY.exec(JSON.stringify(body))?.[1] ?? []).map(Number);
    const folded = counts.reduce((sum, count) => sum + count, 0);
    return { channel, messages: messages.length, summaries: counts.length, folded };
  });
}
