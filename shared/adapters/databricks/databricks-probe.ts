// Looks at a workspace over REST, each tried once: what came back is sorted into an answer, a refusal, a fault, or nothing sent at all.
import type * as z from 'zod';
import { isClusterId, isNumberId, isWarehouseId, type WarehouseId } from '../../domain/ids.ts';
import type { CommandAnswer } from '../../ports/answers.ts';
import type { AclKind, Probed, WorkspaceProbe } from '../../ports/workspace-probe.ts';
import type { Warehouse } from '../../ports/workspace-warehouses.ts';
import type { Call, WorkspaceCalls } from './calls.ts';
import { read } from './parse.ts';
import { answerOf, statementCall, warehousePath } from './statements.ts';
import type { Failure } from './translate.ts';
import { statementAnswer, warehouseAnswer } from './warehouses-wire.ts';
import * as wire from './wire.ts';

const MAX_WORDS = 250;
/** Of the time for a statement, so much is left for the answer's way. */
const WAY_SECONDS = 2;

const ACCESS: Readonly<Record<AclKind, { readonly path: string; readonly isId: (id: string) => boolean }>> = {
  cluster: { path: 'clusters', isId: isClusterId },
  warehouse: { path: 'sql/warehouses', isId: isWarehouseId },
  job: { path: 'jobs', isId: isNumberId },
};

export class DatabricksProbe implements WorkspaceProbe {
  readonly #calls: WorkspaceCalls;

  constructor(calls: WorkspaceCalls) {
    this.#calls = calls;
  }

  mayCall(): Promise<boolean> {
    return this.#calls.admitNow();
  }

  authenticate(limitSeconds: number): Promise<Probed<string>> {
    return this.#look(
      read('/api/2.0/preview/scim/v2/Me', {}),
      wire.meAnswer.transform(({ userName }) => userName),
      limitSeconds,
    );
  }

  listClusters(limitSeconds: number): Promise<Probed<void>> {
    return this.#look(
      read('/api/2.1/clusters/list', { page_size: 1 }),
      wire.clusterPage.transform(nothing),
      limitSeconds,
    );
  }

  async warehouse(id: WarehouseId, limitSeconds: number): Promise<Probed<Warehouse>> {
    return await this.#look(read(warehousePath(id), {}), warehouseAnswer, limitSeconds);
  }

  async statement(id: WarehouseId, statement: string, limitSeconds: number): Promise<Probed<CommandAnswer>> {
    const order = { timeoutSeconds: limitSeconds - WAY_SECONDS, rows: 1 };
    return await this.#look(statementCall(id, statement, order), statementAnswer.transform(answerOf), limitSeconds);
  }

  async access(kind: AclKind, id: string, limitSeconds: number): Promise<Probed<void>> {
    const { path, isId } = ACCESS[kind];
    if (!isId(id)) return { outcome: 'skipped', because: `this is not the id of a ${kind}` };
    return await this.#look(
      read(`/api/2.0/permissions/${path}/${id}`, {}),
      wire.accessList.transform(nothing),
      limitSeconds,
    );
  }

  async #look<Value>(call: Call, schema: z.ZodType<Value>, limitSeconds: number): Promise<Probed<Value>> {
    const begunAt = this.#calls.now();
    const answer = await this.#calls.ask({ ...call, once: true, budgetSeconds: limitSeconds });
    const milliseconds = Math.round(this.#calls.now() - begunAt);
    if (!answer.ok) return sorted(answer.failure, milliseconds);
    const parsed = schema.safeParse(answer.body);
    if (parsed.success) return { outcome: 'ok', milliseconds, value: parsed.data };
    return { outcome: 'failed', milliseconds, because: 'answers with something else than was asked for' };
  }
}

function sorted(failure: Failure, milliseconds: number): Probed<never> {
  const { status = 0, detail } = failure;
  const because = [status || undefined, failure.errorCode, detail].filter(Boolean).join(' ').slice(0, MAX_WORDS);
  if (failure.neverLeft) return { outcome: 'skipped', because };
  if (status >= 400 && status < 500) return { outcome: 'refused', milliseconds, status, because };
  return { outcome: 'failed', milliseconds, because };
}

function nothing(): void {}
