// DESCRIBE HISTORY of a Delta table: its newest commit of data (facts/databricks.md 5.2). All cells are text or null.
import type { LastCommit } from '../../ports/workspace-warehouses.ts';
import type { StatementAnswer } from './warehouses-wire.ts';

/** So many commits are looked at, the newest first. */
export const MOST_COMMITS = 20;
/** Commits that move the version without data (facts/databricks.md 5.3). */
const UPKEEP = /^(OPTIMIZE|VACUUM|ANALYZE|COMPUTE STATS|FSCK|REORG)/i;

/** `inference_db.model_predictions`: each part quoted, whatever was let through before. */
export function quotedTable(table: string): string {
  return table
    .split('.')
    .map((part) => `\`${part.replaceAll('`', '``')}\``)
    .join('.');
}

export function lastCommitIn({ manifest, result }: StatementAnswer): LastCommit {
  const names = manifest?.schema.columns.map(({ name }) => name) ?? [];
  const [timestamp, operation] = [names.indexOf('timestamp'), names.indexOf('operation')];
  if (timestamp < 0 || operation < 0) return { known: false, because: 'its history has no column of that name' };
  const rows = result?.data_array ?? [];
  const ofData = rows.find((row) => !UPKEEP.test(row[operation] ?? ''));
  // Nothing but upkeep so far back: what came before it is older still.
  const row = ofData ?? (rows.length < MOST_COMMITS ? undefined : rows.at(-1));
  if (!row) return { known: true, at: null };
  const at = instantOf(row[timestamp] ?? '');
  return at === undefined
    ? { known: false, because: 'its history has a time that cannot be read' }
    : { known: true, at };
}

/** A SQL session's zone is UTC unless somebody changes it, and some answers leave it out. */
function instantOf(text: string): string | undefined {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`;
  const milliseconds = Date.parse(zoned);
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds).toISOString();
}
