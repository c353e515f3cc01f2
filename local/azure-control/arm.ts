// The simulated Resource Manager, as far as it tells what is wrong in Azure: tokens, subscriptions, versions, limits, pages.
// What it holds is seeded by `/_sim/arm/subscriptions/{id}/events`, `.../alerts` and `/_sim/arm{id of a peering or circuit}`.
import type { Clock } from '../simulator/clock.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import { createTokenBucket, type TokenBucket } from '../simulator/token-bucket.ts';
import { alertsPage } from './arm-alerts.ts';
import { eventsPage } from './arm-events.ts';
import { ArmRefusal } from './arm-list.ts';
import { isNetworkResource, networkAnswer } from './arm-network.ts';
import { type ArmStore, controlOf } from './arm-store.ts';
import type { Claims } from './jwt.ts';
import {
  ALERT_API_VERSIONS,
  ARM_AUDIENCES,
  EVENT_API_VERSIONS,
  NETWORK_API_VERSIONS,
  READS,
  THROTTLED_SECONDS,
} from './refusals.ts';

export interface ArmOptions {
  readonly store: ArmStore;
  readonly clock: Clock;
  readonly timeScale: number;
  /** A token that is let in as it is: for whoever cannot ask Entra ID for one. */
  readonly token: string;
  check(token: string): Claims | undefined;
}

export interface Arm {
  serve(request: Request): Answer | undefined;
  control(request: Request): Answer | undefined;
}

export function createArm({ store, clock, timeScale, token, check }: ArmOptions): Arm {
  const buckets = new Map<string, TokenBucket>();

  function admit(subscription: string): void {
    const rate = { ...READS, perSecond: READS.perSecond * timeScale };
    const bucket = buckets.get(subscription) ?? createTokenBucket(rate, clock);
    buckets.set(subscription, bucket);
    if (bucket.take() === 0) return;
    throw new ArmRefusal(429, 'SubscriptionRequestsThrottled', 'Number of requests for the subscription exceeded.', {
      'retry-after': String(THROTTLED_SECONDS),
    });
  }

  function authenticate({ headers }: Request): void {
    const given = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
    if (given === undefined)
      throw unauthenticated('AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.");
    if (given === token) return;
    const claims = check(given);
    if (!claims) throw unauthenticated('InvalidAuthenticationToken', 'The access token is invalid or has expired.');
    if (!ARM_AUDIENCES.includes(String(claims.aud)))
      throw unauthenticated('InvalidAuthenticationTokenAudience', 'The access token is for another resource.');
  }

  function enter(request: Request, subscription: string): void {
    authenticate(request);
    const access = store.accessTo(subscription);
    if (access === undefined)
      throw new ArmRefusal(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
    if (access === 'none')
      throw new ArmRefusal(403, 'AuthorizationFailed', 'The client does not have authorization to perform the action.');
    admit(subscription);
  }

  function list(request: Request, subscription: string, provider: string): Answer {
    enter(request, subscription);
    const query = request.url.searchParams;
    const call = { request, query, now: clock.now() };
    if (provider === 'microsoft.resourcehealth/events') {
      requireVersion(query, EVENT_API_VERSIONS);
      return eventsPage(store.events(subscription), call);
    }
    requireVersion(query, ALERT_API_VERSIONS);
    return alertsPage(store.alerts(subscription), call);
  }

  function resource(request: Request, subscription: string): Answer {
    enter(request, subscription);
    requireVersion(request.url.searchParams, NETWORK_API_VERSIONS);
    return networkAnswer(store.network, request.url.pathname);
  }

  function answer(request: Request): (() => Answer) | undefined {
    const { pathname } = request.url;
    const { subscription = '', provider = '' } = LISTS.exec(pathname)?.groups ?? {};
    if (provider !== '') return () => list(request, subscription, provider.toLowerCase());
    return isNetworkResource(pathname) ? () => resource(request, pathname.split('/')[2] ?? '') : undefined;
  }

  return {
    serve(request) {
      const give = answer(request);
      if (!give) return undefined;
      if (request.method !== 'GET') return { status: 405, headers: { allow: 'GET' } };
      try {
        return give();
      } catch (error) {
        if (error instanceof ArmRefusal) return error.answer;
        throw error;
      }
    },
    control: controlOf(store, clock),
  };
}

const LISTS =
  /^\/subscriptions\/(?<subscription>[^/]+)\/providers\/(?<provider>Microsoft\.ResourceHealth\/events|Microsoft\.AlertsManagement\/alerts)$/i;

function unauthenticated(code: string, message: string): ArmRefusal {
  return new ArmRefusal(401, code, message, { 'www-authenticate': 'Bearer error="invalid_token"' });
}

function requireVersion(query: URLSearchParams, versions: readonly string[]): void {
  const version = query.get('api-version');
  if (version === null)
    throw new ArmRefusal(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  if (versions.includes(version)) return;
  const words = `The api-version '${version}' is invalid. The supported versions are '${versions.join(',')}'.`;
  throw new ArmRefusal(400, 'InvalidApiVersionParameter', words);
}
