// Somebody else's hands on a cluster, by `POST /_sim/clusters/{id}/human`: the same calls and refusals, under another name in the events.
import { z } from 'zod';
import type { Cluster } from './cluster.ts';
import { changeCluster, VERBS } from './clusters-api.ts';
import { DEFAULT_PERSON, readSimBody } from './sim-body.ts';
import type { WorkspaceState } from './state.ts';

const handSchema = z.strictObject({
  action: z.enum(VERBS),
  user: z.string().default(DEFAULT_PERSON),
  /** The fields of the call, but for `cluster_id`. */
  body: z.record(z.string(), z.unknown()).default({}),
});

export function byHuman(cluster: Cluster, input: unknown, workspace: WorkspaceState): Cluster {
  const { action, user, body } = readSimBody(handSchema, input, 'no such action');
  const caller = { userName: user, displayName: user };
  return changeCluster(action, cluster, { body, workspace: { ...workspace, caller } });
}
