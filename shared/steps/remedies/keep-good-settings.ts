// The settings with which a cluster runs are kept as good ones: what `rollback-config` goes back to.
import { goodSettings } from '../../domain/clusters/last-good-settings.ts';
import type { Inventory } from '../../ports/inventory.ts';
import type { Cluster } from '../../ports/workspace.ts';

export async function keepGoodSettings(
  inventory: Inventory,
  { id, name, settings }: Cluster,
  { workspace, seenAt }: { readonly workspace: string; readonly seenAt: string },
): Promise<void> {
  await inventory.keep({ workspace, kind: 'cluster', id, name, seenAt, facts: {}, ...goodSettings(settings) });
}
