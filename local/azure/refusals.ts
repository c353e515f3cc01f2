// Refusal list of the storage account: what Azure Table and Blob Storage reject, limit, delay and lose.
// Azurite keeps the first group by itself (test/contract/azurite.test.ts pins that); the proxy in front of it keeps the second;
// the third is kept by nobody here, so nothing may rely on its absence.

// Sources, all under learn.microsoft.com: azure/storage/tables/scalability-targets,
// rest/api/storageservices/{understanding-the-table-service-data-model, table-service-error-codes, delete-table, delete-container}.

/** Kept by Azurite: 400 PropertyValueTooLarge, InvalidInput, InvalidDuplicateRow, 409, 412, 404, 403. */
export const KEPT_BY_AZURITE = {
  propertyBytes: 64 * 1024,
  keyCharacters: 512,
  forbiddenKeyCharacters: ['/', '\\', '#', '?', '\t'],
  changesPerTransaction: 100,
  entitiesPerPage: 1000,
} as const;

// Kept by the proxy, since Azurite 3.35 lets the rest pass (tried).
/** Azurite refuses it too, but before it has read the body: through a proxy, the next request on the connection may hang (tried). */
export const TRANSACTION_BYTES = 4 * 1024 * 1024;
export const ENTITY_BYTES = 1024 * 1024;
/** 255 with PartitionKey, RowKey and Timestamp. */
export const CUSTOM_PROPERTIES = 252;
/** A deleted table's name stays taken for at least 40 s: 409 TableBeingDeleted. */
export const TABLE_DELETION_MS = 40_000;
/** A deleted container's name stays taken for at least 30 s: 409 ContainerBeingDeleted. */
export const CONTAINER_DELETION_MS = 30_000;

// Kept by nobody here: throttling by rate (2,000 entities/s a partition, 20,000 operations/s an account: 503 ServerBusy, which the
// proxy gives on order), queries cut at 5 s or 30 s, a row that grows past its limit merge by merge, the delay of geo-replication.

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export const REFUSALS = {
  serverBusy: { status: 503, code: 'ServerBusy', message: 'The server is busy.' },
  operationTimedOut: {
    status: 500,
    code: 'OperationTimedOut',
    message: 'Operation could not be completed within the specified time.',
  },
  requestBodyTooLarge: {
    status: 413,
    code: 'RequestBodyTooLarge',
    message: 'The request body is too large and exceeds the maximum permissible limit.',
  },
  entityTooLarge: {
    status: 400,
    code: 'EntityTooLarge',
    message: 'The entity is larger than the maximum allowed size (1MB).',
  },
  tooManyProperties: {
    status: 400,
    code: 'TooManyProperties',
    message:
      'The entity contains more properties than allowed. Each entity can include up to 252 properties to store data. Each entity also has 3 system properties.',
  },
  tableBeingDeleted: {
    status: 409,
    code: 'TableBeingDeleted',
    message: 'The specified table is being deleted. Try operation later.',
  },
  containerBeingDeleted: {
    status: 409,
    code: 'ContainerBeingDeleted',
    message: 'The specified container is being deleted. Try operation later.',
  },
} as const satisfies Record<string, Refusal>;
