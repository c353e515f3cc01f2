// How the regions stand while a scenario plays: simulated minute by simulated minute, each with one look of everybody who looks once a minute.
import * as z from 'zod';
import type { StackFile } from '../stack/stack-file.ts';
import { line } from './follow.ts';
import type { Scene } from './scenario.ts';

/** Of the primary workspace of the reference estate. */
export const PRIMARY_REGION = 'eastus';

const MINUTE_MS = 60_000;
/** Looks come first, the weighing of what was seen in the middle of the minute. */
const WEIGHED_AT = 0.5;
/** A recovery takes five minutes of calm, and what went before may be remembered for ten. */
const CALM_MINUTES = 25;
const LOOK_AGAIN_MS = 200;
/** Clocks of the processes of one machine. */
const CLOCK_SLACK_MS = 1_000;

const witnessSchema = z.looseObject({
  witness: z.string(),
  source: z.string(),
  says: z.string(),
  fate: z.string(),
  isStale: z.boolean(),
});
const regionSchema = z.looseObject({
  region: z.string(),
  verdict: z.string(),
  since: z.string().nullable(),
  words: z.string(),
  witnesses: z.array(witnessSchema),
  incidentId: z.string().nullable(),
  children: z.looseObject({ count: z.number() }).nullable(),
});
export type RegionView = z.infer<typeof regionSchema>;
const answerSchema = z.object({ value: z.array(regionSchema) });
const incidentsSchema = z.looseObject({
  value: z.array(z.looseObject({ id: z.string(), state: z.string(), openedAt: z.string() })),
});
export type ListedIncident = z.infer<typeof incidentsSchema>['value'][number];

export async function readRegions(stack: StackFile): Promise<readonly RegionView[]> {
  return answerSchema.parse(await get(stack, '/api/regions')).value;
}

export function regionIn(regions: readonly RegionView[], name: string): RegionView {
  const found = regions.find(({ region }) => region === name);
  if (!found) throw new Error(`the estate has no region ${name}: these scenarios play on the reference estate`);
  return found;
}

/** Fates of the fresh witnesses that say so. */
export function fatesThatSay(says: string, { witnesses }: RegionView): string[] {
  return [...new Set(witnesses.filter((one) => one.says === says && !one.isStale).map(({ fate }) => fate))];
}

/** Incidents of a subject that began since. */
export async function incidentsSince(stack: StackFile, subject: string, since: number): Promise<ListedIncident[]> {
  const { value } = incidentsSchema.parse(await get(stack, `/api/incidents?${new URLSearchParams({ subject })}`));
  return value.filter(({ openedAt }) => Date.parse(openedAt) >= since - CLOCK_SLACK_MS);
}

/** Why it is not well, if incidents of regions were opened since. */
export async function regionIncidents({ stack }: Scene, since: number): Promise<string | undefined> {
  for (const { region } of await readRegions(stack)) {
    const [incident] = await incidentsSince(stack, `region/${region}`, since);
    if (incident) return `${incident.id} was opened for region ${region}`;
  }
  return undefined;
}

export interface Minutes {
  readonly since: number;
  readonly most: number;
  /** Asked after every minute. */
  readonly until: (regions: readonly RegionView[]) => boolean;
}

export interface Played {
  readonly minutes: number;
  /** Whether `until` came true. */
  readonly isReached: boolean;
  readonly regions: readonly RegionView[];
  /** Of the primary region, one a minute. */
  readonly verdicts: readonly string[];
}

/** Tells every change of a verdict. */
export async function playMinutes(scene: Scene, { since, most, until }: Minutes): Promise<Played> {
  const verdicts: string[] = [];
  let regions = await readRegions(scene.stack);
  for (let minute = 1; minute <= most; minute += 1) {
    const before = regions;
    regions = await playMinute(scene);
    tellChanges(scene, before, regions, since);
    verdicts.push(regionIn(regions, PRIMARY_REGION).verdict);
    if (until(regions)) return { minutes: minute, isReached: true, regions, verdicts };
  }
  return { minutes: most, isReached: false, regions, verdicts };
}

/** A scenario begins and ends with all regions well. */
export async function untilHealthy(scene: Scene, since: number): Promise<Played> {
  const until = (regions: readonly RegionView[]) => regions.every(({ verdict }) => verdict === 'healthy');
  return await playMinutes(scene, { since, most: CALM_MINUTES, until });
}

export async function beginHealthy(scene: Scene): Promise<void> {
  const { isReached, regions } = await untilHealthy(scene, Date.now());
  if (isReached) return;
  throw new Error(`not all regions are well: ${regions.map(({ region, words }) => `${region}: ${words}`).join(' ')}`);
}

async function playMinute({ stack }: Scene): Promise<readonly RegionView[]> {
  const minuteMs = MINUTE_MS / stack.timeScale;
  const began = Date.now();
  await Promise.all([runTimer(stack, 'probe-regions'), runTimer(stack, 'read-witnesses')]);
  await pauseUntil(began + minuteMs * WEIGHED_AT);
  await runTimer(stack, 'assess-regions');
  await pauseUntil(began + minuteMs);
  return await readRegions(stack);
}

function tellChanges(scene: Scene, before: readonly RegionView[], after: readonly RegionView[], since: number): void {
  for (const { region, verdict, words } of after) {
    if (before.find((one) => one.region === region)?.verdict === verdict) continue;
    scene.say(line(Date.now(), since, 'region', `${region} is ${verdict}: ${words}`));
  }
}

/** A function of a timer is run now, and not waited for. */
async function runTimer({ app, adminKey }: StackFile, name: string): Promise<void> {
  const headers = { 'x-functions-key': adminKey, 'content-type': 'application/json' };
  const response = await fetch(`${app}/admin/functions/${name}`, { method: 'POST', headers, body: '{}' });
  if (!response.ok) throw new Error(`the app does not run ${name}: ${response.status}`);
}

/** Until `look` finds something, or undefined at the deadline. */
export async function eventually<T>(deadline: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function get({ app, apiKey }: StackFile, path: string): Promise<unknown> {
  const response = await fetch(`${app}${path}`, { headers: { 'x-api-key': apiKey } });
  if (!response.ok) throw new Error(`GET ${path} is answered ${response.status}`);
  return await response.json();
}

async function pauseUntil(at: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
}
