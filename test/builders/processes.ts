// What tests on real processes need: whether one lives, waiting for a condition, and where a process listens.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LOOK_AGAIN_MS = 20;
const LISTEN_STATE = '0A';

/** Waits until `condition` holds; the limit is the test's, not a promise about speed. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${limitMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** A zombie is dead: somebody else has yet to take note. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Pids of all living descendants of a process. */
export function descendants(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** Addresses that a process listens on, as `127.0.0.1:7071` or `[hex]:port` for IPv6. */
export function listeningAddresses(pid: number): string[] {
  const inodes = new Set(socketInodes(pid));
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN_STATE && inodes.has(fields[9] ?? ''))
      .map((fields) => readableAddress(fields[1] ?? '')),
  );
}

function socketInodes(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      // Closed between the two looks.
      return [];
    }
  });
}

function readableAddress(hex: string): string {
  const [address = '', port = ''] = hex.split(':');
  const number = Number.parseInt(port, 16);
  if (address.length !== 8) return `[${address}]:${number}`;
  // Little-endian, as the kernel prints it.
  const bytes = address.match(/../g)?.reverse() ?? [];
  return `${bytes.map((byte) => Number.parseInt(byte, 16)).join('.')}:${number}`;
}
