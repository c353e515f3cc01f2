// A house whose inference cluster has vanished from its workspace and stands in infrastructure code: an apply of its address makes
// one with a new id. Playbooks that recreate are given to one failure class for the time of a test.
import { afterEach, beforeEach } from 'vitest';
import { type ClusterId, isClusterId } from '../../shared/domain/ids.ts';
import { playbooks } from '../../shared/steps/remedies/playbooks.ts';
import { died, House, type HouseOptions } from './house.ts';
import { NOTHING } from './memory-provisioner.ts';

export const ADDRESS = 'module.compute.databricks_cluster.inference_cluster';
const OLD = idOf('0424-035941-pl8ku9sr');
export const NEW = idOf('1120-080130-brandnew');

/** The class of `DRIVER_UNREACHABLE`. */
const playbook = playbooks.DatabricksDriverNotResponding;
const { remedies } = playbook;

/** For the tests of a file: a restart is tried first, then the cluster is recreated. */
export function recreatesAfterRestart(): void {
  beforeEach(() => {
    Object.assign(playbook, { remedies: { RESTART: ['restart-cluster', 'recreate-by-terraform'] } });
  });
  afterEach(() => {
    Object.assign(playbook, { remedies });
  });
}

export function aHouseWithout(options: HouseOptions = {}): House {
  const house = new House(options);
  const { provisioner, workspace } = house;
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
