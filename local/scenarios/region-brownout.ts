// The primary region limps: every other look at its control plane fails, the others are slow, the status page says "degraded". That is no outage.
import { statusPageSays } from './azure.ts';
import { line } from './follow.ts';
import {
  beginHealthy,
  eventually,
  incidentsSince,
  type Played,
  PRIMARY_REGION,
  playMinutes,
  regionIn,
  untilHealthy,
} from './regions.ts';
import { notWell, overWell, type Scenario, type Scene } from './scenario.ts';
import { underFault } from './workspace.ts';

const API = { path: '^/api/' };
/** The look of one minute fails, the next is slow. */
const SLOW = { match: API, fault: { kind: 'slow', ms: 1_500 } };
const FAILING = { match: API, fault: { kind: 'status', status: 503 } };
const MINUTES = 8;
const RESOLVED_LIMIT_MS = 60_000;

export const regionBrownout: Scenario = {
  name: 'region-brownout',
  summary: 'the primary region fails now and then and is slow, the status page agrees: degraded, no outage; then well',
  takes: [],
  run: async (scene) => {
    await beginHealthy(scene);
    const since = Date.now();
    const { regions, verdicts } = await limp(scene, since);
    const { verdict, words } = regionIn(regions, PRIMARY_REGION);
    if (verdict !== 'degraded') return notWell(`the region is ${verdict}: ${words}`);
    if (verdicts.includes('outage')) return notWell('in between the region was called out');
    const opened = await incidentsSince(scene.stack, `region/${PRIMARY_REGION}`, since);
    if (opened.length !== 1) return notWell(`the region has ${opened.length} incidents instead of one`);
    scene.say(line(Date.now(), since, 'over', 'the region is put right'));
    const { isReached, minutes } = await untilHealthy(scene, since);
    if (!isReached) return notWell(`after ${minutes} minutes the region is not well`);
    const resolved = await eventually(Date.now() + RESOLVED_LIMIT_MS, async () => {
      const [incident] = await incidentsSince(scene.stack, `region/${PRIMARY_REGION}`, since);
      return incident?.state === 'resolved' ? incident : undefined;
    });
    return resolved
      ? overWell(`the region was degraded and never out, and ${resolved.id} is resolved`)
      : notWell(`${opened[0]?.id} is not resolved`);
  },
};

async function limp(scene: Scene, since: number): Promise<Played> {
  const { stack, say } = scene;
  await statusPageSays(stack, 300);
  say(line(Date.now(), since, 'brownout', 'every other look at the control plane fails, the others are slow'));
  say(line(Date.now(), since, 'status-page', 'says 300 (degraded performance) for East US'));
  const last = { regions: [], verdicts: [], minutes: 0, isReached: false };
  let played: Played = last;
  const verdicts: string[] = [];
  try {
    for (let minute = 1; minute <= MINUTES; minute += 1) {
      const fault = minute % 2 === 1 ? FAILING : SLOW;
      played = await underFault(stack, fault, () => playMinutes(scene, { since, most: 1, until: () => true }));
      verdicts.push(...played.verdicts);
    }
    return { ...played, verdicts };
  } finally {
    await statusPageSays(stack, 100);
  }
}
