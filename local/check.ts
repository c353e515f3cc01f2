// `npm run check`: everything that is proved about the code without running it. One line a check as it ends, then every
// fault; exit code 1 when there is one.
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { type Check, root } from './checks/check.ts';
import { docs } from './checks/docs.ts';
import { lockFile } from './checks/lock-file.ts';
import { machinePaths } from './checks/machine-paths.ts';
import { queueTable } from './checks/queue-table.ts';
import { requirementIds } from './checks/requirement-ids.ts';
import { tool } from './checks/tool.ts';

const checks: readonly Check[] = [
  tool('types', inModules('typescript/bin/tsc'), ['--noEmit']),
  tool('lint and format', fileURLToPath(import.meta.resolve('@biomejs/biome/bin/biome')), ['check', '.']),
  tool('architecture', inModules('vitest/vitest.mjs'), ['run', 'test/architecture.test.ts']),
  tool('unused code', inModules('knip/bin/knip.js'), ['--no-progress']),
  requirementIds,
  queueTable,
  lockFile,
  machinePaths,
  docs,
];

const failed = new Map<string, readonly string[]>();
for (const check of checks) {
  const started = performance.now();
  const faults = await faultsOf(check);
  if (faults.length > 0) failed.set(check.name, faults);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${faults.length === 0 ? 'ok    ' : 'FAILED'}  ${check.name} (${seconds} s)`);
}
for (const [name, faults] of failed) console.error(`\n${name}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
if (failed.size > 0) {
  console.error(`\n${failed.size} of ${checks.length} checks failed`);
  process.exitCode = 1;
}

/** A check that cannot even run is a failed one; the others are still asked. */
async function faultsOf(check: Check): Promise<readonly string[]> {
  try {
    return await check.faults();
  } catch (error) {
    return [`could not be checked: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** A script that its package does not export, so that it cannot be resolved by name. */
function inModules(file: string): string {
  return join(root, 'node_modules', file);
}
