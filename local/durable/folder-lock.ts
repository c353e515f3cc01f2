// One process at a time in a folder of state. A killed stack leaves its children a moment to end, and the next one may already
// be starting: two that append to the same log would ruin it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Longer than a child whose parent died takes to end (local/child.ts, STOP_LIMIT_MS). */
const WAIT_LIMIT_MS = 6_000;
const LOOK_AGAIN_MS = 20;

/** Resolves, once nobody else holds the folder, with how to let it go. Rejects with words for a person. */
export async function holdFolder(dir: string, limitMs = WAIT_LIMIT_MS): Promise<() => void> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'held-by');
  const deadline = Date.now() + limitMs;
  while (!isTaken(file)) {
    const holder = readHolder(file);
    if (holder !== undefined && !isRunning(holder)) rmSync(file, { force: true });
    else if (Date.now() > deadline)
      throw new Error(`${dir} is in use by process ${holder ?? 'unknown'}; if that is something else, delete ${file}`);
    else await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return () => rmSync(file, { force: true });
}

function isTaken(file: string): boolean {
  try {
    writeFileSync(file, ownName(), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Let go this very moment.
    return undefined;
  }
}

function ownName(): string {
  return `${process.pid} ${startOf(process.pid) ?? ''}`;
}

/** A pid alone may have been given to somebody else since; with the instant of its start it is one process. */
function isRunning(holder: string): boolean {
  const [pid = '', start = ''] = holder.split(' ');
  if (!/^\d+$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const startNow = startOf(Number(pid));
  return startNow === undefined || start === '' || startNow === start;
}

/** From /proc; undefined on a system without it, and for a zombie, `ended`. */
function startOf(pid: number): string | undefined {
  try {
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    // Field 22 of the line, 20th after the name (proc_pid_stat(5)).
    return state === 'Z' ? 'ended' : fields[18];
  } catch {
    return undefined;
  }
}
