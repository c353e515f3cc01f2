// What nobody reports: it is broken behind the API's back, the poll runs, and the incident that it finds is followed to its end.
import * as z from 'zod';
import type { StackFile } from '../stack/stack-file.ts';
import { deadlineOf, followIncident, line } from './follow.ts';
import { notWell, type Scenario, type Scene, type Verdict } from './scenario.ts';
import { simulator } from './workspace.ts';

/** The inference warehouse and a critical notebook of the reference estate. */
const WAREHOUSE = 'f24fd0345a24b381';
const NOTEBOOK = '/Shared/setup/create_inference_database';
const LOOK_AGAIN_MS = 300;

const listSchema = z.looseObject({ value: z.array(z.looseObject({ id: z.string(), openedAt: z.string() })) });
const warehouseSchema = z.looseObject({ state: z.string() });
const notebookSchema = z.looseObject({ source: z.string().optional() });

interface Found {
  readonly subject: string;
  readonly words: string;
  readonly break: (stack: StackFile) => Promise<void>;
  /** Why it is not well; undefined when it is. */
  readonly proof: (stack: StackFile) => Promise<string | undefined>;
}

export const warehouseDown: Scenario = {
  name: 'warehouse-down',
  summary: 'a SQL warehouse fails and nobody reports it; the poll finds it, Lakewarden starts it',
  takes: [],
  run: (scene) =>
    findAndFollow(scene, {
      subject: `warehouse/databricks-dev/${WAREHOUSE}`,
      words: `warehouse ${WAREHOUSE} fails with INTERNAL_ERROR`,
      break: async (stack) => {
        const failure = { code: 'INTERNAL_ERROR', type: 'SERVICE_FAULT' };
        await simulator(stack, `warehouses/${WAREHOUSE}/fail`, { method: 'POST', body: failure });
      },
      proof: async (stack) => {
        const { state } = warehouseSchema.parse(await simulator(stack, `warehouses/${WAREHOUSE}`));
        return state === 'RUNNING' ? undefined : `the warehouse is ${state}`;
      },
    }),
};

export const notebookMissing: Scenario = {
  name: 'notebook-missing',
  summary: 'somebody deletes a critical notebook; the poll misses it, Lakewarden restores it',
  takes: [],
  run: (scene) =>
    findAndFollow(scene, {
      subject: `notebook/databricks-dev/${NOTEBOOK}`,
      words: `${NOTEBOOK} is deleted`,
      break: async (stack) => {
        await simulator(stack, `objects${NOTEBOOK}`, { method: 'DELETE' });
      },
      proof: async (stack) => {
        const { source } = notebookSchema.parse(await simulator(stack, `objects${NOTEBOOK}`));
        return source === undefined ? 'the notebook has no source' : undefined;
      },
    }),
};

async function findAndFollow(scene: Scene, found: Found): Promise<Verdict> {
  const deadline = deadlineOf(scene);
  // What it was like before has to be known: a laptop cloud that has just started may not have looked yet.
  await poll(scene.stack);
  const since = Date.now();
  await found.break(scene.stack);
  scene.say(line(since, since, 'broken', found.words));
  const ticketId = await ticketOf(scene, found.subject, since, deadline);
  if (ticketId === undefined) return notWell(`no poll found it: ${found.subject}`);
  const proof = () => found.proof(scene.stack);
  return await followIncident(scene, { ticketId, clusterId: '', since, deadline, proof });
}

/** Runs the timer until the subject has an incident of now. */
async function ticketOf(
  { stack, say }: Scene,
  subject: string,
  since: number,
  deadline: number,
): Promise<string | undefined> {
  while (Date.now() < deadline) {
    await poll(stack);
    say(line(Date.now(), since, 'poll', 'the app looks at its workspaces'));
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    const query = new URLSearchParams({ subject });
    const answer = await fetch(`${stack.app}/api/incidents?${query}`, { headers: { 'x-api-key': stack.apiKey } });
    const { value } = listSchema.parse(await answer.json());
    const ticket = value.find(({ openedAt }) => Date.parse(openedAt) >= since - 1_000);
    if (ticket) return ticket.id;
  }
  return undefined;
}

async function poll({ app, adminKey }: StackFile): Promise<void> {
  const headers = { 'x-functions-key': adminKey, 'content-type': 'application/json' };
  await fetch(`${app}/admin/functions/poll-components`, { method: 'POST', headers, body: '{}' });
}
