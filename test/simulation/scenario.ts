// What happens to the estate in one schedule, by seed: clusters that crash, starts that fail, who reports it how often and how late, people who step in.
import type { Estate } from '../../shared/domain/estate/estate.ts';
import { type ClusterId, isClusterId } from '../../shared/domain/ids.ts';
import { orderKinds, stateOf } from '../../shared/domain/standing-orders/standing-order.ts';
import { setStopSwitch } from '../../shared/usecases/set-stop-switch.ts';
import { endOrder } from '../../shared/usecases/standing-orders/end-order.ts';
import { giveOrder } from '../../shared/usecases/standing-orders/give-order.ts';
import { died, type House } from '../builders/house.ts';
import type { TrueAutonomy } from './gate-truth.ts';
import type { Random } from './random.ts';

const MINUTE = 60_000;
/** Listed clusters of the reference estate. */
const LISTED: readonly string[] = [
  'test-cluster-123',
  'test-cluster-456',
  '0424-035941-pl8ku9sr',
  '0424-043008-so9kse51',
];

/** Why clusters end, each with what comes of it: repaired, repaired with growing pauses, a person's, nothing. */
const CODES = [
  'DRIVER_UNREACHABLE',
  'DRIVER_UNREACHABLE',
  'CLOUD_PROVIDER_SHUTDOWN',
  'CLOUD_PROVIDER_LAUNCH_FAILURE',
  'BOOTSTRAP_TIMEOUT',
  'INIT_SCRIPT_FAILURE',
  'INACTIVITY',
] as const;
const START_FAILURES = [
  'DRIVER_UNREACHABLE',
  'CLOUD_PROVIDER_LAUNCH_FAILURE',
  'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
] as const;
/** A breaker opens with the fourth failure, and to each of the three before belong ten minutes: a report, a start, a look at its health. */
const RELAPSES_MS = 45 * MINUTE;

export interface Cast {
  readonly clusters: readonly ClusterId[];
  readonly autonomy: ReadonlyMap<string, TrueAutonomy>;
}

export interface Stage {
  readonly house: House;
  readonly random: Random;
  /** So many milliseconds from now on. */
  after(milliseconds: number, happen: () => void): void;
  knock(what: string, body: Record<string, unknown>): void;
  /** AUTO_REMEDIATION_ENABLED. */
  switchOff(): void;
  switchOn(): void;
  /** Anything that a door does. */
  once(what: string, work: () => Promise<unknown>): void;
  /** Somebody orders something. */
  order(): void;
  trace(line: () => string): void;
}

export function cast(random: Random): Cast {
  const clusters = LISTED.slice(0, random.between(1, LISTED.length)).filter(isClusterId);
  const kinds: readonly [TrueAutonomy, ...TrueAutonomy[]] = [
    'auto',
    'auto',
    'auto',
    'auto',
    'auto',
    'auto',
    'approve',
    'shadow',
  ];
  return { clusters, autonomy: new Map(clusters.map((id) => [id, random.pick(kinds)])) };
}

/** Few, so that a handful of incidents is enough for a summary. */
const FOLDING = { individually: 2, windowMinutes: 5 };

/** The reference estate with each cluster's autonomy as cast. */
export function estateFor({ autonomy }: Cast): (estate: Estate) => Estate {
  return (estate) => ({
    ...estate,
    notifications: { ...estate.notifications, folding: FOLDING },
    pairs: estate.pairs.map((pair) => ({
      ...pair,
      primary: {
        ...pair.primary,
        components: pair.primary.components.map((component) => ({
          ...component,
          autonomy: autonomy.get(component.id) ?? component.autonomy,
        })),
      },
    })),
  });
}

/** Puts everything that will happen on the agenda, and says how long it goes on. */
export function play(stage: Stage, { clusters }: Cast): number {
  const { random } = stage;
  const lengthMs = random.between(4, 15) * MINUTE;
  for (const id of clusters) playCluster(stage, id, lengthMs);
  const [restless] = clusters;
  if (restless && random.chance(0.12)) return playRelapses(stage, restless, lengthMs);
  if (random.chance(0.3)) playSwitch(stage, random.between(0, lengthMs));
  if (random.chance(0.2)) playStop(stage, random.between(0, lengthMs));
  if (random.chance(0.2)) playHold(stage, random.between(0, lengthMs));
  for (let n = random.chance(0.5) ? random.between(1, 8) : 0; n > 0; n -= 1) {
    stage.after(random.between(10_000, lengthMs), () => stage.order());
  }
  if (random.chance(0.15)) stage.after(random.between(0, lengthMs), () => stage.knock('test', { event: 'test' }));
  if (random.chance(0.1)) {
    stage.after(random.between(0, lengthMs), () => stage.knock('unknown', { event: 'job.succeeded', job_id: 7 }));
  }
  const orders = random.chance(0.25) ? random.between(1, 2) : 0;
  for (let n = 0; n < orders; n += 1) playStandingOrder(stage, clusters, n, random.between(0, lengthMs));
  return lengthMs;
}

function playCluster(stage: Stage, id: ClusterId, lengthMs: number): void {
  const { random, house } = stage;
  if (house.workspace.truth(id) === undefined) house.workspace.put(id, { startedAt: '2026-11-20T07:00:00.000Z' });
  const failures = random.between(1, 3);
  let at = random.between(1_000, 2 * MINUTE);
  for (let n = 0; n < failures && at < lengthMs; n += 1) {
    stage.after(at, () => fail(stage, id));
    at += random.between(20_000, 9 * MINUTE);
  }
  if (random.chance(0.1)) playLibraries(stage, id, random.between(0, lengthMs));
}

/** A cluster whose repair does not last: it ends again and again. Returns how long it goes on. */
function playRelapses(stage: Stage, id: ClusterId, lengthMs: number): number {
  const endMs = Math.max(lengthMs, RELAPSES_MS);
  for (let at = MINUTE; at < endMs; at += stage.random.between(2, 5) * MINUTE)
    stage.after(at, () => relapse(stage, id));
  return endMs;
}

function relapse(stage: Stage, id: ClusterId): void {
  const { house } = stage;
  if (house.workspace.truth(id)?.state !== 'RUNNING') return;
  stage.trace(() => `the world: ${id} ends again`);
  house.workspace.crash(id, reasonOf('DRIVER_UNREACHABLE'));
  report(stage, id);
}

function fail(stage: Stage, id: ClusterId): void {
  const { house, random } = stage;
  const state = house.workspace.truth(id)?.state;
  if (state !== 'TERMINATED') {
    const code = random.pick(CODES);
    stage.trace(() => `the world: ${id} ends with ${code}`);
    house.workspace.crash(id, reasonOf(code));
    for (let n = random.skewed(0, 4); n > 0; n -= 1)
      house.workspace.failNextStart(id, reasonOf(random.pick(START_FAILURES)));
  }
  report(stage, id);
  if (random.chance(0.12)) stage.after(random.between(500, 4 * MINUTE), () => startByHand(stage, id));
}

/** None, one or several reports: with or without a time or an id of their own, at once or late; sometimes of progress. */
function report(stage: Stage, id: ClusterId): void {
  const { house, random } = stage;
  const cluster = house.workspace.truth(id);
  const code = cluster?.reason?.code ?? 'UNKNOWN';
  const more = random.chance(0.5) && cluster?.terminatedAt ? { terminated_time: Date.parse(cluster.terminatedAt) } : {};
  const eventId = random.chance(0.3) ? { event_id: `${id} ${cluster?.terminatedAt}` } : {};
  const body = { ...died(id, code, more), ...eventId };
  const reports = random.skewed(0, 5) + (random.chance(0.8) ? 1 : 0);
  for (let n = 0; n < reports; n += 1) {
    stage.after(random.skewed(100, 6 * MINUTE), () => stage.knock(`termination of ${id}`, body));
  }
  if (random.chance(0.15)) {
    const progress = { event: 'cluster.restarting', cluster: { cluster_id: id, state: 'RESTARTING' } };
    stage.after(random.skewed(100, 6 * MINUTE), () => stage.knock(`progress of ${id}`, progress));
  }
}

function startByHand(stage: Stage, id: ClusterId): void {
  stage.trace(() => `the world: somebody starts ${id}`);
  void stage.house.workspace.startCluster(id);
}

/** Libraries that fail for a while: RUNNING is not healthy. */
function playLibraries(stage: Stage, id: ClusterId, at: number): void {
  const { house, random } = stage;
  stage.after(at, () =>
    house.workspace.setLibraries(id, [{ library: 'broken.whl', status: 'FAILED', messages: ['no such file'] }]),
  );
  stage.after(at + random.between(1, 6) * MINUTE, () => house.workspace.setLibraries(id, []));
}

function playSwitch(stage: Stage, at: number): void {
  stage.after(at, () => stage.switchOff());
  stage.after(at + stage.random.between(20_000, 6 * MINUTE), () => stage.switchOn());
}

function playStop(stage: Stage, at: number): void {
  const { ports } = stage.house;
  const set = (on: boolean) => () =>
    stage.once(`stop switch ${on}`, () =>
      setStopSwitch(ports, { on, by: 'somebody', reason: 'drill', correlationId: `stop-${on}` }),
    );
  stage.after(at, set(true));
  stage.after(at + stage.random.between(20_000, 6 * MINUTE), set(false));
}

/** As a region run will reserve its workspaces. */
function playHold(stage: Stage, at: number): void {
  const { gate } = stage.house.ports;
  const workspace = stage.house.workspace.name;
  const hold = { workspace, run: 'region-run', reason: 'drill', since: '2026-11-20T08:00:00.000Z' };
  stage.after(at, () => stage.once('hold', () => gate.setHold(hold)));
  stage.after(at + stage.random.between(20_000, 6 * MINUTE), () =>
    stage.once('hold released', () => gate.releaseHold(workspace)),
  );
}

/** A freeze, a silence or a window over everything or one cluster: it ends by itself, or by somebody before. */
function playStandingOrder(stage: Stage, clusters: readonly ClusterId[], number: number, at: number): void {
  const { house, random } = stage;
  const id = random.pick(clusters);
  const kind = random.pick(orderKinds) ?? 'freeze';
  const scope =
    id && random.chance(0.5) ? ({ of: 'component', kind: 'cluster', id } as const) : ({ of: 'everything' } as const);
  const lastsMs = random.between(1, 8) * MINUTE;
  const operator = { name: `giver-${number}`, caller: 'simulation' };
  const key = `order-${number}`;
  const give = async () => {
    const until = new Date(house.clock.now().getTime() + lastsMs).toISOString();
    const given = { kind, scope, until, reason: 'drill' };
    return await giveOrder(house.ports, { given, operator, key, fingerprint: key });
  };
  stage.after(at, () => stage.once(`${kind} given`, give));
  if (random.chance(0.4)) return;
  const end = async () => {
    const { order, repeated } = await give();
    if (repeated && stateOf(order, house.clock.now().toISOString()) === 'in-force')
      await endOrder(house.ports, { id: order.id, operator, key });
  };
  stage.after(at + random.between(20_000, lastsMs), () => stage.once(`${kind} ended`, end));
}

function reasonOf(code: string) {
  const type = code === 'INACTIVITY' ? 'SUCCESS' : 'CLOUD_FAILURE';
  return { code, type, parameters: {} };
}
