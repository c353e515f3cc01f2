// Tells what kind of storage operation a request is, so that a benchmark can count operations instead of timing them.
// One HTTP request is one operation, as Azure bills it: a transaction of 100 changes counts once.

export type Service = 'tables' | 'blobs';

export interface RequestLine {
  readonly method: string;
  /** Path and query as sent, e.g. `/devstoreaccount1/incidents(PartitionKey='a',RowKey='b')?timeout=30`. */
  readonly url: string;
}

/** `insert-entity`, `transaction`, `put-blob` ... Never fails: what is unknown is named after its method. */
export function operationOf(service: Service, { method, url }: RequestLine): string {
  const [path = '', query = ''] = url.split('?', 2);
  // The first segment is the account (Azurite's URLs are path-style).
  const segments = path.split('/').filter(Boolean).slice(1);
  return service === 'tables' ? tableOperation(method, segments.join('/')) : blobOperation(method, segments, query);
}

function tableOperation(method: string, resource: string): string {
  if (resource === '$batch') return 'transaction';
  if (/^Tables\b/.test(resource)) return `${tableVerb(method)}-table`;
  if (resource === '') return `${method.toLowerCase()}-service`;
  const isOneEntity = /\(.+\)$/.test(resource);
  if (method === 'GET') return isOneEntity ? 'get-entity' : 'query-entities';
  return `${entityVerb(method)}-entity`;
}

function tableVerb(method: string): string {
  return { GET: 'query', POST: 'create', DELETE: 'delete' }[method] ?? method.toLowerCase();
}

function entityVerb(method: string): string {
  return (
    { POST: 'insert', PUT: 'replace', PATCH: 'merge', MERGE: 'merge', DELETE: 'delete' }[method] ?? method.toLowerCase()
  );
}

function blobOperation(method: string, segments: string[], query: string): string {
  const component = new URLSearchParams(query).get('comp');
  const subject = segments.length === 0 ? 'service' : segments.length === 1 ? 'container' : 'blob';
  const verb = { HEAD: 'get-properties', PUT: 'put' }[method] ?? method.toLowerCase();
  return component ? `${verb}-${subject}-${component}` : `${verb}-${subject}`;
}
