// All Service Bus functions of an app: one pump each, chosen by sessions and cardinality. A pump that cannot start is
// reported and leaves the others alone, as a listener of the real host.
import type { Clock } from '../clock.ts';
import type { ServiceBusSettings } from '../host-json.ts';
import type { QueueFunction } from '../indexing.ts';
import type { Invoker } from '../invoker.ts';
import { messageOf } from '../json.ts';
import type { HostLog } from '../log.ts';
import { BatchPump } from './batch-pump.ts';
import { ServiceBusClients } from './clients.ts';
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
  readonly #clients: ServiceBusClients;
  readonly #pumps: Pump[] = [];
  #starting: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(functions: readonly QueueFunction[], options: QueueTriggersOptions) {
    this.#functions = functions.filter(({ isDisabled }) => !isDisabled);
    this.#options = options;
    this.#clients = new ServiceBusClients(options.settings.retry);
  }

  /** Returns at once: neither loading the SDK nor a broker that is away holds up HTTP. */
  start(): void {
    this.#starting = Promise.all(this.#functions.map((fn) => this.#startPump(fn)));
  }

  async drain(): Promise<void> {
    this.#isStopped = true;
    await this.#starting;
    await Promise.all(this.#pumps.map((pump) => pump.drain()));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#pumps.map((pump) => pump.close()));
    await this.#clients.close();
  }

  manualInput(body: string): MessageInput {
    return manualInput(body);
  }

  async #startPump(fn: QueueFunction): Promise<void> {
    const { settings, clock, log } = this.#options;
    try {
      const client = await this.#clients.get(fn.connection);
      if (this.#isStopped) return;
      const run = (input: MessageInput) => this.#run(fn, input);
      this.#pumps.push(createPump({ fn, client, settings, clock, log, run }));
    } catch (error) {
      log.write('error', 'Host.Triggers.ServiceBus', `The listener for function '${fn.name}' was unable to start`, {
        function: fn.name,
        error: messageOf(error),
      });
    }
  }

  async #run(fn: QueueFunction, { data, metadata }: MessageInput): Promise<void> {
    const path = fn.isDeadLetter ? `${fn.queueName}/$deadletterqueue` : fn.queueName;
    const reason = `(null) New ServiceBus message detected on '${path}'.`;
    await this.#options.invoker.invoke(fn.registered, { inputs: [{ name: fn.triggerName, data }], metadata, reason });
  }
}

function createPump(options: PumpOptions): Pump {
  if (options.fn.isSessionsEnabled) return new SessionPump(options);
  return options.fn.isBatch ? new BatchPump(options) : new QueuePump(options);
}
