// What heartbeats promise: the last pass of each timer, one entry each.
import { describe, expect, it } from 'vitest';
import type { Heartbeats } from '../../../shared/ports/heartbeats.ts';

export function heartbeatsContract(where: string, create: () => Heartbeats): void {
  describe(`heartbeats, ${where}`, () => {
    it('D6: tells when each timer last came through', async () => {
      const heartbeats = create();
      expect(await heartbeats.all()).toEqual([]);
      await heartbeats.beat('watchdog', new Date('2026-11-20T08:00:00.000Z'));
      await heartbeats.beat('poll-components', new Date('2026-11-20T08:00:10.000Z'));
      await heartbeats.beat('watchdog', new Date('2026-11-20T08:01:00.000Z'));
      const beats = await heartbeats.all();
      expect([...beats].sort((a, b) => a.name.localeCompare(b.name))).toEqual([
        { name: 'poll-components', at: '2026-11-20T08:00:10.000Z' },
        { name: 'watchdog', at: '2026-11-20T08:01:00.000Z' },
      ]);
    });
  });
}
