// Loads one app through the loader of the local host and says when every function is registered.
import { loadApp } from '../../../local/functions-host/load-app.ts';
import { createLog } from '../../../local/functions-host/log.ts';
import { WorkerApp } from '../../../local/functions-host/worker-app.ts';

const app = new WorkerApp(createLog(new Map()));
await loadApp(process.argv[2] ?? '', app);
if (!process.send) process.exit(1);
process.send({ functions: app.functions.size }, () => process.exit(0));
