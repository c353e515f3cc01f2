// Links by which a person decides about a run (E8). Whoever has one may decide, once, until it expires: it is made only when a message
// leaves, and stands in no store, log or timeline.
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { isTicketId, type TicketId } from '../ids.ts';
import type { AskedDecision } from '../runbooks/asked-decision.ts';
import type { Secret } from '../secret.ts';

/** What a link is about, and whom it was sent to. */
export interface DecisionClaims extends AskedDecision {
  readonly incidentId: TicketId;
  /** Role of the estate's contacts. */
  readonly role: string;
}

/** Signed with the claims, so that no signature made for anything else ever fits. */
const PURPOSE = 'lakewarden decision link, version 1\n';
/** A SHA-256 has 32 bytes, so a guess succeeds once in 2^256; longer texts are not even hashed. */
const TOKEN = /^([A-Za-z0-9_-]{16,400})\.([A-Za-z0-9_-]{43})$/;

const payloadSchema = z.tuple([
  z.custom<TicketId>((value) => typeof value === 'string' && isTicketId(value)),
  z.number().int().positive(),
  z.string(),
  z.string(),
  z.iso.datetime(),
]);

export class DecisionLinks {
  readonly #publicUrl: string;
  readonly #secrets: readonly Secret[];

  /** Signed by the first secret; those of the others still open, so that secrets rotate. */
  constructor(publicUrl: string, secrets: readonly [Secret, ...Secret[]]) {
    this.#publicUrl = publicUrl;
    this.#secrets = secrets;
  }

  linkFor({ incidentId, run, asked, role, expiresAt }: DecisionClaims): string {
    const text = JSON.stringify([incidentId, run, asked, role, expiresAt]);
    const payload = Buffer.from(text, 'utf8').toString('base64url');
    const [newest] = this.#secrets;
    return `${this.#publicUrl}/decide/${payload}.${newest ? signature(payload, newest) : ''}`;
  }

  /** Undefined for whatever was not signed here; whether it has expired is the caller's to say. */
  read(token: string): DecisionClaims | undefined {
    const [, payload, given] = TOKEN.exec(token) ?? [];
    if (payload === undefined || given === undefined || !this.#isOurs(payload, given)) return undefined;
    const parsed = payloadSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    if (!parsed.success) return undefined;
    const [incidentId, run, asked, role, expiresAt] = parsed.data;
    return { incidentId, run, asked, role, expiresAt };
  }

  /** Every secret is compared, each in constant time. */
  #isOurs(payload: string, given: string): boolean {
    let matched = false;
    for (const secret of this.#secrets) {
      if (timingSafeEqual(Buffer.from(given), Buffer.from(signature(payload, secret)))) matched = true;
    }
    return matched;
  }
}

function signature(payload: string, secret: Secret): string {
  return createHmac('sha256', secret.reveal()).update(PURPOSE).update(payload).digest('base64url');
}
