// The watchdog's round: one incident that cannot be looked after is no reason to leave out the others.
import { expect, it } from 'vitest';
import { InvalidInput } from '../../../shared/domain/errors.ts';
import type { BusMessage } from '../../../shared/ports/bus.ts';
import { CLUSTER, House, UNLISTED } from '../../builders/house.ts';

/** As a writer leaves it that died between its commit and the hand-over. */
async function leaves(house: House, id: string | undefined, message: BusMessage): Promise<void> {
  const basis = await house.file(id);
  const at = house.clock.now().toISOString();
  const incident = { ...basis.incident, nextDueAt: at };
  const result = await house.ports.incidents.commit({ basis, incident, events: [], outbox: [message], at });
  if (result.committed) await house.ports.index.refresh(result.file.incident);
}

it('D3: a message that the broker will never take keeps the watchdog from no other incident, and the round fails in the end', async () => {
  const house = new House();
  await house.dies(CLUSTER);
  house.workspace.put(UNLISTED);
  await house.dies(UNLISTED);
  await house.settle(1200);
  const [poisoned, other] = house.ports.incidents.ids;
  const message = { queue: 'messages' as const, sessionId: 'somebody', body: {} };
  await leaves(house, poisoned, { ...message, id: 'msg-too-large', body: 'x'.repeat(300 * 1024) });
  await leaves(house, other, { ...message, id: 'msg-left' });
  await house.clock.advance(120_000);
  await expect(house.watch()).rejects.toBeInstanceOf(InvalidInput);
  expect((await house.file(poisoned)).outbox).toHaveLength(1);
  expect((await house.file(other)).outbox).toEqual([]);
  expect(house.ports.bus.accepted.map(({ id }) => id)).toContain('msg-left');
});
