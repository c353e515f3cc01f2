// Somebody else's hands on a cluster, by `POST /_sim/clusters/{id}/human`: the same calls and refusals, under another name in the events.
import { z } from 'zod';
import type { Cluster } from './cluster.ts';
import { changeCluster, VERBS } from './clusters-api.ts';
import type { WorkspaceState } from './state.ts';

const DEFAULT_PERSON = 'data.engineer@example.com';

const handSchema = z.strictObject({
  action: z.enum(VERBS),
  user: z.string().default(DEFAULT_PERSON),
  /** The fields of the call, but for `cluster_id`. */
  body: z.record(z.string(), z.unknown()).default({}),
});

export function byHuman(cluster: Cluster, input: unknown, workspace: WorkspaceState): Cluster {
  const parsed = handSchema.safeParse(input);
  if (!parsed.success) throw new Error(`no such action: ${z.prettifyError(parsed.error)}`);
  const { action, user, body } = parsed.data;
  const caller = { userName: user, displayName: user };
  return changeCluster(action, cluster, { body, workspace: { ...workspace, caller } });
}
