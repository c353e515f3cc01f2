// One place that turns what was seen of a failed call into our own errors. Neither the token nor a foreign error gets into them.
import * as z from 'zod';
import { Refused, Unavailable } from '../../domain/errors.ts';
import type { Answer } from './answer.ts';

interface FailedCall {
  readonly method: string;
  readonly path: string;
}

/** Not there or not permitted; the state does not allow it. */
export type RefusedStatus = 404 | 409;

const MAX_DETAIL = 500;
const LONGEST_PAUSE_SECONDS = 3_600;
/** No connection was made, so nothing was done (nodejs.org/api/errors.html#common-system-errors). */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

export function failureOf(call: FailedCall, response: Response, answer: Answer): Refused | Unavailable {
  const { status, headers } = response;
  const message = `HCP Terraform, ${call.method} ${pathOf(call)}: ${status} ${detailOf(status, answer)}`.trim();
  if (status === 429) return unavailable(message, false, pauseSeconds(headers));
  // Without its body a refusal may be that of something between us and HCP Terraform.
  if (status >= 400 && status < 500 && answer.trouble === undefined) return new Refused('provisioner-refused', message);
  return unavailable(message, status < 400 || status >= 500, pauseSeconds(headers));
}

export function noAnswer(call: FailedCall, error: unknown): Unavailable {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  const code = isLate ? 'no answer before the deadline' : (causeCode(error) ?? 'the connection failed');
  return unavailable(`HCP Terraform, ${call.method} ${pathOf(call)}: ${code}`, !NEVER_CONNECTED.has(code), 0);
}

/** Held up before it was sent, so it is not sent at all. */
export function outOfTime(call: FailedCall): Unavailable {
  return unavailable(`HCP Terraform, ${call.method} ${pathOf(call)}: was held up before it was sent`, false, 0);
}

/** `retryAfterSeconds` 0 leaves the pause to whoever tries again. */
function unavailable(message: string, mayHaveHappened: boolean, retryAfterSeconds: number): Unavailable {
  return new Unavailable('provisioner-unavailable', message, { mayHaveHappened, retryAfterSeconds });
}

/** Queries hold what we look for, and are of no use to a reader. */
function pathOf({ path }: FailedCall): string {
  return path.split('?')[0] ?? path;
}

const errorsSchema = z.object({
  errors: z.array(z.object({ title: z.string().optional(), detail: z.string().optional() })),
});

function detailOf(status: number, { body, trouble }: Answer): string {
  if (trouble) return `the answer ${trouble === 'too large' ? 'is too large' : 'broke off'}`;
  if (status >= 300 && status < 400) return 'redirects to somewhere else';
  const said = errorsSchema.safeParse(body);
  if (said.success) {
    const words = said.data.errors.map(({ title, detail }) => [title, detail].filter(Boolean).join(': '));
    return words.join('; ').slice(0, MAX_DETAIL);
  }
  return status < 300 ? 'answers with something that is not JSON' : '';
}

/** HCP Terraform says fractions of a second in a header of its own; a proxy in front of it may say Retry-After. */
function pauseSeconds(headers: Headers): number {
  const seconds = Number(headers.get('x-ratelimit-reset') ?? headers.get('retry-after') ?? Number.NaN);
  return seconds > 0 ? Math.min(LONGEST_PAUSE_SECONDS, seconds) : 0;
}

/** fetch says "fetch failed" and puts the reason into `cause`. */
function causeCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}
