// Runs a tool of node_modules as a check: what it prints is its faults when it fails. Always with the Node that runs this,
// which `npm run` takes from node_modules, so that no other Node on the machine decides.
import { spawn } from 'node:child_process';
import { type Check, root } from './check.ts';

/** `file` is the tool's own script. */
export function tool(name: string, file: string, args: readonly string[]): Check {
  return { name, faults: () => run(file, args) };
}

async function run(file: string, args: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code ?? 'no exit code'));
  });
  if (ended === 0) return [];
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 ? lines : [`ended with ${ended} and said nothing`];
}
