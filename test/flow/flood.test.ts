// A flood about one cluster, small: the benchmark `flood` measures the promised ten thousand.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const FLOODED = 'test-cluster-123';
const OTHER = 'test-cluster-456';
const EVENTS = 400;
const SENDERS = 16;
const MOST_MESSAGES = 5;

describe('a flood about one cluster', { timeout: 240_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(() => laptop.remove());

  const counted = async () => {
    const { value } = await cloud.incidents();
    const [first] = value.filter(({ subject }) => subject.endsWith(FLOODED));
    return first ? await cloud.incident(first.id) : undefined;
  };

  /** As senders do: again while the door says 503, under the event's own id. */
  const accepted = async (event: object) => {
    const answered = async () =>
      (await cloud.send(JSON.stringify(event), { prefer: 'wait=0' })).status === 202 ? true : undefined;
    return await eventually(answered, 60_000, 'an accepted event');
  };
  const sendShare = async (sender: number) => {
    for (let event = sender; event < EVENTS; event += SENDERS) {
      await accepted({ ...clusterEvent(FLOODED), event_id: `flood-${event}` });
    }
  };

  it("A7: is one incident with the exact count and a handful of messages, and another cluster's remedy does not wait for its end", async () => {
    for (const id of [FLOODED, OTHER]) await cloud.crash(id, 'DRIVER_UNREACHABLE');
    const flood = Promise.all(Array.from({ length: SENDERS }, (_, at) => sendShare(at)));
    await accepted(clusterEvent(OTHER));
    await eventually(async () => ((await cloud.starts(OTHER)) > 0 ? true : undefined), 120_000, 'the other remedy');
    const meanwhile = (await counted())?.signalCount ?? 0;
    expect(meanwhile, 'the flood is not over when the other remedy starts').toBeLessThan(EVENTS);
    await flood;

    const drained = async () => {
      const seen = await counted();
      return seen?.state === 'resolved' && seen.signalCount === EVENTS ? seen : undefined;
    };
    const incident = await eventually(drained, 180_000, `a resolved incident with ${EVENTS} reports`);
    const { value } = await cloud.incidents();
    expect(value.filter(({ subject }) => subject.endsWith(FLOODED))).toHaveLength(1);
    expect(incident.timeline.filter(({ type }) => type === 'message-delivered').length).toBeLessThanOrEqual(
      MOST_MESSAGES,
    );
    expect(
      incident.timeline.filter(({ type }) => type === 'signal-joined').map(({ text }) => Number(/\d+/.exec(text)?.[0])),
    ).toEqual([2, 5, 10, 20, 50, 100, 200]);
    expect(await cloud.starts(FLOODED)).toBe(1);
  });
});
