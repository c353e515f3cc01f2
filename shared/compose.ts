// The only file that knows both ports and adapters. Nothing is connected before it is used: a cold start costs what it evaluates.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BlobAnchorStore } from './adapters/blob-storage/blob-anchor-store.ts';
import { BlobBodyStore } from './adapters/blob-storage/blob-body-store.ts';
import { channelSchema, openChannels } from './adapters/channels/index.ts';
import { MAX_CALLS_PER_SECOND, MAX_CONCURRENT_CALLS } from './adapters/databricks/options.ts';
import { DatabricksWorkspaces } from './adapters/databricks/workspaces.ts';
import { HcpTerraformProvisioner } from './adapters/hcp-terraform/hcp-terraform-provisioner.ts';
import { SocketNetwork } from './adapters/network/socket-network.ts';
import { ProcessOutcomeBoard } from './adapters/process/outcome-board.ts';
import { newSignalId } from './adapters/process/signal-ids.ts';
import { SystemClock } from './adapters/process/system-clock.ts';
import { ServiceBus } from './adapters/service-bus/service-bus.ts';
import { connectTables } from './adapters/table-storage/connection.ts';
import { TableBudgetStore } from './adapters/table-storage/table-budget-store.ts';
import { TableIncidentIndex } from './adapters/table-storage/table-incident-index.ts';
import { TableIncidentStore } from './adapters/table-storage/table-incident-store.ts';
import { TableSignalStore } from './adapters/table-storage/table-signal-store.ts';
import { Tables } from './adapters/table-storage/tables.ts';
import { JsonLog } from './adapters/telemetry/json-log.ts';
import { approvalLinkNotes, openDecisionLinks } from './compose/approval-links.ts';
import { azureSourceNotes, openAzureSources } from './compose/azure-sources.ts';
import { hookTokenNotes, openCredentials } from './compose/credentials.ts';
import { openStores } from './compose/stores.ts';
import type { DoorConfig } from './config/doors.ts';
import type { ProvisionerConfig } from './config/provisioners.ts';
import { type Config, readConfig, readTables } from './config.ts';
import { type FieldFault, InvalidInput, LakewardenError, Unavailable } from './domain/errors.ts';
import type { SignalId } from './domain/ids.ts';
import type { Secret } from './domain/secret.ts';
import type { Credentials } from './http/authenticate.ts';
import type { RouteContext } from './http/route.ts';
import type { BodyStore } from './ports/body-store.ts';
import type { Log } from './ports/log.ts';
import type { Provisioner, Provisioners } from './ports/provisioner.ts';
import type { AcceptPorts } from './usecases/accept-signal.ts';
import type { AnchorPorts } from './usecases/anchor-timelines.ts';
import { ChangesTold } from './usecases/azure/changes-told.ts';
import type { DeliverPorts } from './usecases/deliver-message.ts';
import { actBudget, type BudgetPorts, CallBudget } from './usecases/gate/budgets.ts';
import { Sightings } from './usecases/keep-good-clusters.ts';
import type { DecisionPorts } from './usecases/operator/decide-by-link.ts';
import { LongRuns } from './usecases/poll/long-runs.ts';
import type { PollPorts } from './usecases/poll-components.ts';
import type { ProbePorts } from './usecases/probes/ports.ts';
import type { PurgePorts } from './usecases/purge/purge-old-records.ts';
import type { ReadWitnessPorts } from './usecases/read-witnesses.ts';
import type { RebuildPorts } from './usecases/rebuild-projections.ts';
import type { AssessPorts } from './usecases/regions/assess-regions.ts';
import type { RunPorts } from './usecases/run/ports.ts';
import type { SignalPorts } from './usecases/signal/ports.ts';
import { RecentIncidents } from './usecases/signal/recent-incidents.ts';
import { RecentLooks } from './usecases/signal/recent-looks.ts';
import type { TakePorts } from './usecases/take-message.ts';
import type { OwnHealthPorts } from './usecases/watch-ourselves.ts';
import type { WatchPorts } from './usecases/watch-over.ts';

/** What a door needs to take signals, even while the rest is not configured. */
export interface Doors extends AcceptPorts {
  readonly credentials: Credentials;
  readonly bodies: BodyStore;
  newSignalId(): SignalId;
  readonly maxBodyBytes: number;
  readonly doorWaitSeconds: number;
}

/** What everything else needs. */
export interface Core
  extends SignalPorts,
    RunPorts,
    DeliverPorts,
    DecisionPorts,
    PollPorts,
    WatchPorts,
    TakePorts,
    AnchorPorts,
    OwnHealthPorts,
    ReadWitnessPorts,
    PurgePorts,
    ProbePorts,
    AssessPorts {}

interface Composition {
  readonly faults: readonly FieldFault[];
  readonly doors: Doors | undefined;
  readonly core: Core | undefined;
  /** What is left out because nobody has set it up. */
  readonly notes?: readonly string[];
}

const log: Log = new JsonLog();
let composition: Composition | undefined;

/** Throws `Unavailable` (`not-configured`) while not even the doors can work. */
export function doors(): Doors {
  return composed().doors ?? refuse();
}

/** Throws `Unavailable` (`not-configured`) while anything of the configuration is wrong. */
export function core(): Core {
  return composed().core ?? refuse();
}

/** For a delivery that meets a broken configuration: enough to give it back. */
export const outageKit: Pick<TakePorts, 'clock' | 'log' | 'random'> = {
  clock: new SystemClock(),
  log,
  random: Math.random,
};

/** For the command line: the stores alone, by TABLES_CONNECTION alone. */
export function projections(): RebuildPorts {
  const connection = readTables(process.env);
  if (typeof connection !== 'string') throw new InvalidInput('bad-request', `TABLES_CONNECTION ${connection.detail}`);
  const tables = new Tables(connectTables({ connection }));
  return {
    incidents: new TableIncidentStore(tables),
    index: new TableIncidentIndex(tables),
    signals: new TableSignalStore(tables),
  };
}

export function routeContext(): RouteContext {
  return { log, credentials: () => doors().credentials };
}

/** Everything that keeps Lakewarden from doing its work; empty when it is ready. */
export async function readiness(): Promise<readonly FieldFault[]> {
  const { faults, core: ports } = composed();
  if (!ports) return faults;
  const checks = [
    { pointer: '/bus', check: ports.bus.ping() },
    { pointer: '/store', check: ports.signals.get('sig-00000000000000000000') },
  ];
  const failed = await Promise.all(checks.map(async ({ pointer, check }) => await faultOf(pointer, check)));
  return failed.filter((fault) => fault !== undefined);
}

/** What works otherwise than it could, without keeping Lakewarden from its work. */
export function readinessNotes(): readonly string[] {
  return composed().notes ?? [];
}

async function faultOf(pointer: string, check: Promise<unknown>): Promise<FieldFault | undefined> {
  try {
    await check;
    return undefined;
  } catch (error) {
    return { pointer, detail: error instanceof LakewardenError ? error.message : 'failed' };
  }
}

function refuse(): never {
  throw new Unavailable('not-configured', 'Lakewarden is not configured: GET /health/ready says why.', {
    retryAfterSeconds: 30,
  });
}

function composed(): Composition {
  composition ??= compose(process.env);
  return composition;
}

function compose(environment: Readonly<Record<string, string | undefined>>): Composition {
  const read = readConfig(environment, { readFile: (path) => readFileSync(path, 'utf8'), channelSchema });
  const bodies = lazyBodies((read.ok ? read.config : read).blobs);
  if (!read.ok) {
    log.error('configuration is wrong: signals are taken, nothing is worked on', { faults: read.faults });
    return { faults: read.faults, doors: read.doors ? composeDoors(read.doors, bodies) : undefined, core: undefined };
  }
  try {
    const openDoors = composeDoors(read.config.doors, bodies, read.config);
    return {
      faults: [],
      doors: openDoors,
      core: composeCore(read.config, openDoors),
      notes: [
        ...approvalLinkNotes(read.config),
        ...hookTokenNotes(read.config.doors),
        ...azureSourceNotes(read.config),
      ],
    };
  } catch (error) {
    if (!(error instanceof LakewardenError)) throw error;
    const faults = error instanceof InvalidInput ? error.fields : [{ pointer: '', detail: error.message }];
    log.error('configuration is wrong: signals are taken, nothing is worked on', { faults });
    return { faults, doors: composeDoors(read.config.doors, bodies), core: undefined };
  }
}

function composeDoors(config: DoorConfig, bodies: BodyStore, whole?: Config): Doors {
  const tables = whole && new Tables(connectTables({ connection: whole.tables.reveal() }));
  return {
    credentials: openCredentials(config),
    bus: new ServiceBus({ connection: config.bus.reveal() }),
    board: new ProcessOutcomeBoard(),
    clock: new SystemClock(whole?.timeScale ?? 1),
    signals: tables && new TableSignalStore(tables),
    bodies,
    newSignalId,
    maxBodyBytes: config.maxBodyBytes,
    doorWaitSeconds: config.waitSeconds,
  };
}

type Composable = Extract<ReturnType<typeof readConfig<ChannelOfEstate>>, { ok: true }>['config'];
type ChannelOfEstate = Parameters<typeof openChannels>[0][number];

function composeCore(config: Composable, { bus, board, bodies, clock }: Doors): Core {
  const tables = new Tables(connectTables({ connection: config.tables.reveal() }));
  const budgets = { store: new TableBudgetStore(tables), clock };
  const workspaces = openWorkspaces(config, budgets);
  const stores = openStores(tables, bodies, clock);
  return {
    estate: config.estate,
    remediationEnabled: config.autoRemediationEnabled,
    retention: config.retention,
    publicUrl: config.publicUrl,
    decisionLinks: openDecisionLinks(config),
    bus,
    board,
    clock,
    log,
    ...stores,
    findings: new ChangesTold(stores.notices),
    network: new SocketNetwork(),
    targets: config.targets,
    anchors: new BlobAnchorStore({ connection: config.blobs.reveal() }),
    recent: new RecentIncidents(),
    looks: new RecentLooks(workspaces, clock),
    sightings: new Sightings(),
    longRuns: new LongRuns(),
    budget: actBudget(budgets, config.estate.budgets.actsPerMinute),
    workspaces,
    ...openAzureSources(config, clock),
    provisioners: openProvisioners(config.provisioners),
    channels: openChannels(config.estate.channels, (name) => config.channelUrls.get(name)?.reveal()),
    newOwner: () => `run-${randomUUID()}`,
    random: Math.random,
  };
}

/** On a laptop time runs faster, and so do the limits that protect a workspace. */
function openWorkspaces({ workspaces, timeScale, estate }: Composable, budgets: BudgetPorts): DatabricksWorkspaces {
  const { clock } = budgets;
  const { callsPerMinute } = estate.budgets;
  return new DatabricksWorkspaces(
    workspaces.map(({ name, host, credentials }) => ({
      ...admission(new CallBudget(budgets, name, callsPerMinute)),
      name,
      host,
      credentials: credentials === 'managed-identity' ? credentials : { token: credentials.token.reveal() },
      callsPerSecond: MAX_CALLS_PER_SECOND * timeScale,
      concurrency: MAX_CONCURRENT_CALLS * Math.min(timeScale, 4),
      sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
    })),
  );
}

/** By the workspace of the estate whose infrastructure code each applies. */
function openProvisioners(configs: readonly ProvisionerConfig[]): Provisioners {
  const open = new Map(configs.map((config) => [config.workspace, openProvisioner(config)]));
  return { get: (workspace) => open.get(workspace) };
}

function openProvisioner({ choice, origin, token }: ProvisionerConfig): Provisioner {
  switch (choice.kind) {
    case 'hcp-terraform': {
      const { organization, workspace } = choice;
      return new HcpTerraformProvisioner({ organization, workspace, origin, token: token.reveal() });
    }
  }
}

function admission(budget: CallBudget): { admit: CallBudget['admit']; admitNow: CallBudget['tryAdmit'] } {
  return { admit: () => budget.admit(), admitNow: () => budget.tryAdmit() };
}

/** Without a usable blob connection the doors stay open: only what has to be kept whole is refused for now. */
function lazyBodies(connection: Secret | undefined): BodyStore {
  let opened: BodyStore | undefined;
  const open = () => {
    if (!connection)
      throw new Unavailable('not-configured', 'BLOBS_CONNECTION is missing or wrong: large bodies cannot be kept.');
    opened ??= new BlobBodyStore({ connection: connection.reveal() });
    return opened;
  };
  return { put: async (name, body) => await open().put(name, body), get: async (name) => await open().get(name) };
}
