// Whether a workspace works: sign in, list, one statement, one access list. It never starts compute: a statement goes to a warehouse
// that was seen RUNNING by the call right before, and never so often that it would keep one from stopping by itself.
import type { Component } from '../../domain/estate/components.ts';
import { workspacesOf } from '../../domain/estate/lookup.ts';
import { isWarehouseId, type WarehouseId } from '../../domain/ids.ts';
import { AUTO_STOP_MARGIN_MS, DEEP_LIMIT_SECONDS, MOST_WAREHOUSES_ASKED } from '../../domain/probes/figures.ts';
import { type Check, type CheckName, type ProbeSample, sampleOf } from '../../domain/probes/sample.ts';
import type { ProbeTarget } from '../../domain/probes/target.ts';
import { aclKinds, type Probed, type WorkspaceProbe } from '../../ports/workspace-probe.ts';
import type { Warehouse } from '../../ports/workspace-warehouses.ts';
import type { ProbePorts } from './ports.ts';

/** One check gets no more, so that one that hangs leaves time for the others. */
const CHECK_LIMIT_SECONDS = 5;
/** The service waits five seconds for a statement at least. */
const STATEMENT_LIMIT_SECONDS = 7;
/** With less left a check would only be cut off. */
const LEAST_SECONDS = 1;
/** What a warehouse has that does not say it (docs.databricks.com/api/azure/workspace/warehouses/create). */
const USUAL_AUTO_STOP_MINUTES = 120;
const MOST_SAMPLES = 500;

export async function lookDeep(ports: ProbePorts, target: ProbeTarget): Promise<ProbeSample> {
  const look = new DeepLook(ports, target);
  await look.go();
  const { checks, warehouse, begunAt: at } = look;
  return sampleOf({ target: target.id, kind: 'deep', region: target.region, at, checks, warehouse });
}

class DeepLook {
  readonly checks: Check[] = [];
  readonly begunAt: Date;
  /** The one that was sent a statement. */
  warehouse: WarehouseId | undefined;
  readonly #ports: ProbePorts;
  readonly #target: ProbeTarget;
  readonly #probe: WorkspaceProbe;
  readonly #components: readonly Component[];

  constructor(ports: ProbePorts, target: ProbeTarget) {
    this.#ports = ports;
    this.#target = target;
    this.begunAt = ports.clock.now();
    this.#probe = ports.workspaces.get(target.name).probe;
    const place = workspacesOf(ports.estate).find(({ workspace }) => workspace.name === target.name);
    this.#components = place?.workspace.components ?? [];
  }

  async go(): Promise<void> {
    const signedIn = await this.#check('authentication', (limit) => this.#probe.authenticate(limit));
    // Who is not let in learns nothing more, and the calls would only count against us.
    if (signedIn?.outcome !== 'ok') return;
    await this.#check('list', (limit) => this.#probe.listClusters(limit));
    await this.#statement();
    await this.#access();
  }

  async #statement(): Promise<void> {
    const listed = this.#components.filter((component) => component.kind === 'warehouse');
    const canariesFirst = listed.toSorted((one, other) => Number(!one.testTable) - Number(!other.testTable));
    const notes: string[] = [];
    for (const { id, name, testTable } of canariesFirst.slice(0, MOST_WAREHOUSES_ASKED)) {
      if (!isWarehouseId(id)) continue;
      const seen = await this.#stateOf(id);
      if (seen.outcome === 'failed' || seen.outcome === 'skipped') return this.#note('statement', seen);
      // One that is gone, or not ours to see, says nothing of the next.
      const obstacle = seen.outcome === 'refused' ? `(${seen.because})` : await this.#obstacle(seen.value);
      if (obstacle === undefined) return await this.#askIfStillRunning(id, name, testTable);
      notes.push(`${name} ${obstacle}`);
    }
    this.#skip('statement', notes.join('; ') || 'the estate lists no warehouse there');
  }

  async #stateOf(id: WarehouseId): Promise<Probed<Warehouse>> {
    const left = this.#secondsLeft() - STATEMENT_LIMIT_SECONDS;
    if (left < LEAST_SECONDS) return { outcome: 'skipped', because: 'no time was left' };
    return await this.#probe.warehouse(id, Math.min(CHECK_LIMIT_SECONDS, left));
  }

  /** Why it gets no statement. */
  async #obstacle({ id, state, autoStopMinutes = USUAL_AUTO_STOP_MINUTES }: Warehouse): Promise<string | undefined> {
    if (state !== 'RUNNING') return `is ${state}`;
    if (autoStopMinutes === 0) return undefined;
    const since = new Date(this.begunAt.getTime() - autoStopMinutes * 60_000 - AUTO_STOP_MARGIN_MS);
    const looks = await this.#ports.probes.newest({ target: this.#target.id, kind: 'deep' }, since, MOST_SAMPLES);
    const [last, before] = looks.filter(({ warehouse }) => warehouse === id);
    // A statement that failed is asked again once: one failure alone says little.
    if (last && hasFailedStatement(last) && !(before && hasFailedStatement(before))) return undefined;
    return last && `had a statement of ours at ${last.at}: another would keep it from stopping by itself`;
  }

  /** Between the first look and now our own store was asked: nothing comes between this look and the statement. */
  async #askIfStillRunning(id: WarehouseId, name: string, table: string | undefined): Promise<void> {
    const seen = await this.#stateOf(id);
    if (seen.outcome !== 'ok') return this.#note('statement', seen);
    if (seen.value.state !== 'RUNNING') return this.#skip('statement', `${name} is ${seen.value.state}`);
    await this.#ask(id, table);
  }

  async #ask(id: WarehouseId, table: string | undefined): Promise<void> {
    const sql = table === undefined ? 'SELECT 1' : `SELECT 1 FROM ${quotedName(table)} LIMIT 1`;
    const asked = await this.#probe.statement(id, sql, STATEMENT_LIMIT_SECONDS);
    if (asked.outcome !== 'skipped') this.warehouse = id;
    if (asked.outcome !== 'ok' || asked.value.answered) return this.#note('statement', asked);
    const { milliseconds, value } = asked;
    this.#note('statement', { outcome: 'failed', milliseconds, because: value.because });
  }

  async #access(): Promise<void> {
    const kind = aclKinds.find((one) => this.#components.some((component) => component.kind === one));
    const known = this.#components.find((component) => component.kind === kind);
    if (!kind || !known) return this.#skip('access', 'the estate lists nothing there that has an access list');
    await this.#check('access', (limit) => this.#probe.access(kind, known.id, limit));
  }

  async #check<Value>(
    name: CheckName,
    look: (limitSeconds: number) => Promise<Probed<Value>>,
  ): Promise<Probed<Value> | undefined> {
    const left = this.#secondsLeft();
    if (left < LEAST_SECONDS) {
      this.#skip(name, 'no time was left');
      return undefined;
    }
    const found = await look(Math.min(CHECK_LIMIT_SECONDS, left));
    this.#note(name, found);
    return found;
  }

  #note(name: CheckName, found: Probed<unknown>): void {
    const milliseconds = found.outcome === 'skipped' ? undefined : found.milliseconds;
    const because = found.outcome === 'ok' ? undefined : found.because.slice(0, 300);
    const timed = milliseconds === undefined ? {} : { milliseconds };
    this.checks.push({ name, outcome: found.outcome, ...timed, ...(because !== undefined && { because }) });
  }

  #skip(name: CheckName, because: string): void {
    this.checks.push({ name, outcome: 'skipped', because: because.slice(0, 300) });
  }

  #secondsLeft(): number {
    return DEEP_LIMIT_SECONDS - (this.#ports.clock.now().getTime() - this.begunAt.getTime()) / 1_000;
  }
}

function hasFailedStatement({ checks }: ProbeSample): boolean {
  return checks.some(({ name, outcome }) => name === 'statement' && outcome === 'failed');
}

/** `inference_db.model_predictions`: each part quoted, whatever the estate's pattern let through. */
function quotedName(table: string): string {
  return table
    .split('.')
    .map((part) => `\`${part.replaceAll('`', '``')}\``)
    .join('.');
}
