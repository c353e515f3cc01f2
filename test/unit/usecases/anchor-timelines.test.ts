// The daily anchor: one write-once document a day with all heads, chained; a rewritten timeline contradicts it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findBreak, findContradiction } from '../../../cli/verify-timeline.ts';
import { digestOf } from '../../../shared/domain/ids.ts';
import { reportOf } from '../../../shared/domain/incidents/report.ts';
import { chain, chainStart } from '../../../shared/domain/incidents/timeline.ts';
import { type Anchor, anchorTimelines } from '../../../shared/usecases/anchor-timelines.ts';
import { CLUSTER, House } from '../../builders/house.ts';

const DAY_MS = 24 * 3600 * 1000;

/** The house's clock starts on 2026-11-20 at 08:00 UTC. */
const FIRST = '2026-11-20';

async function anchorIn(house: House, day: string): Promise<Anchor> {
  const body = await house.ports.anchors.get(day);
  if (!body) throw new Error(`no anchor of ${day}`);
  return JSON.parse(new TextDecoder().decode(body));
}

async function exported(house: House, id?: string) {
  const file = id === undefined ? await house.incident() : await house.file(id);
  const timeline = await house.ports.incidents.timeline(file.incident.id);
  return JSON.parse(JSON.stringify(reportOf(file, timeline)));
}

async function aDay(house: House): Promise<void> {
  await house.dies();
  await house.settle(600);
}

describe('the daily anchor', () => {
  it('D2: names the head of every incident of the day, once the day is over and only once', async () => {
    const house = new House();
    await aDay(house);
    expect(await anchorTimelines(house.ports), 'the day is not over').toEqual(['2026-11-19']);
    await house.clock.advance(DAY_MS);
    expect(await anchorTimelines(house.ports)).toEqual([FIRST]);
    const { incident } = await house.incident();
    const anchor = await anchorIn(house, FIRST);
    expect(anchor.heads).toEqual([{ id: incident.id, seq: incident.lastEventSeq, hash: incident.lastEventHash }]);
    await house.watch();
    expect(await anchorTimelines(house.ports)).toEqual([]);
    expect(await anchorIn(house, FIRST)).toEqual(anchor);
  });

  it('D2: an incident that nothing happened to is not named again; each anchor carries the hash of the one before', async () => {
    const house = new House();
    await aDay(house);
    await house.clock.advance(DAY_MS);
    await anchorTimelines(house.ports);
    await house.dies();
    await house.settle(600);
    const [first, second] = house.ports.incidents.ids;
    await house.clock.advance(DAY_MS);
    expect(await anchorTimelines(house.ports)).toEqual(['2026-11-21']);
    const anchor = await anchorIn(house, '2026-11-21');
    expect(anchor.heads.map(({ id }) => id)).toEqual([second]);
    expect(anchor.heads.map(({ id }) => id)).not.toContain(first);
    expect(anchor.previousSha256).toBe(digestOf((await house.ports.anchors.get(FIRST)) ?? new Uint8Array()));
  });

  it('D2: an incident that cannot be read keeps no other from being anchored; the anchor names it, and people are told once', async () => {
    const house = new House();
    await aDay(house);
    await house.clock.advance(DAY_MS);
    const all = house.ports.incidents.all.bind(house.ports.incidents);
    house.ports.incidents.all = async function* (since?: string) {
      yield { id: 'RCA-20261120-777', unreadable: 'row of version 2' };
      yield* all(since);
    } as typeof all;
    expect(await anchorTimelines(house.ports)).toEqual([FIRST]);
    await anchorTimelines(house.ports);
    await house.settle(60);
    const [first, own] = house.ports.incidents.ids;
    const anchor = await anchorIn(house, FIRST);
    expect(anchor.heads.map(({ id }) => id)).toEqual([first]);
    expect(anchor.unreadable).toEqual(['RCA-20261120-777']);
    const { incident } = await house.file(own);
    expect(incident).toMatchObject({ subject: 'lakewarden/timelines', state: 'escalated', signalCount: 1 });
    expect(house.told.at(-1)?.message.text).toContain(`The anchor of ${FIRST} is without`);
    expect(house.told.at(-1)?.message.text).toContain('RCA-20261120-777 (row of version 2)');
  });

  it('D2: days on which the timer did not run are made up for, oldest first', async () => {
    const house = new House();
    await house.clock.advance(DAY_MS);
    await anchorTimelines(house.ports);
    await house.clock.advance(3 * DAY_MS);
    expect(await anchorTimelines(house.ports)).toEqual(['2026-11-21', '2026-11-22', '2026-11-23']);
    await house.clock.advance(30 * DAY_MS);
    expect(await anchorTimelines(house.ports), 'after a long absence only yesterday').toEqual(['2026-12-23']);
  });

  it('D2: a timeline that was rewritten whole passes its own chain and contradicts the anchor', async () => {
    const house = new House();
    await aDay(house);
    await house.clock.advance(DAY_MS);
    await anchorTimelines(house.ports);
    await house.clock.advance(3600_000);
    await house.watch();
    const anchor = await anchorIn(house, FIRST);
    const honest = await exported(house);
    expect(honest.timeline.length, 'it went on after the anchor').toBeGreaterThan(anchor.heads[0]?.seq ?? 0);
    expect(findContradiction(honest, anchor)).toBeUndefined();
    const forged = rewritten(honest);
    expect(findBreak(forged)).toBeUndefined();
    expect(findContradiction(forged, anchor)).toContain('rewritten');
    expect(findContradiction({ ...forged, timeline: forged.timeline.slice(0, 2) }, anchor)).toContain('missing');
    expect(findContradiction({ ...honest, id: 'RCA-20261120-999' }, anchor)).toBe('unknown');
  });

  it('D2: npm run verify-timeline says so and exits accordingly', async () => {
    const house = new House();
    await aDay(house);
    await house.clock.advance(DAY_MS);
    await anchorTimelines(house.ports);
    const honest = await exported(house);
    const folder = mkdtempSync(join(tmpdir(), 'lakewarden-anchor-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const write = (name: string, value: unknown) => {
      writeFileSync(join(folder, name), JSON.stringify(value));
      return join(folder, name);
    };
    const anchor = write('anchor.json', await anchorIn(house, FIRST));
    expect(verify(write('honest.json', honest), anchor)).toMatchObject({
      code: 0,
      words: expect.stringContaining('agrees'),
    });
    expect(verify(write('forged.json', rewritten(honest)), anchor)).toMatchObject({
      code: 1,
      words: expect.stringContaining('rewritten'),
    });
    const empty = write('empty.json', { day: FIRST, heads: [] });
    expect(verify(join(folder, 'honest.json'), empty).code).toBe(2);
    expect(house.workspace.acts(CLUSTER)).toHaveLength(1);
  });
});

/** As somebody would who can write the table: one word changed, and every hash after it made right. */
function rewritten(incident: Record<string, unknown> & { id: string; timeline: { text: string; at: string }[] }) {
  let head = chainStart(incident.id);
  const timeline = incident.timeline.map((event, place) => {
    const {
      seq: _seq,
      hash: _hash,
      previousHash: _previous,
      at,
      ...entry
    } = event as never as Parameters<typeof chain>[2][0] & {
      seq: number;
      hash: string;
      previousHash: string;
      at: string;
    };
    const [again] = chain(head, at, [place === 1 ? { ...entry, text: 'nothing happened' } : entry]);
    if (!again) throw new Error('no event');
    head = again;
    return { ...again };
  });
  return { ...incident, timeline, lastEventSeq: head.seq, lastEventHash: head.hash };
}

function verify(file: string, anchor: string): { code: number; words: string } {
  const script = join(import.meta.dirname, '../../../cli/verify-timeline.ts');
  try {
    return { code: 0, words: execFileSync(process.execPath, [script, file, '--anchor', anchor], { encoding: 'utf8' }) };
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    return { code: status, words: stdout };
  }
}
