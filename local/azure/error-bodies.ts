// Azure Storage's error answers: OData JSON from tables, XML from blobs, always with a request id and a time in the message.
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Service } from './operations.ts';
import type { Refusal } from './refusals.ts';

export function answerRefusal(response: ServerResponse, service: Service, refusal: Refusal, version: string): void {
  const requestId = randomUUID();
  const message = `${refusal.message}\nRequestId:${requestId}\nTime:${new Date().toISOString()}`;
  const body = service === 'tables' ? odataError(refusal.code, message) : xmlError(refusal.code, message);
  response.writeHead(refusal.status, refusal.message.slice(0, 60), {
    'content-type': service === 'tables' ? 'application/json;odata=minimalmetadata;charset=utf-8' : 'application/xml',
    'content-length': Buffer.byteLength(body),
    'x-ms-error-code': refusal.code,
    'x-ms-request-id': requestId,
    'x-ms-version': version,
  });
  response.end(body);
}

function odataError(code: string, message: string): string {
  return JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: message } } });
}

function xmlError(code: string, message: string): string {
  return `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

/** A transaction that is refused answers 202 with one part: the index of the first bad change and the error. */
export function answerTransactionRefusal(
  response: ServerResponse,
  refusal: Refusal,
  index: number,
  version: string,
): void {
  const requestId = randomUUID();
  const message = `${index}:${refusal.message}\nRequestId:${requestId}\nTime:${new Date().toISOString()}`;
  const body = multipart(refusal, odataError(refusal.code, message));
  response.writeHead(202, {
    'content-type': 'multipart/mixed; boundary=batchresponse_lakewarden',
    'content-length': Buffer.byteLength(body),
    'x-ms-request-id': requestId,
    'x-ms-version': version,
  });
  response.end(body);
}

function multipart(refusal: Refusal, json: string): string {
  return [
    '--batchresponse_lakewarden',
    'Content-Type: multipart/mixed; boundary=changesetresponse_lakewarden',
    '',
    '--changesetresponse_lakewarden',
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    '',
    `HTTP/1.1 ${refusal.status} ${refusal.status === 409 ? 'Conflict' : 'Bad Request'}`,
    'X-Content-Type-Options: nosniff',
    'DataServiceVersion: 3.0;',
    'Content-Type: application/json;odata=minimalmetadata;streaming=true;charset=utf-8',
    '',
    json,
    '--changesetresponse_lakewarden--',
    '--batchresponse_lakewarden--',
    '',
  ].join('\r\n');
}
