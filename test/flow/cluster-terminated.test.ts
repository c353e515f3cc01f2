// The story of the issue, from outside: a cluster dies, and what everybody sees until it is healthy again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBreak } from '../../cli/verify-timeline.ts';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { stepsOf } from '../builders/cloud-remedies.ts';
import { type LaptopCloud, laptopCloudWith, nothingFolded } from '../builders/laptop-cloud.ts';

const INFERENCE = '0424-035941-pl8ku9sr';
const MONITORING = '0424-043008-so9kse51';
const TODAY = () => new Date().toISOString().slice(0, 10).replaceAll('-', '');

describe('a cluster is terminated', { timeout: 120_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = laptopCloudWith(nothingFolded, '--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  it('A6, D1: the documented test is answered with the six fields, and the cluster is started once', async () => {
    const { status, answer, headers } = await cloud.post(clusterEvent('test-cluster-123'), { prefer: 'wait=20' });
    expect(status).toBe(200);
    expect(answer).toEqual({
      status: 'success',
      ticket_id: `RCA-${TODAY()}-001`,
      error_type: 'DatabricksDriverNotResponding',
      recovery_status: 'in_progress',
      actions_taken: ['restart_cluster'],
      message: expect.any(String),
    });
    const outcome = await cloud.outcomeOf(headers.get('location') ?? '');
    expect(outcome).toMatchObject({ ended: 'opened', ticketId: answer.ticket_id });
    const incident = await cloud.incidentIn(answer.ticket_id ?? '', 'resolved');
    expect(stepsOf(incident)).toEqual([['restart-cluster', 'succeeded']]);
    expect(await cloud.starts('test-cluster-123')).toBe(1);
  });

  it('C9: the signal tells each stage, its decision and its rule', async () => {
    const { headers } = await cloud.post(clusterEvent('test-cluster-456', 'INSUFFICIENT_INSTANCE_CAPACITY'), {
      prefer: 'wait=20',
    });
    const { decisions } = await cloud.outcomeOf(headers.get('location') ?? '');
    expect(decisions.map(({ stage, decision, because }) => [stage, decision, because])).toEqual([
      ['identify', 'listed', 'estate-lists-it'],
      ['classify', 'DatabricksResourceExhausted', 'extra-code:INSUFFICIENT_INSTANCE_CAPACITY'],
      ['region', 'told', 'code-speaks-of-region'],
      ['playbook', 'use-on-demand, change-node-type, scale-down', 'playbook-of-class'],
      ['gate', 'open', 'autonomy-auto'],
    ]);
  });

  it('A5, A7: the same event 50 times in parallel is one incident with 50 answers and one start', async () => {
    await cloud.crash(INFERENCE, 'DRIVER_UNREACHABLE');
    const event = clusterEvent(INFERENCE);
    const answers = await Promise.all(Array.from({ length: 50 }, () => cloud.post(event, { prefer: 'wait=30' })));
    const tickets = new Set(answers.map(({ answer }) => answer.ticket_id));
    expect(tickets.size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const resolved = await cloud.incidentIn([...tickets][0] ?? '', 'resolved');
    expect(resolved.signalCount).toBe(50);
    expect(await cloud.starts(INFERENCE)).toBe(1);
    expect(
      resolved.timeline
        .filter(({ type }) => type === 'signal-joined')
        .map(({ text }) => /Report (\d+)/.exec(text)?.[1]),
    ).toEqual(['2', '5', '10', '20', '50']);
  });

  it('D1: 50 different clusters in parallel have 50 distinct tickets of today', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `fleet-cluster-${n}`);
    const answers = await Promise.all(ids.map((id) => cloud.post(clusterEvent(id), { prefer: 'wait=30' })));
    const tickets = new Set(answers.map(({ answer }) => answer.ticket_id));
    expect(tickets.size).toBe(50);
    for (const ticket of tickets) expect(ticket).toMatch(new RegExp(`^RCA-${TODAY()}-\\d{3}$`));
  });

  it('B1, A5: a failure that nobody reported is found by the poll, once however often it is polled, and its late event changes nothing', async () => {
    await cloud.crash(MONITORING, 'DRIVER_UNREACHABLE');
    expect(await cloud.runTimer('poll-components')).toBe(202);
    expect(await cloud.runTimer('poll-components')).toBe(202);
    const subject = `cluster/databricks-dev/${MONITORING}`;
    const found = await expectIncident(subject);
    const resolved = await cloud.incidentIn(found, 'resolved');
    expect(resolved.timeline[0]?.text).toContain('The poll found');
    await cloud.runTimer('poll-components');
    const late = await cloud.post(clusterEvent(MONITORING), { prefer: 'wait=20' });
    expect(late.answer).toMatchObject({ ticket_id: found, recovery_status: 'recovered' });
    expect(await cloud.starts(MONITORING)).toBe(1);
    expect((await cloud.incidents(`?subject=${encodeURIComponent(subject)}`)).value).toHaveLength(1);
  });

  it('A5, D2: a second failure after the repair is a new incident, linked to the old one', async () => {
    const subject = `cluster/databricks-dev/${MONITORING}`;
    const first = await expectIncident(subject);
    await cloud.crash(MONITORING, 'CLOUD_PROVIDER_SHUTDOWN');
    const { answer } = await cloud.post(clusterEvent(MONITORING, 'CLOUD_PROVIDER_SHUTDOWN'), { prefer: 'wait=20' });
    expect(answer).toMatchObject({ error_type: 'DatabricksClusterTerminated', recovery_status: 'in_progress' });
    expect(answer.ticket_id).not.toBe(first);
    const second = await cloud.incidentIn(answer.ticket_id ?? '', 'resolved');
    expect(second.previousIncidentId).toBe(first);
    expect(await cloud.starts(MONITORING)).toBe(2);
  });

  it('D2: the exported timeline verifies offline, and the incident runs through its states in order', async () => {
    const [newest] = (await cloud.incidents('?state=resolved&pageSize=1')).value;
    const incident = await cloud.incident(newest?.id ?? '');
    expect(findBreak(incident)).toBeUndefined();
    const types = incident.timeline.map(({ type }) => type);
    const order = [
      'signal-received',
      'incident-opened',
      'classified',
      'run-started',
      'attempt',
      'acted',
      'verified',
      'incident-resolved',
    ];
    expect(types.filter((type) => order.includes(type))).toEqual(order);
  });

  it('J3: people are told over both channels of their contact, once, of the failure and of the recovery', async () => {
    const [newest] = (await cloud.incidents('?state=resolved&pageSize=1')).value;
    const ticket = newest?.id ?? '';
    const told = async () => {
      const about = (await cloud.messages()).filter((message) => JSON.stringify(message).includes(ticket));
      return about.length >= 4 ? about : undefined;
    };
    expect(await eventually(told, 30_000, 'four messages')).toHaveLength(4);
  });

  it('C3: benign ends and restarts in progress are recorded without an incident', async () => {
    const before = (await cloud.incidents('?pageSize=200')).value.length;
    const benign = await cloud.post(clusterEvent('test-cluster-123', 'USER_REQUEST'), { prefer: 'wait=20' });
    const restarting = await cloud.post(
      { event: 'cluster.restarting', cluster: { cluster_id: INFERENCE } },
      { prefer: 'wait=20' },
    );
    for (const { status, answer } of [benign, restarting]) {
      expect(status).toBe(200);
      expect(answer).toMatchObject({ ticket_id: null, recovery_status: 'not_needed', actions_taken: [] });
    }
    expect((await cloud.incidents('?pageSize=200')).value).toHaveLength(before);
  });

  it('D5: the list pages through all incidents, newest first, without a repetition', async () => {
    const seen: string[] = [];
    for (let next: string | undefined = '?pageSize=7'; next !== undefined; ) {
      const page: Awaited<ReturnType<CloudClient['incidents']>> = await cloud.incidents(next.slice(next.indexOf('?')));
      seen.push(...page.value.map(({ id }) => id));
      next = page.nextLink;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(50);
  });

  async function expectIncident(subject: string): Promise<string> {
    const find = async () => (await cloud.incidents(`?subject=${encodeURIComponent(subject)}`)).value[0]?.id;
    return await eventually(find, 30_000, `an incident of ${subject}`);
  }
});
