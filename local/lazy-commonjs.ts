// Makes `await import('<CommonJS package>')` mean the same in the bundle as in Node: named exports as well as the default one.
// With splitting, esbuild gives a CommonJS chunk nothing but `default` (tried with 0.28.2), so `const { X } = await import()` is undefined.
import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OnResolveArgs, Plugin, PluginBuild } from 'esbuild';

const NAMESPACE = 'lazy-commonjs';
/** Marks a resolution that the plugin itself asked for. */
const ASKED_BY_US = { plugin: NAMESPACE };
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

export const lazyCommonJs: Plugin = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: /.*/ }, (args) => resolveLazily(build, args));
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path }) => ({
      contents: facade(path, await exportedNames(path)),
      resolveDir: dirname(path),
    }));
  },
};

async function resolveLazily(build: PluginBuild, args: OnResolveArgs) {
  if (args.kind !== 'dynamic-import' || args.pluginData === ASKED_BY_US) return undefined;
  const { importer, resolveDir, kind } = args;
  const found = await build.resolve(args.path, { importer, resolveDir, kind, pluginData: ASKED_BY_US });
  const isOurs = !found.path.includes('/node_modules/');
  // Not found is esbuild's to judge: around an optional dependency there is a try.
  if (found.errors.length > 0 || found.external || isOurs || !isCommonJs(found.path)) return undefined;
  return { path: found.path, namespace: NAMESPACE };
}

function isCommonJs(file: string): boolean {
  const extension = extname(file);
  return extension === '.cjs' || (extension === '.js' && packageType(dirname(file)) !== 'module');
}

/** The `type` of the nearest package.json, which is what Node goes by. */
function packageType(dir: string): unknown {
  try {
    return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')).type;
  } catch {
    return dir === dirname(dir) ? undefined : packageType(dirname(dir));
  }
}

/** What Node itself shows as named exports of the file. */
async function exportedNames(file: string): Promise<string[]> {
  const namespace: object = await import(pathToFileURL(file).href);
  return Object.keys(namespace).filter(
    (name) => IDENTIFIER.test(name) && name !== 'default' && name !== 'module.exports',
  );
}

function facade(file: string, names: string[]): string {
  const path = JSON.stringify(file);
  const bindings = names.map((name) => `export const ${name} = whole.${name};`);
  // require, not import: it gives module.exports itself, as Node's default export is, whatever `__esModule` says.
  return [`const whole = require(${path});`, 'export default whole;', ...bindings].join('\n');
}
