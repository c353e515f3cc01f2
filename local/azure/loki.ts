// The one place that knows the inside of Azurite's database, lokijs 1.5.12, and of Azurite 3.35 around it. What is used is described
// here and checked when it is met: another version fails loudly.
import { createRequire } from 'node:module';

/** A document as lokijs keeps it: any JSON, and its number within the collection. */
export type Doc = Record<string, unknown> & { $loki: number };

export interface Collection {
  readonly name: string;
  data: Doc[];
  /** The highest number given to a document so far. */
  maxId: number;
  /** Numbers of documents that were inserted, changed or removed; kept because our adapter is an incremental one. */
  dirtyIds: number[];
  get(id: number): Doc | null;
  ensureId(): void;
  ensureAllIndexes(force: boolean): void;
}

export interface Database {
  readonly filename: string;
  readonly collections: Collection[];
  serialize(): string;
}

/** A database as JSON, the form in which it is saved and loaded. */
export interface DatabaseImage {
  collections: CollectionImage[];
}

export interface CollectionImage {
  [setting: string]: unknown;
  name: string;
  data: Doc[];
  maxId: number;
}

export interface Adapter {
  readonly mode: 'incremental';
  loadDatabase(filename: string, callback: (image: unknown) => void): void;
  saveDatabase(filename: string, copy: () => unknown, callback: (error?: Error | null) => void): void;
}

type LokiConstructor = new (filename: string, options: Record<string, unknown>) => object;

const fromHere = createRequire(import.meta.url);
const fromAzurite = createRequire(fromHere.resolve('azurite/dist/src/azurite.js'));

/** Has every database that Azurite opens from now on made with this adapter, and saved by nobody but it. */
export function adaptDatabases(adapterFor: (database: () => Database) => Adapter): void {
  const path = fromAzurite.resolve('lokijs');
  const Loki: LokiConstructor = fromAzurite('lokijs');
  const module = fromAzurite.cache[path];
  if (!module) throw unknownVersion('lokijs is not loaded as a module');
  module.exports = function AdaptedLoki(filename: string, options: Record<string, unknown>): Database {
    const adapter = adapterFor(() => database);
    const database = asDatabase(new Loki(filename, { ...options, adapter, autosave: false }));
    return database;
  };
}

interface Transactions {
  begun(): void;
  ended(): void;
}

/** Tells when a transaction of the tables begins and when it has succeeded or been rolled back; never two at once. */
export function watchTransactions({ begun, ended }: Transactions): void {
  const { prototype } = Object(fromAzurite('./table/persistence/LokiTableMetadataStore.js').default);
  const { beginBatchTransaction: begin, endBatchTransaction: end } = Object(prototype);
  if (typeof begin !== 'function' || typeof end !== 'function') throw unknownVersion('transactions are elsewhere');
  prototype.beginBatchTransaction = async function (this: unknown, ...given: unknown[]): Promise<unknown> {
    // Refuses a second one by throwing: that one has not begun, and has no end either.
    const result: unknown = await begin.apply(this, given);
    begun();
    return result;
  };
  prototype.endBatchTransaction = async function (this: unknown, ...given: unknown[]): Promise<unknown> {
    try {
      return await end.apply(this, given);
    } finally {
      ended();
    }
  };
}

/** What Azurite asks of the entities of a table. */
export interface EntityCollection {
  readonly data: Doc[];
  binaryIndices: Record<string, unknown>;
  findOne(keys: Record<string, unknown>): Doc | null;
  chain(): Rows;
  on(event: 'insert' | 'update' | 'delete', listener: (doc: Doc) => void): void;
}

export interface Rows {
  where(matches: (doc: Doc) => boolean): Rows;
  sort(compare: (a: Doc, b: Doc) => number): Rows;
  limit(count: number): Rows;
  data(): Doc[];
}

interface TableWatch {
  /** Before Azurite uses the entities of a table. */
  opened(collection: EntityCollection): void;
  /** `next` is where the page before has ended. May carry out the query by itself; undefined leaves it to Azurite. */
  queried(
    collection: EntityCollection,
    filter: string,
    next: { partitionKey: string | undefined; rowKey: string | undefined },
    query: () => Promise<unknown>,
  ): Promise<unknown> | undefined;
}

/** Tells of every use of a table's entities, and of every query before it is carried out. */
export function adaptTables({ opened, queried }: TableWatch): void {
  const { prototype } = Object(fromAzurite('./table/persistence/LokiTableMetadataStore.js').default);
  const { getEntityCollection: get, queryTableEntities: query, decodeContinuationHeader: decode } = Object(prototype);
  for (const known of [get, query, decode]) {
    if (typeof known !== 'function') throw unknownVersion('queries are elsewhere');
  }
  prototype.getEntityCollection = function (this: unknown, ...given: unknown[]): EntityCollection {
    const collection = asEntities(get.apply(this, given));
    opened(collection);
    return collection;
  };
  prototype.queryTableEntities = function (this: unknown, ...given: unknown[]): Promise<unknown> {
    const [context, account, table, options, nextPartitionKey, nextRowKey] = given;
    const { filter } = Object(options);
    const carryOut = (): Promise<unknown> => query.apply(this, given);
    if (typeof filter !== 'string') return carryOut();
    const next = { partitionKey: decode.call(this, nextPartitionKey), rowKey: decode.call(this, nextRowKey) };
    const collection = asEntities(prototype.getEntityCollection.call(this, account, table, context));
    return queried(collection, filter, next, carryOut) ?? carryOut();
  };
}

function asEntities(value: object): EntityCollection {
  if (isEntities(value)) return value;
  throw unknownVersion('the entities of a table are no collection');
}

function isEntities(value: object): value is EntityCollection {
  return 'data' in value && 'chain' in value && 'findOne' in value && 'binaryIndices' in value;
}

function asDatabase(value: object): Database {
  if (isDatabase(value)) return value;
  throw unknownVersion('a database has no collections');
}

function isDatabase(value: object): value is Database {
  return 'collections' in value && 'filename' in value && 'serialize' in value && 'isIncremental' in value;
}

export function asImage(json: unknown): DatabaseImage {
  if (isImage(json)) return json;
  throw unknownVersion('a saved database has no collections');
}

function isImage(json: unknown): json is DatabaseImage {
  return typeof json === 'object' && json !== null && 'collections' in json && Array.isArray(json.collections);
}

function unknownVersion(what: string): Error {
  return new Error(`Azurite is not the version that its durable mode was written for (3.35.0): ${what}`);
}
