// Looks for cluster failures that nobody reported (B1): list calls only, each failure once however often it is seen. What runs is kept as good.
import { classify } from '../domain/classification/classify.ts';
import { LakewardenError, Unavailable } from '../domain/errors.ts';
import type { Estate } from '../domain/estate/estate.ts';
import { rulesOf } from '../domain/estate/lookup.ts';
import { hashOf, signalIdOf } from '../domain/ids.ts';
import { subjectOf } from '../domain/incidents/subject.ts';
import { failureKey } from '../domain/signals/failure-key.ts';
import type { ClusterSignal } from '../domain/signals/signal.ts';
import { windowAtAll } from '../domain/standing-orders/orders-over.ts';
import type { StandingOrder } from '../domain/standing-orders/standing-order.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContactStore } from '../ports/contact-store.ts';
import type { GateStore } from '../ports/gate-store.ts';
import type { Leases } from '../ports/leases.ts';
import type { Log } from '../ports/log.ts';
import type { SignalStore } from '../ports/signal-store.ts';
import type { SourceLog } from '../ports/source-log.ts';
import type { Cluster, Workspace, Workspaces } from '../ports/workspace.ts';
import { signalMessage } from './accept-signal.ts';
import { GoodClusters, type KeepPorts } from './keep-good-clusters.ts';
import { ListedComponents, tellGone } from './poll/gone-components.ts';
import { type JobPollPorts, pollJobs } from './poll/jobs.ts';
import { pollListedJobs } from './poll/listed-jobs.ts';
import { type NotebookPollPorts, pollNotebooks } from './poll/notebooks.ts';
import { WarehouseBaseline } from './poll/warehouse-baseline.ts';
import { type Found, pollWarehouses, type WarehousePollPorts } from './poll/warehouses.ts';
import { recordedOutcome } from './signal/outcomes.ts';
import { Trail } from './signal/trail.ts';

/** Listed components that failed at most this long before the first contact are ticketed all the same (design.md 5). */
const BASELINE_REACH_MS = 24 * 3600 * 1000;

/** No poll takes longer, in real milliseconds: it stops, and goes on from the beginning next time. Below the timer's five minutes. */
const LONGEST_MS = 4 * 60 * 1000;
/** Renewed as it goes on; a poll that died must not cost the next one its turn. */
const LEASE_MS = 40_000;

export interface PollPorts
  extends KeepPorts,
    Omit<WarehousePollPorts, 'orders'>,
    Omit<NotebookPollPorts, 'orders'>,
    Omit<JobPollPorts, 'orders'> {
  readonly gate: GateStore;
  readonly estate: Estate;
  readonly leases: Leases;
  newOwner(): string;
  readonly workspaces: Workspaces;
  readonly contacts: ContactStore;
  readonly signals: SignalStore;
  readonly sources: SourceLog;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

export interface PollResult {
  readonly workspace: string;
  readonly clusters: number;
  readonly warehouses: number;
  readonly failures: number;
  readonly sent: number;
  /** Why the workspace could not be read to its end; what was found before counts. */
  readonly unreadable?: string;
  /** Another poll of it is still going on: nothing was read. */
  readonly skipped?: true;
}

export async function pollComponents(ports: PollPorts): Promise<PollResult[]> {
  return await Promise.all(ports.workspaces.names.map((name) => pollAlone(ports, ports.workspaces.get(name))));
}

/** Polls of one workspace never overlap, whoever started them. */
async function pollAlone(ports: PollPorts, workspace: Workspace): Promise<PollResult> {
  const lease = `poll/${workspace.name}`;
  const owner = ports.newOwner();
  const endsAt = ports.clock.now().getTime() + LONGEST_MS;
  const isOurs = () => takeLease(ports, lease, owner);
  const goOn = async () => {
    if (ports.clock.now().getTime() < endsAt && (await isOurs())) return;
    throw new Unavailable('workspace-unavailable', `the poll of workspace ${workspace.name} took too long`);
  };
  try {
    if (await isOurs()) return await pollWorkspace(ports, workspace, goOn);
    ports.log.warn('workspace is still being polled', { workspace: workspace.name });
    return { workspace: workspace.name, clusters: 0, warehouses: 0, failures: 0, sent: 0, skipped: true };
  } finally {
    // Also when the answer to taking it was lost: it may be ours.
    await ports.leases.release(lease, owner);
  }
}

async function takeLease({ leases, clock }: PollPorts, lease: string, owner: string): Promise<boolean> {
  const now = clock.now();
  return await leases.take(lease, owner, now, new Date(now.getTime() + LEASE_MS));
}

/** Asked between pages; throws `Unavailable` when the poll has to end. */
type GoOn = () => Promise<void>;

/** With the standing orders as they are when it begins. */
interface Poll extends PollPorts {
  readonly orders: readonly StandingOrder[];
}

/** Each part for itself: what may not or cannot be read of one does not hide the others. */
async function pollWorkspace(whole: PollPorts, workspace: Workspace, goOn: GoOn): Promise<PollResult> {
  const ports: Poll = { ...whole, orders: (await whole.gate.read()).orders };
  const { name } = workspace;
  const result = { workspace: name, clusters: 0, warehouses: 0, failures: 0, sent: 0 };
  const refused: string[] = [];
  const add = (found: Found) => {
    result.failures += found.failures;
    result.sent += found.sent;
    refused.push(...(found.refused ?? []));
  };
  const contact = await ports.contacts.contact(name, ports.clock.now());
  const { firstAt: firstContact } = contact;
  const good = new GoodClusters(ports, name);
  const partly = [
    await unreadableBecause(async () => {
      const listed = new ListedComponents(ports.estate, name, 'cluster');
      for await (const page of workspace.clusterPages()) {
        result.clusters += page.length;
        listed.see(page);
        add(await pollClusters(ports, name, page, firstContact));
        await good.keep(page);
        await goOn();
      }
      add(await tellGone(ports, workspace, listed));
    }),
    await unreadableBecause(async () => {
      const listed = new ListedComponents(ports.estate, name, 'warehouse');
      const baseline = new WarehouseBaseline(contact);
      for await (const page of workspace.warehouses.pages()) {
        result.warehouses += page.length;
        listed.see(page);
        add(await pollWarehouses(ports, name, page, baseline));
        await goOn();
      }
      if (baseline.news) await ports.contacts.keep(name, baseline.news);
      add(await tellGone(ports, workspace, listed));
    }),
    await unreadableBecause(async () => add(await pollNotebooks(ports, workspace, goOn))),
    await unreadableBecause(async () => add(await pollJobs(ports, workspace, firstContact, goOn))),
    await unreadableBecause(async () => add(await pollListedJobs(ports, workspace, goOn))),
  ];
  const unreadable = [...partly.filter((because) => because !== undefined), ...refused];
  const source = `databricks/${name}`;
  if (unreadable.length === 0) {
    await ports.sources.read(source, ports.clock.now());
    ports.log.info('polled workspace', result);
    return result;
  }
  const because = unreadable.join('; ');
  await ports.sources.failed(source, ports.clock.now(), because);
  ports.log.warn('workspace could not be polled to its end', { ...result, because });
  return { ...result, unreadable: because };
}

/** Our own stores and bus are no excuse: those errors are thrown. */
async function unreadableBecause(part: () => Promise<void>): Promise<string | undefined> {
  try {
    await part();
    return undefined;
  } catch (error) {
    const isTheirs =
      error instanceof LakewardenError &&
      (error.code === 'workspace-unavailable' || error.code === 'workspace-refused');
    if (!isTheirs) throw error;
    return error.message;
  }
}

async function pollClusters(
  ports: Poll,
  workspace: string,
  page: readonly Cluster[],
  firstContact: Date,
): Promise<Found> {
  const failed = page.filter((cluster) => hasFailed(ports, workspace, cluster));
  let sent = 0;
  for (const cluster of failed) sent += await report(ports, workspace, cluster, firstContact);
  return { failures: failed.length, sent };
}

/** A job or pipeline cluster belongs to its run, which is what fails and what is recovered (C2). */
function hasFailed({ estate, orders, clock }: Poll, workspace: string, cluster: Cluster): boolean {
  if (cluster.state !== 'TERMINATED' && cluster.state !== 'ERROR') return false;
  if (cluster.source === 'JOB' || cluster.source.startsWith('PIPELINE')) return false;
  const component = { workspace, kind: 'cluster', id: cluster.id } as const;
  const { alwaysOn } = rulesOf(estate, component);
  // What has to run always and is still down when its window is over has failed.
  const instants = [cluster.terminatedAt, ...(alwaysOn ? [clock.now()] : [])];
  const ended = instants.filter((at) => at !== undefined).map((at) => new Date(at));
  const inMaintenanceWindow =
    cluster.terminatedAt !== undefined && windowAtAll(estate, orders, { component }, ended) !== undefined;
  return !classify(cluster.reason, { alwaysOn, inMaintenanceWindow }).benign;
}

async function report(ports: PollPorts, workspace: string, cluster: Cluster, firstContact: Date): Promise<0 | 1> {
  const signal = signalOf(ports, workspace, cluster);
  if (await ports.signals.get(signal.id)) return 0;
  if (isBaseline(ports.estate, workspace, cluster, firstContact)) {
    const trail = new Trail();
    trail.note('poll', 'baseline', 'failed-before-first-contact', {
      terminatedAt: cluster.terminatedAt,
      firstContact: firstContact.toISOString(),
    });
    const message = 'It failed before Lakewarden first looked at this workspace: recorded, not ticketed.';
    await ports.signals.record(
      recordedOutcome(ports, signal, subjectOf({ kind: 'cluster', workspace, id: cluster.id }), message, trail),
    );
    return 0;
  }
  await ports.bus.send([signalMessage(signal)]);
  return 1;
}

function isBaseline(estate: Estate, workspace: string, cluster: Cluster, firstContact: Date): boolean {
  if (cluster.terminatedAt === undefined) return false;
  const { listed } = rulesOf(estate, { workspace, kind: 'cluster', id: cluster.id });
  const reachMs = listed ? BASELINE_REACH_MS : 0;
  return Date.parse(cluster.terminatedAt) < firstContact.getTime() - reachMs;
}

function signalOf(ports: PollPorts, workspace: string, cluster: Cluster): ClusterSignal {
  const { reason, terminatedAt } = cluster;
  // Without an end, its last start tells one failure from the next.
  const since = terminatedAt ?? `after ${cluster.lastRestartedAt ?? cluster.startedAt ?? 'an unknown start'}`;
  const code = reason?.code ?? 'UNKNOWN';
  const key = failureKey({ workspace, component: cluster.id, code, failedAt: since });
  // The same failure has the same id in every poll.
  const id = signalIdOf(hashOf(`poll|${key}`));
  return {
    schemaVersion: 1,
    kind: 'cluster',
    id,
    source: 'poll',
    receivedAt: ports.clock.now().toISOString(),
    correlationId: id,
    rawSubject: `cluster/${cluster.id}`,
    workspace,
    event: 'cluster.terminated',
    clusterId: cluster.id,
    clusterName: cluster.name,
    state: cluster.state,
    ...(reason ? { reason } : {}),
    ...(terminatedAt ? { terminatedAt } : {}),
  };
}
