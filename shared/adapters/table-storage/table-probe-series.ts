// ProbeSeries over Table Storage: a partition a series, the newest row first, since a range is read in the order of its keys.
import { type ProbeSample, probeKinds, probeSampleSchema } from '../../domain/probes/sample.ts';
import type { ProbeSeries, Series, StoredSample } from '../../ports/probe-series.ts';
import { inverted } from './newest-first.ts';
import { keyPart, packed, plain, quoted, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

export class TableProbeSeries implements ProbeSeries {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async append(sample: ProbeSample): Promise<void> {
    const { target, kind, at, outcome } = sample;
    const keys = { partitionKey: partitionOf(sample), rowKey: inverted(Date.parse(at)), schemaVersion: SCHEMA_VERSION };
    await this.#tables.upsert('probes', { ...keys, ...packed(sample), ...plain({ target, kind, at, outcome }) });
  }

  async newest(series: Series, since: Date, most: number): Promise<readonly ProbeSample[]> {
    const range = `RowKey le ${quoted(inverted(since.getTime()))}`;
    const filter = `PartitionKey eq ${quoted(partitionOf(series))} and ${range}`;
    const rows = await this.#tables.first('probes', filter, most);
    return rows.map((row) => unpacked(row, isSample));
  }

  async *before(instant: Date): AsyncGenerator<readonly StoredSample[]> {
    const pages = this.#tables.scan('probes', `RowKey gt ${quoted(inverted(instant.getTime()))}`);
    for await (const page of pages) yield page.flatMap(storedSample);
  }

  async remove({ partition, row }: StoredSample): Promise<void> {
    await this.#tables.remove('probes', partition, row);
  }
}

function partitionOf({ target, kind }: Series): string {
  // A slash must not stand in a key.
  return keyPart(`${kind}:${target.replaceAll('/', ':')}`);
}

/** One that this release cannot read stays until it is told how. */
function storedSample({ partitionKey, rowKey, columns }: StoredRow): StoredSample[] {
  const { target, at } = columns;
  const kind = probeKinds.find((known) => known === columns.kind);
  const outcome = (['ok', 'failed', 'skipped'] as const).find((known) => known === columns.outcome);
  if (typeof target !== 'string' || typeof at !== 'string' || !kind || !outcome) return [];
  return [{ partition: partitionKey, row: rowKey, target, kind, at, outcome }];
}

function isSample(value: unknown): value is ProbeSample {
  return probeSampleSchema.safeParse(value).success;
}
