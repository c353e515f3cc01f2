// An alert is kept as it came, and never lost for it.
import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../../shared/domain/errors.ts';
import { digestOf, hashOf, signalIdOf } from '../../../shared/domain/ids.ts';
import type { BodyStore } from '../../../shared/ports/body-store.ts';
import { type PostedBody, takeAzureAlert } from '../../../shared/usecases/azure/take-azure-alert.ts';
import { serviceHealth } from '../../builders/azure-bodies.ts';
import { House } from '../../builders/house.ts';
import { MemoryBodyStore } from '../../builders/memory-body-store.ts';

const body = serviceHealth({ trackingId: 'KEPT-1' });
const bytes = new TextEncoder().encode(JSON.stringify(body));
const context = { id: signalIdOf(hashOf('kept')), receivedAt: '2026-11-20T08:00:00.000Z', correlationId: 'c' };

async function taken(house: House, bodies: BodyStore, posted: PostedBody = { value: body, bytes }) {
  const { signals } = await takeAzureAlert({ ...house.ports, bodies }, posted, context, 0);
  return signals[0];
}

describe('the body of an alert', () => {
  it('A2: is kept as it came, beside the notice that the signal carries', async () => {
    const bodies = new MemoryBodyStore();
    const signal = await taken(new House(), bodies);
    expect(signal?.wholeBody).toMatchObject({ bytes: bytes.length });
    expect(await bodies.get(signal?.wholeBody?.blob ?? '')).toEqual(bytes);
  });

  it('A5, C9: of one update that two action groups send, each body is kept, so that what an incident names is what it was', async () => {
    const bodies = new MemoryBodyStore();
    const house = new House();
    const first = await taken(house, bodies);
    const value = { ...body, sentBy: 'another group' };
    const second = await taken(house, bodies, { value, bytes: new TextEncoder().encode(JSON.stringify(value)) });
    expect(second?.id).toBe(first?.id);
    for (const signal of [first, second]) {
      const kept = await bodies.get(signal?.wholeBody?.blob ?? '');
      expect(kept && digestOf(kept)).toBe(signal?.wholeBody?.sha256);
    }
  });

  it('A4: an alert that needs no keeping is taken while the store of bodies is away', async () => {
    const house = new House();
    const away = () => Promise.reject(new Unavailable('store-unavailable', 'ordered'));
    const signal = await taken(house, { put: away, get: away });
    expect(signal?.wholeBody).toBeUndefined();
    expect(house.ports.bus.take()?.message.id).toBe(signal?.id);
  });

  it('A8: a store of bodies that hangs holds the sender up for a second and no longer', async () => {
    const house = new House();
    const never = () => new Promise<never>(() => undefined);
    const taking = taken(house, { put: never, get: never });
    await house.clock.advance(1_000);
    const signal = await taking;
    expect(signal?.wholeBody).toBeUndefined();
    expect(house.ports.bus.take()?.message.id).toBe(signal?.id);
  });
});
