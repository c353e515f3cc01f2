// Builds the small apps that the real one is compared with, the way local/build.ts builds the real one.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

export const root = join(import.meta.dirname, '../..');

const REQUIRE_BANNER =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** Bundles one source of test/bench/apps, or of local/, to a file that runs as it is. */
export async function bundle(source: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [join(root, source)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    keepNames: true,
    external: ['@azure/functions-core'],
    banner: { js: REQUIRE_BANNER },
    logLevel: 'warning',
    absWorkingDir: root,
  });
}

/** A functions app of one source, with the real app's host.json. Returns its folder. */
export async function buildApp(source: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await bundle(source, join(folder, 'index.js'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', main: 'index.js' }));
  await copyFile(join(root, 'host.json'), join(folder, 'host.json'));
  return folder;
}
