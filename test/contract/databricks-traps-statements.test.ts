// The service holds the answer to a statement back for as long as it was asked to: that is an answer that comes late, and no silence.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { isWarehouseId } from '../../shared/domain/ids.ts';
import { status, trapBench } from '../builders/databricks-adapter.ts';
import { unavailableOf } from '../builders/failures.ts';
import { sendJson } from '../builders/scripted-server.ts';

const id = 'f24fd0345a24b381';
if (!isWarehouseId(id)) throw new Error(id);
const { server, ours } = trapBench();
/** Much less than the 30 s for which the statement may be held: a real warehouse that hangs is cancelled only then. */
const short = { deadlineSeconds: 0.2, retryBudgetSeconds: 0.4 };

it('E5: a statement is waited for until the service itself gives it up', async () => {
  const hung = await server(async (response) => {
    await sleep(800);
    sendJson(response, 200, { statement_id: 's', status: { state: 'CANCELED' } });
  });
  const answer = await ours(hung.url, short).workspace.warehouses.query(id, 'SELECT 1', 30);
  expect(answer).toEqual({ answered: false, because: 'it is CANCELED' });
  expect(hung.asked.map(({ body }) => JSON.parse(body).wait_timeout)).toEqual(['30s']);
});

it('E6: one that fails at once is tried again, but not when it could no longer be held for its whole time', async () => {
  const down = await server(status(503, {}, { 'retry-after': '5' }));
  const { workspace } = ours(down.url, { retryBudgetSeconds: 8 });
  expect(await unavailableOf(workspace.warehouses.query(id, 'SELECT 1', 30))).toBeDefined();
  expect(down.asked).toHaveLength(2);
});
