// `npm run rebuild-projections`: a door for the command line, beside the running app. It needs TABLES_CONNECTION and nothing else.
import { projections } from '../../shared/compose.ts';
import { rebuildProjections } from '../../shared/usecases/rebuild-projections.ts';

const EVERY = 100;

async function main(): Promise<void> {
  const { incidents, signals, unreadable } = await rebuildProjections(projections(), (rebuilt) => {
    if (rebuilt.incidents % EVERY === 0) console.log(`${rebuilt.incidents} incidents, ${rebuilt.signals} signals ...`);
  });
  console.log(`Rebuilt from the partitions: ${incidents} incidents, ${signals} signals.`);
  if (unreadable.length === 0) return;
  console.error(`Not readable, and left as they were:\n${unreadable.join('\n')}`);
  process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
