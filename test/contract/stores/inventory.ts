// What every inventory promises: the last good one comes back whole, an older sight never replaces a newer one, lists carry no content.
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../shared/domain/ids.ts';
import type { Inventory, LastGood, LastGoodSummary } from '../../../shared/ports/inventory.ts';

const KEY = { workspace: 'databricks-dev', kind: 'notebook', id: '/Shared/setup/größe %?#' } as const;

function good(content: string, minute: number, id: string = KEY.id): LastGood {
  return {
    ...KEY,
    id,
    name: 'size',
    seenAt: new Date(Date.UTC(2026, 10, 20, 8, minute)).toISOString(),
    sha256: digestOf(Buffer.from(content)),
    content,
    facts: { language: 'PYTHON' },
  };
}

export function inventoryContract(where: string, create: () => Inventory): void {
  describe(`inventory, ${where}`, () => {
    it('B3: what was kept comes back whole, also large and beyond ASCII; what was not is undefined', async () => {
      const inventory = create();
      expect(await inventory.lastGood(KEY)).toBeUndefined();
      const large = good(`print("ä😀")\n${'x'.repeat(2_000_000)}`, 0);
      await inventory.keep(large);
      expect(await inventory.lastGood(KEY)).toEqual(large);
      expect(await inventory.lastGood({ ...KEY, kind: 'job' })).toBeUndefined();
      expect(await inventory.lastGood({ ...KEY, workspace: 'databricks-dr' })).toBeUndefined();
    });

    it('B3: a later sight replaces, an earlier one does not', async () => {
      const inventory = create();
      await inventory.keep(good('second', 2));
      await inventory.keep(good('first', 1));
      expect((await inventory.lastGood(KEY))?.content).toBe('second');
      await inventory.keep(good('third', 3));
      expect((await inventory.lastGood(KEY))?.content).toBe('third');
    });

    it('B3: lists one kind of one workspace without contents, and forgets', async () => {
      const inventory = create();
      for (const id of ['/a', '/b', '/c']) await inventory.keep(good(id, 1, id));
      await inventory.keep({ ...good('job', 1, '7'), kind: 'job' });
      await inventory.forget({ ...KEY, id: '/b' });
      await inventory.forget({ ...KEY, id: '/never-kept' });
      const listed: LastGoodSummary[] = [];
      for await (const page of inventory.list(KEY.workspace, 'notebook')) listed.push(...page);
      expect(listed.map(({ id }) => id).sort()).toEqual(['/a', '/c']);
      expect(listed.every((summary) => !('content' in summary))).toBe(true);
    });
  });
}
