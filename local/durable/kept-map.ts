// What a simulator keeps over a kill: JSON values by name. Changes are collected and written as one record before an answer leaves,
// so that a call and what it did are on disk together or not at all.
import { openRecordLog, type RecordLog } from './record-log.ts';

/** The file is rewritten once it is this large and at least twice what it was after the last time. */
const REWRITE_FROM_BYTES = 16 * 1024 * 1024;

export interface KeptMap {
  /** Remembers `value`, as it will be at the next `flush`. */
  set(name: string, value: unknown): void;
  delete(name: string): void;
  /** The names that begin with `prefix`, without it, and their values, in the order in which they were first set. */
  under(prefix: string): [string, unknown][];
  flush(): void;
  close(): void;
}

/** Keeps nothing beyond this process. */
export const keptNowhere: KeptMap = {
  set: () => undefined,
  delete: () => undefined,
  under: () => [],
  flush: () => undefined,
  close: () => undefined,
};

export function openKeptMap(file: string, rewriteFromBytes = REWRITE_FROM_BYTES): KeptMap {
  const { log, records } = openRecordLog(file);
  const values = new Map<string, unknown>();
  for (const record of records) for (const entry of entriesOf(record)) apply(values, entry);
  return new FileMap(log, values, rewriteFromBytes);
}

class FileMap implements KeptMap {
  readonly #log: RecordLog;
  readonly #values: Map<string, unknown>;
  readonly #changed = new Set<string>();
  readonly #rewriteFromBytes: number;
  #rewriteAtBytes: number;

  constructor(log: RecordLog, values: Map<string, unknown>, rewriteFromBytes: number) {
    this.#log = log;
    this.#values = values;
    this.#rewriteFromBytes = rewriteFromBytes;
    this.#rewriteAtBytes = rewriteFromBytes;
  }

  set(name: string, value: unknown): void {
    this.#values.set(name, value);
    this.#changed.add(name);
  }

  delete(name: string): void {
    if (this.#values.delete(name)) this.#changed.add(name);
  }

  under(prefix: string): [string, unknown][] {
    return [...this.#values]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]): [string, unknown] => [name.slice(prefix.length), value]);
  }

  flush(): void {
    if (this.#changed.size === 0) return;
    // A name without a value is one that was deleted.
    const record = [...this.#changed].map((name) => (this.#values.has(name) ? [name, this.#values.get(name)] : [name]));
    this.#changed.clear();
    this.#log.append(record);
    if (this.#log.bytes < this.#rewriteAtBytes) return;
    this.#log.rewrite([...this.#values].map((entry) => [entry]));
    this.#rewriteAtBytes = Math.max(this.#rewriteFromBytes, 2 * this.#log.bytes);
  }

  close(): void {
    this.flush();
    this.#log.close();
  }
}

function apply(values: Map<string, unknown>, [name, ...value]: readonly unknown[]): void {
  if (value.length === 0) values.delete(String(name));
  else values.set(String(name), value[0]);
}

function entriesOf(record: unknown): unknown[][] {
  return Array.isArray(record) ? record.filter((entry): entry is unknown[] => Array.isArray(entry)) : [];
}
