// The webhooks of jobs, received for real: which events there are, what they carry, and that each is sent once and only once.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RUN_SECONDS } from '../../local/databricks/jobs/refusals.ts';
import { aJob, aRun, attemptsOf, BEGUN, CLUSTERS, OVER, order } from '../builders/simulated-jobs.ts';
import { aWorkspace, type Bench } from '../builders/simulated-workspace.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on whatever the wire brings
  readonly body: any;
}

let bench: Bench;
let receiver: Server;
let received: Received[];
let answer: number;
beforeEach(async () => {
  bench = await aWorkspace({ clusters: CLUSTERS });
  received = [];
  answer = 202;
  receiver = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body: JSON.parse(text) });
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await bench.stop();
  await new Promise((resolve) => receiver.close(resolve));
});

const to = [{ id: 'us' }];
const EVERY_EVENT = {
  on_start: to,
  on_success: to,
  on_failure: to,
  on_duration_warning_threshold_exceeded: to,
  on_streaming_backlog_exceeded: to,
};

function leadTo(more: Record<string, unknown> = {}) {
  const { port } = receiver.address() as AddressInfo;
  return bench.call('PUT', '/_sim/destinations/us', { url: `http://127.0.0.1:${port}/hook`, ...more });
}

const given = async () => (await bench.call('GET', '/_sim/notices')).json;
const eventsGiven = async () =>
  (await given()).map(({ payload }: { payload: { event_type: string } }) => payload.event_type);

/** Until the webhooks given so far have been answered. */
async function delivered(count: number): Promise<void> {
  await expect
    .poll(async () => (await given()).filter(({ outcome }: { outcome: unknown }) => typeof outcome === 'object').length)
    .toBe(count);
}

describe('A1: a job’s webhook', () => {
  test('A1: carries ids and nothing else, with Basic authentication', async () => {
    await leadTo({ username: 'databricks', password: 'secret' });
    const job = await aJob(bench, { webhook_notifications: EVERY_EVENT });
    await order(bench, job, { fail: {} });
    const run = await aRun(bench, job);
    bench.clock.advance(OVER);
    await delivered(2);
    const started = received.find(({ body }) => body.event_type === 'jobs.on_start');
    expect(started?.body).toEqual({
      event_type: 'jobs.on_start',
      workspace_id: expect.stringMatching(/^\d+$/),
      run: { run_id: String(run) },
      job: { job_id: String(job), name: 'nightly' },
    });
    expect(started?.headers.authorization).toBe(`Basic ${Buffer.from('databricks:secret').toString('base64')}`);
    expect(received.map(({ body }) => body.event_type).toSorted()).toEqual(['jobs.on_failure', 'jobs.on_start']);
  });

  test('A3: takes a key in a header where the receiver wants one', async () => {
    await leadTo({ headers: { 'x-api-key': 'k' } });
    await aRun(bench, await aJob(bench, { webhook_notifications: { on_start: to } }));
    await delivered(1);
    expect(received[0]?.headers['x-api-key']).toBe('k');
  });

  test('A9: is lost when the receiver refuses it: there is one attempt', async () => {
    answer = 503;
    await leadTo();
    await aRun(bench, await aJob(bench, { webhook_notifications: { on_start: to } }));
    await delivered(1);
    bench.clock.advance(24 * 3600);
    expect(received).toHaveLength(1);
    expect((await given())[0]).toMatchObject({ destination: 'us', outcome: { status: 503 } });
  });

  test('A1: without an address is written down, so that a test can send it itself', async () => {
    const run = await aRun(bench, await aJob(bench, { webhook_notifications: { on_start: to } }));
    expect(await given()).toMatchObject([
      {
        destination: 'us',
        outcome: 'not-sent',
        payload: { event_type: 'jobs.on_start', run: { run_id: String(run) } },
      },
    ]);
    const { json } = await bench.call('GET', `/_sim/runs/${run}/notice?event=on_failure`);
    expect(json).toMatchObject({ event_type: 'jobs.on_failure', run: { run_id: String(run) } });
  });
});

describe('A1: job notifications', () => {
  test('A5: a repaired run that fails again tells it again', async () => {
    const job = await aJob(bench, { webhook_notifications: { on_failure: to } });
    await order(bench, job, { fail: {}, times: 2 });
    const run = await aRun(bench, job);
    bench.clock.advance(OVER);
    expect(await eventsGiven()).toEqual(['jobs.on_failure']);
    await bench.client.jobs.repairRun({ run_id: run, rerun_all_failed_tasks: true });
    bench.clock.advance(OVER);
    expect(await eventsGiven()).toEqual(['jobs.on_failure', 'jobs.on_failure']);
  });

  test('A1: a job’s failure is not told while a retry is to come; a task’s own is, each time', async () => {
    const tasks = [
      { task_key: 'main', existing_cluster_id: 'up', max_retries: 1, webhook_notifications: { on_failure: to } },
    ];
    const job = await aJob(bench, { tasks, webhook_notifications: { on_failure: to, on_success: to } });
    await order(bench, job, { fail: {} });
    const run = await aRun(bench, job);
    bench.clock.advance(OVER);
    const [first] = await given();
    const [attempt] = await attemptsOf(bench, run);
    expect(first.payload).toMatchObject({
      event_type: 'jobs.on_failure',
      task: { task_key: 'main' },
      run: { run_id: String(attempt?.run_id), parent_run_id: String(run) },
    });
    bench.clock.advance(OVER);
    expect(await eventsGiven()).toEqual(['jobs.on_failure', 'jobs.on_success']);
  });

  test('A1: a run that takes longer than its rule allows is told once, while it still runs', async () => {
    const health = { rules: [{ metric: 'RUN_DURATION_SECONDS' as const, op: 'GREATER_THAN' as const, value: 100 }] };
    const job = await aJob(bench, { health, webhook_notifications: EVERY_EVENT });
    await order(bench, job, { seconds: 200 });
    await aRun(bench, job);
    bench.clock.advance(99);
    expect(await eventsGiven()).toEqual(['jobs.on_start']);
    bench.clock.advance(1);
    const late = ['jobs.on_start', 'jobs.on_duration_warning_threshold_exceeded'];
    expect(await eventsGiven()).toEqual(late);
    bench.clock.advance(200);
    expect(await eventsGiven()).toEqual([...late, 'jobs.on_success']);
  });

  test('A1: a streaming backlog is told after ten minutes, and every thirty again', async () => {
    const rule = { metric: 'STREAMING_BACKLOG_SECONDS' as const, op: 'GREATER_THAN' as const, value: 60 };
    const job = await aJob(bench, {
      health: { rules: [rule] },
      webhook_notifications: { on_streaming_backlog_exceeded: to },
    });
    await order(bench, job, { backlog: true, seconds: 4 * 3600 });
    await aRun(bench, job);
    bench.clock.advance(BEGUN + RUN_SECONDS.backlogAfter - 1);
    expect(await eventsGiven()).toEqual([]);
    bench.clock.advance(1);
    expect(await eventsGiven()).toHaveLength(1);
    bench.clock.advance(RUN_SECONDS.backlogAgain);
    expect(await eventsGiven()).toHaveLength(2);
  });

  test('A1: skipped and cancelled runs are told as failures unless the job mutes them', async () => {
    const muted = { no_alert_for_skipped_runs: true, no_alert_for_canceled_runs: true };
    const loud = await aJob(bench, { webhook_notifications: { on_failure: to } });
    const quiet = await aJob(bench, { webhook_notifications: { on_failure: to }, notification_settings: muted });
    for (const job of [loud, quiet]) {
      const run = await aRun(bench, job);
      await aRun(bench, job);
      await bench.client.jobs.cancelRun({ run_id: run });
    }
    bench.clock.advance(OVER);
    const jobs = (await given()).map(({ payload }: { payload: { job: { job_id: string } } }) => payload.job.job_id);
    expect(jobs).toEqual([String(loud), String(loud)]);
  });
});
