// What every list of Resource Manager has: its refusals, and its pages.
import type { Answer, Request } from '../simulator/http-server.ts';

/** What a list is asked for; the address of the next page is made from it. */
export interface ListCall {
  readonly request: Request;
  readonly query: URLSearchParams;
  readonly now: number;
}

/** An answer in Resource Manager's words; thrown by whatever refuses. */
export class ArmRefusal extends Error {
  readonly answer: Answer;
  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.answer = { status, body: armError(code, message), headers };
  }
}

export function armError(code: string, message: string): unknown {
  return { error: { code, message } };
}

/** One page of `all`, and the address of the next: where it begins travels in an opaque token. */
export function page<Item>(all: readonly Item[], { request, query }: ListCall, size: number): Answer {
  const from = Number(Buffer.from(query.get('$skipToken') ?? '', 'base64url').toString() || 0);
  if (!Number.isInteger(from) || from < 0)
    throw new ArmRefusal(400, 'InvalidSkipToken', 'The skip token cannot be read.');
  const next = from + size;
  const url = new URL(request.target, `http://${request.headers.host ?? 'localhost'}`);
  url.searchParams.set('$skipToken', Buffer.from(String(next)).toString('base64url'));
  return { status: 200, body: { value: all.slice(from, next), ...(next < all.length && { nextLink: url.href }) } };
}
