// Bus over Azure Service Bus.
// Rule kept here: the caller knows within two seconds whether the broker has taken the messages, and order is kept within a session.
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

/** A door promises its answer within two seconds even when the broker hangs. */
const SEND_LIMIT_MS = 1_700;

export class ServiceBus implements Bus {
  readonly #options: ServiceBusOptions;
  #line: Promise<Line> | undefined;

  constructor(options: ServiceBusOptions) {
    this.#options = options;
  }

  async send(messages: readonly BusMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const now = this.#options.now?.() ?? new Date();
    const parcels = lanesOf(messages, now);
    await this.#over((line, abortSignal) =>
      Promise.all(parcels.map((lane) => this.#sendLane(line.sender(lane.queue), lane.messages, abortSignal))),
    );
  }

  /** Opens a link of its own: an open one would be no proof that the broker still answers. */
  async ping(): Promise<void> {
    await this.#over(async (line, abortSignal) => {
      this.#options.onOperation?.('ping');
      const sender = line.freshSender('signals');
      await sender.createMessageBatch({ abortSignal });
      void sender.close().catch(() => undefined);
    });
  }

  async close(): Promise<void> {
    const line = this.#line;
    this.#line = undefined;
    await (await line)?.close();
  }

  async #over(work: (line: Line, abortSignal: AbortSignal) => Promise<unknown>): Promise<void> {
    const opening = this.#opened();
    try {
      const line = await opening;
      const limit = AbortSignal.timeout(SEND_LIMIT_MS);
      await line.use(() => Promise.race([work(line, limit), rejected(limit)]));
    } catch (error) {
      if (isSilence(error)) await this.#retire(opening);
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

  async #retire(opening: Promise<Line>): Promise<void> {
    if (this.#line === opening) this.#line = undefined;
    (await opening).retire();
  }

  /** One session, in order: what is due now in batches, what is scheduled one by one. */
  async #sendLane(sender: ServiceBusSender, messages: readonly ServiceBusMessage[], abortSignal: AbortSignal) {
    let waiting: ServiceBusMessage[] = [];
    for (const message of messages) {
      if (message.scheduledEnqueueTimeUtc === undefined) {
        waiting.push(message);
        continue;
      }
      await this.#sendNow(sender, waiting, abortSignal);
      waiting = [];
      await this.#sendOne(sender, message, abortSignal);
    }
    await this.#sendNow(sender, waiting, abortSignal);
  }

  async #sendNow(sender: ServiceBusSender, messages: readonly ServiceBusMessage[], abortSignal: AbortSignal) {
    const [only, ...others] = messages;
    if (only === undefined) return;
    if (others.length === 0) return this.#sendOne(sender, only, abortSignal);
    let batch = await sender.createMessageBatch({ abortSignal });
    for (const message of messages) {
      if (batch.tryAddMessage(message)) continue;
      if (batch.count > 0) await this.#sendBatch(sender, batch, abortSignal);
      batch = await sender.createMessageBatch({ abortSignal });
      // What does not even fit into an empty batch may fit without its envelope; if not, the broker says so.
      if (!batch.tryAddMessage(message)) await this.#sendOne(sender, message, abortSignal);
    }
    if (batch.count > 0) await this.#sendBatch(sender, batch, abortSignal);
  }

  #sendOne(sender: ServiceBusSender, message: ServiceBusMessage, abortSignal: AbortSignal): Promise<void> {
    this.#options.onOperation?.('send');
    return sender.sendMessages(message, { abortSignal });
  }

  #sendBatch(sender: ServiceBusSender, batch: Batch, abortSignal: AbortSignal): Promise<void> {
    this.#options.onOperation?.('send-batch');
    return sender.sendMessages(batch, { abortSignal });
  }
}

type Batch = Awaited<ReturnType<ServiceBusSender['createMessageBatch']>>;

interface Lane {
  readonly queue: QueueName;
  readonly messages: ServiceBusMessage[];
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

function rejected(limit: AbortSignal): Promise<never> {
  return new Promise((_, reject) => limit.addEventListener('abort', () => reject(limit.reason), { once: true }));
}
