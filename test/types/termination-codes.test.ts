// The compiler proves the table complete. Proved in turn by compiling changed copies of the real file: each change must fail.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakewarden-types-'));
  cpSync(join(root, 'shared/domain/classification'), join(folder, 'classification'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const config = { extends: join(root, 'tsconfig.json'), include: [], files: ['classification/termination-codes.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What the compiler says about the table after a change of its text; empty when it compiles. */
async function compiled(change: (table: string) => string): Promise<string> {
  const table = readFileSync(join(root, 'shared/domain/classification/termination-codes.ts'), 'utf8');
  writeFileSync(join(folder, 'classification/termination-codes.ts'), change(table));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  try {
    await run(process.execPath, [compiler, '-p', folder, '--noEmit', '--pretty', 'false']);
    return '';
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  }
}

/** Replaces one place and insists that it is there. */
function replaced(table: string, from: string | RegExp, to: string): string {
  const changed = table.replace(from, to);
  if (changed === table) throw new Error(`the table has no ${from}`);
  return changed;
}

const SDK_TYPE = 'type TerminationReasonCode = compute.TerminationReasonCode';
const A_ROW = /^ {2}DRIVER_UNREACHABLE: .*\n/m;

test('C1: the table as it is compiles', async () => {
  expect(await compiled((table) => table)).toBe('');
});

test('C1: an SDK that adds a code fails the build', async () => {
  const errors = await compiled((table) => replaced(table, SDK_TYPE, `${SDK_TYPE} | 'CODE_OF_A_LATER_SDK'`));
  expect(errors).toContain('CODE_OF_A_LATER_SDK');
});

test('C1: an SDK that drops a code fails the build', async () => {
  const shorter = "type TerminationReasonCode = Exclude<compute.TerminationReasonCode, 'DRIVER_UNREACHABLE'>";
  expect(await compiled((table) => replaced(table, SDK_TYPE, shorter))).toContain('DRIVER_UNREACHABLE');
});

test('C1: a missing row fails the build', async () => {
  expect(await compiled((table) => replaced(table, A_ROW, ''))).toContain('DRIVER_UNREACHABLE');
});

test('C1: a surplus row fails the build', async () => {
  const errors = await compiled((table) => {
    const row = A_ROW.exec(table)?.[0] ?? '';
    return replaced(table, A_ROW, row + row.replace('DRIVER_UNREACHABLE', 'NO_SUCH_CODE'));
  });
  expect(errors).toContain('NO_SUCH_CODE');
});

test('C1: an extra code that the SDK has learnt fails the build until it moves to the table', async () => {
  const errors = await compiled((table) => replaced(table, SDK_TYPE, `${SDK_TYPE} | 'RATE_LIMITED'`));
  expect(errors.split('\n').filter((line) => line.includes('error TS'))).toHaveLength(2);
});

test('C1: a class, an action or a retry that does not exist fails the build', async () => {
  for (const [from, to] of [
    ["failureClass: 'DatabricksDriverNotResponding'", "failureClass: 'DatabricksTired'"],
    ["action: 'RESTART'", "action: 'PRAY'"],
    ["retry: 'slow'", "retry: 'maybe'"],
  ] as const) {
    expect(await compiled((table) => replaced(table, from, to))).toContain('error TS');
  }
});
