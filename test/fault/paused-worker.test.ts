// A worker that is stopped in the middle of acting for longer than its lock and its lease, while another process takes its session over.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBreak } from '../../cli/verify-timeline.ts';
import { type CloudParts, clusterId } from '../bench/cloud.ts';
import { type CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { TwoApps } from '../builders/two-apps.ts';

const SENT = clusterId(0);
const NOT_SENT = clusterId(1);
/** Longer than it takes to bring the worker to its second act and to stop it, shorter than a call's deadline. */
const SLOW_ANSWER_MS = 8_000;
const PAUSE_LIMIT_MS = 300_000;

describe('a worker that is stopped in the middle of acting', { timeout: 150_000 }, () => {
  let apps: TwoApps;
  let first: CloudClient<CloudParts>;
  beforeAll(async () => {
    apps = await TwoApps.begin({ clusters: 2, timeScale: 60 });
    first = await apps.startApp('first');
  }, 90_000);
  afterAll(() => apps.stop());

  it('D3: acts no second time, whether its call had reached Databricks or had not, and both recoveries end well', async () => {
    // One call has arrived, and its answer is on its way.
    await first.sim('/faults', {
      match: { path: 'clusters/start' },
      fault: { kind: 'slow', ms: SLOW_ANSWER_MS },
      times: 1,
    });
    const sent = await dies(SENT);
    await eventually(async () => ((await first.starts(SENT)) === 1 ? true : undefined), 20_000, 'a start');
    // The other attempt is written down, and its worker has not heard of it.
    const intent = apps.holdIntent(NOT_SENT);
    const notSent = await dies(NOT_SENT);
    await intent.answered;
    apps.cloud.process('first').pause(PAUSE_LIMIT_MS);
    intent.release();

    const second = await apps.startApp('second');
    expect(await second.starts(NOT_SENT)).toBe(0);
    await eventually(async () => ((await second.starts(NOT_SENT)) === 1 ? true : undefined), 60_000, 'another start');
    // The worst moment to wake: the other one's call has just arrived.
    apps.cloud.process('first').wake();
    const isAwake = async () => ((await first.runTimer('watchdog')) < 300 ? true : undefined);
    await eventually(isAwake, 20_000, 'the one that slept to be awake');
    for (const [ticket, cluster] of [
      [sent, SENT],
      [notSent, NOT_SENT],
    ] as const) {
      const seen = await second.incidentIn(ticket, 'resolved');
      expect(findBreak(seen), ticket).toBeUndefined();
      expect(await second.clusterState(cluster)).toBe('RUNNING');
      expect(await second.starts(cluster), `starts of ${cluster}`).toBe(1);
      const same = async () => {
        const [here, there] = await Promise.all([first.incident(ticket), second.incident(ticket)]);
        return JSON.stringify(here) === JSON.stringify(there) ? true : undefined;
      };
      await eventually(same, 20_000, 'both processes to tell the same');
    }
    expect(await textsOf(second, sent, 'attempt')).toEqual([expect.stringContaining('Attempt 1: start')]);
    expect(await outcomesOf(second, sent)).toEqual(['acted']);
    expect(await textsOf(second, notSent, 'attempt')).toHaveLength(2);
    const unsent = await textsOf(second, notSent, 'not-acted');
    expect(unsent).toContainEqual(expect.stringContaining('Attempt 1 did not happen: its time was over'));
    expect(await outcomesOf(second, notSent)).toEqual(['did-not-happen', 'acted']);
  });

  async function dies(cluster: string): Promise<string> {
    await first.crash(cluster, 'DRIVER_UNREACHABLE');
    const { answer } = await first.post(clusterEvent(cluster), { prefer: 'wait=20' });
    return answer.ticket_id ?? '';
  }

  async function textsOf(client: CloudClient<CloudParts>, ticket: string, wanted: string): Promise<string[]> {
    const { timeline } = await client.incident(ticket);
    return timeline.filter(({ type }) => type === wanted).map(({ text }) => text);
  }

  async function outcomesOf(client: CloudClient<CloudParts>, ticket: string): Promise<unknown[]> {
    const { runs } = await client.incident(ticket);
    return runs.flatMap(({ steps }) => steps.flatMap(({ attemptsMade }) => attemptsMade.map(({ outcome }) => outcome)));
  }
});
