// What a door for Azure does, over the house in memory.
import { hashOf, signalIdOf } from '../../shared/domain/ids.ts';
import type { SignalOutcome } from '../../shared/domain/signals/outcome.ts';
import { takeAzureAlert } from '../../shared/usecases/azure/take-azure-alert.ts';
import type { House } from './house.ts';
import { MemoryBodyStore } from './memory-body-store.ts';

let deliveries = 0;

/** Posted, and in the queue; the ids of its signals. */
export async function postAzure(house: House, value: unknown): Promise<readonly string[]> {
  deliveries += 1;
  const receivedAt = house.ports.clock.now().toISOString();
  const context = { id: signalIdOf(hashOf(`azure ${deliveries}`)), receivedAt, correlationId: `az-${deliveries}` };
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const ports = { ...house.ports, bodies: new MemoryBodyStore() };
  const { signals } = await takeAzureAlert(ports, { value, bytes }, context, 0);
  return signals.map(({ id }) => id);
}

/** Posted and handled; what became of each of its signals. */
export async function hearAzure(house: House, value: unknown): Promise<readonly SignalOutcome[]> {
  const ids = await postAzure(house, value);
  await house.settle(60);
  const outcomes = await Promise.all(ids.map((id) => house.ports.signals.get(id)));
  return outcomes.filter((outcome) => outcome !== undefined);
}
