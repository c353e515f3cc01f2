// `npm run build`: bundles the app into dist/functions/index.js and lazy chunks beside it; fails loudly.
// ESM and split, so that a cold start evaluates only what the doors need; what deploys needs nothing but dist, package.json and host.json.
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { lazyCommonJs } from './lazy-commonjs.ts';

const root = dirname(import.meta.dirname);
const outdir = join(root, 'dist/functions');

/** esbuild turns `require` inside bundled CommonJS into a throwing stub in ESM output unless there is one. */
const REQUIRE_BANNER =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

const started = performance.now();
await rm(join(root, 'dist'), { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: [join(root, 'functions/index.ts')],
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  splitting: true,
  minify: true,
  // Error and class names are read: by people in logs, by SDKs in instanceof-like checks.
  keepNames: true,
  // Only the worker (or the local host) provides it, at run time.
  external: ['@azure/functions-core'],
  banner: { js: REQUIRE_BANNER },
  plugins: [lazyCommonJs],
  metafile: true,
  logLevel: 'warning',
  absWorkingDir: root,
});
const outputs = Object.entries(metafile.outputs).filter(([path]) => path.endsWith('.js'));
const kilobytes = outputs.reduce((sum, [, { bytes }]) => sum + bytes, 0) / 1024;
const entry = metafile.outputs['dist/functions/index.js'];
if (!entry) throw new Error('the bundle has no dist/functions/index.js');
console.log(
  `dist/functions/index.js ${(entry.bytes / 1024).toFixed(0)} KB, ${outputs.length} files, ${kilobytes.toFixed(0)} KB in ${((performance.now() - started) / 1000).toFixed(1)} s`,
);
