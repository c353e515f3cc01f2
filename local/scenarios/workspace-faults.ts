// A cluster dies while the workspace's API is slow, throttles, or is away.
import { crashAndFollow } from './crash-and-follow.ts';
import type { Scenario } from './scenario.ts';
import { underFault } from './workspace.ts';

const SLOW_MS = 2_000;
const THROTTLED_PER_SECOND = 1;
/** The API as Lakewarden calls it, not the simulator's own endpoints. */
const API = { path: '^/api/' };

export const slowApi: Scenario = {
  name: 'slow-api',
  summary: `a cluster dies while every call to the workspace takes ${SLOW_MS / 1000} s longer`,
  takes: ['cluster', 'code', 'forMs'],
  defaults: { forMs: 20_000 },
  run: (scene) => crashUnder(scene, { kind: 'slow', ms: SLOW_MS }),
};

export const throttle: Scenario = {
  name: 'throttle',
  summary: `a cluster dies while the workspace answers 429 to all but ${THROTTLED_PER_SECOND} call a second`,
  takes: ['cluster', 'code', 'forMs'],
  defaults: { forMs: 20_000 },
  run: (scene) => crashUnder(scene, { kind: 'throttle', perSecond: THROTTLED_PER_SECOND }),
};

export const apiDown: Scenario = {
  name: 'api-down',
  summary: 'a cluster dies while the workspace answers 503 to everything',
  takes: ['cluster', 'code', 'forMs'],
  run: (scene) => crashUnder(scene, { kind: 'status', status: 503 }),
};

function crashUnder(scene: Parameters<Scenario['run']>[0], fault: Record<string, unknown>) {
  const forSeconds = scene.forMs / 1000;
  scene.say(`For ${forSeconds} s the workspace's API suffers: ${JSON.stringify(fault)}.`);
  return underFault(scene.stack, { match: API, fault, forSeconds }, () => crashAndFollow(scene));
}
