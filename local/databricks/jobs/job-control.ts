// `/_sim/jobs`, `/_sim/runs`, `/_sim/destinations` and `/_sim/notices`: looks at jobs without a token, orders what their next attempts
// meet with, and says where their webhooks go.
import { z } from 'zod';
import type { Answer, Request } from '../../simulator/http-server.ts';
import { readSimBody } from '../sim-body.ts';
import { readOrders, seedJob } from './job-seed.ts';
import { checkSettings, settingsOf, updated } from './job-settings.ts';
import type { Jobs } from './jobs-api.ts';
import { EVENTS } from './notices.ts';
import { fieldsIn } from './task-work.ts';
import { payloadOf, type Webhooks } from './webhooks.ts';

const destinationSchema = z.strictObject({
  url: z.url(),
  username: z.string().optional(),
  password: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
});
const eventSchema = z.enum(EVENTS);

export function jobControl(jobs: Jobs, webhooks: Webhooks): (request: Request) => Answer | undefined {
  return (request) => {
    const [, , area, id = '', verb = ''] = request.url.pathname.split('/');
    const call = `${request.method} ${area}${id === '' ? '' : '/id'}${verb === '' ? '' : `/${verb}`}`;
    switch (call) {
      case 'GET jobs':
        return ok(jobs.store.jobs());
      case 'GET jobs/id':
        return ok(jobs.store.job(id));
      case 'PUT jobs/id':
        return putJob(Number(id), Object(request.body), jobs);
      case 'DELETE jobs/id':
        jobs.store.removeJob(jobs.store.job(id).id);
        return { status: 204 };
      case 'POST jobs/id/orders':
        return order(id, request.body, jobs);
      case 'DELETE jobs/id/orders':
        return ok(jobs.store.putJob({ ...jobs.store.job(id), orders: [] }));
      case 'GET runs/id':
        return ok(jobs.store.run(id));
      case 'GET runs/id/notice':
        return ok(wouldBeSent(id, request.url.searchParams, jobs));
      default:
        return controlWebhooks(call, id, request.body, webhooks);
    }
  };
}

function controlWebhooks(call: string, id: string, body: unknown, webhooks: Webhooks): Answer | undefined {
  switch (call) {
    case 'GET notices':
      return ok(webhooks.given());
    case 'DELETE notices':
      webhooks.forget();
      return { status: 204 };
    case 'PUT destinations/id':
      webhooks.setDestination(id, readSimBody(destinationSchema, body));
      return ok(webhooks.destination(id));
    case 'DELETE destinations/id':
      webhooks.setDestination(id, undefined);
      return { status: 204 };
    default:
      return undefined;
  }
}

/** A new job, or other settings for a known one; as jobs/create and jobs/update take them. */
function putJob(id: number, body: Record<string, unknown>, { store, workspace }: Jobs): Answer {
  const known = store.findJob(id);
  const settings = fieldsIn(body, 'settings');
  if (known) {
    const changed = checkSettings(updated(known.settings, settings, undefined));
    return ok(store.putJob({ ...known, settings: changed }));
  }
  const { caller, clock } = workspace;
  const { job } = seedJob({ job_id: id, settings: settingsOf(settings) }, caller.userName, clock.now());
  return { status: 201, body: store.putJob(job) };
}

function order(id: string, body: unknown, { store }: Jobs): Answer {
  const job = store.job(id);
  const orders = readOrders(Array.isArray(body) ? body : [body]);
  return { status: 201, body: store.putJob({ ...job, orders: [...job.orders, ...orders] }) };
}

/** The body of a webhook about that run, or that task run, whether or not one is due. */
function wouldBeSent(id: string, query: URLSearchParams, { store, workspace }: Jobs): unknown {
  const run = store.run(id);
  const task = run.tasks.find((candidate) => candidate.id === Number(id));
  return payloadOf(readSimBody(eventSchema, query.get('event')), run, task, workspace.id);
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}
