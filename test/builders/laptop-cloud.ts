// Starts `node local/start.ts` as a person would, and sees it through to its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readStackFile, type StackFile } from '../../local/stack/stack-file.ts';
import { changed, referenceText } from './estate-text.ts';
import { descendants, isAlive, until } from './processes.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const READY_LIMIT_MS = 45_000;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export class LaptopCloud {
  readonly dir: string;
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  output = '';
  /** Every process that was ever seen below it. */
  readonly seen = new Set<number>();
  readonly #watch: NodeJS.Timeout;

  /** In a folder of its own, or in one of before, given as `--dir=...`. */
  constructor(...args: string[]) {
    const given = args.find((arg) => arg.startsWith('--dir='))?.slice('--dir='.length);
    this.dir = given ?? mkdtempSync(join(tmpdir(), 'lakewarden-'));
    this.process = spawn(process.execPath, [join(ROOT, 'local/start.ts'), '--port', '0', '--dir', this.dir, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.on('data', (chunk) => this.#hear(chunk));
    this.process.stderr?.on('data', (chunk) => this.#hear(chunk));
    this.#watch = setInterval(() => this.#lookAround(), 100);
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code) => {
        clearInterval(this.#watch);
        resolve({ code, output: this.output });
      });
    });
  }

  get stack(): StackFile {
    const stack = readStackFile(this.dir);
    if (!stack) throw new Error(`no stack.json; it says:\n${this.output}`);
    return stack;
  }

  async ready(): Promise<StackFile> {
    // One of a stack that was killed in this folder may still be there.
    const isOurs = () => readStackFile(this.dir)?.pid === this.process.pid;
    await until(() => isOurs() || this.process.exitCode !== null, READY_LIMIT_MS);
    this.#lookAround();
    return this.stack;
  }

  survivors(): number[] {
    return [...this.seen].filter(isAlive);
  }

  /** For afterAll: nothing stays, whatever a test did. */
  async remove(): Promise<void> {
    this.process.kill('SIGTERM');
    await this.ended;
    rmSync(this.dir, { recursive: true, force: true });
  }

  #hear(chunk: unknown): void {
    this.output += String(chunk);
  }

  #lookAround(): void {
    const { pid } = this.process;
    if (pid === undefined) return;
    for (const below of [pid, ...descendants(pid)]) this.seen.add(below);
  }
}

/** Under the reference estate with members changed, by JSON pointer. */
export function laptopCloudWith(changes: Readonly<Record<string, unknown>>, ...args: string[]): LaptopCloud {
  const dir = mkdtempSync(join(tmpdir(), 'lakewarden-'));
  const estateFile = join(dir, 'changed-estate.json');
  writeFileSync(estateFile, changed(referenceText(), changes));
  return new LaptopCloud(`--dir=${dir}`, '--estate', estateFile, ...args);
}

/** For `laptopCloudWith`: every message goes out by itself, however many incidents a test file makes. */
export const nothingFolded = { '/notifications': { folding: { individually: 10_000 } } };

export function runLocal(file: string, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, file), ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    output += String(chunk);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
