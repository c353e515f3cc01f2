// Judged by the facts, code by code: its class, the remedies that its playbook names, and what becomes of a report of it.
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import * as z from 'zod';
import { failureClasses } from '../../../../shared/domain/classification/failure-classes.ts';
import { remedies } from '../../../../shared/steps/remedies/index.ts';
import { playbooks } from '../../../../shared/steps/remedies/playbooks.ts';
import { died, House, UNLISTED } from '../../../builders/house.ts';

const facts = z
  .array(z.object({ code: z.string(), class: z.string(), action: z.string(), why: z.string() }))
  .parse(JSON.parse(readFileSync(new URL('../../../fixtures/termination-codes.json', import.meta.url), 'utf8')));

const RESTART = ['restart-cluster'];

/** What C1 says of each action; START_ALT by class. What is not here is a person's. */
const BY_ACTION: Readonly<Record<string, readonly string[]>> = {
  RESTART,
  START_BACKOFF: RESTART,
  START_LONGER: RESTART,
  WAIT_10M: RESTART,
  WAIT_60M: RESTART,
  RAISE_POOL: ['raise-pool-capacity'],
  ROLLBACK_CONFIG: ['rollback-config'],
};
const ALTERNATIVES: Readonly<Record<string, readonly string[]>> = {
  DatabricksQuotaExceeded: ['use-on-demand', 'change-node-type', 'scale-down'],
  DatabricksResourceExhausted: ['use-on-demand', 'change-node-type', 'scale-down'],
  DatabricksSpotEviction: ['use-on-demand', 'restart-cluster'],
  DatabricksConfigurationError: ['change-node-type'],
};
const PERSONS = new Set(['TICKET', 'ESCALATE', 'NOTIFY']);

function expectedOf({ class: failureClass, action }: (typeof facts)[number]) {
  if (failureClass === 'DatabricksBenignTermination') return { ended: 'recorded', failureClass: null, remedies: [] };
  const chosen = action === 'START_ALT' ? ALTERNATIVES[failureClass] : BY_ACTION[action];
  return { ended: 'opened', failureClass, remedies: PERSONS.has(action) ? [] : (chosen ?? ['no row for it']) };
}

describe('a report of each termination code', () => {
  it.each(facts.map((fact) => [fact.code, fact] as const))('C1: %s', async (code, fact) => {
    const house = new House({
      estate: (estate) => ({ ...estate, autonomy: { ...estate.autonomy, unlisted: 'auto' } }),
    });
    house.workspace.put(UNLISTED, { state: 'TERMINATED' });
    const { id } = await house.hear(died(UNLISTED, code));
    await house.settle(0);
    const expected = expectedOf(fact);
    const outcome = await house.ports.signals.get(id);
    expect(outcome).toMatchObject({ ended: expected.ended, errorType: expected.failureClass });
    if (expected.ended === 'recorded') return expect(house.ports.incidents.ids).toEqual([]);
    const { incident, runs, steps } = await house.incident();
    expect(steps.map((step) => step.id)).toEqual(expected.remedies);
    expect(runs).toHaveLength(expected.remedies.length === 0 ? 0 : 1);
    expect(outcome?.recoveryStatus).toBe(expected.remedies.length === 0 ? 'escalated' : 'in_progress');
    expect(incident.advice).toContain(fact.why.slice(1, 40));
    if (expected.remedies.length === 0) expect(outcome?.message).toContain('A person is needed');
  });
});

test('E1: every class has advice, and names only remedies that there are, for what they can be done to', () => {
  for (const failureClass of failureClasses) {
    const { advice, remedies: named } = playbooks[failureClass];
    expect(advice.length, failureClass).toBeGreaterThan(20);
    for (const ids of Object.values(named)) for (const id of ids) expect(remedies[id].id).toBe(id);
  }
});

test('E2: every remedy has a title, a documented name and advice of its own', () => {
  const all = Object.values(remedies);
  expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
  for (const { action, kinds } of all)
    expect([action, kinds.length > 0]).toEqual([expect.stringMatching(/^[a-z_]+$/), true]);
});
