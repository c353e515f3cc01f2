// The counts by the minute: read for questions, and counted anew from the list when projections are rebuilt.
import { Broken } from '../../domain/errors.ts';
import { addedUp, type MinuteTally, type Tally, tallyOf } from '../../domain/incidents/tally.ts';
import {
  isCounted,
  isSummary,
  LIST,
  listFilter,
  minuteKey,
  minuteRow,
  minutesFilter,
  minuteTally,
  openedWithin,
  talliesIn,
} from './incident-list-rows.ts';
import { type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const ALL = '';

/** Oldest first. */
export async function readTallies(tables: Tables, from: string, to: string): Promise<readonly MinuteTally[]> {
  const minutes: MinuteTally[] = [];
  for await (const row of tables.rows('index', minutesFilter(from, to))) minutes.push(minuteTally(row));
  return minutes.reverse();
}

/** Every minute in which something opened, and every one that has a count although nothing did. */
export async function recountTallies(tables: Tables): Promise<void> {
  let last: string | undefined;
  for await (const row of tables.rows('index', listFilter(ALL, undefined))) {
    const key = minuteKey(unpacked(row, isSummary).openedAt);
    if (key !== last) await recount(tables, key);
    last = key;
  }
  for await (const { rowKey } of tables.rows('index', minutesFilter())) {
    const [any] = await tables.first('index', openedWithin(rowKey), 1);
    if (!any) await recount(tables, rowKey);
  }
}

/**
 * The count is read before the rows that it is of, and replaced only if it still is what was read: whoever changes one of those rows
 * in a way that counts has changed the count too, and then we begin anew. Ends because each turn means that somebody else wrote.
 */
async function recount(tables: Tables, key: string): Promise<void> {
  for (;;) {
    const current = await tables.get('index', LIST, key);
    const tallies = await counted(tables, key);
    if (current ? isSame(current, tallies) : tallies.length === 0) return;
    const row = minuteRow(key, tallies);
    const { written } = await (current ? tables.replace('index', row, current.etag) : tables.insert('index', row));
    if (written) return;
  }
}

async function counted(tables: Tables, key: string): Promise<readonly Tally[]> {
  const tallies: Tally[] = [];
  for await (const row of tables.rows('index', openedWithin(key))) {
    if (isCounted(row)) tallies.push(tallyOf(unpacked(row, isSummary)));
  }
  return addedUp(tallies);
}

/** A count that cannot be read is not the same as anything. */
function isSame(row: StoredRow, tallies: readonly Tally[]): boolean {
  try {
    return JSON.stringify(talliesIn(row)) === JSON.stringify(tallies);
  } catch (error) {
    if (error instanceof Broken) return false;
    throw error;
  }
}
