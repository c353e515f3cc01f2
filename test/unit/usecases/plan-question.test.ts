// The query of a dry run: what it may name, and what is taken to have happened where it does not say.
import { expect, it } from 'vitest';
import { dryRunQuerySchema } from '../../../shared/domain/playbooks/orders.ts';
import { planQuestionOf } from '../../../shared/usecases/plan-question.ts';
import { referenceEstate } from '../../builders/house.ts';

const WAREHOUSE = 'f24fd0345a24b381';
const workspace = 'databricks-dev';

function asked(query: Record<string, string>) {
  return planQuestionOf(referenceEstate(), dryRunQuerySchema.parse(query));
}

it.each([
  [
    { clusterId: 'test-cluster-123' },
    { kind: 'cluster', id: 'test-cluster-123', workspace, code: 'DRIVER_UNREACHABLE' },
  ],
  [
    { kind: 'cluster', id: 'test-cluster-123', event: 'cluster.missing' },
    { kind: 'cluster', id: 'test-cluster-123', workspace, event: 'cluster.missing' },
  ],
  [
    { kind: 'warehouse', id: WAREHOUSE },
    { kind: 'warehouse', id: WAREHOUSE, workspace, event: 'warehouse.failed' },
  ],
  [
    { kind: 'warehouse', id: WAREHOUSE, code: 'X' },
    { kind: 'warehouse', id: WAREHOUSE, workspace, code: 'X' },
  ],
  [
    { kind: 'notebook', id: '/Shared/setup/other', workspace },
    { kind: 'notebook', id: '/Shared/setup/other', workspace, event: 'notebook.missing' },
  ],
  [
    { kind: 'region', id: 'eastus' },
    { kind: 'region', id: 'eastus', workspace: null, event: 'region.outage' },
  ],
])('E7: %j is asked about', (query, question) => {
  expect(asked(query)).toEqual(question);
});

it.each([
  {},
  { clusterId: 'nobody-lists-me' },
  { clusterId: 'test-cluster-123', workspace: 'nowhere' },
  { kind: 'warehouse', id: 'no warehouse', workspace },
  { kind: 'notebook', id: 'no-path', workspace },
  { kind: 'region', id: 'mars' },
])('E7: %j names nothing that the estate could have', (query) => {
  expect(() => asked(query)).toThrow('a workspace of the estate');
});

it.each([
  { kind: 'job', id: '1' },
  { kind: 'warehouse', id: WAREHOUSE, event: 'warehouse.exploded' },
])('E7: %j is refused as a query', (query) => {
  expect(dryRunQuerySchema.safeParse(query).success).toBe(false);
});
