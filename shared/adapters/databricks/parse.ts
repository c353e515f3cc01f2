// What the adapters of this folder share: reading an answer by its schema, the answer of an act, following pages to their end.
import type * as z from 'zod';
import { Refused, Unavailable } from '../../domain/errors.ts';
import { type ClusterId, isClusterId } from '../../domain/ids.ts';
import type { StartAnswer } from '../../ports/answers.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { Answer, Call } from './calls.ts';
import { saysWrongState } from './translate.ts';

/** An answer that keeps naming new pages is broken long before this. */
const MAX_PAGES = 1_000;

export function parsed<Schema extends z.ZodType>(
  workspace: string,
  schema: Schema,
  answer: Answer,
  what: string,
): z.output<Schema> {
  if (!answer.ok) throw answer.failure.error;
  const result = schema.safeParse(answer.body);
  if (result.success) return result.data;
  throw new Unavailable('workspace-unavailable', `workspace ${workspace} answered with something that is not ${what}`);
}

/** Refused by the state of the thing, or not sent after all, is an answer; everything else that went wrong is thrown. */
export function accepted(answer: Answer): StartAnswer {
  if (answer.ok) return { accepted: true };
  const { failure } = answer;
  if (failure.unwanted || saysWrongState(failure)) return { accepted: false, because: failure.detail };
  throw failure.error;
}

export function read(path: string, query: Readonly<Record<string, string | number>>): Call {
  return { method: 'GET', path, query, repeatable: true };
}

/** Repeated only when it certainly was not done. */
export function act(path: string, body: Readonly<Record<string, unknown>>, lastLook?: LastLook): Call {
  return { method: 'POST', path, body: { ...body }, repeatable: false, ...(lastLook && { lastLook }) };
}

/** The brand is a compile-time promise; what a cast or a test let through stops here, before any call. */
export function checked(id: ClusterId): ClusterId {
  if (isClusterId(id)) return id;
  throw new Refused('workspace-refused', 'this is not the id of a cluster');
}

/** Follows page tokens to their end, through empty pages, and refuses to go round in a circle. */
export class PageGuard {
  readonly #workspace: string;
  readonly #seen = new Set<string>();

  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  next(token: string | undefined): string | undefined {
    if (token === undefined || token === '') return undefined;
    if (this.#seen.has(token) || this.#seen.size >= MAX_PAGES) {
      throw new Unavailable('workspace-unavailable', `workspace ${this.#workspace} lists its pages in a circle`);
    }
    this.#seen.add(token);
    return token;
  }
}
