// Tokens of an action group's secure webhook, checked against the keys of their tenant (facts/integrations.md 5). A refusal names jose's
// code or the claim, never what the token holds.
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { Refused } from '../../domain/errors.ts';
import type { HookTokens } from '../../ports/hook-tokens.ts';
import { translate } from './translate.ts';

export interface EntraOptions {
  readonly tenantId: string;
  /** Any of them: a v2 token names the registration by its id, a v1 token by its URI. */
  readonly audiences: readonly string[];
  /** Where keys are read and v2 tokens come from, e.g. https://login.microsoftonline.com */
  readonly authority: string;
  /** Who issues v1 tokens in that cloud, e.g. https://sts.windows.net */
  readonly v1Issuer: string;
  /** The application that calls. */
  readonly callerAppId: string;
  readonly now?: () => Date;
}

/** What an action group's application has been given at our registration. */
const ROLE = 'ActionGroupsSecureWebhook';
const CLOCK_TOLERANCE_SECONDS = 60;
/** A sender wants its answer in well under 2 s; told 503, it comes again. */
const KEYS_TIMEOUT_MS = 1_500;
/** Keys are looked for again when a token names an unknown one, so age alone matters only for keys taken back. Microsoft asks for a day. */
const KEYS_MAX_AGE_MS = 24 * 3_600_000;
/** Unknown keys, which anybody can name, make us ask at most this often. */
const KEYS_COOLDOWN_MS = 30_000;

export class EntraHookTokens implements HookTokens {
  readonly #options: EntraOptions;
  #keys: JWTVerifyGetKey | undefined;

  constructor(options: EntraOptions) {
    this.#options = options;
  }

  async verify(token: string): Promise<string> {
    const claims = await this.#claims(token);
    const { tenantId, callerAppId } = this.#options;
    if (claims.tid !== tenantId) throw new Refused('not-authenticated', 'token refused: another tenant');
    const caller = claims.azp ?? claims.appid;
    if (caller !== callerAppId) throw new Refused('not-allowed', 'token refused: another application');
    const isInRole = Array.isArray(claims.roles) && claims.roles.includes(ROLE);
    if (!isInRole) throw new Refused('not-allowed', `token refused: without the role ${ROLE}`);
    return 'bearer:action-group';
  }

  async #claims(token: string): Promise<JWTPayload> {
    // Loaded by the first token: a cold start pays for no cryptography that nobody asked for.
    const { createRemoteJWKSet, jwtVerify } = await import('jose');
    const { tenantId, authority, v1Issuer, audiences, now } = this.#options;
    this.#keys ??= createRemoteJWKSet(new URL(`${authority}/${tenantId}/discovery/v2.0/keys`), {
      timeoutDuration: KEYS_TIMEOUT_MS,
      cacheMaxAge: KEYS_MAX_AGE_MS,
      cooldownDuration: KEYS_COOLDOWN_MS,
    });
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer: [`${authority}/${tenantId}/v2.0`, `${v1Issuer}/${tenantId}/`],
        audience: [...audiences],
        algorithms: ['RS256'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'nbf', 'iat', 'tid'],
        ...(now && { currentDate: now() }),
      });
      return payload;
    } catch (error) {
      throw await translate(error);
    }
  }
}
