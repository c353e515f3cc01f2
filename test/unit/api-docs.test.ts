// The page for operators says what the tables of legal orders say, and knows every order.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { incidentCommands, legalOnIncident, legalOnRun, runCommands } from '../../shared/domain/incidents/commands.ts';

const page = readFileSync(new URL('../../docs/reference/api.md', import.meta.url), 'utf8');
const rows = new Map(
  [...page.matchAll(/^\| *`([\w-]+)` *\| *([\w, -]+?) *\|$/gm)].map(([, state = '', orders = '']) => [state, orders]),
);

test('D4: the page lists what is possible in every state of incidents and runs', () => {
  for (const [state, legal] of Object.entries({ ...legalOnIncident, ...legalOnRun })) {
    const orders: readonly string[] = legal;
    expect(rows.get(state), state).toBe(orders.length === 0 ? 'none' : orders.join(', '));
  }
});

test('D4: the page explains every order', () => {
  for (const order of [...incidentCommands, ...runCommands]) {
    expect(page, order).toMatch(new RegExp(`^\\| \`${order}\` +\\| \`\\{.*\\}\` +\\| .{10,}\\|$`, 'm'));
  }
});
