// Many at once, by `/_sim/fleet`: a workspace of thousands of clusters and warehouses, and their dying together.
import { z } from 'zod';
import type { Answer, Request } from '../simulator/http-server.ts';
import { reasonSchema, seedCluster } from './cluster-seed.ts';
import { withPoolNodeType } from './clusters-api.ts';
import { crashCluster } from './sim-api.ts';
import { DEFAULT_PERSON, readSimBody } from './sim-body.ts';
import { momentOf, type WorkspaceState } from './state.ts';
import { seedWarehouse } from './warehouse-control.ts';

const MOST = 10_000;
const fields = z.record(z.string(), z.unknown());
const fleetSchema = z.strictObject({
  clusters: z.int().nonnegative().max(MOST).default(0),
  warehouses: z.int().nonnegative().max(MOST).default(0),
  prefix: z.string().default('fleet'),
  /** What they have in common, in the words of `PUT /_sim/clusters/{id}` and `PUT /_sim/warehouses/{id}`. */
  cluster: fields.default({}),
  warehouse: fields.default({}),
});
const crashSchema = reasonSchema.extend({
  prefix: z.string().default(''),
  /** At most so many of those that are RUNNING. */
  count: z.int().positive().default(MOST),
});

export function fleetControl(workspace: WorkspaceState): (request: Request) => Answer | undefined {
  return ({ method, url, body }) => {
    const [, , area, verb] = url.pathname.split('/');
    if (area !== 'fleet' || method !== 'POST') return undefined;
    if (verb === 'crash') return { status: 200, body: { crashed: crashMany(body, workspace) } };
    return verb === undefined ? { status: 201, body: create(body, workspace) } : undefined;
  };
}

function create(body: unknown, workspace: WorkspaceState): unknown {
  const { clusters, warehouses, prefix, cluster, warehouse } = readSimBody(fleetSchema, body, 'no such fleet');
  const moment = momentOf(workspace);
  for (let n = 1; n <= clusters; n += 1) {
    const seeded = seedCluster(`${prefix}-${n}`, cluster, moment, DEFAULT_PERSON);
    workspace.clusters.put(withPoolNodeType(seeded, workspace));
  }
  for (let n = 1; n <= warehouses; n += 1) {
    // Real ids are 16 hexadecimal digits.
    seedWarehouse(n.toString(16).padStart(16, '0'), { name: `${prefix}-${n}`, ...warehouse }, workspace);
  }
  return { clusters, warehouses };
}

function crashMany(body: unknown, workspace: WorkspaceState): number {
  const { prefix, count, ...reason } = readSimBody(crashSchema, body, 'no such crash');
  const up = workspace.clusters.all().filter(({ id, state }) => state === 'RUNNING' && id.startsWith(prefix));
  const dying = up.slice(0, count);
  for (const cluster of dying) crashCluster(cluster, reason, workspace);
  return dying.length;
}
