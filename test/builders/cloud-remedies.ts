// What flow tests of remedies do to a laptop cloud, and what they read of it: steps of a run, what was written, a death of the app.
import * as z from 'zod';
import type { StackFile } from '../../local/stack/stack-file.ts';
import { type CloudClient, eventually, type SeenIncident } from './cloud-client.ts';

const stepsSchema = z.array(z.looseObject({ id: z.string(), state: z.string() }));
const runsSchema = z.array(z.looseObject({ steps: stepsSchema }));
const callSchema = z.array(z.looseObject({ method: z.string(), path: z.string(), status: z.number().nullable() }));
const planSchema = z.looseObject({
  remedies: z.array(z.looseObject({ remedy: z.string(), would: z.string().nullable() })),
});
const DEATH_LIMIT_MS = 60_000;
const LOOKS_PER_POLL = 20;
/** Asked by POST, and nothing is changed by it. */
const QUESTIONS = /\/clusters\/events|\/contexts\/|\/commands\/|\/sql\/statements/;

/** Remedies in the order in which they had their turn, with how each ended. */
export function stepsOf({ runs }: SeenIncident): [string, string][] {
  return runsSchema.parse(runs).flatMap(({ steps }) => steps.map(({ id, state }): [string, string] => [id, state]));
}

/** By the logs of the simulators: what was called to change something, `POST /api/...`. */
async function writes({ databricks, terraform }: StackFile): Promise<string[]> {
  const logs = await Promise.all(
    [databricks.primary, databricks.dr, terraform].map((url) => fetch(`${url}/_sim/calls`)),
  );
  const calls = await Promise.all(logs.map(async (log) => callSchema.parse(await log.json())));
  const changing = calls.flat().filter(({ method, path }) => method !== 'GET' && !QUESTIONS.test(path));
  return changing.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);
}

export async function count(stack: StackFile, path: RegExp): Promise<number> {
  return (await writes(stack)).filter((write) => path.test(write)).length;
}

/** What each remedy would do: none of them has done anything afterwards, by the simulators' own logs. */
export async function dryRun(cloud: CloudClient, query: string): Promise<Record<string, string | null>> {
  const before = await writes(cloud.stack);
  const { remedies } = planSchema.parse(await cloud.get(`/api/dry-run?${query}`));
  const after = await writes(cloud.stack);
  if (after.length > before.length) throw new Error(`a dry run wrote: ${after.slice(before.length).join(', ')}`);
  return Object.fromEntries(remedies.map(({ remedy, would }) => [remedy, would]));
}

/** The app is killed, by -9; resolves when another process answers. */
export async function killApp(cloud: CloudClient): Promise<void> {
  const { app } = cloud.stack.processes;
  await cloud.control('/app/kill', {});
  const again = async () => {
    const isNew = cloud.stack.processes.app !== app;
    return isNew && (await cloud.incidents().catch(() => undefined)) ? true : undefined;
  };
  await eventually(again, DEATH_LIMIT_MS, 'a new app process');
}

/** Kills the app in the middle of the run: once it has acted, and before that is verified. */
export async function killOnceActed(cloud: CloudClient, ticket: string): Promise<void> {
  const acted = async () => {
    const { timeline } = await cloud.incident(ticket);
    return timeline.some(({ type }) => type === 'acted') ? true : undefined;
  };
  await eventually(acted, DEATH_LIMIT_MS, `an act of ${ticket}`);
  await killApp(cloud);
}

/** Polls until it is seen: longer than the lease lasts of a poll that was under way when the app was killed. */
export async function seenByPoll<T>(cloud: CloudClient, look: () => Promise<T | undefined>, what: string): Promise<T> {
  let looks = 0;
  const lookAfterPoll = async () => {
    // Not at every look: each one that is left out costs the app work, too.
    if (looks % LOOKS_PER_POLL === 0) await cloud.runTimer('poll-components');
    looks += 1;
    return await look();
  };
  return await eventually(lookAfterPoll, DEATH_LIMIT_MS, what);
}

/** Polls until the subject has an incident that was not there before. */
export async function foundByPoll(cloud: CloudClient, subject: string, known: readonly string[] = []): Promise<string> {
  const look = async () => {
    const { value } = await cloud.incidents(`?subject=${encodeURIComponent(subject)}`);
    return value.map(({ id }) => id).find((id) => !known.includes(id));
  };
  return await seenByPoll(cloud, look, `an incident of ${subject}`);
}

/** As many polls, one after the other: what the second one sees again is kept as good, and that is known after the third. */
export async function pollTimes(cloud: CloudClient, times: number): Promise<void> {
  const lists = async () => (await cloud.calls()).filter(({ path }) => path.includes('/clusters/list')).length;
  for (let polls = 0; polls < times; polls += 1) {
    const before = await lists();
    // One that comes while the last still goes on is left out.
    const another = async () => {
      await cloud.runTimer('poll-components');
      return (await lists()) > before ? true : undefined;
    };
    await eventually(another, DEATH_LIMIT_MS, 'a poll');
  }
}

/** Under the stop switch nothing is repaired: what is broken stands as it is while it is looked at. */
export async function held<T>(cloud: CloudClient, look: () => Promise<T>): Promise<T> {
  const turn = async (to: 'stop' | 'release') => {
    const { status } = await cloud.send(JSON.stringify({ reason: 'a look at it' }), {}, `/api/gate/${to}`);
    if (status !== 200) throw new Error(`${to}: ${status}`);
  };
  await turn('stop');
  try {
    return await look();
  } finally {
    await turn('release');
  }
}
