// The recorded bodies of action groups: the portal's tests open nothing, the rest ends where it belongs (A2, C8).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hearAzure } from '../../builders/azure-house.ts';
import { House } from '../../builders/house.ts';

const folder = join(import.meta.dirname, '../../fixtures/payloads/azure');

/** The rule that recorded it, or the class of the incident that it opened. */
const endings: Readonly<Record<string, string>> = {
  'cas-derived-maintenance-complete.json': 'is-planned-maintenance',
  'cas-wrapped-prometheus.json': 'AzureAlert',
  'legacy-service-health-incident-active-australiaeast-2017.json': 'is-below-warning',
};

const rows = readdirSync(folder).map((file): [string, string] => [file, endings[file] ?? 'is-a-test']);

it('A2: every recorded body is here', () => {
  expect(rows.length).toBeGreaterThanOrEqual(19);
  expect(rows.filter(([, ending]) => ending === 'is-a-test').length).toBe(rows.length - Object.keys(endings).length);
});

it.each(rows)('C8: %s ends as %s', async (file, ending) => {
  const house = new House();
  const [outcome] = await hearAzure(house, JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const rule = outcome?.decisions.find(({ stage }) => stage === 'notice')?.because;
  expect(outcome?.errorType ?? rule).toBe(ending);
  expect(house.ports.incidents.ids.length).toBe(ending === 'AzureAlert' ? 1 : 0);
});

it('C8: the incident of 2017 would open, were it a warning in one of our regions', async () => {
  const file = 'legacy-service-health-incident-active-australiaeast-2017.json';
  const text = readFileSync(join(folder, file), 'utf8').replaceAll('Australia East', 'East US');
  const house = new House();
  const [outcome] = await hearAzure(house, JSON.parse(text.replace('"Informational"', '"Warning"')));
  expect(outcome).toMatchObject({ ended: 'opened', errorType: 'AzureServiceIncident' });
});
