// Azure's side of the laptop cloud, at one address: Entra ID, Resource Manager, the Databricks status page and an action group.
// Any of them alone is made unreachable or slow by a fault on its paths (`/_sim/faults`). What it refuses stands in refusals.ts.
import { type KeptMap, keptNowhere } from '../durable/kept-map.ts';
import { type Clock, systemClock } from '../simulator/clock.ts';
import { startFront } from '../simulator/front.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import { createActionGroup } from './action-group.ts';
import { createArm } from './arm.ts';
import { armError } from './arm-list.ts';
import { createArmStore } from './arm-store.ts';
import { createEntra } from './entra.ts';
import { ACTION_GROUP_APP_ID, ACTION_GROUP_ROLE } from './refusals.ts';
import { createStatusPage, STATUS_PAGE_PATH } from './status-page.ts';

export interface AzureControlOptions {
  readonly port?: number;
  readonly clock?: Clock;
  /** How many times faster than real life action groups try again and limits refill. */
  readonly timeScale?: number;
  readonly tenantId: string;
  readonly hooksAppId: string;
  /** Of the action groups' own application. */
  readonly hooksCallerSecret: string;
  /** Opens Resource Manager as it is. */
  readonly armToken: string;
  readonly subscriptions: readonly string[];
  readonly kept?: KeptMap;
}

export interface AzureControl {
  readonly url: string;
  readonly port: number;
  readonly statusPage: string;
  stop(): Promise<void>;
}

export async function startAzureControl(options: AzureControlOptions): Promise<AzureControl> {
  const { clock = systemClock, timeScale = 1, kept = keptNowhere, tenantId, hooksAppId } = options;
  const caller = { clientId: ACTION_GROUP_APP_ID, secret: options.hooksCallerSecret, roles: [ACTION_GROUP_ROLE] };
  const entra = createEntra({ tenantId, hooksAppId, clients: [caller], clock, kept });
  const store = createArmStore(options.subscriptions, clock, kept);
  const arm = createArm({ store, clock, timeScale, token: options.armToken, check: entra.check });
  const statusPage = createStatusPage(clock, kept);
  let origin = '';
  const group = createActionGroup({ clock, timeScale, kept, bearer: () => tokenOf(origin, options) });
  const parts = [entra, arm, statusPage];
  const front = await startFront({
    port: options.port ?? 0,
    clock,
    kept,
    errorBody: (status) => armError(status === 429 ? 'TooManyRequests' : 'InternalServerError', `injected ${status}`),
    serve: (request) => first(parts.map((part) => () => part.serve(request))) ?? notFound(request),
    control: (request) => first([...parts, group].map((part) => () => part.control(request))),
  });
  origin = front.url;
  group.resume();
  return {
    url: front.url,
    port: front.port,
    statusPage: front.url + STATUS_PAGE_PATH,
    async stop() {
      group.stop();
      await front.stop();
    },
  };
}

function first(answers: readonly (() => Answer | undefined)[]): Answer | undefined {
  for (const answer of answers) {
    const given = answer();
    if (given) return given;
  }
  return undefined;
}

function notFound({ method, target }: Request): Answer {
  return { status: 404, body: armError('NotFound', `nothing here: ${method} ${target}`) };
}

/** Over the network, as the real one asks: where Entra ID does not answer, no secure webhook is called. */
async function tokenOf(
  origin: string,
  { tenantId, hooksAppId, hooksCallerSecret }: AzureControlOptions,
): Promise<string> {
  const answer = await fetch(`${origin}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: ACTION_GROUP_APP_ID,
      client_secret: hooksCallerSecret,
      scope: `api://${hooksAppId}/.default`,
    }),
  });
  const { access_token: token } = Object(await answer.json());
  if (typeof token !== 'string') throw new Error(`no token: ${answer.status}`);
  return token;
}
