// Bus over Azure Service Bus.
// Rule kept here: the caller knows within two seconds whether the broker has taken the messages, of more than a hundred each hundred, and order
// is kept within a session.
import type { ServiceBusMessage, ServiceBusSender } from '@azure/service-bus';
import type { Bus, BusMessage, QueueName } from '../../ports/bus.ts';
import { type BusConnection, type Line, openLine } from './connection.ts';
import { isSilence, translate } from './translate.ts';
import { wireMessage } from './wire-message.ts';

export type BusOperation = 'send' | 'send-batch' | 'ping';

export interface ServiceBusOptions extends BusConnection {
  readonly now?: () => Date;
  readonly onOperation?: (kind: BusOperation) => void;
}

/** A door promises its answer within two seconds even when the broker hangs (A4). */
const ANSWER_LIMIT_MS = 1_500;
/**
 * Sent at once, and within that limit: no door sends more. The client holds 2,048 messages that the broker has not taken yet, and throws at one
 * more (rhea, lib/session.js).
 */
const SENT_AT_ONCE = 100;

export class ServiceBus implements Bus {
  readonly #options: ServiceBusOptions;
  #line: Promise<Line> | undefined;

  constructor(options: ServiceBusOptions) {
    this.#options = options;
  }

  async send(messages: readonly BusMessage[]): Promise<void> {
    const now = this.#options.now?.() ?? new Date();
    // All are made before the first is sent: a fault of ours leaves none of them sent.
    for (const lanes of piecesOf(messages).map((piece) => lanesOf(piece, now))) {
      await this.#over((line) =>
        Promise.all(lanes.map((lane) => this.#sendLane(line.sender(lane.queue), lane.messages))),
      );
    }
  }

  /** Opens a link of its own: an open one would be no proof that the broker still answers. */
  async ping(): Promise<void> {
    await this.#over(async (line) => {
      this.#options.onOperation?.('ping');
      const sender = line.freshSender('signals');
      try {
        await sender.createMessageBatch();
      } finally {
        void sender.close().catch(() => undefined);
      }
    });
  }

  async close(): Promise<void> {
    const line = this.#line;
    this.#line = undefined;
    await (await line)?.close();
  }

  /**
   * The SDK is not told to abort: it would throw away a connection that is half open, and the next call would begin again.
   * What goes out after the limit is a second copy at worst, which consumers know by its id.
   */
  async #over(work: (line: Line) => Promise<unknown>): Promise<void> {
    const opening = this.#opened();
    try {
      const line = await opening;
      await line.use(() => withinLimit(work(line)));
    } catch (error) {
      if (isSilence(error)) await this.#retireIfSilent(opening);
      throw translate(error);
    }
  }

  #opened(): Promise<Line> {
    if (this.#line) return this.#line;
    const opening = openLine(this.#options);
    this.#line = opening;
    // A failed sign-in must not be remembered.
    opening.catch(() => {
      if (this.#line === opening) this.#line = undefined;
    });
    return opening;
  }

  async #retireIfSilent(opening: Promise<Line>): Promise<void> {
    const line = await opening;
    if (!line.isSilent) return;
    if (this.#line === opening) this.#line = undefined;
    line.retire();
  }

  /** One session, in order: what is due now in batches, what is scheduled one by one. */
  async #sendLane(sender: ServiceBusSender, messages: readonly ServiceBusMessage[]): Promise<void> {
    let waiting: ServiceBusMessage[] = [];
    for (const message of messages) {
      if (message.scheduledEnqueueTimeUtc === undefined) {
        waiting.push(message);
        continue;
      }
      await this.#sendNow(sender, waiting);
      waiting = [];
      await this.#sendOne(sender, message);
    }
    await this.#sendNow(sender, waiting);
  }

  async #sendNow(sender: ServiceBusSender, messages: readonly ServiceBusMessage[]): Promise<void> {
    const [only, ...others] = messages;
    if (only === undefined) return;
    if (others.length === 0) return this.#sendOne(sender, only);
    let batch = await sender.createMessageBatch();
    for (const message of messages) {
      if (batch.tryAddMessage(message)) continue;
      if (batch.count > 0) await this.#sendBatch(sender, batch);
      batch = await sender.createMessageBatch();
      // What does not even fit into an empty batch may fit without its envelope; if not, the broker says so.
      if (!batch.tryAddMessage(message)) await this.#sendOne(sender, message);
    }
    if (batch.count > 0) await this.#sendBatch(sender, batch);
  }

  #sendOne(sender: ServiceBusSender, message: ServiceBusMessage): Promise<void> {
    this.#options.onOperation?.('send');
    return sender.sendMessages(message);
  }

  #sendBatch(sender: ServiceBusSender, batch: Batch): Promise<void> {
    this.#options.onOperation?.('send-batch');
    return sender.sendMessages(batch);
  }
}

type Batch = Awaited<ReturnType<ServiceBusSender['createMessageBatch']>>;

interface Lane {
  readonly queue: QueueName;
  readonly messages: ServiceBusMessage[];
}

function piecesOf(messages: readonly BusMessage[]): (readonly BusMessage[])[] {
  const pieces = Math.ceil(messages.length / SENT_AT_ONCE);
  return Array.from({ length: pieces }, (_, at) => messages.slice(at * SENT_AT_ONCE, (at + 1) * SENT_AT_ONCE));
}

/** A lane per queue and session. Sessions are not mixed in a batch, since a partitioned queue refuses that. */
function lanesOf(messages: readonly BusMessage[], now: Date): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const message of messages) {
    const key = `${message.queue} ${message.sessionId}`;
    const lane = lanes.get(key) ?? { queue: message.queue, messages: [] };
    lanes.set(key, lane);
    lane.messages.push(wireMessage(message, now));
  }
  return [...lanes.values()];
}

async function withinLimit(work: Promise<unknown>): Promise<void> {
  const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
  let stop = () => {};
  const exceeded = new Promise<never>((_, reject) => {
    const refuse = () => reject(limit.reason);
    limit.addEventListener('abort', refuse, { once: true });
    stop = () => limit.removeEventListener('abort', refuse);
  });
  await Promise.race([work, exceeded]).finally(() => stop());
}
