// An estate with a fleet of clusters that may be repaired automatically, as a file for `npm start -- --estate`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const REFERENCE = join(import.meta.dirname, '../../infra/estates/reference.json');

export interface Fleet {
  readonly estateFile: string;
  readonly ids: readonly string[];
}

/** `actsPerMinute` is generous, so that a fleet's recovery is not a test of patience. */
export function writeFleet(dir: string, size: number, budgets = { actsPerMinute: 1000, callsPerMinute: 6000 }): Fleet {
  const ids = Array.from({ length: size }, (_, n) => `fleet-${String(n).padStart(3, '0')}`);
  const estate = JSON.parse(readFileSync(REFERENCE, 'utf8'));
  const fleet = ids.map((id) => ({ kind: 'cluster', id, name: id, autonomy: 'auto' }));
  estate.pairs[0].primary.components.push(...fleet);
  estate.budgets = budgets;
  const estateFile = join(dir, 'fleet-estate.json');
  writeFileSync(estateFile, JSON.stringify(estate));
  return { estateFile, ids };
}
