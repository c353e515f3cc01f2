// What every Guards must do, by the words of its port.
import { beforeEach, describe, expect, test } from 'vitest';
import { ticketId } from '../../../shared/domain/incidents/ticket-id.ts';
import type { Guard, Guards } from '../../../shared/ports/guards.ts';

const ID = ticketId('20261120', 1);

export function guardsContract(name: string, make: () => Guards | Promise<Guards>): void {
  describe(`Guards: ${name}`, () => {
    let guards: Guards;
    beforeEach(async () => {
      guards = await make();
    });

    test('D3: at first none stands', async () => {
      expect(await standing(guards)).toEqual([]);
    });

    test('D3: what was put stands until it is removed; several of one incident are told apart', async () => {
      const [first, second, other] = [guard('commit-1'), guard('commit-2'), guard('commit-1', ticketId('20261120', 2))];
      for (const each of [first, second, other]) await guards.put(each);
      await guards.put(first);
      expect(await standing(guards)).toEqual([first, second, other]);
      await guards.remove(first);
      expect(await standing(guards)).toEqual([second, other]);
    });

    test('D3: removing one that does not stand is fine', async () => {
      await guards.remove(guard('commit-1'));
      await guards.put(guard('commit-1'));
      await guards.remove(guard('commit-1'));
      await guards.remove(guard('commit-1'));
      expect(await standing(guards)).toEqual([]);
    });
  });
}

function guard(commitId: string, incidentId = ID): Guard {
  return { incidentId, commitId, since: '2026-11-20T08:00:00.000Z' };
}

async function standing(guards: Guards): Promise<Guard[]> {
  const found: Guard[] = [];
  for await (const each of guards.list()) found.push(each);
  return found.sort((a, b) => `${a.incidentId}${a.commitId}`.localeCompare(`${b.incidentId}${b.commitId}`));
}
