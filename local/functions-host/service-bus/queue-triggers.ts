// All Service Bus functions of an app: one pump each, with or without sessions. A pump that cannot reach its broker tries
// again for ever and leaves the others alone, as a listener of the real host.
import type { Clock } from '../clock.ts';
import type { ServiceBusSettings } from '../host-json.ts';
import type { QueueFunction } from '../indexing.ts';
import type { Invoker } from '../invoker.ts';
import type { HostLog } from '../log.ts';
import { PumpClients } from './clients.ts';
import { type MessageInput, manualInput } from './message-data.ts';
import type { Pump, PumpOptions } from './pump.ts';
import { QueuePump } from './queue-pump.ts';
import { SessionPump } from './session-pump.ts';

export interface QueueTriggersOptions {
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly log: HostLog;
  readonly settings: ServiceBusSettings;
}

export class QueueTriggers {
  readonly #functions: readonly QueueFunction[];
  readonly #options: QueueTriggersOptions;
  readonly #pumps: Pump[] = [];

  constructor(functions: readonly QueueFunction[], options: QueueTriggersOptions) {
    this.#functions = functions.filter(({ isDisabled }) => !isDisabled);
    this.#options = options;
  }

  /** Returns at once: neither loading the SDK nor a broker that is away holds up HTTP. */
  start(): void {
    const { settings, clock, log } = this.#options;
    for (const fn of this.#functions) {
      const clients = new PumpClients(fn.connection, settings.retry);
      const run = (input: MessageInput) => this.#run(fn, input);
      this.#pumps.push(createPump({ fn, clients, settings, clock, log, run }));
    }
  }

  async drain(): Promise<void> {
    await Promise.all(this.#pumps.map((pump) => pump.drain()));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#pumps.map((pump) => pump.close()));
  }

  manualInput(body: string): MessageInput {
    return manualInput(body);
  }

  async #run(fn: QueueFunction, { data, metadata }: MessageInput): Promise<void> {
    const path = fn.isDeadLetter ? `${fn.queueName}/$deadletterqueue` : fn.queueName;
    const reason = `(null) New ServiceBus message detected on '${path}'.`;
    await this.#options.invoker.invoke(fn.registered, { inputs: [{ name: fn.triggerName, data }], metadata, reason });
  }
}

function createPump(options: PumpOptions): Pump {
  return options.fn.isSessionsEnabled ? new SessionPump(options) : new QueuePump(options);
}
