// Every run of a function goes through here, whatever triggered it: it gets an id, a time limit and a line in the log,
// and is counted, so that the host can stop in order or fail everything at once when the worker would die.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { InvocationRequest, InvocationResponse, RetryContext, TraceContext, TypedData } from './core-types.ts';
import { runInvocation } from './invocation.ts';
import { messageOf } from './json.ts';
import type { LogFields } from './log.ts';
import type { RegisteredFunction, WorkerApp } from './worker-app.ts';

export interface Trigger {
  readonly inputs: { name: string; data: TypedData }[];
  readonly metadata: Record<string, TypedData>;
  /** Why it runs, in the real host's words, e.g. "This function was programmatically called via the host APIs." */
  readonly reason: string;
  readonly invocationId?: string;
  readonly traceParent?: string | undefined;
  readonly retryContext?: RetryContext;
}

export interface InvokerOptions {
  readonly app: WorkerApp;
  readonly clock: Clock;
  readonly timeoutMs: number | undefined;
  /** Called after an invocation timed out: on Azure the host kills the worker then. */
  readonly onTimeout: (reason: string) => void;
}

export class Invoker {
  readonly #options: InvokerOptions;
  readonly #running = new Map<string, (error: Error) => void>();
  #idle: (() => void)[] = [];

  constructor(options: InvokerOptions) {
    this.#options = options;
  }

  async invoke(registered: RegisteredFunction, trigger: Trigger): Promise<InvocationResponse> {
    const request = requestOf(registered, trigger);
    const startedAt = performance.now();
    const fields = { function: registered.metadata.name, invocationId: request.invocationId };
    const finish = (outcome: 'Succeeded' | 'Failed', error?: unknown) =>
      this.#report(
        outcome,
        { ...fields, reason: trigger.reason, durationMs: roundMs(performance.now() - startedAt) },
        error,
      );
    try {
      const response = await this.#bounded(registered, request);
      finish('Succeeded');
      return response;
    } catch (error) {
      finish('Failed', error);
      throw error;
    }
  }

  /** Resolves when nothing runs any more. */
  whenIdle(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Fails everything in flight, as the real host does when its worker is gone. */
  failAll(reason: string): void {
    for (const fail of [...this.#running.values()]) fail(new Error(reason));
  }

  async #bounded(registered: RegisteredFunction, request: InvocationRequest): Promise<InvocationResponse> {
    const { promise: failed, reject: fail } = Promise.withResolvers<never>();
    const stopClock = this.#limit(registered.metadata.name, fail);
    this.#running.set(request.invocationId, fail);
    try {
      return await Promise.race([runInvocation(this.#options.app, registered, request), failed]);
    } finally {
      stopClock();
      this.#running.delete(request.invocationId);
      if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  #limit(name: string, fail: (error: Error) => void): () => void {
    const { clock, timeoutMs, onTimeout } = this.#options;
    if (timeoutMs === undefined) return () => {};
    return clock.schedule(clock.now() + timeoutMs, () => {
      const reason = `Timeout value of ${timeoutMs} ms exceeded by function 'Functions.${name}'`;
      fail(new Error(reason));
      onTimeout(reason);
    });
  }

  #report(outcome: 'Succeeded' | 'Failed', fields: RunFields, error?: unknown): void {
    const { log } = this.#options.app;
    const category = `Function.${fields.function}`;
    if (outcome === 'Succeeded') {
      log.write('information', category, 'Executed (Succeeded)', fields);
      return;
    }
    const stack = error instanceof Error ? error.stack : undefined;
    log.write('error', category, 'Executed (Failed)', { ...fields, error: messageOf(error), stack });
  }
}

interface RunFields extends LogFields {
  readonly function: string;
}

function requestOf(registered: RegisteredFunction, trigger: Trigger): InvocationRequest {
  const { metadata } = registered;
  return {
    invocationId: trigger.invocationId ?? randomUUID(),
    functionId: metadata.functionId ?? metadata.name,
    inputData: trigger.inputs,
    triggerMetadata: trigger.metadata,
    traceContext: traceContext(trigger.traceParent),
    ...(trigger.retryContext && { retryContext: trigger.retryContext }),
  };
}

const TRACE_PARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;

/** The host starts an activity of its own inside the caller's trace, or a new trace. */
function traceContext(traceParent: string | undefined): TraceContext {
  const [, traceId = randomBytes(16).toString('hex'), flags = '00'] = TRACE_PARENT.exec(traceParent ?? '') ?? [];
  const spanId = randomBytes(8).toString('hex');
  return { traceParent: `00-${traceId}-${spanId}-${flags}`, traceState: '', attributes: {} };
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
