// The app as the worker knows it: functions, hooks and programming model, filled by the app's own code through
// `@azure/functions-core` while it loads, closed after that.
import type {
  Capabilities,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  LogCategory,
  LogLevel,
  ProgrammingModel,
} from './core-types.ts';
import type { HostLog } from './log.ts';
import { HOOK_NAMES, HOST_VERSION, WORKER_VERSION } from './refusals.ts';

export type HookName = (typeof HOOK_NAMES)[number];

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

/** [W] getWorkerCapabilities.ts; the programming model adds its own, e.g. HttpUri. */
const WORKER_CAPABILITIES: Capabilities = {
  RawHttpBodyBytes: 'true',
  RpcHttpTriggerMetadataRemoved: 'true',
  RpcHttpBodyOnly: 'true',
  IgnoreEmptyValuedRpcHttpHeaders: 'true',
  UseNullableValueDictionaryForHttp: 'true',
  WorkerStatus: 'true',
  TypedDataCollection: 'true',
  HandlesWorkerTerminateMessage: 'true',
};

export class WorkerApp {
  readonly functions = new Map<string, RegisteredFunction>();
  readonly appHookData: Record<string, unknown> = {};
  readonly log: HostLog;
  capabilities: Capabilities = {};
  #model: ProgrammingModel | undefined;
  #isStarted = false;
  readonly #startHookData: Record<string, unknown> = {};
  readonly #hooks: Record<HookName, HookCallback[]> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
  };

  constructor(log: HostLog) {
    this.log = log;
  }

  get model(): ProgrammingModel {
    if (!this.#model) throw new Error('the app has set no programming model');
    return this.#model;
  }

  /** Runs the appStart hooks, asks for capabilities and closes registration, in the worker's order. */
  async start(functionAppDirectory: string): Promise<void> {
    await this.runHooks('appStart', { ...this.#appContext(), functionAppDirectory });
    const model = this.#model;
    this.capabilities = (await model?.getCapabilities?.({ ...WORKER_CAPABILITIES })) ?? WORKER_CAPABILITIES;
    this.#isStarted = true;
  }

  async terminate(): Promise<void> {
    await this.runHooks('appTerminate', this.#appContext());
  }

  async runHooks(name: HookName, context: Record<string, unknown>): Promise<void> {
    for (const hook of this.#hooks[name]) await hook(context);
  }

  /** What `require('@azure/functions-core')` answers. */
  coreModule(): Record<string, unknown> {
    return {
      version: WORKER_VERSION,
      hostVersion: HOST_VERSION,
      registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) => this.#register(metadata, callback),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      registerHook: (name: string, callback: HookCallback) => this.#registerHook(name, callback),
      log: (level: LogLevel, category: LogCategory, message: string) =>
        this.log.write(level, `Worker.${category}`, message),
      Disposable,
    };
  }

  #register(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    if (this.#isStarted) throw systemError('A function can only be registered during app startup.');
    const id = metadata.functionId ?? metadata.name;
    if (this.functions.has(id)) throw systemError(`A function with id "${id}" has already been registered.`);
    this.functions.set(id, { metadata, callback });
    return new Disposable(() => {
      if (this.#isStarted) throw systemError('A function can only be disposed during app startup.');
      this.functions.delete(id);
    });
  }

  #registerHook(name: string, callback: HookCallback): Disposable {
    const known = HOOK_NAMES.find((hook) => hook === name);
    if (!known) throw markSystem(new RangeError(`Unrecognized hook "${name}"`));
    const hooks = this.#hooks[known];
    hooks.push(callback);
    return new Disposable(() => {
      const index = hooks.indexOf(callback);
      if (index >= 0) hooks.splice(index, 1);
    });
  }

  #appContext(): Record<string, unknown> {
    return withReadOnly({}, { hookData: this.#startHookData, appHookData: this.appHookData });
  }
}

/** Adds members that a hook may read but not replace, as the worker's contexts do. */
export function withReadOnly(
  context: Record<string, unknown>,
  members: Record<string, unknown>,
): Record<string, unknown> {
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(context, name, {
      enumerable: true,
      get: () => value,
      set: () => {
        throw markSystem(new TypeError(`Cannot assign to read only property '${name}'`));
      },
    });
  }
  return context;
}

function systemError(message: string): Error {
  return markSystem(new Error(message));
}

/** The library tells the worker's errors from the app's by this member. */
function markSystem<E extends Error>(error: E): E {
  return Object.assign(error, { isAzureFunctionsSystemError: true });
}

class Disposable {
  #dispose: (() => unknown) | undefined;

  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  constructor(dispose: () => unknown) {
    this.#dispose = dispose;
  }

  dispose(): unknown {
    const dispose = this.#dispose;
    this.#dispose = undefined;
    return dispose?.();
  }
}
