// The simulated HCP Terraform over HTTP: token, limits, API, and runs that really act on the simulated Databricks workspaces.
// What it refuses stands in refusals.ts.
import { timingSafeEqual } from 'node:crypto';
import { type KeptMap, keptNowhere } from '../durable/kept-map.ts';
import { type Clock, systemClock } from '../simulator/clock.ts';
import { startFront } from '../simulator/front.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import { createTokenBucket } from '../simulator/token-bucket.ts';
import { type NamedWorkspace, resourceOf, workspaceId } from './configuration.ts';
import { type DatabricksClient, databricksClient } from './databricks-client.ts';
import { createEngine, resume } from './engine.ts';
import { createRouter, errorBody, Refusal } from './json-api.ts';
import type { PhasePorts } from './phases.ts';
import { LIMITS } from './refusals.ts';
import { runRoutes } from './runs-api.ts';
import { workspaceControl } from './sim-api.ts';
import { CONDUCT, createStore, keptWorkspace, type Workspace } from './store.ts';

export interface TerraformOptions {
  /** The bearer token that is let in. */
  readonly token: string;
  /** 0, the default, takes any free one. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Phases are this many times faster than real ones, and limits as many times wider. */
  readonly timeScale?: number;
  readonly workspaces: readonly NamedWorkspace[];
  /** Where the Databricks provider of each role's workspace goes. */
  readonly databricks: { readonly primary: DatabricksAccess; readonly dr: DatabricksAccess };
  /** Where runs, state and configuration outlive the process. */
  readonly kept?: KeptMap;
}

interface DatabricksAccess {
  readonly url: string;
  readonly token: string;
}

export interface SimulatedTerraform {
  readonly url: string;
  readonly port: number;
  /** Resolves once no call to Databricks is under way: for whoever moves the clock by hand. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTerraform(options: TerraformOptions): Promise<SimulatedTerraform> {
  const { clock = systemClock, timeScale = 1, kept = keptNowhere } = options;
  const stopping = new AbortController();
  const traffic = createTraffic();
  const store = createStore(clock, kept);
  const clientFor = ({ databricks }: Pick<Workspace, 'databricks'>): DatabricksClient =>
    databricksClient({ ...databricks, clock, timeScale, stopping: stopping.signal, track: traffic.track });
  for (const named of options.workspaces) store.putWorkspace(await workspaceOf(named, options, kept, clientFor));
  kept.flush();
  const ports: PhasePorts = { store, clock, timeScale, stopping: stopping.signal, clientFor };
  const engine = createEngine(ports);
  resume(ports, engine);
  const throttle = createThrottle(clock, timeScale);
  const route = createRouter(runRoutes({ store, engine, clock, timeScale }), ({ limit }) => limit && throttle(limit));
  const front = await startFront({
    port: options.port ?? 0,
    clock,
    kept,
    errorBody: (status) => errorBody(status),
    control: workspaceControl(store, engine),
    serve: (request) => serve(request, options.token, () => throttle('all'), route),
  });
  return {
    url: front.url,
    port: front.port,
    settled: traffic.settled,
    async stop() {
      stopping.abort();
      await traffic.settled();
      await front.stop();
    },
  };
}

async function workspaceOf(
  named: NamedWorkspace,
  { databricks }: TerraformOptions,
  kept: KeptMap,
  clientFor: (workspace: Pick<Workspace, 'databricks'>) => DatabricksClient,
): Promise<Workspace> {
  const { organization, name, role, components } = named;
  const id = workspaceId(named);
  const access = databricks[role];
  const before = keptWorkspace(kept, id);
  if (before) return { id, organization, name, databricks: access, ...before };
  const client = clientFor({ databricks: access });
  const resources = await Promise.all(components.map((component) => resourceOf(component, client)));
  return { id, organization, name, databricks: access, conduct: CONDUCT, resources };
}

function serve(request: Request, token: string, throttle: () => void, route: (request: Request) => Answer): Answer {
  try {
    throttle();
    if (!isAllowed(request, token)) throw new Refusal(401, 'unauthorized');
    return route(request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function createThrottle(clock: Clock, timeScale: number): (limit: keyof typeof LIMITS) => void {
  const buckets = {
    all: createTokenBucket({ ...LIMITS.all, perSecond: LIMITS.all.perSecond * timeScale }, clock),
    listRuns: createTokenBucket({ ...LIMITS.listRuns, perSecond: LIMITS.listRuns.perSecond * timeScale }, clock),
  };
  return (limit) => {
    const seconds = buckets[limit].take();
    if (seconds === 0) return;
    const headers = { 'x-ratelimit-limit': String(LIMITS[limit].burst), 'x-ratelimit-reset': seconds.toFixed(3) };
    throw new Refusal(429, 'Too many requests', "You have exceeded the API's rate limit.", headers);
  };
}

function isAllowed(request: Request, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function createTraffic() {
  const underWay = new Set<Promise<unknown>>();
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    track<T>(work: Promise<T>): Promise<T> {
      underWay.add(work);
      const over = () => underWay.delete(work);
      work.then(over, over);
      return work;
    },
    /** What a finished call sets going begins within a turn or two. */
    async settled(): Promise<void> {
      for (let quiet = 0; quiet < 3; quiet += 1) {
        await turn();
        if (underWay.size > 0) quiet = -1;
        await Promise.allSettled(underWay);
      }
    },
  };
}
