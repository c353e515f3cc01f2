// A cluster dies, nothing else is wrong.
import { crashAndFollow } from './crash-and-follow.ts';
import type { Scenario } from './scenario.ts';

export const clusterCrash: Scenario = {
  name: 'cluster-crash',
  summary: 'a cluster dies; Lakewarden restarts it',
  takes: ['cluster', 'code'],
  run: (scene) => crashAndFollow(scene),
};
