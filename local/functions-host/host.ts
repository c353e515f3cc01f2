// The functions host of the laptop cloud: loads the unchanged app and serves its HTTP, timer and Service Bus functions.
// One process holds one host: the library keeps the worker module it was given for good.
import { resolve } from 'node:path';
import type { Clock } from './clock.ts';
import type { InvocationResponse } from './core-types.ts';
import { readHostJson } from './host-json.ts';
import type { Keys } from './http/keys.ts';
import { type IndexingFault, indexFunctions } from './indexing.ts';
import { loadApp } from './load-app.ts';
import { createLog } from './log.ts';
import { guardListening } from './loopback.ts';
import { RunningHost } from './running-host.ts';
import { applySettings } from './settings.ts';
import { WorkerApp } from './worker-app.ts';

export interface HostOptions {
  readonly appDir: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Put into the environment before the app is loaded. */
  readonly settings: Readonly<Record<string, string>>;
  readonly keys: Keys;
  /** Functions not to start, like AzureWebJobs.<name>.Disabled, which counts too. */
  readonly disabled?: readonly string[];
  /** Where timers remember when they ran; without it they forget with the process. */
  readonly stateDir?: string;
  readonly clock?: Clock;
  /** Called when the real host would kill its worker; the default ends the process with 1. */
  readonly onFatal?: (reason: string) => void;
}

export interface Host {
  readonly port: number;
  readonly functions: readonly { name: string; type: string }[];
  /** Functions that did not start, and why. */
  readonly faults: readonly IndexingFault[];
  /** Runs a function that is not HTTP now; rejects as the function does. */
  invoke(name: string, input?: string): Promise<InvocationResponse>;
  stop(): Promise<void>;
}

export async function startHost(options: HostOptions): Promise<Host> {
  const appDir = resolve(options.appDir);
  applySettings({ ...HOST_SETTINGS, AzureWebJobsScriptRoot: appDir, ...options.settings }, process.env);
  const hostSettings = await readHostJson(appDir);
  const log = createLog(hostSettings.logLevels);
  const app = new WorkerApp(log);
  const guard = guardListening();
  try {
    const releaseRequire = await loadApp(appDir, app);
    const context = { host: hostSettings, settings: process.env, disabled: options.disabled ?? [] };
    const index = indexFunctions(app.functions.values(), context);
    const release = () => {
      releaseRequire();
      guard.release();
    };
    return await new RunningHost({ options, app, log, hostSettings, index, release }).listen();
  } catch (error) {
    guard.release();
    throw error;
  }
}

/** What the host itself puts into its worker's environment. */
const HOST_SETTINGS = { FUNCTIONS_WORKER_RUNTIME: 'node', AZURE_FUNCTIONS_ENVIRONMENT: 'Development' };
