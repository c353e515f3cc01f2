// The webhooks that carry job notifications, as Databricks sends them: ids only, Basic authentication at most, no signature, one
// attempt. Where no address is known for a destination, the notice is only written down.
import type { WorkspaceState } from '../state.ts';
import type { Run } from './job.ts';
import { destinationsOf, type Notice, type NoticeEvent } from './notices.ts';
import { NOTICES_KEPT, WEBHOOK_TIMEOUT_SECONDS } from './refusals.ts';

export interface Destination {
  readonly url: string;
  /** HTTP Basic, as a notification destination has it. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Beyond what Databricks can send: for a receiver that wants a key. */
  readonly headers?: Record<string, string> | undefined;
}

export interface GivenNotice {
  readonly destination: string;
  readonly at: number;
  readonly payload: unknown;
  /** What became of it: no address known, on its way, or the answer. */
  readonly outcome: 'not-sent' | 'sending' | { readonly status: number } | { readonly error: string };
}

export interface Webhooks {
  give(notice: Notice, run: Run): void;
  given(): GivenNotice[];
  forget(): void;
  destination(id: string): Destination | undefined;
  setDestination(id: string, destination: Destination | undefined): void;
  stop(): void;
}

const GIVEN = 'notice/';
const DESTINATIONS = 'destination/';

export function createWebhooks({ id: workspaceId, clock, kept }: WorkspaceState): Webhooks {
  const stopping = new AbortController();
  const given = new Map(kept.under(GIVEN).map(([n, notice]) => [Number(n), readGiven(notice)]));
  const destinations = new Map(kept.under(DESTINATIONS).map(([id, value]) => [id, readDestination(value)]));
  let count = Math.max(0, ...given.keys());

  function write(n: number, notice: GivenNotice): void {
    given.set(n, notice);
    kept.set(GIVEN + n, notice);
  }

  function giveTo(destination: string, payload: unknown): void {
    count += 1;
    const n = count;
    const address = destinations.get(destination);
    const notice = { destination, at: clock.now(), payload };
    write(n, { ...notice, outcome: address ? 'sending' : 'not-sent' });
    if (given.delete(n - NOTICES_KEPT)) kept.delete(GIVEN + (n - NOTICES_KEPT));
    if (!address) return;
    void post(address, payload, stopping.signal).then((outcome) => {
      if (stopping.signal.aborted) return;
      write(n, { ...notice, outcome });
      kept.flush();
    });
  }

  return {
    give(notice, run) {
      const payload = payloadOf(notice.event, run, notice.task, workspaceId);
      for (const id of destinationsOf((notice.task ?? run).settings, notice.event)) giveTo(id, payload);
    },
    given: () => [...given.values()],
    forget() {
      for (const n of given.keys()) kept.delete(GIVEN + n);
      given.clear();
    },
    destination: (id) => destinations.get(id),
    setDestination(id, destination) {
      if (destination) {
        destinations.set(id, destination);
        kept.set(DESTINATIONS + id, destination);
      } else {
        destinations.delete(id);
        kept.delete(DESTINATIONS + id);
      }
    },
    stop: () => stopping.abort(),
  };
}

/** The documented body. Ids are strings, since they may exceed what a double holds. [facts 3.2] */
export function payloadOf(event: NoticeEvent, run: Run, task: Notice['task'], workspaceId: string): unknown {
  const ids = task ? { run_id: String(task.id), parent_run_id: String(run.id) } : { run_id: String(run.id) };
  return {
    event_type: `jobs.${event}`,
    workspace_id: workspaceId,
    run: ids,
    ...(task && { task: { task_key: task.key } }),
    job: { job_id: String(run.jobId), name: run.name },
  };
}

async function post(to: Destination, payload: unknown, stopping: AbortSignal): Promise<GivenNotice['outcome']> {
  const { url, username, password, headers } = to;
  const basic = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64');
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(username !== undefined && { authorization: `Basic ${basic}` }),
        ...headers,
      },
      body: JSON.stringify(payload),
      redirect: 'manual',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(WEBHOOK_TIMEOUT_SECONDS * 1000)]),
    });
    await answer.body?.cancel();
    return { status: answer.status };
  } catch (error) {
    return { error: String(error instanceof Error ? (error.cause ?? error) : error) };
  }
}

/** One that was on its way when the process ended is lost, as it would be. */
function readGiven(value: unknown): GivenNotice {
  const { destination, at, payload, outcome } = Object(value);
  return { destination, at, payload, outcome: outcome === 'sending' ? { error: 'the sender ended' } : outcome };
}

function readDestination(value: unknown): Destination {
  const { url, username, password, headers } = Object(value);
  return { url, username, password, headers };
}
