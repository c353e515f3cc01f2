// Shows what waits for the budget of a workspace and its forecast, as GET /api/gate has it, until all that may act have acted.
import * as z from 'zod';
import { type Budget, readBudgets } from './app.ts';
import { line } from './follow.ts';
import type { Scene } from './scenario.ts';
import { simulator } from './workspace.ts';

const LOOK_AGAIN_MS = 500;

const callsSchema = z.array(z.looseObject({ path: z.string(), body: z.unknown() }));

export interface Pace {
  /** Clusters whose names begin so. */
  readonly prefix: string;
  readonly clusters: number;
  readonly since: number;
  readonly deadline: number;
}

/** Resolves with how many have been started: all of them unless the deadline passed. */
export async function followBudget(scene: Scene, { prefix, clusters, since, deadline }: Pace): Promise<number> {
  let said = '';
  for (;;) {
    const started = await startedOf(scene, prefix);
    const budgets = await readBudgets(scene.stack);
    const waiting = budgets.filter((budget) => budget.waiting > 0);
    const words = waiting.map(remainder).join('; ');
    // Each second another forecast of the same is no news.
    const news = waiting.map((budget) => `${budget.workspace} ${budget.waiting} ${budget.lastTurnAt}`).join();
    if (words !== '' && news !== said) scene.say(line(Date.now(), since, 'budget', `${started} started; ${words}`));
    said = news;
    if ((started >= clusters && waiting.length === 0) || Date.now() > deadline) return started;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function remainder({ workspace, waiting, moreWaiting, actsPerMinute, lastTurnAt }: Budget): string {
  const at = lastTurnAt === null ? Date.now() : Date.parse(lastTurnAt);
  const seconds = Math.max(0, (at - Date.now()) / 1000).toFixed(0);
  const turn = `the last turn comes in ${seconds} s, at ${new Date(at).toISOString().slice(11, 19)}`;
  return `${moreWaiting ? 'more than ' : ''}${waiting} wait for ${workspace} (${actsPerMinute} acts a minute): ${turn}`;
}

async function startedOf({ stack }: Scene, prefix: string): Promise<number> {
  const calls = callsSchema.parse(await simulator(stack, 'calls'));
  const starts = calls.filter(({ path }) => /\/clusters\/(re)?start$/.test(path));
  const ids = starts.map(({ body }) => String(Object(body).cluster_id)).filter((id) => id.startsWith(`${prefix}-`));
  return new Set(ids).size;
}
