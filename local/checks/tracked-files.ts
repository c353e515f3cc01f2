// The files of the project as git sees them: tracked, or new and not ignored.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './check.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export async function trackedFiles(): Promise<TextFile[]> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await promisify(execFile)('git', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  const paths = [...new Set(stdout.split('\0').filter(Boolean))].sort();
  return (await Promise.all(paths.map(readText))).flatMap((file) => file ?? []);
}

/** undefined for what is binary, a link to a folder, or deleted but not yet committed. */
async function readText(path: string): Promise<TextFile | undefined> {
  const text = await readFile(join(root, path), 'utf8').catch(() => undefined);
  return text === undefined || text.includes('\0') ? undefined : { path, text };
}
