// What every IncidentStore must do, by the words of its port: run on the in-memory twin and on the real tables.
import { beforeEach, describe, expect, test } from 'vitest';
import { Broken, Conflict } from '../../../shared/domain/errors.ts';
import { ticketId } from '../../../shared/domain/incidents/ticket-id.ts';
import { chainStart, verifyChain } from '../../../shared/domain/incidents/timeline.ts';
import type { Change, CommitResult, IncidentFile, IncidentStore } from '../../../shared/ports/incident-store.ts';
import { anIncident } from '../../builders/incident.ts';
import { AT, aBusMessage, anAttempt, anEvent, anOpening, aRun, aStep } from '../../builders/store-samples.ts';

const ID = anIncident().id;

export function incidentStoreContract(name: string, make: () => IncidentStore | Promise<IncidentStore>): void {
  describe(`IncidentStore: ${name}`, () => {
    let store: IncidentStore;
    beforeEach(async () => {
      store = await make();
    });

    test('D3: what was never committed is not there', async () => {
      expect(await store.load(ID)).toBeUndefined();
      expect(await store.timeline(ID)).toEqual([]);
      expect(await store.hasHandled(ID, 'delivery-a')).toBe(false);
    });

    test('D3: a commit gives back what a load then finds, in the order of numbers', async () => {
      const file = committed(await store.commit(aFullOpening()));
      expect(await store.load(ID)).toEqual(file);
      expect(file.runs.map((run) => run.number)).toEqual([1, 2, 100]);
      expect(file.attempts.map(({ position, number }) => [position, number])).toEqual([
        [1, 2],
        [1, 10],
        [2, 1],
      ]);
      expect(file.incident).toMatchObject({ state: 'open', lastEventSeq: 1 });
      expect(await store.hasHandled(ID, 'delivery-a')).toBe(true);
    });

    test('D3: rows that a change does not name stay as they are, those it names are replaced', async () => {
      const first = committed(await store.commit(aFullOpening()));
      const run = aRun({ number: 2, revision: 7, state: { name: 'held', because: 'region-in-outage', since: AT } });
      const second = committed(await store.commit({ ...next(first), runs: [run] }));
      expect(second).toEqual({ ...second, steps: first.steps, attempts: first.attempts, outbox: first.outbox });
      expect(second.runs).toEqual([first.runs[0], run, first.runs[2]]);
      expect(second.etag).not.toBe(first.etag);
      expect(await store.load(ID)).toEqual(second);
    });

    test('D3: what is left out of a record is gone from it, not kept from the version before', async () => {
      const first = committed(await store.commit(anOpening({ incident: anIncident({ nextDueAt: AT }) })));
      const { nextDueAt: _, ...incident } = first.incident;
      const second = committed(await store.commit({ ...next(first), incident }));
      expect(second.incident.nextDueAt).toBeUndefined();
      expect(await store.load(ID)).toEqual(second);
    });

    test('D1: an incident is opened once; a second opening conflicts', async () => {
      await store.commit(anOpening());
      await expect(store.commit(anOpening())).rejects.toBeInstanceOf(Conflict);
    });

    test('D3: of two commits on the same basis one wins and the other conflicts, with nothing of it written', async () => {
      const basis = committed(await store.commit(anOpening()));
      const changes = ['a', 'b'].map((who) => ({
        ...next(basis),
        incident: { ...basis.incident, title: who },
        outbox: [aBusMessage({ id: `message-${who}` })],
      }));
      const results = await Promise.allSettled(changes.map((change) => store.commit(change)));
      const [won, lost] = [results.filter(isFulfilled), results.filter((result) => !isFulfilled(result))];
      expect([won.length, lost.length]).toEqual([1, 1]);
      expect(lost[0]).toMatchObject({ reason: expect.any(Conflict) });
      const file = await store.load(ID);
      expect(file?.outbox.map((message) => message.id)).toEqual([`message-${file?.incident.title}`]);
      expect(await store.timeline(ID)).toHaveLength(2);
    });

    test('D3: of ten concurrent commits that read again after a conflict, none is lost and the chain verifies', async () => {
      committed(await store.commit(anOpening()));
      await Promise.all(Array.from({ length: 10 }, () => joinOnce(store)));
      const file = await store.load(ID);
      const events = await store.timeline(ID);
      expect(file?.incident.signalCount).toBe(11);
      expect(verifyChain(ID, events)).toEqual({ intact: true, head: { seq: 11, hash: file?.incident.lastEventHash } });
    });

    test('A5: the same delivery twice has one effect, even on a fresh basis', async () => {
      const opened = committed(await store.commit(anOpening()));
      const change = { ...next(opened), deliveryId: 'delivery-b', outbox: [aBusMessage()] };
      const basis = committed(await store.commit(change));
      const again = await store.commit({ ...next(basis), deliveryId: 'delivery-b' });
      expect(again).toEqual({ committed: false, because: 'handled-before' });
      expect(await store.load(ID)).toEqual(basis);
      expect(await store.timeline(ID)).toHaveLength(2);
    });

    test('A5: the same delivery twice on the old basis is handled before, not a conflict', async () => {
      const change = anOpening({ deliveryId: 'delivery-a' });
      committed(await store.commit(change));
      expect(await store.commit(change)).toEqual({ committed: false, because: 'handled-before' });
    });

    test('A5: the same delivery ten times at once has one effect', async () => {
      const basis = committed(await store.commit(anOpening()));
      const change = { ...next(basis), deliveryId: 'delivery-c' };
      const results = await Promise.all(Array.from({ length: 10 }, () => store.commit(change)));
      expect(results.filter((result) => result.committed)).toHaveLength(1);
      expect(await store.timeline(ID)).toHaveLength(2);
    });

    test('A5: a delivery id may hold what a key must not', async () => {
      const odd = `a/b\\c#d?e%f'g "h" é ${'x'.repeat(2_000)}`;
      committed(await store.commit(anOpening({ deliveryId: odd })));
      expect(await store.hasHandled(ID, odd)).toBe(true);
      expect(await store.hasHandled(ID, `${odd}y`)).toBe(false);
    });

    test('D2: the chain of a timeline verifies after many commits, and starts at its incident', async () => {
      let file = committed(await store.commit(anOpening()));
      for (let turn = 0; turn < 30; turn += 1) {
        const events = [
          anEvent({ type: 'joined', data: { turn, nested: { b: 1, a: undefined } } }),
          anEvent({ text: 'é "x"' }),
        ];
        file = committed(await store.commit({ ...next(file), events }));
      }
      const timeline = await store.timeline(ID);
      expect(timeline.map((event) => event.seq)).toEqual(Array.from({ length: 61 }, (_, place) => place + 1));
      expect(timeline[0]?.previousHash).toBe(chainStart(ID).hash);
      expect(verifyChain(ID, timeline)).toEqual({
        intact: true,
        head: { seq: file.incident.lastEventSeq, hash: file.incident.lastEventHash },
      });
    });

    test('D2: a chain verifies although a value on the timeline changes its form on the way to the store', async () => {
      const data = { at: new Date(AT), none: undefined, number: Number.NaN, list: [undefined, -0] };
      await store.commit(anOpening({ events: [anEvent({ data })] }));
      expect(verifyChain(ID, await store.timeline(ID))).toMatchObject({ intact: true });
    });

    test('D3: a change without events leaves the head of the chain where it was', async () => {
      const file = committed(await store.commit(anOpening()));
      const silent = committed(await store.commit({ ...next(file), events: [] }));
      expect(silent.incident).toEqual(file.incident);
      expect(silent.etag).not.toBe(file.etag);
    });

    test('D3: 90 rows are taken, 91 are refused with nothing written', async () => {
      // The incident, the marker and one event take three of them.
      const outbox = (count: number) =>
        Array.from({ length: count }, (_, place) => aBusMessage({ id: `message-${place}` }));
      const tooMany = anOpening({ deliveryId: 'delivery-d', outbox: outbox(88) });
      await expect(store.commit(tooMany)).rejects.toBeInstanceOf(Broken);
      expect(await store.load(ID)).toBeUndefined();
      const file = committed(await store.commit({ ...tooMany, outbox: outbox(87) }));
      expect(file.outbox).toHaveLength(87);
      expect(await store.load(ID)).toEqual(file);
    });

    test('D3: large records come back whole; more than 3.5 MiB are refused', async () => {
      // Longer than a property of a table, with characters that are cut in two by a careless split.
      const large = `${'x'.repeat(29_986)}${'𝄞é'.repeat(10_000)}"\\\n`;
      const incident = anIncident({ title: large });
      const file = committed(await store.commit(anOpening({ incident, outbox: [aBusMessage({ body: { large } })] })));
      expect(file.incident.title).toBe(large);
      expect(await store.load(ID)).toEqual(file);
      const body = { text: 'y'.repeat(450_000) };
      const outbox = Array.from({ length: 9 }, (_, place) => aBusMessage({ id: `large-${place}`, body }));
      await expect(store.commit({ ...next(file), outbox })).rejects.toBeInstanceOf(Broken);
      expect(await store.load(ID)).toEqual(file);
    });

    test('D3: the outbox is read in the order in which it was decided', async () => {
      const messages = (...ids: string[]) => ids.map((id) => aBusMessage({ id }));
      const first = committed(await store.commit(anOpening({ outbox: messages('z', 'a', 'm') })));
      const second = committed(await store.commit({ ...next(first), outbox: messages('b', 'a') }));
      expect(second.outbox.map((message) => message.id)).toEqual(['z', 'm', 'b', 'a']);
      expect(await store.load(ID)).toEqual(second);
    });

    test('D3: clearing the outbox forgets what was handed over, any number of times, and guards nothing', async () => {
      const outbox = ['one', 'two/with#odd?characters', 'three'].map((id) => aBusMessage({ id }));
      const file = committed(await store.commit(anOpening({ outbox })));
      await store.clearOutbox(ID, ['one', 'two/with#odd?characters', 'one']);
      await store.clearOutbox(ID, ['one', 'two/with#odd?characters', 'never-there']);
      await store.clearOutbox(ID, []);
      await store.clearOutbox(ticketId('20261120', 999), ['nowhere']);
      const cleared = await store.load(ID);
      expect(cleared).toEqual({ ...file, outbox: [outbox[2]] });
      // The basis read before the clearing is still good.
      committed(await store.commit(next(file)));
    });

    test('D3: incidents do not see each other', async () => {
      const other = ticketId('20261120', 2);
      await store.commit(aFullOpening());
      const file = committed(await store.commit(anOpening({ incident: anIncident({ id: other }) })));
      expect(await store.load(other)).toEqual(file);
      expect(await store.hasHandled(other, 'delivery-a')).toBe(false);
      expect(await store.timeline(other)).toHaveLength(1);
    });

    test('D3: a change of one incident that is based on another one is a bug and refused', async () => {
      const basis = committed(await store.commit(anOpening()));
      const change = { ...next(basis), incident: anIncident({ id: ticketId('20261120', 3) }) };
      await expect(store.commit(change)).rejects.toBeInstanceOf(Broken);
    });
  });
}

export function committed(result: CommitResult): IncidentFile {
  if (result.committed) return result.file;
  throw new Error('not committed: handled before');
}

/** A change on top of a file, with one event. */
export function next(basis: IncidentFile): Change {
  return { basis, incident: basis.incident, events: [anEvent({ type: 'noted' })], at: '2026-11-20T08:01:00.000Z' };
}

/** Read, decide, write, and again after a conflict: the loop of every use case. */
async function joinOnce(store: IncidentStore): Promise<void> {
  for (;;) {
    const basis = await store.load(ID);
    if (!basis) throw new Error('gone');
    const incident = { ...basis.incident, signalCount: basis.incident.signalCount + 1 };
    try {
      committed(await store.commit({ ...next(basis), incident }));
      return;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

function aFullOpening(): Change {
  return anOpening({
    runs: [aRun({ number: 100 }), aRun({ number: 2 }), aRun()],
    steps: [aStep({ position: 2 }), aStep()],
    attempts: [anAttempt({ position: 2 }), anAttempt({ number: 10 }), anAttempt({ number: 2, outcome: 'acted' })],
    outbox: [aBusMessage({ dueAt: AT, correlationId: 'c-1' }), aBusMessage({ id: 'message-2', queue: 'messages' })],
    deliveryId: 'delivery-a',
  });
}

function isFulfilled<T>(result: PromiseSettledResult<T>): result is PromiseFulfilledResult<T> {
  return result.status === 'fulfilled';
}
