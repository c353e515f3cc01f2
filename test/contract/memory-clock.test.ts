// The virtual clock that the simulation runs on.
import { expect, test } from 'vitest';
import { MemoryClock } from '../builders/memory-clock.ts';

test('D3: sleepers wake in the order of their instants, each seeing its own, also those that sleep again', async () => {
  const clock = new MemoryClock();
  const start = clock.now().getTime();
  const seen: string[] = [];
  const note = (name: string) => seen.push(`${name} ${clock.now().getTime() - start}`);
  const twice = async () => {
    await clock.sleep(100);
    note('first');
    await clock.sleep(100);
    note('again');
  };
  const sleeping = [clock.sleep(300).then(() => note('late')), twice(), clock.sleep(150).then(() => note('middle'))];
  await clock.advance(250);
  expect([seen, clock.sleeping]).toEqual([['first 100', 'middle 150', 'again 200'], 1]);
  await clock.advance(50);
  await Promise.all(sleeping);
  expect(seen.at(-1)).toBe('late 300');
});

test('D3: a sleep that is aborted rejects with the reason and is forgotten', async () => {
  const clock = new MemoryClock();
  const stop = new AbortController();
  const sleeping = clock.sleep(100, stop.signal);
  stop.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
  await expect(clock.sleep(100, stop.signal)).rejects.toThrow('enough');
  expect(clock.sleeping).toBe(0);
});
