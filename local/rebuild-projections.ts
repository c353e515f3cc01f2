// `npm run rebuild-projections [-- --dir DIR]`: rebuilds the projections of the store that TABLES_CONNECTION names, or of the
// laptop cloud that runs in DIR. The work is done by the app's own command, in a process with that one setting.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readStackFile } from './stack/stack-file.ts';

const root = join(import.meta.dirname, '..');

function connection(): string | undefined {
  const { values } = parseArgs({ options: { dir: { type: 'string', default: '.lakewarden' } } });
  return process.env.TABLES_CONNECTION ?? readStackFile(values.dir)?.tablesConnectionString;
}

const tables = connection();
if (tables === undefined) {
  console.error(
    'Which store? Set TABLES_CONNECTION, or start the laptop cloud (npm start), or name its folder with --dir.',
  );
  process.exitCode = 2;
} else {
  const file = join(root, 'functions/command/rebuild-projections.ts');
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, TABLES_CONNECTION: tables },
    stdio: 'inherit',
  });
  child.once('close', (code) => {
    process.exitCode = code ?? 1;
  });
}
