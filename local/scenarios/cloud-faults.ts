// A cluster dies while the broker or the tables are away, or while the app itself is killed or frozen.
import type { StackFile } from '../stack/stack-file.ts';
import { crashAndFollow } from './crash-and-follow.ts';
import type { Scenario, Scene } from './scenario.ts';

export const brokerDown: Scenario = {
  name: 'broker-down',
  summary: 'a cluster dies while Service Bus is away; the sender is told 503 and tries again',
  takes: ['cluster', 'code', 'forMs'],
  run: async (scene) => {
    await control(scene, '/broker/down', { forMs: scene.forMs });
    return crashAndFollow(scene);
  },
};

export const tablesDown: Scenario = {
  name: 'tables-down',
  summary: 'a cluster dies while Table Storage answers 503; the signal waits in its queue',
  takes: ['cluster', 'code', 'forMs'],
  run: async (scene) => {
    await control(scene, '/tables/down', { forMs: scene.forMs });
    return crashAndFollow(scene);
  },
};

export const killApp: Scenario = {
  name: 'kill-app',
  summary: 'the app is killed (SIGKILL) in the middle of a recovery, and comes back',
  takes: ['cluster', 'code'],
  run: (scene) => strikeInTheMiddle(scene, '/app/kill'),
};

export const pauseApp: Scenario = {
  name: 'pause-app',
  summary: 'the app freezes (SIGSTOP) in the middle of a recovery, and thaws',
  takes: ['cluster', 'code', 'forMs'],
  run: (scene) => strikeInTheMiddle(scene, '/app/pause', { forMs: scene.forMs }),
};

/** Strikes as soon as the incident's timeline has begun: the run is under way, and far from its end. */
async function strikeInTheMiddle(scene: Scene, order: string, body?: Record<string, unknown>) {
  let strike: Promise<void> | undefined;
  const verdict = await crashAndFollow(scene, () => {
    strike ??= control(scene, order, body);
  });
  await strike;
  return verdict;
}

async function control(scene: Scene, order: string, body: Record<string, unknown> = {}): Promise<void> {
  const { control: url, adminKey }: StackFile = scene.stack;
  const response = await fetch(`${url}${order}`, {
    method: 'POST',
    headers: { 'x-admin-key': adminKey, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the control endpoint answers ${response.status}: ${await response.text()}`);
  scene.say(
    `${order.slice(1).replace('/', ' ')} ${body.forMs === undefined ? '' : `for ${Number(body.forMs) / 1000} s`}`.trim(),
  );
}
