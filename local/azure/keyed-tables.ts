// Finds entities by their keys, as the service does. Azurite 3.35 looks at every entity of a table for each query, and at every one
// of a partition for each entity that it reads or writes: with 100,000 rows a page took seconds, and said nothing of the real cost.
import { adaptTables, type Doc, type EntityCollection, type Rows } from './loki.ts';

/** One comparison of a filter; a filter that is not made of these alone is left to Azurite. */
const COMPARISON = /(\w+) (eq|ne|gt|ge|lt|le) ('(?:[^']|'')*'|[^' ()]+)(?: and |$)/y;
/** More new keys than this are sorted in at once. */
const FEW_KEYS = 32;

interface Range {
  readonly partitionKey: string;
  /** Lowest row key that may match. */
  readonly from: string;
  /** Highest row key that may match. */
  readonly to: string | undefined;
}

/** To be called before Azurite is loaded. */
export function keyTables(): void {
  const known = new WeakMap<EntityCollection, KeyedTable>();
  adaptTables({
    opened(collection) {
      if (!known.has(collection)) known.set(collection, new KeyedTable(collection));
    },
    queried(collection, filter, next, query) {
      const range = rangeOf(filter, next);
      return range ? known.get(collection)?.within(range, query) : undefined;
    },
  });
}

class KeyedTable {
  readonly #partitions = new Map<string, Partition>();
  readonly #collection: EntityCollection;

  constructor(collection: EntityCollection) {
    this.#collection = collection;
    for (const doc of collection.data) this.#put(doc);
    // Kept sorted at each insert, and no longer needed.
    collection.binaryIndices = {};
    collection.on('insert', (doc) => this.#put(doc));
    collection.on('update', (doc) => this.#put(doc));
    collection.on('delete', (doc) => this.#partition(doc).remove(doc));
    collection.findOne = ({ PartitionKey, RowKey }) =>
      this.#partitions.get(String(PartitionKey))?.get(String(RowKey)) ?? null;
  }

  /** Carries out a query that sees nothing but the range. It must not wait in between. */
  within<T>(range: Range, query: () => T): T {
    const all = this.#collection.chain;
    const docs = this.#partitions.get(range.partitionKey)?.between(range) ?? [];
    this.#collection.chain = () => inOrder(docs);
    try {
      return query();
    } finally {
      this.#collection.chain = all;
    }
  }

  #put(doc: Doc): void {
    this.#partition(doc).put(doc);
  }

  #partition({ PartitionKey }: Doc): Partition {
    const key = String(PartitionKey);
    const partition = this.#partitions.get(key) ?? new Partition();
    this.#partitions.set(key, partition);
    return partition;
  }
}

class Partition {
  readonly #docs = new Map<string, Doc>();
  /** Sorted; of rows that are gone, too, until they are more than those that are there. */
  #keys: string[] = [];
  readonly #sorted = new Set<string>();
  readonly #unsorted = new Set<string>();

  get(rowKey: string): Doc | undefined {
    return this.#docs.get(rowKey);
  }

  put(doc: Doc): void {
    const key = String(doc.RowKey);
    this.#docs.set(key, doc);
    if (!this.#sorted.has(key)) this.#unsorted.add(key);
  }

  remove(doc: Doc): void {
    const key = String(doc.RowKey);
    this.#docs.delete(key);
    this.#unsorted.delete(key);
  }

  *between({ from, to }: Range): Generator<Doc> {
    this.#sort();
    for (let place = this.#placeOf(from); place < this.#keys.length; place += 1) {
      const key = this.#keys[place] ?? '';
      if (to !== undefined && key > to) return;
      const doc = this.#docs.get(key);
      if (doc) yield doc;
    }
  }

  #sort(): void {
    const isFewLeft = this.#keys.length > FEW_KEYS + 2 * this.#docs.size;
    if (isFewLeft || this.#unsorted.size > FEW_KEYS) {
      this.#keys = [...this.#docs.keys()].sort();
      this.#sorted.clear();
      for (const key of this.#keys) this.#sorted.add(key);
    } else {
      for (const key of this.#unsorted) this.#keys.splice(this.#placeOf(key), 0, key);
      for (const key of this.#unsorted) this.#sorted.add(key);
    }
    this.#unsorted.clear();
  }

  /** Of the first key that is not lower. */
  #placeOf(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What Azurite asks of a result, over documents that are in order already; none is looked at that is not needed. */
function inOrder(docs: Iterable<Doc>): Rows {
  return {
    where: (matches) => inOrder(filtered(docs, matches)),
    sort: () => inOrder(docs),
    limit: (count) => inOrder(first(docs, count)),
    data: () => [...docs],
  };
}

function* filtered(docs: Iterable<Doc>, matches: (doc: Doc) => boolean): Generator<Doc> {
  for (const doc of docs) if (matches(doc)) yield doc;
}

function* first(docs: Iterable<Doc>, count: number): Generator<Doc> {
  let left = count;
  if (left <= 0) return;
  for (const doc of docs) {
    yield doc;
    left -= 1;
    if (left === 0) return;
  }
}

/** The keys that a filter of comparisons joined by `and` leaves, from where a page before has ended. */
function rangeOf(filter: string, next: { partitionKey: string | undefined; rowKey: string | undefined }) {
  const comparisons = comparisonsOf(filter);
  const partitionKey = comparisons?.find(({ name, operator }) => name === 'PartitionKey' && operator === 'eq')?.text;
  if (comparisons === undefined || partitionKey === undefined) return undefined;
  const rowKeys = comparisons.filter(({ name }) => name === 'RowKey');
  const lows = rowKeys.filter(({ operator }) => /^(eq|gt|ge)$/.test(operator)).map(({ text }) => text);
  const highs = rowKeys.filter(({ operator }) => /^(eq|lt|le)$/.test(operator)).map(({ text }) => text);
  if (next.partitionKey === partitionKey && next.rowKey !== undefined) lows.push(next.rowKey);
  return { partitionKey, from: lows.sort().at(-1) ?? '', to: highs.sort().at(0) };
}

function comparisonsOf(filter: string) {
  const comparisons: { name: string; operator: string; text: string }[] = [];
  COMPARISON.lastIndex = 0;
  while (COMPARISON.lastIndex < filter.length) {
    const [, name, operator, value] = COMPARISON.exec(filter) ?? [];
    if (name === undefined || operator === undefined || value === undefined) return undefined;
    comparisons.push({ name, operator, text: value.replace(/^'|'$/g, '').replaceAll("''", "'") });
  }
  return comparisons;
}
