// Two app processes over one broker and one store: breakers, classes and operators' orders are the same seen from both.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { findBreak } from '../../cli/verify-timeline.ts';
import { type CloudParts, clusterId } from '../bench/cloud.ts';
import { type CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { TwoApps } from '../builders/two-apps.ts';

type Client = CloudClient<CloudParts>;

const TIME_SCALE = 50;
const TWO_MINUTES_MS = 120_000 / TIME_SCALE;
/** Three are enough; on a machine that is slow, one more may be needed within the breaker's window. */
const MOST_CRASHES = 6;
const STOCKED_OUT = clusterId(0);
const CRASHING = clusterId(1);
const ORDERED = clusterId(2);
const VERSIONED = clusterId(3);
const ABORTED = clusterId(4);
const TAKEN = clusterId(5);
const RACED = [6, 7, 8, 9, 10, 11].map(clusterId);

const answer = z.looseObject({ ticket_id: z.string().nullish() });
const gate = z.looseObject({
  breakers: z.array(z.looseObject({ kind: z.string(), key: z.string(), state: z.string() })),
});
const told = z.looseObject({ body: z.looseObject({ id: z.string(), incidentId: z.string(), kind: z.string() }) });
const call = z.looseObject({
  at: z.string(),
  path: z.string(),
  body: z.looseObject({ cluster_id: z.string().optional() }).nullish(),
});

describe('two app processes', { timeout: 240_000 }, () => {
  let apps: TwoApps;
  let both: readonly Client[];
  let one: Client;
  let other: Client;
  beforeAll(async () => {
    apps = await TwoApps.begin({ clusters: 12, timeScale: TIME_SCALE });
    [one, other] = await Promise.all([apps.startApp('one'), apps.startApp('other')]);
    both = [one, other];
  }, 90_000);
  afterAll(() => apps.stop());

  /** What both say, once they say the same. */
  async function agreed<T>(look: (client: Client) => Promise<T>): Promise<T> {
    return await eventually(
      async () => {
        const [here, there] = await Promise.all(both.map(look));
        return JSON.stringify(here) === JSON.stringify(there) ? here : undefined;
      },
      20_000,
      'both processes to agree',
    );
  }

  /** Reports an event to both processes at once, as senders do: again after a 503. Resolves with the one ticket. */
  async function report(cluster: string, code: string, clients: readonly Client[] = both): Promise<string> {
    const event = JSON.stringify(clusterEvent(cluster, code));
    const send = async (client: Client) => {
      const response = await client.send(event, { prefer: 'wait=20' });
      const { ticket_id: ticket } = answer.parse(await response.json());
      return response.status === 200 && ticket ? ticket : undefined;
    };
    const sent = clients.map((client) => eventually(() => send(client), 40_000, `a ticket for ${cluster}`));
    const tickets = new Set(await Promise.all(sent));
    expect(tickets.size, 'one incident, whoever was told').toBe(1);
    return [...tickets].join();
  }

  async function dies(cluster: string, code = 'DRIVER_UNREACHABLE', clients = both): Promise<string> {
    await one.crash(cluster, code);
    return await report(cluster, code, clients);
  }

  async function order(client: Client, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const given = { 'x-operator': 'ana', 'if-match': '*', ...headers };
    const response = await client.send(
      body === undefined ? undefined : JSON.stringify(body),
      given,
      `/api/incidents/${path}`,
    );
    return {
      status: response.status,
      etag: response.headers.get('etag') ?? '',
      text: await response.text(),
      at: Date.now(),
    };
  }

  async function startsOf(cluster: string): Promise<number[]> {
    const calls = z.array(call).parse(await one.calls());
    const mine = calls.filter(({ path, body }) => /\/clusters\/(re)?start$/.test(path) && body?.cluster_id === cluster);
    return mine.map(({ at }) => Date.parse(at));
  }

  async function isHeld(ticket: string): Promise<boolean> {
    return (await one.incident(ticket)).runs[0]?.state.name === 'held';
  }

  async function callsForHuman(ticket: string): Promise<string[]> {
    const messages = z.array(told).parse(await one.messages());
    return messages
      .filter(({ body }) => body.incidentId === ticket && body.kind === 'human-needed')
      .map(({ body }) => body.id);
  }

  async function eventsOf(ticket: string, type: string): Promise<string[]> {
    return (await agreed((client) => client.incident(ticket))).timeline
      .filter((each) => each.type === type)
      .map(({ text }) => text);
  }

  it.concurrent('C1: a restart that ends in a stock-out changes the class of its incident, and what is done: one run, one incident, one start of each kind', async () => {
    const onStart = [{ fail: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT', type: 'CLOUD_FAILURE' }];
    await one.sim(`/clusters/${STOCKED_OUT}`, { onStart }, 'PUT');
    const ticket = await dies(STOCKED_OUT);
    await eventually(async () => ((await startsOf(STOCKED_OUT)).length > 0 ? true : undefined), 20_000, 'a start');
    const downAgain = async () => ((await one.clusterState(STOCKED_OUT)) === 'TERMINATED' ? true : undefined);
    await eventually(async () => ((await downAgain()) ? undefined : true), 20_000, 'a start that shows');
    await eventually(downAgain, 20_000, 'the end of the start');
    expect(await report(STOCKED_OUT, 'CLOUD_PROVIDER_RESOURCE_STOCKOUT')).toBe(ticket);
    await other.incidentIn(ticket, 'resolved');

    const seen = await agreed((client) => client.incident(ticket));
    expect(seen).toMatchObject({
      failureClass: 'DatabricksResourceExhausted',
      code: 'CLOUD_PROVIDER_RESOURCE_STOCKOUT',
    });
    expect(seen.runs.map(({ state }) => state.name)).toEqual(['succeeded']);
    expect(seen.timeline.filter(({ type }) => type === 'classified')).toHaveLength(2);
    expect(findBreak(seen)).toBeUndefined();
    const mine = async (client: Client) =>
      (await client.incidents(`?subject=${encodeURIComponent(seen.subject)}`)).value;
    expect(await agreed(mine)).toMatchObject([{ id: ticket }]);
    // Once as it was, and once with what its new class asks for.
    expect(await startsOf(STOCKED_OUT)).toHaveLength(2);
    expect(await callsForHuman(ticket)).toEqual([]);
  });

  it.concurrent('E4: a cluster that crashes every two minutes opens its breaker: a person is called once, and there is one trial', async () => {
    let repaired = 0;
    let ticket = await dies(CRASHING);
    while (!(await isHeld(ticket)) && repaired < MOST_CRASHES) {
      await one.incidentIn(ticket, 'resolved', 90_000);
      repaired += 1;
      await new Promise((resolve) => setTimeout(resolve, TWO_MINUTES_MS));
      ticket = await dies(CRASHING);
    }
    expect(repaired).toBeGreaterThanOrEqual(3);
    expect(await startsOf(CRASHING)).toHaveLength(repaired);
    const held = await agreed((client) => client.incident(ticket));
    expect(held.runs[0]?.state).toMatchObject({ name: 'held', because: expect.stringContaining('breaker is open') });
    const breaker = async (client: Client) =>
      gate.parse(await client.get('/api/gate')).breakers.filter(({ key }) => key === held.subject);
    expect(await agreed(breaker)).toMatchObject([{ kind: 'subject', state: 'open' }]);
    // Reports and timers of both do not move it before its time.
    await Promise.all(
      both.flatMap((client) => [
        client.send(JSON.stringify(clusterEvent(CRASHING))),
        client.runTimer('poll-components'),
        client.runTimer('watchdog'),
      ]),
    );
    expect(await startsOf(CRASHING)).toHaveLength(repaired);

    await other.incidentIn(ticket, 'resolved', 90_000);
    expect(await startsOf(CRASHING), 'one trial').toHaveLength(repaired + 1);
    const closed = async () => ((await agreed(breaker))[0]?.state === 'closed' ? true : undefined);
    await eventually(closed, 20_000, 'both to see the breaker closed');
    const calls = await callsForHuman(ticket);
    expect([calls.length, new Set(calls).size], 'once over each channel').toEqual([2, 2]);
    expect(findBreak(await agreed((client) => client.incident(ticket)))).toBeUndefined();
  });

  it.concurrent('D4: orders to both at once, while the run goes on: each that was taken is on the timeline once, and the run ends', async () => {
    const ticket = await dies(ORDERED);
    await eventually(async () => ((await startsOf(ORDERED)).length > 0 ? true : undefined), 20_000, 'a start');
    const wanted = Array.from({ length: 12 }, (_, n) => ({
      operator: `operator-${n}`,
      ...([
        { action: 'comment', type: 'comment', body: { text: `comment ${n}` } },
        { action: 'assign', type: 'assigned', body: { to: `person-${n}` } },
        { action: 'acknowledge', type: 'acknowledged', body: { reason: `mine ${n}` } },
      ][n % 3] ?? never()),
    }));
    const answers = await Promise.all(
      wanted.map(({ operator, action, body }, n) =>
        order(both[n % 2] ?? one, `${ticket}/${action}`, body, { 'x-operator': operator }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    await other.incidentIn(ticket, 'resolved', 90_000);
    const seen = await agreed((client) => client.incident(ticket));
    for (const { operator, type } of wanted) {
      const mine = seen.timeline.filter(({ actor }) => actor === `operator:${operator}`);
      expect(
        mine.map((each) => each.type),
        operator,
      ).toEqual([type]);
    }
    expect(findBreak(seen)).toBeUndefined();
    expect(await startsOf(ORDERED)).toHaveLength(1);
  });

  it.concurrent('D4: of ten orders to both with the version that all have read one is taken, nine are told what has changed', async () => {
    const ticket = await dies(VERSIONED, 'INIT_SCRIPT_FAILURE');
    const told = async () => ((await eventsOf(ticket, 'message-delivered')).length >= 2 ? true : undefined);
    await eventually(told, 20_000, 'people are told');
    const response = await fetch(`${one.stack.app}/api/incidents/${ticket}`, {
      headers: { 'x-api-key': one.stack.apiKey },
    });
    const read = { 'if-match': response.headers.get('etag') ?? '' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => order(both[n % 2] ?? one, `${ticket}/assign`, { to: `person-${n}` }, read)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(412)]);
    for (const { text, etag } of answers.filter(({ status }) => status === 412)) {
      expect(text).toContain(`${ticket} has changed since you read it and is escalated now`);
      expect(text).toContain('assigned');
      expect(etag, 'the version of now').not.toBe(read['if-match']);
    }
    expect(await eventsOf(ticket, 'assigned')).toHaveLength(1);
  });

  it.concurrent.each([
    ['abort', 'runs/1/abort', ABORTED, 'run-aborted'],
    ['acknowledge', 'acknowledge', TAKEN, 'acknowledged'],
  ])(
    'D4: an %s that comes between the attempt and the call keeps the call from being sent',
    async (_name, action, cluster, type) => {
      const intent = apps.holdIntent(cluster);
      // To one only: the answer that is held must not be held for as long as the store's client waits.
      const ticket = await dies(cluster, 'DRIVER_UNREACHABLE', [one]);
      await intent.answered;
      const answered = order(other, `${ticket}/${action}`, { reason: 'I know what it is' });
      const onRecord = async () =>
        (await one.incident(ticket)).timeline.some((each) => each.type === type) ? true : undefined;
      await eventually(onRecord, 10_000, `${action} on record`);
      intent.release();
      expect((await answered).status).toBe(200);
      const [why] = await eventually(
        async () => nonEmpty(await eventsOf(ticket, 'not-acted')),
        10_000,
        'why it was not sent',
      );
      expect(why).toContain('not sent');
      await Promise.all(both.map((client) => client.runTimer('watchdog')));
      expect(await startsOf(cluster)).toEqual([]);
      expect((await agreed((client) => client.incident(ticket))).runs[0]?.steps[0]?.attemptsMade).toMatchObject([
        { outcome: 'did-not-happen' },
      ]);
    },
  );

  it.concurrent('D4: aborts that race with the attempts of six runs: after its answer nothing is sent any more', async () => {
    await one.sim('/faults', { match: { path: 'clusters/start' }, fault: { kind: 'slow', ms: 200 }, forSeconds: 10 });
    const races = RACED.map(async (cluster, n) => {
      const ticket = await dies(cluster);
      await new Promise((resolve) => setTimeout(resolve, n * 40));
      const { status, at } = await order(both[n % 2] ?? one, `${ticket}/runs/1/abort`, { reason: 'stop it' });
      return { cluster, ticket, status, at };
    });
    for (const { cluster, ticket, status, at } of await Promise.all(races)) {
      expect(status, ticket).toBe(200);
      const seen = await agreed((client) => client.incident(ticket));
      expect(seen).toMatchObject({ state: 'escalated', runs: [{ state: { name: 'aborted' } }] });
      expect(seen.timeline.filter(({ type }) => type === 'run-aborted')).toHaveLength(1);
      for (const startedAt of await startsOf(cluster))
        expect(startedAt, `${ticket}: a start after the abort`).toBeLessThanOrEqual(at);
      expect(findBreak(seen)).toBeUndefined();
    }
  });
});

function nonEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length > 0 ? items : undefined;
}

function never(): never {
  throw new Error('three kinds of orders');
}
