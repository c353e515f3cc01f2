import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { operationOf, type Service } from '../../local/azure/operations.ts';
import { CONTAINER_DELETION_MS, TABLE_DELETION_MS } from '../../local/azure/refusals.ts';
import { type StorageProxy, startStorageProxy } from '../../local/azure/storage-proxy.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { until } from '../builders/processes.ts';

interface Received {
  method: string;
  url: string;
  rawHeaders: string[];
  body: string;
}

let proxy: StorageProxy | undefined;
let upstream: Server | undefined;
afterEach(async () => {
  await proxy?.stop();
  upstream?.closeAllConnections();
  await new Promise((resolve) => (upstream ? upstream.close(resolve) : resolve(undefined)));
});

/** A proxy before a server that answers 204 to everything, or does what it is told. */
async function aProxy(service: Service, now: () => number = Date.now, onRequest?: (request: IncomingMessage) => void) {
  const received: Received[] = [];
  upstream = createServer(async (request, response) => {
    if (onRequest) return onRequest(request);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method = '', url = '', rawHeaders } = request;
    received.push({ method, url, rawHeaders, body });
    response.writeHead(204, ['x-ms-version', '2019-02-02', 'Twice', 'a', 'Twice', 'b']).end();
  });
  const upstreamPort = await listenOnLoopback(upstream, 0);
  proxy = await startStorageProxy({ service, port: 0, upstreamPort, now });
  return { proxy, received, base: `http://127.0.0.1:${proxy.port}/account` };
}

async function call(url: string, method: string, body?: string) {
  const response = await fetch(url, body === undefined ? { method } : { method, body });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe('what passes the proxy', () => {
  test('L3: path, Host and every header pass as they were signed, and so does the answer', async () => {
    const { proxy, received } = await aProxy('tables');
    const headers = [
      'Host',
      'account.example:1',
      'X-MS-Date',
      'now',
      'Authorization',
      'SharedKey a:b',
      'Repeated',
      '1',
      'Repeated',
      '2',
    ];
    const path = "/account/things(PartitionKey='a%2Fb',RowKey='it%27%27s')?$select=a%20b&x=";
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      httpRequest({ port: proxy.port, host: '127.0.0.1', path, headers }, resolve).once('error', reject).end();
    });
    answer.resume();
    const [got] = received;
    expect(got?.url).toBe(path);
    expect(got?.rawHeaders.slice(0, headers.length)).toEqual(headers);
    expect(answer.statusCode).toBe(204);
    expect(answer.rawHeaders.join()).toContain('Twice,a,Twice,b');
  });

  test('L3: a body without a length passes too', async () => {
    const { received, base } = await aProxy('tables');
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('in '));
        controller.enqueue(new TextEncoder().encode('pieces'));
        controller.close();
      },
    });
    await fetch(`${base}/things`, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(received[0]?.body).toBe('in pieces');
  });

  test('L3: a service that breaks off is a broken connection for the client, and the next call is served', async () => {
    let broken = false;
    const { base } = await aProxy('tables', Date.now, (request) => {
      if (!broken) request.socket.destroy();
      broken = true;
    });
    await expect(fetch(`${base}/things`)).rejects.toThrow('fetch failed');
    expect(broken).toBe(true);
    await expect(fetch(`${base}/things`, { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
  });

  test('L3: a client that breaks off leaves nothing running behind the proxy', async () => {
    let open: IncomingMessage | undefined;
    const { proxy } = await aProxy('tables', Date.now, (request) => {
      open = request;
    });
    const client = connect(proxy.port, '127.0.0.1');
    client.write('GET /account/things HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => open !== undefined);
    client.destroy();
    await until(() => open?.socket.destroyed === true);
  });

  test('L3: a path that cannot be decoded is for the service to refuse', async () => {
    const { received, base } = await aProxy('tables');
    await fetch(`${base}/Tables('%ZZ')`, { method: 'DELETE' });
    expect(received).toHaveLength(1);
    expect((await call(`${base}/things`, 'GET')).status).toBe(204);
  });
});

describe('what the proxy refuses by the clock', () => {
  test('L3: an outage with a duration ends at its end and not before', async () => {
    let now = 0;
    const { proxy, base } = await aProxy('tables', () => now);
    proxy.down(10_000);
    now = 9_999;
    const refused = await call(`${base}/things`, 'GET');
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.text)['odata.error'].code).toBe('ServerBusy');
    now = 10_000;
    expect((await call(`${base}/things`, 'GET')).status).toBe(204);
    expect(proxy.counts()).toEqual({ refused: 1, 'query-entities': 1 });
  });

  test('L3: one partition may be away alone: entities, filters and transactions that name it', async () => {
    const { proxy, base } = await aProxy('tables');
    proxy.down(undefined, 503, 'RCA-1');
    const status = async (path: string, method = 'GET', body?: string) =>
      (await call(`${base}/${path}`, method, body)).status;
    expect(await status("things(PartitionKey='RCA-1',RowKey='a')")).toBe(503);
    expect(await status("things()?$filter=PartitionKey%20eq%20'RCA-1'%20and%20RowKey%20ge%20'a'")).toBe(503);
    expect(await status('things', 'POST', '{"PartitionKey":"RCA-1","RowKey":"a"}')).toBe(503);
    expect(await status('$batch', 'POST', 'POST /things\r\n\r\n{"PartitionKey":"RCA-1","RowKey":"a"}')).toBe(503);
    expect(await status("things(PartitionKey='RCA-11',RowKey='a')")).toBe(204);
    expect(await status("things(PartitionKey='%ZZ')", 'DELETE')).toBe(204);
    proxy.up();
    expect(await status("things(PartitionKey='RCA-1',RowKey='a')")).toBe(204);
  });

  test('L3: an outage of the blobs speaks XML', async () => {
    const { proxy, base } = await aProxy('blobs');
    proxy.down();
    const refused = await call(`${base}/container/blob`, 'PUT', 'x'.repeat(200_000));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('x-ms-error-code')).toBe('ServerBusy');
    expect(refused.text).toContain('<Code>ServerBusy</Code>');
  });

  test('L3: the name of a deleted table is free again after its time, and other names all along', async () => {
    let now = 0;
    const { base } = await aProxy('tables', () => now);
    const create = (name: string) => call(`${base}/Tables`, 'POST', JSON.stringify({ TableName: name }));
    await call(`${base}/Tables('Things')`, 'DELETE');
    now = TABLE_DELETION_MS - 1;
    expect((await create('things')).status).toBe(409);
    expect((await create('other')).status).toBe(204);
    now = TABLE_DELETION_MS;
    expect((await create('things')).status).toBe(204);
  });

  test('L3: the name of a deleted container is free again after its time; blobs are not meant', async () => {
    let now = 0;
    const { base } = await aProxy('blobs', () => now);
    await call(`${base}/box?restype=container`, 'DELETE');
    await call(`${base}/crate/blob`, 'DELETE');
    now = CONTAINER_DELETION_MS - 1;
    expect((await call(`${base}/box?restype=container`, 'PUT')).status).toBe(409);
    expect((await call(`${base}/crate?restype=container`, 'PUT')).status).toBe(204);
    now = CONTAINER_DELETION_MS;
    expect((await call(`${base}/box?restype=container`, 'PUT')).status).toBe(204);
  });
});

describe('how operations are named', () => {
  test.each([
    ['tables', 'POST', '/account/Tables', 'create-table'],
    ['tables', 'GET', '/account/Tables?$top=1', 'query-table'],
    ['tables', 'DELETE', "/account/Tables('x')", 'delete-table'],
    ['tables', 'POST', '/account/$batch', 'transaction'],
    ['tables', 'POST', '/account/things?$format=json', 'insert-entity'],
    ['tables', 'GET', '/account/things()?$filter=a', 'query-entities'],
    ['tables', 'GET', '/account/things', 'query-entities'],
    ['tables', 'GET', "/account/things(PartitionKey='a',RowKey='b')", 'get-entity'],
    ['tables', 'PUT', "/account/things(PartitionKey='a',RowKey='b')", 'replace-entity'],
    ['tables', 'PATCH', "/account/things(PartitionKey='a',RowKey='b')", 'merge-entity'],
    ['tables', 'MERGE', "/account/things(PartitionKey='a',RowKey='b')", 'merge-entity'],
    ['tables', 'DELETE', "/account/things(PartitionKey='a',RowKey='b')", 'delete-entity'],
    ['tables', 'GET', '/account/?restype=service&comp=properties', 'get-service'],
    ['blobs', 'PUT', '/account/box/a/b', 'put-blob'],
    ['blobs', 'PUT', '/account/box/a?comp=block&blockid=1', 'put-blob-block'],
    ['blobs', 'GET', '/account/box/a', 'get-blob'],
    ['blobs', 'HEAD', '/account/box/a', 'get-properties-blob'],
    ['blobs', 'PUT', '/account/box?restype=container', 'put-container'],
    ['blobs', 'GET', '/account/box?restype=container&comp=list', 'get-container-list'],
  ] as const)('L3: %s: %s %s is %s', (service, method, url, name) => {
    expect(operationOf(service, { method, url })).toBe(name);
  });
});
