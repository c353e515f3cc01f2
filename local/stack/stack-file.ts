// stack.json: what runs where, for whoever tests from outside. It holds the secrets, so only its owner reads it.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const OWNER_ONLY = 0o600;

const stackFileSchema = z.object({
  pid: z.number(),
  processes: z.object({ app: z.number(), serviceBus: z.number(), tables: z.number(), simulators: z.number() }),
  app: z.string(),
  apiKey: z.string(),
  basic: z.object({ username: z.string(), password: z.string() }),
  adminKey: z.string(),
  databricks: z.object({ primary: z.string(), dr: z.string() }),
  databricksToken: z.string(),
  terraform: z.string(),
  terraformToken: z.string(),
  tables: z.string(),
  blobs: z.string(),
  tablesConnectionString: z.string(),
  serviceBus: z.string(),
  serviceBusConnectionString: z.string(),
  messages: z.string(),
  /** Entra ID, Resource Manager, the status page and an action group, at one address. */
  azure: z.string(),
  /** The token that opens the simulated Resource Manager. */
  armToken: z.string(),
  control: z.string(),
  timeScale: z.number(),
});

export type StackFile = z.infer<typeof stackFileSchema>;
/** The processes by the names that stack.json, the control endpoint and the logs give them. */
export type ProcessName = keyof StackFile['processes'];

export function stackFilePath(dir: string): string {
  return join(dir, 'stack.json');
}

/** Replaces the file in one step, so that a reader never sees half of it. */
export function writeStackFile(dir: string, stack: StackFile): void {
  const path = stackFilePath(dir);
  const next = `${path}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(stack, null, 2)}\n`, { mode: OWNER_ONLY });
  renameSync(next, path);
}

export function removeStackFile(dir: string): void {
  rmSync(stackFilePath(dir), { force: true });
}

/** Undefined if there is none, or none that can be read. */
export function readStackFile(dir: string): StackFile | undefined {
  const json = readJson(stackFilePath(dir));
  return stackFileSchema.safeParse(json).data;
}

/** The pid that a stack.json in `dir` names, if a process has it. */
export function runningPid(dir: string): number | undefined {
  const { data } = z.object({ pid: z.int().positive() }).safeParse(readJson(stackFilePath(dir)));
  return data && isAlive(data.pid) ? data.pid : undefined;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Absent or half a file from another age: there is nothing to go by.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // EPERM: somebody else's, but alive.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Ended, but its parent has not taken note (an init that does not reap, as in some containers). */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // No /proc on this system.
    return false;
  }
}
