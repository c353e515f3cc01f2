// A house whose inference cluster has vanished from its workspace and stands in infrastructure code: an apply of its address makes
// one with a new id. Its estate says that after a restart the cluster is recreated.
import type { Estate } from '../../shared/domain/estate/estate.ts';
import { type ClusterId, isClusterId } from '../../shared/domain/ids.ts';
import { died, House, type HouseOptions } from './house.ts';
import { NOTHING } from './memory-provisioner.ts';

export const ADDRESS = 'module.compute.databricks_cluster.inference_cluster';
const OLD = idOf('0424-035941-pl8ku9sr');
export const NEW = idOf('1120-080130-brandnew');

/** The class of `DRIVER_UNREACHABLE`: a restart is tried first, then the cluster is recreated (E1). */
function recreating(estate: Estate): Estate {
  return {
    ...estate,
    playbooks: { DatabricksDriverNotResponding: { remedies: ['restart-cluster', 'recreate-by-terraform'] } },
  };
}

export function aHouseWithout(options: HouseOptions = {}): House {
  const { estate = (same) => same } = options;
  const house = new House({ ...options, estate: (given) => recreating(estate(given)) });
  const { provisioner, workspace } = house;
  workspace.vanish(OLD);
  const isThere = () => [OLD, NEW].some((id) => workspace.truth(id) !== undefined);
  provisioner.put(ADDRESS, {
    plan: () => (isThere() ? NOTHING : { ...NOTHING, additions: 1 }),
    apply: () => appear(house, NEW),
    output: () => ['inference_cluster_id', NEW],
  });
  return house;
}

export function appear({ workspace, clock }: House, id: ClusterId, name = 'inference'): void {
  const now = clock.now().toISOString();
  workspace.put(id, { name, source: 'API', startedAt: now, lastRestartedAt: now });
}

/** It is reported to have ended, and the workspace does not know it. */
export async function reported(house: House): Promise<void> {
  await house.hear(died(OLD));
}

export async function words(house: House): Promise<string> {
  const { incident } = await house.incident();
  return (await house.ports.incidents.timeline(incident.id)).map(({ text }) => text).join('\n');
}

function idOf(text: string): ClusterId {
  if (!isClusterId(text)) throw new Error(text);
  return text;
}
