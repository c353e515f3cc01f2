// Every schema that an action group sends, and every variant of the facts, from the door to where it ends (A2, C4, C8).
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../shared/domain/errors.ts';
import { hashOf, signalIdOf } from '../../../shared/domain/ids.ts';
import { azureNoticeSchema } from '../../../shared/domain/signals/azure/notice.ts';
import { parseAzureAlert } from '../../../shared/domain/signals/azure/parse-azure-alert.ts';
import { azureCorpus } from '../../builders/azure-corpus.ts';
import type { CorpusRow, Ending } from '../../builders/azure-corpus-row.ts';
import { hearAzure } from '../../builders/azure-house.ts';
import { House } from '../../builders/house.ts';

const context = { id: signalIdOf(hashOf('a')), receivedAt: '2026-11-20T08:00:00.000Z', correlationId: 'c' };

describe('bodies of action groups', () => {
  it('A2: the corpus has at least 100 bodies, no name twice', () => {
    const names = new Set(azureCorpus.map(({ name }) => name));
    expect(names.size).toBe(azureCorpus.length);
    expect(azureCorpus.length).toBeGreaterThanOrEqual(100);
  });

  it.each(azureCorpus.map((row): [string, CorpusRow] => [row.name, row]))(
    'A2: %s ends where it belongs',
    async (_name, row) => {
      await expectEnding(row.body, row.ends);
    },
  );
});

async function expectEnding(body: unknown, ends: Ending): Promise<void> {
  if ('refused' in ends) {
    expect(() => parseAzureAlert(body, context)).toThrow(InvalidInput);
    return;
  }
  const parsed = parseAzureAlert(body, context);
  if ('kind' in ends) {
    expect(parsed.map(({ signal }) => signal.kind)).toEqual([ends.kind]);
    return;
  }
  for (const { signal } of parsed)
    expect(signal.kind === 'azure' && azureNoticeSchema.safeParse(signal.notice).success).toBe(true);
  const house = new House();
  const [outcome] = await hearAzure(house, body);
  expect(house.errors).toEqual([]);
  if ('recorded' in ends) {
    expect(outcome).toMatchObject({ ended: 'recorded', ticketId: null, recoveryStatus: 'not_needed' });
    expect(outcome?.decisions.find(({ stage }) => stage === 'notice')?.because).toBe(ends.recorded);
    expect(house.ports.incidents.ids).toEqual([]);
    return;
  }
  const { incident } = await house.incident();
  expect(outcome).toMatchObject({ ended: 'opened', ticketId: incident.id });
  expect(incident.failureClass).toBe(ends.opens);
  expect(incident.subject).toMatch(ends.subject);
}
