// A cluster dies, and a restart alone does not bring it back: Azure has no such machines, a quota is used up, or somebody broke its configuration.
import { terminatedEvent } from './app.ts';
import { closeBreakers } from './breaker.ts';
import { crashAndFollow, reportAndFollow } from './crash-and-follow.ts';
import { line } from './follow.ts';
import type { Scenario, Scene } from './scenario.ts';
import { editByHand, listCalls, readCluster, untilTerminated, withObstacle } from './workspace.ts';

const REGIONAL_CORES = 350;
const CORES_PER_MACHINE = 4;
const BAD = { 'spark.driver.memory': '900g' };
const POLLS = 3;
const POLL_LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 300;

export const stockOut: Scenario = {
  name: 'stock-out',
  summary: 'a cluster dies, and Azure has none of its machines left; it comes back on another node type',
  takes: ['cluster', 'code'],
  defaults: { cluster: 'test-cluster-456', code: 'CLOUD_PROVIDER_SHUTDOWN' },
  run: async (scene) => {
    const node_type_id = String((await readCluster(scene.stack, scene.cluster)).spec.node_type_id);
    scene.say(`From now on Azure has no ${node_type_id}.`);
    return await withObstacle(scene.stack, { kind: 'stockout', node_type_id }, () => crashAndFollow(scene));
  },
};

export const quota: Scenario = {
  name: 'quota',
  summary: 'a cluster dies, and the cores of the region are nearly used up; it comes back with fewer workers',
  takes: ['cluster', 'code'],
  defaults: { code: 'CLOUD_PROVIDER_SHUTDOWN' },
  run: async (scene) => {
    // One machine less than it has.
    const workers = Number((await readCluster(scene.stack, scene.cluster)).spec.num_workers ?? 1);
    const used = REGIONAL_CORES - workers * CORES_PER_MACHINE;
    const rule = { kind: 'quota', family: 'cores', limit: REGIONAL_CORES, used };
    scene.say(`${used} of ${REGIONAL_CORES} cores of the region are used by others.`);
    return await withObstacle(scene.stack, rule, () => crashAndFollow(scene));
  },
};

export const badConfig: Scenario = {
  name: 'bad-config',
  summary: 'somebody breaks the configuration of a running cluster; it is left to them for a while, then rolled back',
  takes: ['cluster'],
  run: async (scene) => {
    await bringUp(scene);
    await pollTimes(scene, POLLS);
    const rule = {
      kind: 'configuration',
      field: ['spark_conf', 'spark.driver.memory'],
      value: BAD['spark.driver.memory'],
    };
    return await withObstacle(scene.stack, rule, () => breakAndFollow(scene));
  },
};

async function breakAndFollow(scene: Scene) {
  const { stack, cluster: id } = scene;
  await closeBreakers(stack, id);
  const since = Date.now();
  await editByHand(stack, id, { spark_conf: BAD });
  scene.say(line(since, since, 'edit', `data.engineer@example.com sets ${JSON.stringify(BAD)}`));
  const cluster = await untilTerminated(stack, id);
  const { verdict } = await reportAndFollow(scene, { cluster, since, event: terminatedEvent(cluster) });
  return verdict;
}

/** Only what runs can be seen to be good. */
async function bringUp({ stack, cluster }: Scene): Promise<void> {
  const { state } = await readCluster(stack, cluster);
  if (state !== 'RUNNING') throw new Error(`${cluster} is ${state}: this scenario needs a cluster that runs`);
}

/** By hand, so that nobody has to wait for the timer; a configuration is kept when two polls in a row have seen it running. */
async function pollTimes({ stack, say }: Scene, times: number): Promise<void> {
  const deadline = Date.now() + POLL_LIMIT_MS;
  for (let polls = 0; polls < times; polls += 1) {
    const before = await listCalls(stack);
    // One that comes while the last still goes on is left out: asked for until it shows.
    while ((await listCalls(stack)) === before && Date.now() < deadline) {
      await pollNow(stack);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }
  say('Lakewarden has seen it running, and knows its good configuration.');
}

async function pollNow({ app, adminKey }: Scene['stack']): Promise<void> {
  const headers = { 'x-functions-key': adminKey, 'content-type': 'application/json' };
  await fetch(`${app}/admin/functions/poll-components`, { method: 'POST', headers, body: '{}' });
}
