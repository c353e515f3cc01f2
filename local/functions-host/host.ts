// The functions host of the laptop cloud: loads the unchanged app and serves its HTTP, timer and Service Bus functions.
// One process holds one host: the library keeps the worker module it was given for good.
import { resolve } from 'node:path';
import { readHostJson } from './host-json.ts';
import { indexFunctions } from './indexing.ts';
import { loadApp } from './load-app.ts';
import { createLog } from './log.ts';
import { guardListening } from './loopback.ts';
import { type Host, type HostOptions, RunningHost } from './running-host.ts';
import { applySettings } from './settings.ts';
import { WorkerApp } from './worker-app.ts';

export type { Host, HostOptions } from './running-host.ts';

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
