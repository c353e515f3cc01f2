// How clusters fail in tests of remedies: in Azure's own words, as the simulated workspace says them too.
import type { Estate } from '../../shared/domain/estate/estate.ts';
import type { Settings } from '../../shared/domain/runbooks/settings-change.ts';
import type { TerminationReason } from '../../shared/domain/signals/signal.ts';
import { CLUSTER, died, type House } from './house.ts';

export const stockOut: TerminationReason = {
  code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
  type: 'CLOUD_FAILURE',
  parameters: { azure_error_code: 'SkuNotAvailable', azure_error_message: 'not available in location eastus' },
};

/** `name` as Azure names it: `standardDSv2Family`, `Total Regional`, `Total Regional Low-priority`. */
export function quotaExceeded(
  name: string,
  figures: { limit: number; usage: number; required: number },
): TerminationReason {
  const { limit, usage, required } = figures;
  const azure_error_message =
    `Operation could not be completed as it results in exceeding approved ${name} Cores quota. ` +
    `Additional details - Deployment Model: Resource Manager, Location: eastus, Current Limit: ${limit}, ` +
    `Current Usage: ${usage}, Additional Required: ${required}, (Minimum) New Limit Required: ${usage + required}.`;
  const parameters = { azure_error_code: 'QuotaExceeded', azure_error_message };
  return { code: 'AZURE_QUOTA_EXCEEDED_EXCEPTION', type: 'CLIENT_ERROR', parameters };
}

export const badArgument: TerminationReason = {
  code: 'INVALID_ARGUMENT',
  type: 'CLIENT_ERROR',
  parameters: { databricks_error_message: 'Invalid value for spark.driver.memory: "900g"' },
};

/** Azure has none of these machines. */
export function without(...nodeTypes: readonly string[]): (settings: Settings) => TerminationReason | undefined {
  return ({ node_type_id, driver_node_type_id }) =>
    [node_type_id, driver_node_type_id].some((id) => nodeTypes.includes(String(id))) ? stockOut : undefined;
}

export const spotSettings: Settings = {
  spark_version: '15.4.x-scala2.12',
  node_type_id: 'Standard_DS3_v2',
  driver_node_type_id: 'Standard_DS3_v2',
  num_workers: 4,
  azure_attributes: { availability: 'SPOT_AZURE', first_on_demand: 0 },
};

/** It ends for this reason, and the reason is reported. */
export async function endsBy(house: House, reason: TerminationReason): Promise<void> {
  house.workspace.crash(CLUSTER, reason);
  await house.hear(died(CLUSTER, reason.code, { termination_reason: reason }));
}

export async function texts(house: House, type: string): Promise<string[]> {
  const { incident } = await house.incident();
  const timeline = await house.ports.incidents.timeline(incident.id);
  return timeline.filter((event) => event.type === type).map(({ text }) => text);
}

export function settingsOf(house: House): Settings {
  return house.workspace.truth(CLUSTER)?.settings ?? {};
}

/** The reference estate with more said about the test cluster, or about its workspace. */
export function withCluster(more: Record<string, unknown>, others: readonly unknown[] = []) {
  return (estate: Estate): Estate => {
    const copy = structuredClone(estate);
    const components: unknown[] = copy.pairs[0]?.primary.components ?? [];
    const listed = copy.pairs[0]?.primary.components.find(({ id }) => id === CLUSTER);
    Object.assign(listed ?? {}, more);
    components.push(...others);
    return copy;
  };
}
