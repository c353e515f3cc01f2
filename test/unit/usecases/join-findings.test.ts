// A failure that speaks of the network is joined with what changed around it shortly before.
import { describe, expect, it } from 'vitest';
import { azureNoticeSchema } from '../../../shared/domain/signals/azure/notice.ts';
import { CLUSTER, House } from '../../builders/house.ts';

const LINK =
  '/subscriptions/s/resourcegroups/rg-net/providers/microsoft.network/privatednszones/privatelink.azuredatabricks.net/virtualnetworklinks/dev';

async function changed(house: House, minutesAgo: number, more: Record<string, unknown> = {}): Promise<string> {
  const at = new Date(house.clock.now().getTime() - minutesAgo * 60_000).toISOString();
  const notice = azureNoticeSchema.parse({
    sort: 'activity',
    key: `activity/${minutesAgo}`,
    phase: 'told',
    at,
    isTest: false,
    title: 'Microsoft.Network/privateDnsZones/virtualNetworkLinks/delete: Succeeded',
    text: '',
    status: 'Succeeded',
    regions: [],
    isGlobal: false,
    services: [],
    targets: [LINK],
    ...more,
  });
  const kept = { ...notice, schemaVersion: 1 as const, firstHeardAt: at, lastHeardAt: at, updates: 1, became: '' };
  await house.ports.notices.set(kept, undefined);
  return at;
}

describe('what changed around a failure', () => {
  it('C7: a removed private DNS link is said with the bootstrap failure that came after it', async () => {
    const house = new House();
    await house.clock.advance(3 * 3600_000);
    const at = await changed(house, 1);
    await house.dies(CLUSTER, 'BOOTSTRAP_TIMEOUT');
    await house.settle(1);
    const { incident } = await house.incident();
    expect(incident.advice).toContain(`Shortly before, at ${at}: Microsoft.Network/privateDnsZones`);
    expect(incident.opening.decisions).toContainEqual(
      expect.objectContaining({ stage: 'posture', because: 'changed-shortly-before' }),
    );
  });

  it('C7: a storm of alerts between the change and the failure does not hide it', async () => {
    const house = new House();
    await house.clock.advance(3 * 3600_000);
    const at = await changed(house, 60);
    for (let alert = 0; alert < 300; alert += 1) {
      await changed(house, 50 - alert / 10, { sort: 'alert', phase: 'active', key: `alert/${alert}` });
    }
    await house.dies(CLUSTER, 'BOOTSTRAP_TIMEOUT');
    await house.settle(1);
    expect((await house.incident()).incident.advice).toContain(`Shortly before, at ${at}`);
  });

  it('C7: what failed to change, is long ago, concerns something else, or is followed by another kind of failure is not joined', async () => {
    const house = new House();
    await house.clock.advance(5 * 3600_000);
    await changed(house, 2, { status: 'Failed' });
    await changed(house, 150);
    await changed(house, 3, {
      targets: ['/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines/vm'],
    });
    await changed(house, 4, { isTest: true });
    await house.dies(CLUSTER, 'BOOTSTRAP_TIMEOUT');
    await house.settle(1);
    expect((await house.incident()).incident.opening.decisions.map(({ stage }) => stage)).not.toContain('posture');
    const other = new House();
    await other.clock.advance(3 * 3600_000);
    await changed(other, 1);
    await other.dies(CLUSTER, 'DRIVER_OUT_OF_MEMORY');
    await other.settle(1);
    expect((await other.incident()).incident.advice).not.toContain('Shortly before');
  });
});
