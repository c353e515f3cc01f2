// One simulated Azure Databricks workspace over HTTP: token, limits, APIs. What it refuses stands in refusals.ts.
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { type KeptMap, keptNowhere } from '../durable/kept-map.ts';
import { type Clock, systemClock, waitUntil } from '../simulator/clock.ts';
import { startFront } from '../simulator/front.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import { createTokenBucket } from '../simulator/token-bucket.ts';
import { bodyForStatus, refusal, tooManyRequests } from './errors.ts';
import { createObstacles } from './obstacles.ts';
import { createPools } from './pools.ts';
import { EMPTY_PAGE_EVERY, LIMITS, type Limit, type LimitName } from './refusals.ts';
import { createRouter } from './router.ts';
import { createServices, type Seeds } from './services.ts';
import { type Caller, createClusterStore, type WorkspaceState } from './state.ts';
import { createTables } from './tables.ts';
import { createWarehouseStore } from './warehouse-store.ts';

export interface WorkspaceOptions extends Seeds {
  /** The bearer token that is let in. */
  readonly token: string;
  /** 0, the default, takes any free one. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Transitions are this many times faster than real ones, and limits per second as many times wider. */
  readonly timeScale?: number;
  /** How long each page of a list of clusters or warehouses takes; not scaled. */
  readonly pageLatencyMs?: number;
  /** The Azure region, `eastus` by default. */
  readonly region?: string;
  /** Whose token it is. */
  readonly caller?: Caller;
  readonly limits?: Partial<Record<LimitName, Limit>>;
  /** Every so many pages of a list one is empty though a next token follows; 0: none, 1: would never end, so at least 2. */
  readonly emptyPageEvery?: number;
  /**
   * Where clusters, warehouses, permissions and the log of calls outlive the process; then `clusters` are only those that were
   * never there. What runs on a driver (contexts, commands, statements) and injected faults are lost, as with a real restart.
   */
  readonly kept?: KeptMap;
}

export interface SimulatedWorkspace {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** The application id of the service principal that the simulated token belongs to. */
const CALLER: Caller = { userName: '6f3b1c0e-5d0a-4a57-9a4e-0f6b1de2c7aa', displayName: 'lakewarden' };

export async function startWorkspace(options: WorkspaceOptions): Promise<SimulatedWorkspace> {
  const state = createState(options);
  const { routes, control, settle, stop } = createServices(state, options);
  settle();
  state.kept.flush();
  const route = createRouter(routes, async ({ limit, isPage }, { gone }) => {
    state.throttle(limit);
    if (isPage) await waitUntil(state.clock, state.clock.now() + (options.pageLatencyMs ?? 0), gone);
  });
  const front = await startFront({
    port: options.port ?? 0,
    clock: state.clock,
    kept: state.kept,
    errorBody: bodyForStatus,
    control(request) {
      settle();
      const answer = control(request);
      settle();
      return answer;
    },
    async serve(request) {
      settle();
      const answer = isAllowed(request, options.token) ? await route(request) : UNAUTHENTICATED;
      settle();
      return withWorkspaceHeaders(answer, state);
    },
  });
  return {
    ...front,
    async stop() {
      stop();
      await front.stop();
    },
  };
}

function createState(options: WorkspaceOptions): WorkspaceState {
  const { clock = systemClock, timeScale = 1, caller = CALLER, emptyPageEvery = EMPTY_PAGE_EVERY } = options;
  const { kept = keptNowhere, region = 'eastus' } = options;
  if (emptyPageEvery === 1) throw new Error('emptyPageEvery 1 would make every page empty');
  const throttle = createThrottle({ ...LIMITS, ...options.limits }, timeScale, clock);
  const id = String(7_405_600_000_000_000 + (options.port ?? 0));
  const clusters = createClusterStore(clock, kept);
  const obstacles = createObstacles(clock, kept);
  const pools = createPools({ clock, timeScale, clusters, kept, obstacles, region });
  const warehouses = createWarehouseStore(clock, kept);
  const compute = { clusters, pools, warehouses, obstacles };
  return {
    id,
    clock,
    timeScale,
    caller,
    emptyPageEvery,
    throttle,
    kept,
    region,
    ...compute,
    tables: createTables(kept),
  };
}

function createThrottle(limits: Record<LimitName, Limit>, timeScale: number, clock: Clock): WorkspaceState['throttle'] {
  const bucket = (limit: Limit) =>
    createTokenBucket({ perSecond: limit.perSecond * timeScale, burst: limit.burst }, clock);
  const buckets = Object.fromEntries(Object.entries(limits).map(([name, limit]) => [name, bucket(limit)]));
  return (name, tokens) => {
    const seconds = buckets[name]?.take(tokens) ?? 0;
    if (seconds > 0) throw tooManyRequests(limits[name].retryAfter ? Math.ceil(seconds) : undefined);
  };
}

const UNAUTHENTICATED = refusal(
  401,
  'UNAUTHENTICATED',
  'Credential was not sent or was of an unsupported type for this API.',
).answer;

function isAllowed(request: Request, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function withWorkspaceHeaders(answer: Answer, state: WorkspaceState): Answer {
  const headers = { 'x-databricks-org-id': state.id, 'x-request-id': randomUUID(), server: 'databricks' };
  return { ...answer, headers: { ...headers, ...answer.headers } };
}
