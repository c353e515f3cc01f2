import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lazyCommonJs } from '../../local/lazy-commonjs.ts';

/** CommonJS and dual packages that the app imports lazily. */
const PACKAGES = [
  '@azure/service-bus',
  '@azure/data-tables',
  '@azure/storage-blob',
  '@databricks/sdk-experimental/dist/config/Config.js',
];

type Loaded = Record<string, Record<string, unknown>>;

// Inside the checkout, so that packages resolve.
const root = dirname(dirname(import.meta.dirname));
let dir: string;
let whole: Loaded;
let plain: Loaded;
beforeAll(async () => {
  dir = realpathSync(mkdtempSync(join(root, 'node_modules/.lakewarden-bundle-')));
  whole = await bundled([lazyCommonJs]);
  plain = await bundled([]);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function bundled(plugins: (typeof lazyCommonJs)[]): Promise<Loaded> {
  const entry = join(dir, 'entry.mjs');
  const loads = PACKAGES.map((name) => `${JSON.stringify(name)}: await import(${JSON.stringify(name)})`);
  writeFileSync(entry, `export const loaded = {${loads.join(', ')}};`);
  const outdir = join(dir, `out${plugins.length}`);
  await build({
    entryPoints: [entry],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    splitting: true,
    minify: true,
    keepNames: true,
    banner: { js: 'import { createRequire as c } from "node:module"; const require = c(import.meta.url);' },
    plugins,
  });
  const { loaded }: { loaded: Loaded } = await import(pathToFileURL(join(outdir, 'entry.mjs')).href);
  return loaded;
}

describe('the bundle', () => {
  test.each(PACKAGES)('L3: a lazy import of %s has the exports in the bundle that it has in Node', async (name) => {
    const inNode: Record<string, unknown> = await import(name);
    const names = Object.keys(inNode).filter((key) => typeof inNode[key] === 'function' && key !== 'default');
    expect(names.length).toBeGreaterThan(0);
    for (const key of names) expect(typeof whole[name]?.[key], key).toBe('function');
  });

  test('L3: without the plugin a CommonJS package has none of them, so the plugin is still needed', () => {
    expect(plain['@azure/service-bus']?.ServiceBusClient).toBeUndefined();
  });
});
