// Every operator's write: one decision, one commit, by the rule of every other writer. It has no message that would come back after a crash,
// so a guard row stands from before the commit until its outbox is handed over; the watchdog finishes what a dead writer left.
import { Broken, Conflict, InvalidInput, LakewardenError, Refused, Unavailable } from '../../domain/errors.ts';
import { hashOf } from '../../domain/ids.ts';
import type { IncidentRecords } from '../../domain/incidents/report.ts';
import { versionOf } from '../../domain/incidents/version.ts';
import { composeMessages } from '../../domain/notification/compose-messages.ts';
import type { BusMessage } from '../../ports/bus.ts';
import type { Guard } from '../../ports/guards.ts';
import type { Change, CommitResult, IncidentFile } from '../../ports/incident-store.ts';
import { againOnConflict } from '../again-on-conflict.ts';
import { handOver } from '../hand-over.ts';
import { personMessage } from '../person-message.ts';
import { advanceMessage } from '../run-message.ts';
import type { Commanded, CommandOrder, CommandPorts, Decide, Decided } from './command.ts';
import { staleVersion } from './stale-version.ts';

/** What a command does beside its commit. */
export interface Beside {
  /** Around the commit, once for each try of it. */
  readonly around?: (file: IncidentFile, commit: () => Promise<CommitResult>) => Promise<CommitResult>;
  /** After the commit; safe to repeat, and done by the watchdog if we die before. */
  readonly finish?: (file: IncidentFile) => Promise<void>;
}

export async function commitCommand(
  ports: CommandPorts,
  order: CommandOrder,
  decide: Decide,
  beside: Beside = {},
): Promise<Commanded> {
  const before = await answeredBefore(ports, order);
  if (before) return before;
  try {
    return await carryOut(ports, order, decide, beside);
  } catch (error) {
    // The same order may have been carried out between these two looks: what it left no longer allows it, and its answer is there.
    const isRefusal = error instanceof Refused || error instanceof Conflict;
    const meanwhile = isRefusal ? await answeredBefore(ports, order) : undefined;
    if (meanwhile) return meanwhile;
    throw error;
  }
}

async function carryOut(ports: CommandPorts, order: CommandOrder, decide: Decide, beside: Beside): Promise<Commanded> {
  const write = new GuardedWrite(ports, order);
  const tried = await write.run(() =>
    againOnConflict(ports.clock, () => tryOnce(ports, order, write, { decide, beside })),
  );
  if (tried.is === 'stale') throw await staleVersion(ports, order, tried.file);
  if (tried.is === 'handled-before') return await mustBeAnswered(ports, order);
  const { incidentId: ticketId, operator } = order;
  ports.log.info('order carried out', { ticketId, by: operator.name, caller: operator.caller, what: tried.what });
  await write.finish(async () => {
    await handOver(ports, tried.file, tried.outbox);
    await beside.finish?.(tried.file);
  });
  return { records: recordsOf(tried.file), repeated: false };
}

type Tried =
  | {
      readonly is: 'committed';
      readonly file: IncidentFile;
      readonly outbox: readonly BusMessage[];
      readonly what: readonly string[];
    }
  | { readonly is: 'stale'; readonly file: IncidentFile }
  | { readonly is: 'handled-before' };

async function tryOnce(
  ports: CommandPorts,
  order: CommandOrder,
  write: GuardedWrite,
  { decide, beside }: { decide: Decide; beside: Beside },
): Promise<Tried> {
  const file = await ports.incidents.load(order.incidentId);
  if (!file) throw new Refused('not-found', 'There is no incident of this number.');
  if (order.ifMatch !== 'any' && !order.ifMatch.includes(versionOf(file))) return { is: 'stale', file };
  const now = ports.clock.now().toISOString();
  const change = changeOf(ports, order, file, await decide(file, now), now);
  await write.guard();
  const commit = () => ports.incidents.commit(change);
  const result = await (beside.around ? beside.around(file, commit) : commit());
  if (!result.committed) return { is: 'handled-before' };
  return { is: 'committed', file: result.file, outbox: change.outbox, what: change.events.map(({ type }) => type) };
}

function changeOf(
  ports: CommandPorts,
  order: CommandOrder,
  file: IncidentFile,
  decided: Decided,
  now: string,
): Change & { readonly outbox: readonly BusMessage[] } {
  const { advance, news, messages: keptBack = [], incident: wanted, ...rows } = decided;
  const incident = advance?.dueAt === undefined ? wanted : { ...wanted, nextDueAt: advance.dueAt };
  // Another commit of an operator has another newest event, so the message has an id of its own.
  const occasion = `operator-${file.incident.lastEventSeq + 1}`;
  const messages = news ? composeMessages(ports.estate, incident, { ...news, occasion }, ports.publicUrl) : [];
  return {
    ...rows,
    basis: file,
    incident,
    outbox: [
      ...(advance ? [advanceMessage(incident.id, advance)] : []),
      ...[...keptBack, ...messages].map((message) => personMessage(message)),
    ],
    at: now,
    ...(order.key ? { deliveryId: deliveryIdOf(order), receiptFor: order.key.fingerprint } : {}),
  };
}

/** A key is its operator's own. */
function deliveryIdOf({ operator, key }: CommandOrder): string {
  return `op-${hashOf(JSON.stringify([operator.caller, operator.name, key?.id]))}`;
}

async function answeredBefore(ports: CommandPorts, order: CommandOrder): Promise<Commanded | undefined> {
  if (!order.key) return undefined;
  const receipt = await ports.incidents.receipt(order.incidentId, deliveryIdOf(order));
  if (!receipt) return undefined;
  if (receipt.fingerprint === order.key.fingerprint) return { records: receipt.records, repeated: true };
  throw new InvalidInput(
    'key-reused',
    `You have used this Idempotency-Key for another order to ${order.incidentId}: send a new key with a new order.`,
  );
}

async function mustBeAnswered(ports: CommandPorts, order: CommandOrder): Promise<Commanded> {
  const answered = await answeredBefore(ports, order);
  if (!answered) throw new Broken('broken', `an order to ${order.incidentId} was handled before, but has no receipt`);
  return answered;
}

function recordsOf({ incident, runs, steps, attempts }: IncidentFile): IncidentRecords {
  return { incident, runs, steps, attempts };
}

/** A write under its guard. */
class GuardedWrite {
  readonly #ports: CommandPorts;
  readonly #guard: Guard;
  #stands = false;

  constructor(ports: CommandPorts, { incidentId }: CommandOrder) {
    this.#ports = ports;
    this.#guard = { incidentId, commitId: ports.newOwner(), since: ports.clock.now().toISOString() };
  }

  async guard(): Promise<void> {
    if (this.#stands) return;
    await this.#ports.guards.put(this.#guard);
    this.#stands = true;
  }

  /** Lets go of the guard unless something was committed, or may have been. */
  async run(work: () => Promise<Tried>): Promise<Tried> {
    try {
      const tried = await work();
      if (tried.is !== 'committed') await this.#letGo();
      return tried;
    } catch (error) {
      if (!(error instanceof Unavailable)) await this.#letGo();
      throw error;
    }
  }

  /** What was committed is decided and answered as such: what cannot be handed over now is left to the watchdog. */
  async finish(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof LakewardenError) || error instanceof Broken) throw error;
      this.#ports.log.warn('an order is carried out, its messages are left to the watchdog', {
        ticketId: this.#guard.incidentId,
        because: error.message,
      });
      return;
    }
    await this.#letGo();
  }

  /** A guard that cannot be removed now is the watchdog's. */
  async #letGo(): Promise<void> {
    if (!this.#stands) return;
    try {
      await this.#ports.guards.remove(this.#guard);
    } catch (error) {
      if (!(error instanceof Unavailable || error instanceof Conflict)) throw error;
    }
  }
}
