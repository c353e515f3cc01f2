// What a fold store promises: a message has one place, in one window, whoever asks and however often; nothing gets into a window that was
// read before somebody else wrote it.
import { describe, expect, it } from 'vitest';
import { type FoldWindow, laneOf } from '../../../shared/domain/notification/folding.ts';
import type { FoldStore, OldFold } from '../../../shared/ports/fold-store.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 14, minute)).toISOString();

function aWindow(change: Partial<FoldWindow> = {}): FoldWindow {
  return {
    schemaVersion: 1,
    recipient: 'devops-engineer',
    channel: 'operations',
    startedAt: at(0),
    endsAt: at(10),
    incidentId: 'RCA-20261120-001',
    alone: 1,
    folded: { count: 0, decisions: 0, kinds: {}, classes: {}, tickets: [], severity: 'low' },
    isClosed: false,
    ...change,
  };
}

const LANE = laneOf(aWindow());
const alone = (messageId: string) => ({ messageId, place: 'alone' as const });
const folded = (messageId: string) => ({ messageId, place: 'folded' as const });

export function foldStoreContract(where: string, create: () => FoldStore): void {
  describe(`fold store, ${where}`, () => {
    it('J5: keeps windows and places of each lane for itself; the newest window is the one that began last', async () => {
      const store = create();
      expect(await store.newest(LANE)).toBeUndefined();
      expect(await store.window(LANE, at(0))).toBeUndefined();
      expect(await store.placementOf(LANE, 'msg-1')).toBeUndefined();
      const later = aWindow({ startedAt: at(30), endsAt: at(40), alone: 3 });
      const other = aWindow({ channel: 'log & more', startedAt: at(50), endsAt: at(60) });
      for (const window of [later, aWindow(), other]) expect(await store.put(undefined, window)).toBe(true);
      expect((await store.newest(LANE))?.window).toEqual(later);
      expect((await store.window(LANE, at(0)))?.window).toEqual(aWindow());
      expect((await store.newest(laneOf(other)))?.window).toEqual(other);
    });

    it('J6: a message has one place: whoever gives it another one changes nothing, in the same window or in another', async () => {
      const store = create();
      expect(await store.put(undefined, aWindow(), alone('msg-1'))).toBe(true);
      const stored = await store.newest(LANE);
      const next = aWindow({ alone: 2 });
      expect(await store.put(stored, next, folded('msg-1'))).toBe(false);
      expect(await store.put(undefined, aWindow({ startedAt: at(30) }), folded('msg-1'))).toBe(false);
      expect((await store.newest(LANE))?.window).toEqual(aWindow());
      expect(await store.placementOf(LANE, 'msg-1')).toEqual({ place: 'alone', startedAt: at(0), endsAt: at(10) });
      expect(await store.put(stored, next, folded('msg-2'))).toBe(true);
      expect(await store.placementOf(LANE, 'msg-2')).toMatchObject({ place: 'folded' });
    });

    it('J6: of many who write one window at once one does; nothing gets into a window that was closed meanwhile', async () => {
      const store = create();
      await store.put(undefined, aWindow());
      const stored = await store.newest(LANE);
      const writes = ['a', 'b', 'c', 'd'].map((id) => store.put(stored, aWindow({ alone: 2 }), alone(id)));
      expect((await Promise.all(writes)).filter((isPut) => isPut)).toHaveLength(1);
      const before = await store.newest(LANE);
      expect(await store.put(before, aWindow({ alone: 2, isClosed: true }))).toBe(true);
      expect(await store.put(before, aWindow({ alone: 3 }), alone('late'))).toBe(false);
      expect(await store.placementOf(LANE, 'late')).toBeUndefined();
      expect((await store.window(LANE, at(0)))?.window.isClosed).toBe(true);
      expect(await store.put(undefined, aWindow()), 'a window that is there').toBe(false);
    });

    it('D2: what is old is found and removed, what is not stays, and what was written meanwhile too', async () => {
      const store = create();
      await store.put(undefined, aWindow(), alone('old'));
      const old = await collected(store.before(at(20)));
      expect(old).toHaveLength(2);
      await store.put(await store.newest(LANE), aWindow({ alone: 9 }), alone('touched'));
      await store.put(undefined, aWindow({ startedAt: at(30), endsAt: at(40) }), alone('young'));
      for (const one of old) await store.remove(one);
      expect((await store.window(LANE, at(0)))?.window.alone, 'touched').toBe(9);
      expect(await store.placementOf(LANE, 'old')).toBeUndefined();
      for (const one of await collected(store.before(at(20)))) await store.remove(one);
      expect(await collected(store.before(at(20)))).toEqual([]);
      expect(await store.window(LANE, at(0))).toBeUndefined();
      expect(await store.placementOf(LANE, 'young')).toMatchObject({ place: 'alone' });
      for (const one of old) await store.remove(one);
    });
  });
}

async function collected(pages: AsyncIterable<readonly OldFold[]>): Promise<OldFold[]> {
  const all: OldFold[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}
