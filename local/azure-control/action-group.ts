// A simulated action group: posts an alert to the addresses it is given as the real one does, tries again as the real one does, falls silent
// as the real one does, and remembers what was lost. `/_sim/action-group` sends, and shows what became of it.
import { z } from 'zod';
import type { KeptMap } from '../durable/kept-map.ts';
import type { Clock } from '../simulator/clock.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import {
  CALLS_AT_ONCE,
  DELIVERIES_KEPT,
  LARGEST_ALERT_BYTES,
  RETRIED_STATUSES,
  RETRY_GAPS_SECONDS,
  SILENCE_SECONDS,
} from './refusals.ts';
import { authorizationSchema, type BearerSource, callWebhook, type Webhook } from './webhook-call.ts';

interface Attempt {
  readonly at: string;
  readonly outcome: number | string;
}

export interface Delivery {
  readonly id: number;
  readonly webhook: Webhook;
  readonly body: unknown;
  readonly attempts: readonly Attempt[];
  readonly state: 'under-way' | 'delivered' | 'lost';
  readonly because?: string;
}

export interface ActionGroupOptions {
  readonly clock: Clock;
  readonly timeScale: number;
  readonly kept: KeptMap;
  /** The token of a secure webhook. */
  readonly bearer: BearerSource;
}

export interface ActionGroup {
  control(request: Request): Answer | undefined;
  /** Goes on with what was under way when the process ended: Azure does not forget it because we do. */
  resume(): void;
  stop(): void;
}

const DELIVERY = 'action-group/delivery/';
const sendSchema = z.strictObject({
  to: z.array(z.strictObject({ url: z.url(), authorization: authorizationSchema.default({ kind: 'none' }) })).min(1),
  /** One alert, or several: each is a call of its own, as there are no batches. */
  alerts: z.array(z.unknown()).min(1),
});

export function createActionGroup({ clock, timeScale, kept, bearer }: ActionGroupOptions): ActionGroup {
  const stopping = new AbortController();
  const deliveries = new Map(
    kept.under(DELIVERY).flatMap(([id, value]) => (isDelivery(value) ? [[Number(id), value] as const] : [])),
  );
  /** Address -> until when nobody calls it. */
  const silent = new Map<string, number>();
  const waiting: Delivery[] = [];
  let calling = 0;
  let last = Math.max(0, ...deliveries.keys());

  function put(delivery: Delivery): Delivery {
    deliveries.set(delivery.id, delivery);
    kept.set(DELIVERY + delivery.id, delivery);
    return delivery;
  }

  function enter(delivery: Delivery): void {
    waiting.push(delivery);
    pump();
  }

  function pump(): void {
    while (calling < CALLS_AT_ONCE && !stopping.signal.aborted) {
      const delivery = waiting.shift();
      if (!delivery) return;
      calling += 1;
      void attempt(delivery).finally(() => {
        calling -= 1;
        kept.flush();
        pump();
      });
    }
  }

  async function attempt(delivery: Delivery): Promise<void> {
    const { url } = delivery.webhook;
    if ((silent.get(addressOf(url)) ?? 0) > clock.now()) {
      put({ ...delivery, state: 'lost', because: 'the address was not called: it had failed before' });
      return;
    }
    const outcome = await callWebhook(delivery.webhook, delivery.body, bearer, stopping.signal);
    if (stopping.signal.aborted) return;
    const at = new Date(clock.now()).toISOString();
    judge({ ...delivery, attempts: [...delivery.attempts, { at, outcome }] }, outcome);
  }

  function judge(delivery: Delivery, outcome: number | string): void {
    if (typeof outcome === 'number' && outcome >= 200 && outcome < 300) {
      put({ ...delivery, state: 'delivered' });
      return;
    }
    if (typeof outcome === 'number' && !RETRIED_STATUSES.includes(outcome)) {
      put({ ...delivery, state: 'lost', because: `${outcome} is not tried again` });
      return;
    }
    const gap = RETRY_GAPS_SECONDS[delivery.attempts.length - 1];
    if (gap === undefined) {
      silent.set(addressOf(delivery.webhook.url), clock.now() + (SILENCE_SECONDS * 1000) / timeScale);
      put({ ...delivery, state: 'lost', because: 'every try failed' });
      return;
    }
    put(delivery);
    const cancel = clock.schedule(clock.now() + (gap * 1000) / timeScale, () => enter(delivery));
    stopping.signal.addEventListener('abort', cancel);
  }

  function send(body: unknown): Answer {
    const parsed = sendSchema.safeParse(body);
    if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
    const { to, alerts } = parsed.data;
    if (alerts.some((alert) => Buffer.byteLength(JSON.stringify(alert)) > LARGEST_ALERT_BYTES))
      throw new Error(`an alert has ${LARGEST_ALERT_BYTES} bytes at most`);
    const made = alerts.flatMap((alert) =>
      to.map((webhook) => put({ id: ++last, webhook, body: alert, attempts: [], state: 'under-way' })),
    );
    forgetOld();
    for (const delivery of made) enter(delivery);
    return { status: 202, body: { ids: made.map(({ id }) => id) } };
  }

  function forgetOld(): void {
    const done = [...deliveries.values()].filter(({ state }) => state === 'delivered');
    for (const { id } of done.slice(0, Math.max(0, deliveries.size - DELIVERIES_KEPT))) {
      deliveries.delete(id);
      kept.delete(DELIVERY + id);
    }
  }

  function summary(): Answer {
    const count = (state: Delivery['state']) => [...deliveries.values()].filter((each) => each.state === state).length;
    const quiet = [...silent].filter(([, until]) => until > clock.now());
    return {
      status: 200,
      body: {
        underWay: count('under-way'),
        delivered: count('delivered'),
        lost: count('lost'),
        notCalled: quiet.map(([url, until]) => ({ url, until: new Date(until).toISOString() })),
      },
    };
  }

  return {
    control(request) {
      const [, , area, verb = ''] = request.url.pathname.split('/');
      if (area !== 'action-group') return undefined;
      const state = request.url.searchParams.get('state');
      switch (`${request.method} ${verb}`) {
        case 'POST send':
          return send(request.body);
        case 'GET ':
          return summary();
        case 'GET deliveries':
          return { status: 200, body: [...deliveries.values()].filter((each) => (state ?? each.state) === each.state) };
        case 'DELETE silence':
          silent.clear();
          return { status: 204 };
        default:
          return undefined;
      }
    },
    resume() {
      for (const delivery of deliveries.values()) if (delivery.state === 'under-way') enter(delivery);
    },
    stop: () => stopping.abort(),
  };
}

/** The endpoint as the silence knows it: what follows `?` may be a key. */
function addressOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function isDelivery(value: unknown): value is Delivery {
  return typeof value === 'object' && value !== null && 'webhook' in value && 'attempts' in value;
}
