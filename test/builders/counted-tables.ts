// Tables that count what is read of them, in entities and in operations.
import { connectTables } from '../../shared/adapters/table-storage/connection.ts';
import type { StoredRow } from '../../shared/adapters/table-storage/row.ts';
import { type TableName, Tables } from '../../shared/adapters/table-storage/tables.ts';

export class CountedTables extends Tables {
  entities = 0;
  operations = 0;

  static of(connection: string, prefix: string): CountedTables {
    const tables: CountedTables = new CountedTables(connectTables({ connection }), {
      prefix,
      onOperation: () => {
        tables.operations += 1;
      },
    });
    return tables;
  }

  override async get(table: TableName, partitionKey: string, rowKey: string): Promise<StoredRow | undefined> {
    this.entities += 1;
    return await super.get(table, partitionKey, rowKey);
  }

  override async *rows(table: TableName, filter: string): AsyncGenerator<StoredRow> {
    for await (const row of super.rows(table, filter)) {
      this.entities += 1;
      yield row;
    }
  }

  override async first(table: TableName, filter: string, count: number): Promise<StoredRow[]> {
    const rows = await super.first(table, filter, count);
    this.entities += rows.length;
    return rows;
  }
}
