// Many failures, few messages: the first ones of a window go out, the rest in one summary, and none is lost or told twice, whatever dies.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterId, TicketId } from '../../../shared/domain/ids.ts';
import type { Message } from '../../../shared/domain/notification/message.ts';
import { personMessage } from '../../../shared/usecases/person-message.ts';
import { ledgerOf, withFolding } from '../../builders/folding.ts';
import { House, type HouseOptions } from '../../builders/house.ts';

const MANY = 40;
const WINDOW_MS = 600_000;

function ids(count: number): ClusterId[] {
  return Array.from({ length: count }, (_, n) => `many-${n}` as ClusterId);
}

async function aMassFailure(count: number, options: HouseOptions): Promise<House> {
  const house = new House(options);
  for (const id of ids(count)) house.workspace.put(id);
  for (const id of ids(count)) await house.dies(id);
  return house;
}

/** One incident, whose own messages are delivered, and time for a window of its own. */
async function quiet(options: HouseOptions): Promise<{ house: House; first: Message }> {
  const house = new House(options);
  await house.dies();
  await house.settle(3600);
  await house.clock.advance(WINDOW_MS);
  const first = house.told[0]?.message;
  if (!first) throw new Error('nobody was told');
  return { house, first: { ...first, channel: 'log' } };
}

function numbered(message: Message, n: number, change: Partial<Message> = {}): Message {
  return { ...message, id: `msg-numbered-${n}`, text: `number ${n}`, ...change };
}

function toldOn(house: House, channel: string): Message[] {
  return house.told.map(({ message }) => message).filter((message) => message.channel === channel);
}

describe('messages of a mass failure', () => {
  it('A7, J5: of forty incidents a person gets five messages and a summary in a window, and nothing is lost', async () => {
    const house = await aMassFailure(MANY, { estate: withFolding(5) });
    await house.settle(300);
    expect(toldOn(house, 'log')).toHaveLength(5);
    await house.settle(400);
    const [summary] = toldOn(house, 'log').slice(5);
    expect(summary).toMatchObject({ kind: 'summary', link: 'http://localhost:7071/api/incidents?open=true' });
    expect(summary?.text).toMatch(
      /^\d+ more since 08:00 UTC: 35 incidents opened, 0 wait for your approval, \d+ resolved\.$/,
    );
    expect(summary?.facts[0]?.value).toMatch(/^DatabricksDriverNotResponding \d+$/);
    expect(summary?.facts[1]?.value.match(/RCA-/g)).toHaveLength(10);
    await house.settle(3 * 3600);
    const { messages, delivered, folded, wrong } = await ledgerOf(house);
    expect(wrong).toEqual([]);
    expect(messages).toHaveLength(4 * MANY);
    expect(delivered + folded).toBe(messages.length);
    expect(house.told.length).toBeLessThanOrEqual(2 * 2 * 6);
  });

  it('J5: what waits for a decision is counted as that, and the ticket says which summary carries it', async () => {
    const house = await aMassFailure(9, {
      estate: (estate) => ({ ...withFolding(2)(estate), autonomy: { default: 'approve', unlisted: 'approve' } }),
    });
    await house.settle(700);
    const summary = toldOn(house, 'log').at(-1);
    expect(summary?.text).toMatch(
      /^7 more since 08:00 UTC: 0 incidents opened, 7 wait for your approval, 0 resolved\.$/,
    );
    const last = house.ports.incidents.peek(house.ports.incidents.ids.at(-1) ?? '');
    const notes = (last?.events ?? []).filter(({ type }) => type === 'message-folded');
    expect(notes.map(({ data }) => data?.summaryId)).toContain(summary?.id);
    expect(notes[0]?.text).toMatch(
      /^Folded into the summary for devops-engineer over .* that goes out at 2026-11-20T08:10:00/,
    );
  });

  it('J5: when they keep coming a new window begins; what is alone in its window is told as ever', async () => {
    const { house, first } = await quiet({ estate: withFolding(2) });
    const told = toldOn(house, 'log').length;
    for (let n = 0; n < 30; n += 1) {
      await house.ports.bus.send([personMessage(numbered(first, n))]);
      await house.settle(1);
      await house.clock.advance(60_000);
    }
    await house.settle(1200);
    const kinds = toldOn(house, 'log')
      .slice(told)
      .map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'summary')).toHaveLength(3);
    expect(kinds).toHaveLength(9);
    await house.clock.advance(WINDOW_MS);
    await house.ports.bus.send([personMessage(numbered(first, 99))]);
    await house.settle(1200);
    expect(toldOn(house, 'log').at(-1)?.id).toBe('msg-numbered-99');
    expect((await ledgerOf(house)).wrong).toEqual([]);
  });

  it('J5: what is critical, about a region or about ourselves goes out by itself, and so does what does not say what it is about', async () => {
    const { house, first } = await quiet({ estate: withFolding(1) });
    const { about: _, ...aboutNothing } = first;
    const failureClass = 'LakewardenDeadLetter';
    const never = [
      numbered(first, 1, { severity: 'critical' }),
      numbered(first, 2, { about: { component: 'lakewarden', failureClass } }),
      numbered(first, 3, { about: { component: 'region', failureClass } }),
      { ...aboutNothing, id: 'msg-numbered-4' },
    ];
    const many = Array.from({ length: 5 }, (_, n) => numbered(first, 10 + n));
    await house.ports.bus.send([...many, ...never].map((message) => personMessage(message)));
    await house.settle(60);
    const told = toldOn(house, 'log').map(({ id }) => id);
    expect(told.slice(-5)).toEqual(['msg-numbered-10', ...never.map(({ id }) => id)]);
  });

  it('J6: however messages come and however often, each is delivered or folded, once, and the summaries count what was folded', async () => {
    const message = fc.record({
      copies: fc.integer({ min: 0, max: 2 }),
      pauseSeconds: fc.constantFrom(0, 0, 1, 90, 400),
    });
    const story = fc.record({
      individually: fc.integer({ min: 1, max: 4 }),
      messages: fc.array(message, { maxLength: 25 }),
    });
    await fc.assert(
      fc.asyncProperty(story, async ({ individually, messages }) => {
        const { house, first } = await quiet({ estate: withFolding(individually) });
        const before = (await ledgerOf(house)).messages.length;
        for (const [n, { copies, pauseSeconds }] of messages.entries()) {
          const sent = personMessage(numbered(first, n));
          await house.ports.bus.send([sent, ...Array.from({ length: copies }, () => sent)]);
          if (pauseSeconds > 0) await house.settle(pauseSeconds / 2);
          await house.clock.advance(pauseSeconds * 1_000);
          for (const { id, dueAt } of house.ports.bus.waiting) if (dueAt) house.ports.bus.duplicate(id);
        }
        await house.settle(3600);
        const ledger = await ledgerOf(house);
        expect(ledger.wrong).toEqual([]);
        expect(ledger.messages.length - before).toBe(messages.length);
        expect(ledger.delivered + ledger.folded).toBe(ledger.messages.length);
        const said = ledger.summaries.reduce((sum, { text }) => sum + Number(text.split(' ')[0]), 0);
        expect(said).toBe(ledger.folded);
        expect(new Set(house.told.map((one) => one.message.id)).size, 'none twice').toBe(house.told.length);
      }),
      { numRuns: 60 },
    );
  });

  it('J6, D3: whatever await a process dies at, nothing is lost, and what is told again says so', async () => {
    const stories = new Set<number>();
    for (let fatal = 1; fatal <= 400; fatal += 1) {
      let passed = 0;
      const { house, first } = await quiet({
        estate: withFolding(1),
        crashesAt: (operation) => {
          if (!isArmed) return false;
          if (!/^(folds|channel|bus|incidents)\./.test(operation)) return false;
          passed += 1;
          return passed === fatal;
        },
      });
      isArmed = true;
      for (let n = 0; n < 4; n += 1) await house.ports.bus.send([personMessage(numbered(first, n))]);
      await house.settle(3600);
      isArmed = false;
      const { wrong, delivered, folded, messages } = await ledgerOf(house);
      expect(wrong, `dead at await ${fatal}`).toEqual([]);
      expect(delivered + folded, `dead at await ${fatal}`).toBe(messages.length);
      const again = house.told.filter(
        ({ message }, at) => house.told.findIndex((one) => one.message.id === message.id) < at,
      );
      for (const { copy } of again) expect(copy, `dead at await ${fatal}`).toBeGreaterThan(1);
      expect(again.length).toBeLessThanOrEqual(1);
      stories.add(passed);
      if (passed < fatal) break;
    }
    expect(Math.max(...stories), 'it dies everywhere').toBeGreaterThan(40);
    expect(Math.max(...stories)).toBeLessThan(400);
  });

  it('J6: what comes after a summary that was told early, by the clock of a broker that is ahead, is not folded into it', async () => {
    const { house, first } = await quiet({ estate: withFolding(1) });
    for (let n = 0; n < 3; n += 1) await house.ports.bus.send([personMessage(numbered(first, n))]);
    await house.settle(60);
    const early = house.ports.bus.waiting.find(({ body }) => JSON.stringify(body).includes('foldedSince'));
    await house.handle({ message: early ?? expect.fail('no summary is scheduled'), deliveryCount: 1 });
    expect(toldOn(house, 'log').at(-1)?.text).toContain('2 more since');
    for (let n = 10; n < 13; n += 1) await house.ports.bus.send([personMessage(numbered(first, n))]);
    await house.settle(3600);
    const { wrong, summaries } = await ledgerOf(house);
    expect(wrong).toEqual([]);
    expect(summaries.slice(-2).map(({ text }) => text.split(' ')[0])).toEqual(['2', '2']);
  });

  it('J3, J6: a channel that is away when the summary is due gets it later, once', async () => {
    const { house, first } = await quiet({ estate: withFolding(1) });
    for (let n = 0; n < 4; n += 1) await house.ports.bus.send([personMessage(numbered(first, n))]);
    await house.settle(60);
    house.channelTrouble = 'unavailable';
    await house.settle(800);
    house.channelTrouble = undefined;
    await house.settle(3600);
    const { wrong, folded, summaries } = await ledgerOf(house);
    expect(wrong).toEqual([]);
    expect(folded).toBeGreaterThanOrEqual(3);
    expect(summaries.at(-1)?.text).toContain('3 more since');
  });

  it('J6: a summary that no channel takes is said on its timeline, and is trouble of our own', async () => {
    const { house, first } = await quiet({ estate: withFolding(1) });
    for (let n = 0; n < 4; n += 1) await house.ports.bus.send([personMessage(numbered(first, n))]);
    await house.settle(60);
    house.channelTrouble = 'refused';
    await house.settle(700);
    expect(await house.types(first.incidentId)).toContain('message-undeliverable');
    const all = house.ports.incidents.ids.map((id) => house.ports.incidents.peek(id)?.incident);
    const own = all.find((incident) => incident?.subject === 'lakewarden/channel/log');
    expect(own).toMatchObject({
      failureClass: 'LakewardenSummaryUndelivered',
      state: 'escalated',
    });
    const story = (await house.ports.incidents.timeline(own?.id ?? (first.incidentId as TicketId))).map(
      ({ text }) => text,
    );
    expect(story.join()).toMatch(/Nobody could tell devops-engineer over log .*: 3 more since \d\d:\d\d UTC/);
  });
});

let isArmed = false;
