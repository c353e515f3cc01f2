// Loads the unchanged app the way the worker does: `@azure/functions-core` is handed to whoever requires it, then the
// files that package.json's `main` names are evaluated. A fault stops the host; Azure would only say "no functions found".
import { globSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRecord, messageOf, tryParseJson } from './json.ts';
import type { WorkerApp } from './worker-app.ts';

const CORE_MODULE = '@azure/functions-core';

/** Evaluates the app; its functions are in `app` afterwards. The returned function takes the intercept away again. */
export async function loadApp(appDir: string, app: WorkerApp): Promise<() => void> {
  const { files, isEsm } = entryPoints(appDir);
  const release = interceptRequire(app.coreModule());
  process.chdir(appDir);
  for (const file of files) await evaluate(join(appDir, file), isEsm);
  await app.start(appDir);
  if (app.functions.size === 0) throw new Error(`${appDir}: no function was registered by ${files.join(', ')}`);
  return release;
}

function entryPoints(appDir: string): { files: string[]; isEsm: boolean } {
  const manifest = tryParseJson(readFileSync(join(appDir, 'package.json'), 'utf8'));
  if (!isRecord(manifest) || typeof manifest.main !== 'string')
    throw new Error(`${appDir}/package.json names no "main"`);
  const files = globSync(manifest.main, { cwd: appDir }).sort();
  if (files.length === 0) throw new Error(`${appDir}: "main" (${manifest.main}) matches no file`);
  return { files, isEsm: manifest.type === 'module' };
}

/**
 * What the worker does (setupCoreModule.ts). It reaches CommonJS, ESM apps (the library is CommonJS) and bundles,
 * but must be in place before the library first asks: the library remembers a refusal for good.
 */
function interceptRequire(core: Record<string, unknown>): () => void {
  const original = Module.prototype.require;
  Module.prototype.require = new Proxy(original, {
    apply(require, thisArg, args: unknown[]) {
      return args[0] === CORE_MODULE ? core : Reflect.apply(require, thisArg, args);
    },
  });
  return () => {
    Module.prototype.require = original;
  };
}

async function evaluate(file: string, isEsmPackage: boolean): Promise<void> {
  const extension = extname(file);
  try {
    if (extension === '.mjs' || (isEsmPackage && extension !== '.cjs')) await import(pathToFileURL(file).href);
    else createRequire(file)(file);
  } catch (error) {
    throw new Error(`the app could not be loaded: ${file}: ${messageOf(error)}`, { cause: error });
  }
}
