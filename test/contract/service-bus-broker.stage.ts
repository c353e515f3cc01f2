// The stage of the broker's contract tests: a broker on a free port, real clients against it, a clock that a test moves by hand.
// Everything opened here is closed when the test ends.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceBusClient, type ServiceBusMessage, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { expect, onTestFinished } from 'vitest';
import { type Broker, type BrokerOptions, startBroker } from '../../local/service-bus/broker.ts';
import type { Clock } from '../../local/service-bus/clock.ts';
import { aQueue } from '../../local/service-bus/queue-settings.ts';

/** Short, so that a test that has to fail fails soon; the default would wait 60 s and retry after 30. */
const QUICK_RETRIES = { maxRetries: 3, retryDelayInMs: 20, maxRetryDelayInMs: 100, timeoutInMs: 5_000 };
/** Below the client's 1 s after the first message: a pull that gets fewer than it asked for ends soon. */
export const PULL = { maxWaitTimeInMs: 2_000 };
export const SHORT_PULL = { maxWaitTimeInMs: 60 };

let keepsOnDisk = false;

/** From now on every broker of this file has a log, and what the log holds is compared with it at the end of its test. */
export function keepOnDisk(): void {
  keepsOnDisk = true;
}

export async function aBroker(options: Partial<BrokerOptions> = {}): Promise<Broker> {
  if (keepsOnDisk) return aDurableBroker(options);
  const broker = await startBroker({ port: 0, queues: [aQueue('q')], ...options });
  onTestFinished(() => broker.stop());
  return broker;
}

async function aDurableBroker(options: Partial<BrokerOptions>): Promise<Broker> {
  const dir = mkdtempSync(join(tmpdir(), 'broker-'));
  const all = { port: 0, queues: [aQueue('q')], ...options };
  const broker = await startBroker({ ...all, durable: { dir: join(dir, 'first') } });
  onTestFinished(async () => {
    const countsOf = ({ counts }: Broker) => all.queues.map(({ name }) => counts(name));
    // What is on disk now is all that a kill would leave.
    cpSync(join(dir, 'first/broker.log'), join(dir, 'second/broker.log'));
    const left = countsOf(broker);
    await broker.stop();
    const next = await startBroker({ ...all, durable: { dir: join(dir, 'second') } });
    expect(countsOf(next)).toEqual(left);
    await next.stop();
    rmSync(dir, { recursive: true });
  });
  return broker;
}

export function aClient(
  { connectionString }: Pick<Broker, 'connectionString'>,
  timeoutInMs = QUICK_RETRIES.timeoutInMs,
  maxRetries = QUICK_RETRIES.maxRetries,
): ServiceBusClient {
  const retryOptions = { ...QUICK_RETRIES, timeoutInMs, maxRetries };
  const client = new ServiceBusClient(connectionString, { retryOptions });
  onTestFinished(() => client.close());
  return client;
}

export function numbered(count: number, more: Partial<ServiceBusMessage> = {}): ServiceBusMessage[] {
  return Array.from({ length: count }, (_, n) => ({ body: { n }, messageId: `m${n}`, ...more }));
}

export function bodies(messages: readonly ServiceBusReceivedMessage[]): unknown[] {
  return messages.map(({ body }) => body);
}

/** The `code` that a call was refused with. */
export async function codeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'no refusal';
}

/** Waits for what happens in another process or on a socket; a test that never sees it fails by vitest's timeout. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 2));
}

interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

/** Starts at the real time, because the client compares the broker's instants with it. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #due = new Set<Due>();

  constructor(nowMs = Date.now()) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  schedule(atMs: number, run: () => void): () => void {
    const due = { atMs, run };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#due.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = untilMs;
  }

  #next(untilMs: number): Due | undefined {
    return [...this.#due].filter(({ atMs }) => atMs <= untilMs).sort((one, other) => one.atMs - other.atMs)[0];
  }
}
