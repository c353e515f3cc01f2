// What a contact store promises: the first look stays the first, and what it found is kept until it is told otherwise.
import { describe, expect, it } from 'vitest';
import type { ContactStore } from '../../../shared/ports/contact-store.ts';

const FIRST = new Date('2026-11-20T08:00:00.000Z');
const LATER = new Date('2026-11-20T09:00:00.000Z');

export function contactsContract(where: string, create: () => ContactStore): void {
  describe(`contacts, ${where}`, () => {
    it('B1: the first contact with a workspace is remembered, each for itself', async () => {
      const contacts = create();
      expect(await contacts.contact('one', FIRST)).toEqual({ firstAt: FIRST });
      expect(await contacts.contact('one', LATER)).toEqual({ firstAt: FIRST });
      expect(await contacts.contact('another', LATER)).toEqual({ firstAt: LATER });
    });

    it('B1: warehouses that had failed are kept, also when there are none or thousands', async () => {
      const contacts = create();
      const { firstAt } = await contacts.contact('one', FIRST);
      for (const count of [0, 1, 5_000]) {
        const failedWarehouses = Array.from({ length: count }, (_, at) => String(at).padStart(16, 'f'));
        await contacts.keep('one', { firstAt, failedWarehouses });
        expect(await contacts.contact('one', LATER)).toEqual({ firstAt: FIRST, failedWarehouses });
      }
    });
  });
}
