// The whole house in memory: the real use cases and steps over the in-memory twins, one virtual clock, one driver that plays the host.
// A crash stops a handler for good in the middle of an await: nothing after it runs, and its delivery goes back to the queue.
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { channelSchema } from '../../shared/adapters/channels/index.ts';
import { ProcessOutcomeBoard } from '../../shared/adapters/process/outcome-board.ts';
import { Refused, Unavailable } from '../../shared/domain/errors.ts';
import type { Estate } from '../../shared/domain/estate/estate.ts';
import { workspacesOf } from '../../shared/domain/estate/lookup.ts';
import { parseEstate } from '../../shared/domain/estate/parse-estate.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { type ClusterId, hashOf, isClusterId, isSignalId, type TicketId } from '../../shared/domain/ids.ts';
import { DecisionLinks } from '../../shared/domain/notification/decision-links.ts';
import { deliveryOrderSchema } from '../../shared/domain/notification/delivery-order.ts';
import type { ToldMessage } from '../../shared/domain/notification/message.ts';
import { targetsOf } from '../../shared/domain/probes/target.ts';
import { defaultRetention } from '../../shared/domain/retention.ts';
import { advanceOrderSchema } from '../../shared/domain/runbooks/advance-order.ts';
import { Secret } from '../../shared/domain/secret.ts';
import { parseDatabricksEvent } from '../../shared/domain/signals/databricks.ts';
import { type Signal, signalSchema } from '../../shared/domain/signals/signal.ts';
import type { AzureEvents } from '../../shared/ports/azure-events.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { IncidentFile } from '../../shared/ports/incident-store.ts';
import type { Log } from '../../shared/ports/log.ts';
import { acceptSignal } from '../../shared/usecases/accept-signal.ts';
import { advanceRun } from '../../shared/usecases/advance-run.ts';
import { ChangesTold } from '../../shared/usecases/azure/changes-told.ts';
import { deliverMessage } from '../../shared/usecases/deliver-message.ts';
import { handleSignal } from '../../shared/usecases/handle-signal.ts';
import { Sightings } from '../../shared/usecases/keep-good-clusters.ts';
import { LongRuns } from '../../shared/usecases/poll/long-runs.ts';
import { pollComponents } from '../../shared/usecases/poll-components.ts';
import { RecentIncidents } from '../../shared/usecases/signal/recent-incidents.ts';
import { RecentLooks } from '../../shared/usecases/signal/recent-looks.ts';
import { type Delivery as Taken, takeMessage } from '../../shared/usecases/take-message.ts';
import { watchOver } from '../../shared/usecases/watch-over.ts';
import { type Interrupt, type Moment, uninterrupted } from './interruptions.ts';
import { MemoryAnchorStore } from './memory-anchor-store.ts';
import { type Delivery, MemoryBus } from './memory-bus.ts';
import type { MemoryClock } from './memory-clock.ts';
import { MemoryContactStore } from './memory-contact-store.ts';
import { MemoryDeadLetterStore } from './memory-dead-letter-store.ts';
import { MemoryFoldStore } from './memory-fold-store.ts';
import { MemoryBreakerStore, MemoryBudgetStore, MemoryGateStore } from './memory-gate.ts';
import { MemoryGuards } from './memory-guards.ts';
import { MemoryHeartbeats } from './memory-heartbeats.ts';
import { MemoryIncidentIndex } from './memory-incident-index.ts';
import { MemoryIncidentStore } from './memory-incident-store.ts';
import { MemoryInventory } from './memory-inventory.ts';
import { MemoryLeases } from './memory-leases.ts';
import { MemoryNetwork } from './memory-network.ts';
import { MemoryNetworkLinks } from './memory-network-links.ts';
import { MemoryProbeSeries } from './memory-probe-series.ts';
import { MemoryProvisioner } from './memory-provisioner.ts';
import { MemoryRateStore } from './memory-rate-store.ts';
import { MemoryNoticeStore, MemoryRegionStore, MemorySourceLog, MemoryWitnessStore } from './memory-regions.ts';
import { MemorySignalStore } from './memory-signal-store.ts';
import { MemorySubjectStore } from './memory-subject-store.ts';
import { MemoryTicketCounter } from './memory-ticket-counter.ts';
import { MemoryWorkspace } from './memory-workspace.ts';
import { mortalBudget } from './mortal-budget.ts';
import { PassingClock } from './passing-clock.ts';

/** One life of the process: a delivery is handled in one, and all that it started dies with it. */
interface Life {
  dead: boolean;
}

export interface HouseOptions {
  readonly remediationEnabled?: boolean;
  /** Called at every await of a handler; `true` is a crash there. */
  readonly crashesAt?: (operation: string, moment: Moment) => boolean;
  /** Steps in at every await instead, for a simulation that plays the host itself. */
  readonly interrupt?: Interrupt;
  /** The clock of the processes, which passes by itself unless given; the broker and the workspaces go by `world`, which is the same unless given. */
  readonly clock?: MemoryClock;
  readonly world?: Pick<Clock, 'now'>;
  readonly estate?: (estate: Estate) => Estate;
  readonly actsPerMinute?: number;
}

export const CLUSTER = clusterId('test-cluster-123');
const STARTED_AT = '2026-11-20T07:00:00.000Z';
const NOTHING_READ = { notices: [], unreadable: 0 };
/** Of which no list is read. */
const NO_AZURE: AzureEvents = {
  subscriptions: [],
  healthEvents: async () => NOTHING_READ,
  alerts: async () => NOTHING_READ,
};
export const UNLISTED = clusterId('nobody-lists-me');

export class House {
  readonly clock: MemoryClock;
  readonly told: { message: ToldMessage; copy: number }[] = [];
  readonly errors: string[] = [];
  readonly ports;
  /** What the channel does instead of taking a message. */
  channelTrouble: 'unavailable' | 'refused' | undefined;
  readonly #primary: MemoryWorkspace;
  readonly #dr: MemoryWorkspace;
  /** What applies the infrastructure code of the primary. */
  readonly provisioner: MemoryProvisioner;
  readonly #interrupt: Interrupt;
  readonly #lives = new AsyncLocalStorage<Life>();
  #deliveries = 0;

  constructor(options: HouseOptions = {}) {
    const { remediationEnabled = true, estate = (same) => same, clock = new PassingClock(), world = clock } = options;
    const interrupt = this.#interruptOf(options);
    this.clock = clock;
    this.#interrupt = interrupt;
    this.#primary = new MemoryWorkspace(world, { name: 'databricks-dev', interrupt });
    this.#dr = new MemoryWorkspace(world, { name: 'databricks-dr', interrupt });
    this.provisioner = new MemoryProvisioner(world, interrupt);
    let owners = 0;
    const workspaces = { names: ['databricks-dev', 'databricks-dr'], get: (name: string) => this.#workspace(name) };
    const notices = new MemoryNoticeStore(interrupt);
    this.ports = {
      estate: estate(referenceEstate()),
      remediationEnabled,
      retention: defaultRetention,
      publicUrl: 'http://localhost:7071',
      decisionLinks: new DecisionLinks('http://localhost:7071', [new Secret('a secret that signs links in tests')]),
      clock: this.clock,
      log: this.#log(),
      bus: new MemoryBus(world, interrupt),
      incidents: new MemoryIncidentStore(interrupt),
      index: new MemoryIncidentIndex(interrupt),
      guards: new MemoryGuards(interrupt),
      subjects: new MemorySubjectStore(interrupt),
      tickets: new MemoryTicketCounter(interrupt),
      folds: new MemoryFoldStore(interrupt),
      gate: new MemoryGateStore(interrupt),
      breakers: new MemoryBreakerStore(interrupt),
      budget: mortalBudget({ store: new MemoryBudgetStore(interrupt), clock }, options.actsPerMinute ?? 30),
      signals: new MemorySignalStore(interrupt),
      board: new ProcessOutcomeBoard(),
      workspaces,
      provisioners: { get: (name: string) => (name === 'databricks-dev' ? this.provisioner : undefined) },
      deadLetters: new MemoryDeadLetterStore(interrupt),
      anchors: new MemoryAnchorStore(interrupt),
      recent: new RecentIncidents(),
      looks: new RecentLooks(workspaces, clock),
      sightings: new Sightings(),
      longRuns: new LongRuns(),
      heartbeats: new MemoryHeartbeats(interrupt),
      leases: new MemoryLeases(interrupt),
      inventory: new MemoryInventory(interrupt),
      probes: new MemoryProbeSeries(interrupt),
      network: new MemoryNetwork(),
      links: new MemoryNetworkLinks(),
      targets: targetsOf(estate(referenceEstate())),
      witnesses: new MemoryWitnessStore(interrupt),
      regions: new MemoryRegionStore(interrupt),
      notices,
      findings: new ChangesTold(notices),
      sources: new MemorySourceLog(interrupt),
      azureEvents: NO_AZURE,
      statusPage: undefined,
      rates: new MemoryRateStore(interrupt),
      contacts: new MemoryContactStore(interrupt),
      channels: {
        get: (name: string) => ({ name, send: (message: ToldMessage, copy: number) => this.#send(message, copy) }),
      },
      newOwner: () => {
        owners += 1;
        return `owner-${owners}`;
      },
      random: () => 0.5,
    };
    this.#putListed();
    this.#primary.put(CLUSTER, { name: 'Test Cluster', startedAt: STARTED_AT });
  }

  /** What the estate lists is there: else the first poll would miss it. */
  #putListed(): void {
    for (const { workspace } of workspacesOf(this.ports.estate)) {
      const listed = workspace.components.filter(({ kind }) => kind === 'notebook');
      for (const { id } of listed) this.#workspace(workspace.name).notebooks.put(id, `-- ${id}`);
      const jobs = workspace.components.filter(({ kind }) => kind === 'job');
      for (const { id, name } of jobs) this.#workspace(workspace.name).jobs.put(id, { name });
      for (const component of workspace.components) {
        const { kind, id, name } = component;
        if (kind === 'cluster') this.#workspace(workspace.name).put(id, { name, startedAt: STARTED_AT });
        if (kind === 'warehouse') this.#workspace(workspace.name).warehouses.put(id, { name });
      }
    }
  }

  get workspace(): MemoryWorkspace {
    return this.#primary;
  }

  get dr(): MemoryWorkspace {
    return this.#dr;
  }

  /** A webhook as the door takes it; resolves with the signal. */
  async hear(body: Record<string, unknown>): Promise<Signal> {
    this.#deliveries += 1;
    const id = `sig-${hashOf(`delivery ${this.#deliveries}`)}`;
    if (!isSignalId(id)) throw new Error(`not a signal id: ${id}`);
    const receivedAt = this.clock.now().toISOString();
    const { signal } = parseDatabricksEvent(body, { id, receivedAt, correlationId: `cor-${this.#deliveries}` });
    await acceptSignal(this.ports, signal, 0);
    return signal;
  }

  /** Crashes the cluster and reports it. */
  async dies(
    id: ClusterId = CLUSTER,
    code = 'DRIVER_UNREACHABLE',
    more: Record<string, unknown> = {},
  ): Promise<Signal> {
    this.workspace.crash(id, { code, type: 'CLOUD_FAILURE', parameters: {} });
    return await this.hear(died(id, code, more));
  }

  poll() {
    return pollComponents(this.ports);
  }

  watch() {
    return watchOver(this.ports);
  }

  /** Plays the host until nothing is due within `seconds`; time goes on from event to event. */
  async settle(seconds = 3 * 3600): Promise<void> {
    const end = this.clock.now().getTime() + seconds * 1000;
    for (;;) {
      const delivery = this.ports.bus.take();
      if (delivery) {
        await this.#play(delivery);
        continue;
      }
      const next = this.ports.bus.nextDue?.getTime();
      if (next === undefined || next > end) return;
      await this.clock.advance(Math.max(1, next - this.clock.now().getTime()));
    }
  }

  async incident(): Promise<IncidentFile> {
    const [id] = this.ports.incidents.ids;
    return await this.file(id);
  }

  async file(id: string | undefined): Promise<IncidentFile> {
    const file = id === undefined ? undefined : await this.ports.incidents.load(id as TicketId);
    if (!file) throw new Error(`no incident ${id}`);
    return file;
  }

  async types(id?: string): Promise<string[]> {
    const timeline = await this.ports.incidents.timeline((id ?? this.ports.incidents.ids[0]) as TicketId);
    return timeline.map(({ type }) => type);
  }

  /** While a handler sleeps, time goes on to its waking. */
  async #play(delivery: Delivery): Promise<void> {
    const life: Life = { dead: false };
    let over = false;
    void this.#lives
      .run(life, () => this.handle(delivery))
      .then(
        () => !life.dead && delivery.complete(),
        () => !life.dead && delivery.abandon(),
      )
      .finally(() => {
        over = true;
      });
    for (let turns = 0; !over; turns += 1) {
      await nextTurn();
      if (life.dead) return delivery.abandon();
      const wake = this.clock.nextWake;
      if (!over && turns > 5 && wake)
        await this.clock.advance(Math.max(0, wake.getTime() - this.clock.now().getTime()));
    }
  }

  /** Outside a handler nobody dies; inside a dead one nothing goes on. */
  async #live(crashes: () => boolean): Promise<void> {
    const life = this.#lives.getStore();
    if (!life) return;
    if (!life.dead && crashes()) life.dead = true;
    if (life.dead) await new Promise<never>(() => undefined);
  }

  /** One delivery through the use case of its queue, as the queue doors do it; settling it is the caller's. */
  handle({ message, deliveryCount }: Pick<Delivery, 'message' | 'deliveryCount'>): Promise<void> {
    const { queue, id: messageId, sessionId, body } = message;
    const again = message.redrive === undefined ? {} : { redrive: message.redrive };
    const taken: Taken = { queue, messageId, sessionId, deliveryCount, body, ...again };
    switch (queue) {
      case 'signals':
        return takeMessage(
          this.ports,
          taken,
          (value) => readBy(signalSchema, value),
          (signal) => handleSignal(this.ports, signal),
        );
      case 'runs':
        return takeMessage(
          this.ports,
          taken,
          (value) => readBy(advanceOrderSchema, value),
          (order) => advanceRun(this.ports, order),
        );
      case 'messages':
        return takeMessage(
          this.ports,
          taken,
          (value) => readBy(deliveryOrderSchema, value),
          (order) => deliverMessage(this.ports, order, deliveryCount),
        );
    }
  }

  #workspace(name: string): MemoryWorkspace {
    return name === 'databricks-dr' ? this.#dr : this.#primary;
  }

  #interruptOf({ crashesAt, interrupt = uninterrupted }: HouseOptions): Interrupt {
    return crashesAt ? (operation, moment) => this.#live(() => crashesAt(operation, moment)) : interrupt;
  }

  async #send(message: ToldMessage, copy: number): Promise<void> {
    await this.#interrupt('channel.send', 'before');
    if (this.channelTrouble === 'unavailable') throw new Unavailable('channel-unavailable', 'ordered');
    if (this.channelTrouble === 'refused') throw new Refused('channel-refused', 'ordered');
    this.told.push({ message, copy });
    await this.#interrupt('channel.send', 'after');
  }

  #log(): Log {
    const none = () => undefined;
    return {
      debug: none,
      info: none,
      warn: none,
      error: (message, fields) => this.errors.push(`${message} ${JSON.stringify(fields)}`),
    };
  }
}

export function died(id: string, code = 'DRIVER_UNREACHABLE', more: Record<string, unknown> = {}) {
  return {
    event: 'cluster.terminated',
    cluster: {
      cluster_id: id,
      state: 'TERMINATED',
      termination_reason: { code, type: 'CLOUD_FAILURE', parameters: {} },
      ...more,
    },
  };
}

let parsedEstate: Estate | undefined;

/** Parsed once: a simulation builds thousands of houses. */
export function referenceEstate(): Estate {
  parsedEstate ??= parsedReferenceEstate();
  return parsedEstate;
}

function parsedReferenceEstate(): Estate {
  const file = join(import.meta.dirname, '../../infra/estates/reference.json');
  const parsed = parseEstate(readFileSync(file, 'utf8'), channelSchema);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.estate;
}

function clusterId(text: string): ClusterId {
  if (!isClusterId(text)) throw new Error(text);
  return text;
}
