// One call of one webhook, with the credentials that an action group can show: a token of Entra ID (secure webhook), a key in the address
// (azureFunction) or none. Basic and `x-api-key` stand for what a gateway in between would add.
import { z } from 'zod';
import { CALL_TIMEOUT_SECONDS } from './refusals.ts';

const text = z.string().min(1);

export const authorizationSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('bearer') }),
  z.strictObject({ kind: z.literal('function-key'), key: text }),
  z.strictObject({ kind: z.literal('basic'), username: text, password: text }),
  z.strictObject({ kind: z.literal('api-key'), key: text }),
]);

export interface Webhook {
  readonly url: string;
  readonly authorization: z.infer<typeof authorizationSchema>;
}

/** Rejects when Entra ID gives none. */
export type BearerSource = () => Promise<string>;

/** The status that was answered, or what kept it from being answered. */
export async function callWebhook(
  { url, authorization }: Webhook,
  body: unknown,
  bearer: BearerSource,
  stopping: AbortSignal,
): Promise<number | string> {
  try {
    const answer = await fetch(withKey(url, authorization), {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', ...(await headersOf(authorization, bearer)) },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(CALL_TIMEOUT_SECONDS * 1000)]),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch (error) {
    return String(error instanceof Error ? (error.cause ?? error) : error);
  }
}

function withKey(url: string, authorization: Webhook['authorization']): string {
  if (authorization.kind !== 'function-key') return url;
  const keyed = new URL(url);
  keyed.searchParams.set('code', authorization.key);
  return keyed.href;
}

async function headersOf(
  authorization: Webhook['authorization'],
  bearer: BearerSource,
): Promise<Record<string, string>> {
  switch (authorization.kind) {
    case 'bearer':
      return { authorization: `Bearer ${await bearer()}` };
    case 'basic': {
      const pair = Buffer.from(`${authorization.username}:${authorization.password}`).toString('base64');
      return { authorization: `Basic ${pair}` };
    }
    case 'api-key':
      return { 'x-api-key': authorization.key };
    default:
      return {};
  }
}
