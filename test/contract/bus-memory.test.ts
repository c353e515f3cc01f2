// The in-memory bus keeps the same contract as the real one; its receiving side behaves as a queue with sessions does.
import { expect, test } from 'vitest';
import type { QueueName } from '../../shared/ports/bus.ts';
import { type Delivery, MemoryBus } from '../builders/memory-bus.ts';
import { MemoryClock } from '../builders/memory-clock.ts';
import { aMessage, type BusRig, busContract, type Received } from './bus-contract.ts';

busContract('in memory', async () => memoryRig());

function memoryRig(): BusRig & { readonly memory: MemoryBus; readonly clock: MemoryClock } {
  const clock = new MemoryClock();
  const memory = new MemoryBus(clock);
  return {
    bus: memory,
    memory,
    clock,
    now: () => clock.now(),
    receive: (queue, sessionId, count) => receive(memory, clock, { queue, sessionId, count }),
    waiting: (queue) => memory.waiting.filter((message) => message.queue === queue).length,
    down: () => memory.down(),
    up: () => memory.up(),
    close: () => memory.close(),
  };
}

interface Wanted {
  readonly queue: QueueName;
  readonly sessionId: string;
  readonly count: number;
}

/** Leaves other sessions' messages where they are; lets time pass when nothing is due. */
async function receive(memory: MemoryBus, clock: MemoryClock, wanted: Wanted): Promise<Received[]> {
  const received: Received[] = [];
  const others: Delivery[] = [];
  while (received.length < wanted.count) {
    const delivery = memory.take(wanted.queue);
    if (!delivery) await clock.advance(100);
    else if (delivery.message.sessionId !== wanted.sessionId) others.push(delivery);
    else received.push(completed(delivery, clock));
  }
  for (const other of others) other.abandon();
  return received;
}

function completed(delivery: Delivery, clock: MemoryClock): Received {
  delivery.complete();
  const { id, sessionId, body, correlationId } = delivery.message;
  return { id, sessionId, body, correlationId, at: clock.now() };
}

test('D3: while a message of a session is held, the next one of that session is not given out', async () => {
  const { memory } = memoryRig();
  await memory.send([
    aMessage({ id: 'one' }),
    aMessage({ id: 'two' }),
    aMessage({ id: 'other', sessionId: 'cluster/b' }),
  ]);
  const first = memory.take();
  expect([first?.message.id, memory.take()?.message.id, memory.take()]).toEqual(['one', 'other', undefined]);
  first?.complete();
  expect(memory.take()?.message.id).toBe('two');
});

test('D3: an abandoned message comes again with its count, and is dead-lettered after 80 deliveries', async () => {
  const { memory } = memoryRig();
  await memory.send([aMessage({ id: 'poison' }), aMessage({ id: 'next' })]);
  for (let count = 1; count <= 80; count += 1) {
    const delivery = memory.take();
    expect([delivery?.message.id, delivery?.deliveryCount]).toEqual(['poison', count]);
    delivery?.abandon();
  }
  expect(memory.deadLetters.map((message) => message.id)).toEqual(['poison']);
  expect(memory.take()?.message.id).toBe('next');
});

test('D3: a duplicate is delivered after what was sent before it', async () => {
  const { memory } = memoryRig();
  await memory.send([aMessage({ id: 'one' }), aMessage({ id: 'two' })]);
  memory.duplicate('one');
  const ids = [1, 2, 3].map(() => {
    const delivery = memory.take();
    delivery?.complete();
    return delivery?.message.id;
  });
  expect(ids).toEqual(['one', 'two', 'one']);
});

test('D3: an interrupted send leaves what was sent before the interruption', async () => {
  let sends = 0;
  const memory = new MemoryBus(new MemoryClock(), (operation, moment) => {
    if (operation === 'bus.send' && moment === 'before' && ++sends === 2) throw new Error('crash');
  });
  await expect(memory.send([aMessage({ id: 'one' }), aMessage({ id: 'two' })])).rejects.toThrow('crash');
  expect(memory.waiting.map((message) => message.id)).toEqual(['one']);
});
