// RateStore over Table Storage: a partition per series, rows by level and inverted time, so that the newest come first.
import * as z from 'zod';
import { type RateKey, type RateSample, rateSampleSchema } from '../../domain/jobs/rate-sample.ts';
import { type KeptRate, type RateLevel, type RateSpan, type RateStore, rateLevels } from '../../ports/rate-store.ts';
import { inverted } from './newest-first.ts';
import { keyPart, packed, plain, quoted, type Row, SCHEMA_VERSION, type StoredRow, unpacked } from './row.ts';
import type { Tables } from './tables.ts';

const TABLE = 'rates';
const HOUR_MS = 3_600_000;
const SPAN_MS = { hour: HOUR_MS, day: 24 * HOUR_MS } as const;

const keptSchema = z.object({
  key: z.object({ workspace: z.string(), job: z.string() }),
  level: z.enum(rateLevels),
  /** Of the row: for hours and days their beginning. */
  at: z.string(),
  id: z.string(),
  sample: rateSampleSchema,
});
type Kept = z.infer<typeof keptSchema>;

export class TableRateStore implements RateStore {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async keep(key: RateKey, sample: RateSample, id: string): Promise<void> {
    const rows = [rowOf({ key, level: 'sample', at: sample.at, id, sample })];
    if (sample.source === 'poll')
      for (const level of ['hour', 'day'] as const)
        rows.push(rowOf({ key, level, at: beginOf(sample.at, SPAN_MS[level]), id: 'last', sample }));
    const [only] = rows;
    if (rows.length === 1 && only) return await this.#tables.upsert(TABLE, only);
    await this.#tables.transact(
      TABLE,
      rows.map((row) => ({ kind: 'upsert', row })),
    );
  }

  async newestUntil(key: RateKey, at: string): Promise<RateSample | undefined> {
    const since = new Date(0).toISOString();
    const [row] = await this.#tables.first(TABLE, spanFilter(key, 'sample', { from: since, to: at }), 1);
    return row && unpacked(row, isKept).sample;
  }

  async between(key: RateKey, level: RateLevel, span: RateSpan): Promise<readonly RateSample[]> {
    const rows = await this.#tables.first(TABLE, spanFilter(key, level, span), span.most);
    return rows.map((row) => unpacked(row, isKept).sample);
  }

  async *takenBefore(level: RateLevel, before: string): AsyncGenerator<readonly KeptRate[]> {
    const filter = `level eq ${quoted(level)} and at lt ${quoted(before)}`;
    for await (const page of this.#tables.scan(TABLE, filter)) if (page.length > 0) yield page.map(keptOf);
  }

  async remove(kept: KeptRate): Promise<void> {
    await this.#tables.remove(TABLE, partitionOf(kept.key), rowKeyOf(kept));
  }
}

function spanFilter(key: RateKey, level: RateLevel, { from, to }: Omit<RateSpan, 'most'>): string {
  const [newest, oldest] = [inverted(Date.parse(to)), inverted(Date.parse(from) - 1)];
  const rows = `RowKey ge ${quoted(`${level}|${newest}`)} and RowKey lt ${quoted(`${level}|${oldest}`)}`;
  return `PartitionKey eq ${quoted(partitionOf(key))} and ${rows}`;
}

function rowOf(kept: Kept): Row {
  const { key, level, at, sample } = kept;
  const { succeeded, failed, source } = sample;
  const keys = { partitionKey: partitionOf(key), rowKey: rowKeyOf(kept), schemaVersion: SCHEMA_VERSION };
  return { ...keys, ...packed(kept), ...plain({ ...key, level, at, succeeded, failed, source }) };
}

function keptOf(row: StoredRow): KeptRate {
  const { key, level, at, id } = unpacked(row, isKept);
  return { key, level, at, id };
}

function partitionOf({ workspace, job }: RateKey): string {
  return `${keyPart(workspace)}~${keyPart(job)}`;
}

function rowKeyOf({ level, at, id }: Omit<KeptRate, 'key'>): string {
  return `${level}|${inverted(Date.parse(at))}|${keyPart(id)}`;
}

function beginOf(at: string, spanMs: number): string {
  return new Date(Math.floor(Date.parse(at) / spanMs) * spanMs).toISOString();
}

function isKept(value: unknown): value is Kept {
  return keptSchema.safeParse(value).success;
}
