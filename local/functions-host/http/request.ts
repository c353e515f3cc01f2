// A request as the host hands it to the worker: as the `http` input (body included) without streaming, as trigger
// metadata with it (GrpcMessageConversionExtensions.cs, HttpTriggerAttributeBindingProvider.cs).
import type { IncomingMessage } from 'node:http';
import { BindingData } from '../binding-data.ts';
import type { NullableMapping, RpcHttp, TypedData } from '../core-types.ts';
import { REQUEST_BODY_LIMIT_BYTES } from '../refusals.ts';
import type { Parameter } from './parse-route.ts';
import type { RouteValues } from './route-template.ts';
import { joinRepeated, parseQuery, type Target } from './target.ts';

export interface HostRequest {
  readonly method: string;
  readonly target: Target;
  readonly host: string;
  /** As spelled by the caller, repeated ones joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, string>;
  readonly message: IncomingMessage;
}

export class BodyTooLarge extends Error {}

export function hostRequest(message: IncomingMessage, target: Target): HostRequest {
  return {
    method: message.method ?? 'GET',
    target,
    host: message.headers.host ?? '',
    headers: joinRepeated(headerPairs(message)),
    query: parseQuery(target.query),
    message,
  };
}

export function* headerPairs(message: IncomingMessage): Generator<[string, string]> {
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    yield [message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? ''];
  }
}

/** The host reads a body before the invocation only where Content-Length says that there is one. */
export async function readSizedBody({ message }: HostRequest): Promise<Buffer | undefined> {
  const length = Number(message.headers['content-length'] ?? 0);
  if (length > REQUEST_BODY_LIMIT_BYTES) throw new BodyTooLarge();
  if (!(length > 0)) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function httpInput(request: HostRequest, values: RouteValues, body: Buffer | undefined): RpcHttp {
  const { target, host } = request;
  return {
    method: request.method,
    url: `http://${host}${target.encodedPath}${target.query}`,
    nullableHeaders: nullable([...request.headers].map(([name, value]) => [name.toLowerCase(), value])),
    nullableQuery: nullable(request.query),
    nullableParams: nullable(Object.entries(values)),
    ...(body && { body: { bytes: body } }),
  };
}

function nullable(entries: Iterable<readonly [string, string]>): NullableMapping {
  return Object.fromEntries([...entries].map(([name, value]) => [name, { value }]));
}

/**
 * Body members, then query, then route values: whoever comes later wins. The library takes every text among them for a
 * route parameter, which is why an app sees query values in `request.params` when it streams.
 */
export function triggerMetadata(
  request: HostRequest,
  route: { values: RouteValues; parameters: readonly Parameter[] },
  body: Buffer | undefined,
): Record<string, TypedData> {
  const data = new BindingData();
  if (body) data.merge(body.toString('utf8'), { arrays: true });
  for (const [key, value] of request.query) if (key.toLowerCase() !== 'code') data.set(key, { string: value });
  for (const { name } of route.parameters) {
    const value = Object.hasOwn(route.values, name) ? route.values[name] : undefined;
    data.set(name, value === undefined ? undefined : { string: value });
  }
  if (!data.has('Query')) data.set('Query', { json: JSON.stringify(Object.fromEntries(request.query)) });
  if (!data.has('Headers')) data.set('Headers', { json: JSON.stringify(Object.fromEntries(request.headers)) });
  return data.toTriggerMetadata();
}
