// SQL warehouses over REST. Ids stand in paths here, so nothing but a checked one gets there; an edit sends back all that was read.
import type { WarehouseId } from '../../domain/ids.ts';
import type { CommandAnswer, StartAnswer } from '../../ports/answers.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { LastCommit, Warehouse, WarehouseSize, Warehouses } from '../../ports/workspace-warehouses.ts';
import type { WorkspaceCalls } from './calls.ts';
import { accepted, PageGuard, parsed, read } from './parse.ts';
import { answerOf, failureOf, type StatementOrder, statementCall, WAREHOUSES, warehousePath } from './statements.ts';
import { lastCommitIn, MOST_COMMITS, quotedTable } from './table-history.ts';
import { saysUnknown } from './translate.ts';
import {
  rawWarehouse,
  type StatementAnswer,
  statementAnswer,
  warehouseAnswer,
  warehousePage,
} from './warehouses-wire.ts';

/** The service's largest page of warehouses (docs.databricks.com/api/azure/workspace/warehouses/list). */
const PER_PAGE = 100;
/** What an edit takes (warehouses/edit); other members of a read warehouse are told by the service and would be refused or ignored. */
const EDITABLE = [
  'name',
  'cluster_size',
  'min_num_clusters',
  'max_num_clusters',
  'auto_stop_mins',
  'tags',
  'spot_instance_policy',
  'enable_photon',
  'enable_serverless_compute',
  'warehouse_type',
  'channel',
  'instance_profile_arn',
  'creator_name',
] as const;

export class DatabricksWarehouses implements Warehouses {
  readonly #workspace: string;
  readonly #calls: WorkspaceCalls;

  constructor(workspace: string, calls: WorkspaceCalls) {
    this.#workspace = workspace;
    this.#calls = calls;
  }

  async get(id: WarehouseId): Promise<Warehouse | undefined> {
    const answer = await this.#calls.ask(read(warehousePath(id), {}));
    if (!answer.ok && saysUnknown(answer.failure)) return undefined;
    return parsed(this.#workspace, warehouseAnswer, answer, 'a warehouse');
  }

  async *pages(): AsyncIterable<readonly Warehouse[]> {
    const seen = new PageGuard(this.#workspace);
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query = { page_size: PER_PAGE, ...(token !== '' && { page_token: token }) };
      const answer = await this.#calls.ask(read(WAREHOUSES, query));
      const page: { warehouses: readonly Warehouse[]; next_page_token?: string | undefined } = parsed(
        this.#workspace,
        warehousePage,
        answer,
        'a list of warehouses',
      );
      yield page.warehouses;
      token = seen.next(page.next_page_token);
    }
  }

  start(id: WarehouseId, lastLook: LastLook): Promise<StartAnswer> {
    return this.#act(`${warehousePath(id)}/start`, {}, lastLook);
  }

  stop(id: WarehouseId, lastLook: LastLook): Promise<StartAnswer> {
    return this.#act(`${warehousePath(id)}/stop`, {}, lastLook);
  }

  async resize(id: WarehouseId, size: WarehouseSize, lastLook: LastLook): Promise<StartAnswer> {
    const now = parsed(
      this.#workspace,
      rawWarehouse,
      await this.#calls.ask(read(warehousePath(id), {})),
      'a warehouse',
    );
    const kept = EDITABLE.flatMap((name) => (now[name] === undefined ? [] : [[name, now[name]]]));
    return await this.#act(
      `${warehousePath(id)}/edit`,
      { ...Object.fromEntries(kept), id, cluster_size: size },
      lastLook,
    );
  }

  async query(id: WarehouseId, statement: string, timeoutSeconds: number): Promise<CommandAnswer> {
    return answerOf(await this.#run(id, statement, { timeoutSeconds, rows: 1 }));
  }

  async lastCommit(id: WarehouseId, table: string, timeoutSeconds: number): Promise<LastCommit> {
    const statement = `DESCRIBE HISTORY ${quotedTable(table)} LIMIT ${MOST_COMMITS}`;
    const answer = await this.#run(id, statement, { timeoutSeconds, rows: MOST_COMMITS });
    if (answer.status.state !== 'SUCCEEDED') return { known: false, because: failureOf(answer.status) };
    return lastCommitIn(answer);
  }

  async #run(id: WarehouseId, statement: string, order: StatementOrder): Promise<StatementAnswer> {
    const answer = await this.#calls.ask(statementCall(id, statement, order));
    return parsed(this.#workspace, statementAnswer, answer, 'the status of a statement');
  }

  async #act(path: string, body: Record<string, unknown>, lastLook: LastLook): Promise<StartAnswer> {
    return accepted(await this.#calls.ask({ method: 'POST', path, body, repeatable: false, lastLook }));
  }
}
