// A day of looks on a virtual clock, over real HTTP against simulated workspaces: by the simulator's own log not one statement goes to a
// warehouse that does not run, none is started, and none is kept from stopping by itself.
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type SimulatedWorkspace, startWorkspace } from '../../local/databricks/workspace.ts';
import { DatabricksWorkspaces } from '../../shared/adapters/databricks/workspaces.ts';
import { SocketNetwork } from '../../shared/adapters/network/socket-network.ts';
import type { Estate } from '../../shared/domain/estate/estate.ts';
import { targetsOf } from '../../shared/domain/probes/target.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { CallBudget } from '../../shared/usecases/gate/budgets.ts';
import { probeRegions } from '../../shared/usecases/probes/probe-regions.ts';
import { referenceEstate } from '../builders/house.ts';
import { MemoryBudgetStore } from '../builders/memory-gate.ts';
import { MemoryLeases } from '../builders/memory-leases.ts';
import { MemoryNetworkLinks } from '../builders/memory-network-links.ts';
import { MemoryProbeSeries } from '../builders/memory-probe-series.ts';
import { MemoryWitnessStore } from '../builders/memory-regions.ts';
import { type ManualClock, manualClock, TOKEN } from '../builders/simulated-workspace.ts';

const MINUTES = 24 * 60;
const INFERENCE = 'f24fd0345a24b381';
const DASHBOARD = '9e61e3e42423aabc';
/** When people use a warehouse, in minutes of the day; in between it stops by itself. */
const USE: Readonly<
  Record<string, { readonly autoStopMinutes: number; readonly spells: readonly (readonly [number, number])[] }>
> = {
  [INFERENCE]: {
    autoStopMinutes: 45,
    spells: [
      [60, 95],
      [420, 700],
      [1_000, 1_010],
    ],
  },
  [DASHBOARD]: {
    autoStopMinutes: 10,
    spells: [
      [0, 5],
      [500, 540],
      [560, 561],
      [1_300, 1_400],
    ],
  },
};

const viewSchema = z.object({ state: z.string() });
const callsSchema = z.array(z.object({ method: z.string(), path: z.string(), status: z.number(), body: z.unknown() }));
const statementSchema = z.object({ warehouse_id: z.string(), on_wait_timeout: z.literal('CANCEL') });

/** The wiring of compose.ts over what a test can hold: real adapters, a clock of its own. */
class Day {
  readonly time: ManualClock = manualClock();
  readonly begun = this.time.now();
  readonly simulators = new Map<string, SimulatedWorkspace>();
  readonly series = new MemoryProbeSeries();
  readonly witnesses = new MemoryWitnessStore();
  #workspaces: DatabricksWorkspaces | undefined;
  #estate: Estate = referenceEstate();

  readonly clock: Clock = {
    now: () => new Date(this.time.now()),
    elapsedMilliseconds: () => this.time.now(),
    after: (seconds) => new Date(this.time.now() + seconds * 1_000),
    millisecondsOf: (seconds) => seconds * 1_000,
    sleep: async (milliseconds) => this.time.advance(milliseconds / 1_000),
  };

  async open(): Promise<void> {
    const warehouses = Object.entries(USE).map(([id, { autoStopMinutes }]) => ({
      id,
      name: id,
      auto_stop_mins: autoStopMinutes,
      state: 'STOPPED' as const,
    }));
    const clusters = [{ cluster_id: '0424-035941-pl8ku9sr', cluster_name: 'inference' }];
    const options = { token: TOKEN, clock: this.time };
    this.simulators.set('databricks-dev', await startWorkspace({ ...options, warehouses, clusters }));
    this.simulators.set('databricks-dr', await startWorkspace(options));
    const budgets = { store: new MemoryBudgetStore(), clock: this.clock };
    this.#workspaces = new DatabricksWorkspaces(
      [...this.simulators].map(([name, { url: host }]) => {
        const budget = new CallBudget(budgets, name, this.#estate.budgets.callsPerMinute);
        return {
          name,
          host,
          credentials: { token: TOKEN },
          admit: () => budget.admit(),
          admitNow: () => budget.tryAdmit(),
          elapsedMilliseconds: () => this.time.now() - this.begun,
          sleep: this.clock.sleep,
        };
      }),
    );
  }

  async close(): Promise<void> {
    await this.#workspaces?.close();
    await Promise.all([...this.simulators.values()].map((simulator) => simulator.stop()));
  }

  get ports() {
    const workspaces = this.#workspaces;
    if (!workspaces) throw new Error('the day has not begun');
    const targets = targetsOf(this.#estate).flatMap((target) => {
      const origin = this.simulators.get(target.name)?.url;
      return origin === undefined ? [] : [{ ...target, origin }];
    });
    const silent = () => undefined;
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    const { clock, series: probes, witnesses } = this;
    const here = { network: new SocketNetwork(), links: new MemoryNetworkLinks(), leases: new MemoryLeases() };
    const rest = { ...here, newOwner: () => 'the timer', log };
    return { estate: this.#estate, targets, workspaces, probes, witnesses, clock, ...rest };
  }

  async sim(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${this.simulators.get('databricks-dev')?.url}/_sim/${path}`, init);
    return answer.status === 204 ? undefined : await answer.json();
  }

  async stateOf(id: string): Promise<string> {
    return viewSchema.parse(await this.sim('GET', `warehouses/${id}`)).state;
  }

  /** While a pass waits for a statement, the simulator's time goes on. */
  async pass(): Promise<void> {
    let over = false;
    const running = probeRegions(this.ports).finally(() => {
      over = true;
    });
    while (!over) {
      this.time.advance(0.05);
      await pause(1);
    }
    await running;
  }

  /** What the primary was asked in this pass. */
  async calls() {
    const calls = callsSchema.parse(await this.sim('GET', 'calls'));
    await this.sim('DELETE', 'calls');
    return calls;
  }
}

describe('a day of looks', () => {
  let day: Day;
  afterEach(() => day.close());

  it('B4: no statement on a warehouse that does not run, none started, none kept awake', {
    timeout: 300_000,
  }, async () => {
    day = new Day();
    await day.open();
    const ports = day.ports;
    const usedAt = new Map<string, number>();
    const count = { calls: 0, statements: 0, stopped: 0, minutesUp: new Map<string, number>() };
    for (let minute = 0; minute < MINUTES; minute += 1) {
      await people(day, minute, usedAt);
      const before = await statesOf(day);
      await day.pass();
      await judge(day, minute, { before, after: await statesOf(day), usedAt, count });
      const spent = (day.time.now() - day.begun) / 1_000 - minute * 60;
      day.time.advance(Math.max(0, 60 - spent));
    }
    // So much went on that it proves something.
    expect(count.stopped).toBeGreaterThan(1_000);
    expect(count.statements).toBeGreaterThan(10);
    expect(count.calls).toBeGreaterThan(MINUTES + (MINUTES / 5) * 4);
    for (const [id, minutes] of count.minutesUp) expect(minutes, id).toBeLessThanOrEqual(longestUp(id));
    const since = new Date(day.begun);
    const looks = await ports.probes.newest({ target: 'workspace/databricks-dev', kind: 'shallow' }, since, 2_000);
    const deep = await ports.probes.newest({ target: 'workspace/databricks-dev', kind: 'deep' }, since, 2_000);
    expect(looks.map(({ outcome }) => outcome)).toEqual(Array(MINUTES).fill('ok'));
    expect(deep.map(({ outcome }) => outcome)).toEqual(Array(MINUTES / 5).fill('ok'));
    expect((await ports.witnesses.of('eastus')).map(({ says }) => says)).toEqual(['healthy']);
  });
});

interface Judged {
  /** States of the warehouses around the pass. */
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  readonly usedAt: Map<string, number>;
  readonly count: { calls: number; statements: number; stopped: number; minutesUp: Map<string, number> };
}

/** What the simulator was asked in this pass, and what became of the warehouses. */
async function judge(day: Day, minute: number, { before, after, usedAt, count }: Judged): Promise<void> {
  for (const { method, path, body } of await day.calls()) {
    count.calls += 1;
    expect(path, 'nothing is started, stopped or changed').not.toMatch(/\/(start|stop|edit|restart)\b/);
    if (method === 'GET') continue;
    expect(path).toBe('/api/2.0/sql/statements');
    const { warehouse_id: id } = statementSchema.parse(body);
    expect(before.get(id), `minute ${minute}`).toBe('RUNNING');
    count.statements += 1;
    usedAt.set(id, minute);
  }
  for (const [id, state] of before) {
    if (state !== 'STOPPED') count.minutesUp.set(id, (count.minutesUp.get(id) ?? 0) + 1);
    if (state !== 'STOPPED') continue;
    expect(after.get(id), `minute ${minute}`).toBe('STOPPED');
    count.stopped += 1;
  }
}

/** People start it and use it each minute of a spell; beyond that it stops once it has been idle for its auto-stop, as the service does. */
async function people(day: Day, minute: number, usedAt: Map<string, number>): Promise<void> {
  for (const [id, { autoStopMinutes, spells }] of Object.entries(USE)) {
    const isUsed = spells.some(([from, to]) => minute >= from && minute <= to);
    const state = await day.stateOf(id);
    if (isUsed && state === 'STOPPED') await day.sim('POST', `warehouses/${id}/human`, { action: 'start' });
    if (isUsed) usedAt.set(id, minute);
    const idleMinutes = minute - (usedAt.get(id) ?? minute);
    if (state === 'RUNNING' && idleMinutes >= autoStopMinutes)
      await day.sim('POST', `warehouses/${id}/human`, { action: 'stop' });
  }
}

async function statesOf(day: Day): Promise<Map<string, string>> {
  return new Map(await Promise.all(Object.keys(USE).map(async (id) => [id, await day.stateOf(id)] as const)));
}

/** Its spells of use, after each its auto-stop twice (a statement of ours may begin it anew once), and its way up and down. */
function longestUp(id: string): number {
  const { autoStopMinutes = 0, spells = [] } = USE[id] ?? {};
  return spells.reduce((sum, [from, to]) => sum + (to - from) + 2 * autoStopMinutes + 3, 0);
}
