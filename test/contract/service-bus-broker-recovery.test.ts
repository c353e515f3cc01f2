// The queues of a durable broker, read back from its log after any sequence of operations and kills, against the same queues in
// memory. Only locks are not kept.
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import rhea from 'rhea';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DurableJournal } from '../../local/service-bus/durable-journal.ts';
import { stateOf, written } from '../../local/service-bus/durable-state.ts';
import { Entities } from '../../local/service-bus/entities.ts';
import { noJournal } from '../../local/service-bus/journal.ts';
import { openEnvelope, sealEnvelope } from '../../local/service-bus/message.ts';
import type { Queue } from '../../local/service-bus/queue.ts';
import { aQueue } from '../../local/service-bus/queue-settings.ts';
import { Refusal } from '../../local/service-bus/refusals.ts';
import {
  type Disposition,
  type ReceiveMode,
  restored,
  type StoredMessage,
} from '../../local/service-bus/stored-message.ts';
import { ManualClock } from './service-bus-broker.stage.ts';

const DEAD = '/$DeadLetterQueue';
const QUEUES = [
  aQueue('plain', {
    maxDeliveryCount: 3,
    deadLetteringOnMessageExpiration: true,
    requiresDuplicateDetection: true,
    duplicateDetectionWindowSeconds: 90,
  }),
  aQueue('session', { requiresSession: true, maxDeliveryCount: 3, defaultMessageTimeToLiveSeconds: 300 }),
];
const PATHS = QUEUES.flatMap(({ name }) => [name, name + DEAD]);
const SESSIONS = ['a', 'b'];
const RUNS = 80;
/** The rarest effect happens about 40 times in those runs: far enough above not to fail by chance, far above the 0 of a test that does nothing. */
const LEAST_EFFECTS = 10;
/** What has to happen in those runs, for them to say anything. */
const EFFECTS = [
  'send',
  'take',
  'settle complete',
  'settle abandon',
  'settle defer',
  'settle deadLetter',
  'takeDeferred',
  'cancel',
  'accept',
  'release',
  'setState',
  'advance',
  'kill',
];
/** Small, so that the log is rewritten many times in a run. */
const REWRITE_FROM_BYTES = 4_000;
/** A message of a run, before and behind a rewriting, is below this. */
const LONGEST_LOG_BYTES = 60_000;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'broker-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

type Operation =
  | {
      op: 'send';
      queue: string;
      ids: number[];
      session?: string;
      lifeMs?: number | undefined;
      inMs?: number | undefined;
    }
  | { op: 'take'; queue: string; session: string; isGone: boolean }
  | { op: 'settle'; nth: number; disposition: Disposition }
  | { op: 'takeDeferred'; queue: string; nth: number; isGone: boolean }
  | { op: 'cancel'; queue: string; nth: number }
  | { op: 'accept' | 'release'; session: string }
  | { op: 'setState'; session: string; state: string | undefined }
  | { op: 'advance'; ms: number }
  | { op: 'kill' };

const session = fc.constantFrom(...SESSIONS);
const queue = fc.constantFrom(...QUEUES.map(({ name }) => name));
const path = fc.constantFrom(...PATHS);
const nth = fc.nat(1_000);
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
/** Mostly none: what waits or expires cannot be taken. */
function seldom(...values: number[]): fc.Arbitrary<number | undefined> {
  return fc
    .option(fc.constantFrom(...values), { nil: undefined, freq: 2 })
    .chain((value) => fc.boolean().map((isSet) => (isSet ? value : undefined)));
}
const disposition: fc.Arbitrary<Disposition> = fc.oneof(
  fc.constant<Disposition>({ kind: 'complete' }),
  fc.constantFrom<Disposition>({ kind: 'abandon', changes: {} }, { kind: 'abandon', changes: { tries: 'ä' } }),
  fc.constantFrom<Disposition>({ kind: 'defer', changes: {} }, { kind: 'defer', changes: { why: 7 } }),
  fc.constant<Disposition>({ kind: 'deadLetter', changes: { by: 'hand' }, reason: 'R', description: 'D' }),
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('send' as const),
      queue,
      ids: fc.array(fc.nat(60), { minLength: 1, maxLength: 3 }),
      session,
      lifeMs: seldom(5_000, 100_000),
      inMs: seldom(1, 20_000, 70_000),
    }),
  },
  { weight: 8, arbitrary: fc.record({ op: fc.constant('take' as const), queue: path, session, isGone: rarely }) },
  { weight: 10, arbitrary: fc.record({ op: fc.constant('settle' as const), nth, disposition }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constant('takeDeferred' as const), queue, nth, isGone: rarely }) },
  fc.record({ op: fc.constant('cancel' as const), queue, nth }),
  { weight: 3, arbitrary: fc.record({ op: fc.constant('accept' as const), session }) },
  fc.record({ op: fc.constant('release' as const), session }),
  fc.record({
    op: fc.constant('setState' as const),
    session,
    state: fc.option(fc.string(), { nil: undefined }),
  }),
  { weight: 2, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.constantFrom(1, 10_000, 60_000) }) },
  fc.constant({ op: 'kill' as const }),
);

describe('L3: the log against the queues in memory', () => {
  test.each([
    ['that is never rewritten', Number.POSITIVE_INFINITY],
    ['that is rewritten all the time', REWRITE_FROM_BYTES],
  ])(
    'L3: a log %s: after any operations and kills, what is read back is what was there, and goes on alike',
    async (_rule, rewriteFromBytes) => {
      const effects = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { minLength: 40, maxLength: 120, size: 'max' }), async (operations) => {
          const pair = await Pair.start(rewriteFromBytes);
          for (const each of operations) {
            const effect = each.op === 'kill' ? await pair.kill() : pair.apply(each);
            if (effect) effects.set(effect, (effects.get(effect) ?? 0) + 1);
          }
          await pair.kill();
          pair.drain();
          pair.stop();
        }),
        { numRuns: RUNS },
      );
      // Operations that are all refused, or find nothing, would prove nothing.
      const often = EFFECTS.filter((effect) => (effects.get(effect) ?? 0) >= LEAST_EFFECTS);
      expect(often, JSON.stringify([...effects])).toEqual(EFFECTS);
    },
  );

  test('L3: the log stays within a bound, however many messages go through', async () => {
    const pair = await Pair.start();
    pair.apply({ op: 'accept', session: 'a' });
    for (let n = 0; n < 1_000; n++) {
      pair.apply({ op: 'send', queue: 'session', ids: [n], session: 'a' });
      pair.apply({ op: 'take', queue: 'session', session: 'a', isGone: true });
    }
    expect(statSync(pair.log).size).toBeLessThan(2 * REWRITE_FROM_BYTES);
    await pair.kill();
    pair.stop();
  });
});

describe('L4: what the log cannot be used for', () => {
  test.each([
    [
      'the table has no such queue any more',
      [aQueue('plain')],
      '1 messages are kept for a queue that is not in the table',
    ],
    [
      'the queue has sessions now, and a message has none',
      [aQueue('plain', { requiresSession: true }), aQueue('session', { requiresSession: true })],
      'queue plain has sessions now',
    ],
  ])('L4: %s: it says so and loses nothing', async (_rule, queues, words) => {
    const pair = await Pair.start();
    pair.apply({ op: 'send', queue: 'plain', ids: [1] });
    pair.apply({ op: 'send', queue: 'session', ids: [1], session: 'a' });
    const state = stateOf([[...pair.memory.changes()].map(written)]);
    expect(() => new Entities(queues, { clock: pair.clock, timeScale: 1 }).restore(state)).toThrow(words);
    await pair.kill();
    pair.stop();
  });

  test('L4: once it cannot be written to, nothing more is accepted', async () => {
    const faults: unknown[] = [];
    const { journal } = await DurableJournal.open({ dir, onBroken: (error) => faults.push(error) });
    const entities = new Entities(QUEUES, { clock: new ManualClock(), timeScale: 1, journal });
    // As a full disk would: the file is gone from under it.
    journal.close();
    const send = () => entities.find('plain').queue.send([envelopeOf(1, undefined)]);
    expect(send).toThrow();
    expect(send).toThrow();
    expect(faults).toHaveLength(1);
    expect(entities.find('plain').queue.counts().active).toBe(1);
  });
});

/** The queues as a broker has them that is started with what this one would leave. */
function reborn(entities: Entities, clock: ManualClock): Entities {
  const next = new Entities(QUEUES, { clock, timeScale: 1 });
  next.restore(stateOf([[...entities.changes()].map(written)]));
  for (const each of entities.all()) each.stop();
  return next;
}

describe('L3: what fell due while the broker was dead', () => {
  test('D3: a scheduled message that was kept becomes active at its time, with a number of its own', () => {
    const clock = new ManualClock();
    const entities = new Entities(QUEUES, { clock, timeScale: 1 });
    const [scheduled = 0] = entities
      .find('plain')
      .queue.send([envelopeOf(1, undefined, undefined, clock.now() + 2_000)]);
    const next = reborn(entities, clock);
    const { queue } = next.find('plain');
    clock.advance(1_999);
    expect(queue.counts()).toMatchObject({ active: 0, scheduled: 1 });
    clock.advance(1);
    expect(queue.counts()).toMatchObject({ active: 1, scheduled: 0 });
    expect(queue.take('receive-and-delete')?.sequenceNumber).toBeGreaterThan(scheduled);
    for (const each of next.all()) each.stop();
  });

  test.each([
    ['while it lay there', false],
    ['while it was locked, which had kept it', true],
  ])('D3: a message whose life ended %s is dead-lettered and not delivered', (_rule, isLocked) => {
    const clock = new ManualClock();
    const entities = new Entities(QUEUES, { clock, timeScale: 1 });
    entities.find('plain').queue.send([envelopeOf(1, undefined, 5_000)]);
    if (isLocked) {
      expect(entities.find('plain').queue.take('peek-lock')).toBeDefined();
      clock.advance(6_000);
      expect(entities.find('plain').queue.counts()).toMatchObject({ active: 1, deadLettered: 0 });
    }
    const next = reborn(entities, clock);
    clock.advance(6_000);
    expect(next.find('plain').queue.counts()).toMatchObject({ active: 0, deadLettered: 1 });
    expect(next.find('plain').queue.take('peek-lock')).toBeUndefined();
    for (const each of next.all()) each.stop();
  });

  test('L3: comes in the order of its times, not of its numbers, behind what was active already', () => {
    const clock = new ManualClock();
    const entities = new Entities(QUEUES, { clock, timeScale: 1 });
    const { queue } = entities.find('plain');
    queue.send([envelopeOf(1, undefined, undefined, clock.now() + 2_000)]);
    queue.send([envelopeOf(2, undefined, undefined, clock.now() + 1_000)]);
    queue.send([envelopeOf(3, undefined)]);
    const kept = stateOf([[...entities.changes()].map(written)]).get('plain') ?? expect.fail('nothing kept');
    expect(restored(kept.messages).map(({ envelope }) => envelope.messageId)).toEqual(['id-3', 'id-2', 'id-1']);
    for (const each of entities.all()) each.stop();
  });
});

describe('L3: a message in the log', () => {
  test('L3: every AMQP type in it is kept, byte for byte', () => {
    const { types } = rhea;
    const bytes = rhea.message.encode({
      durable: true,
      priority: 9,
      ttl: 2 ** 32 - 1,
      message_id: types.wrap_uuid(Buffer.alloc(16, 7)),
      group_id: 'session',
      message_annotations: {
        'x-opt-partition-key': 'key',
        'x-opt-scheduled-enqueue-time': types.wrap_timestamp(4_711),
        'x-long': types.wrap_long(Buffer.from('7fffffffffffffff', 'hex')),
      },
      application_properties: { half: types.wrap_float(0.5), char: types.wrap_char(0x1f600) },
      body: rhea.message.data_section(Buffer.from([0, 255])),
    });
    const envelope = openEnvelope(bytes);
    expect(openEnvelope(sealEnvelope(envelope))).toEqual(envelope);
    expect(envelope).toMatchObject({ scheduledForMs: 4_711, timeToLiveMs: 2 ** 32 - 1, sessionId: 'session' });
  });
});

const NOTHING = Symbol('nothing');

/** The same queues twice: with a log, and in memory. Whatever is done is done to both. */
class Pair {
  readonly clock = new ManualClock();
  readonly #clocks = { durable: this.clock, memory: new ManualClock() };
  memory: Entities;
  durable: Entities;
  #journal: DurableJournal;
  #dir: string;
  readonly #rewriteFromBytes: number;
  #tokens: { queue: string; durable: string; memory: string }[] = [];
  #holders = new Map<string, { lost: () => undefined }>();

  static async start(rewriteFromBytes = REWRITE_FROM_BYTES): Promise<Pair> {
    const own = mkdtempSync(join(dir, 'run-'));
    return new Pair(own, await DurableJournal.open({ dir: own, rewriteFromBytes }), rewriteFromBytes);
  }

  private constructor(own: string, { journal }: { journal: DurableJournal }, rewriteFromBytes: number) {
    this.#dir = own;
    this.#rewriteFromBytes = rewriteFromBytes;
    this.#journal = journal;
    this.#clocks.memory = new ManualClock(this.clock.now());
    this.memory = new Entities(QUEUES, { clock: this.#clocks.memory, timeScale: 1, journal: noJournal });
    this.durable = new Entities(QUEUES, { clock: this.clock, timeScale: 1, journal });
    journal.rewriteFrom(() => this.durable.changes());
  }

  get log(): string {
    return join(this.#dir, 'broker.log');
  }

  /** What is on disk at this moment is all that is left. */
  async kill(): Promise<'kill'> {
    const before = viewOf(this.memory);
    expect(viewOf(this.durable)).toEqual(before);
    if (Number.isFinite(this.#rewriteFromBytes)) expect(statSync(this.log).size).toBeLessThan(LONGEST_LOG_BYTES);
    const copy = mkdtempSync(join(dir, 'run-'));
    cpSync(this.log, join(copy, 'broker.log'));
    this.stop();
    const { journal, state } = await DurableJournal.open({ dir: copy, rewriteFromBytes: this.#rewriteFromBytes });
    const kept = stateOf([[...this.memory.changes()].map(written)]);
    this.#dir = copy;
    this.#journal = journal;
    this.memory = new Entities(QUEUES, { clock: this.#clocks.memory, timeScale: 1 });
    this.durable = new Entities(QUEUES, { clock: this.clock, timeScale: 1, journal });
    this.memory.restore(kept);
    this.durable.restore(state);
    journal.rewriteFrom(() => this.durable.changes());
    expect(viewOf(this.durable)).toEqual(before);
    this.#tokens = [];
    this.#holders.clear();
    return 'kill';
  }

  /** Returns what had an effect; undefined if it was refused or found nothing. */
  apply(operation: Exclude<Operation, { op: 'kill' }>): string | undefined {
    const results = [this.durable, this.memory].map((entities) => attempt(() => this.#do(entities, operation)));
    expect(results[0]).toEqual(results[1]);
    const [result] = results;
    const isNothing =
      result === NOTHING || typeof result === 'string' || (Array.isArray(result) && result.length === 0);
    if (isNothing) return undefined;
    return operation.op === 'settle' ? `settle ${operation.disposition.kind}` : operation.op;
  }

  /** Takes all that can be taken, from both in the same order. */
  drain(): void {
    // What was locked when its life ended is over now that it is not: both bury it before anything is expected of either.
    this.apply({ op: 'advance', ms: 0 });
    expect(viewOf(this.durable)).toEqual(viewOf(this.memory));
    for (const path of PATHS) {
      for (const id of path === 'session' ? SESSIONS : [undefined]) {
        if (id) this.apply({ op: 'accept', session: id });
        const expected = viewOf(this.memory)[path]?.messages.filter(
          ({ state, sessionId }) => state === 'active' && (id === undefined || sessionId === id),
        );
        const taken: unknown[] = [];
        const { queue } = this.durable.find(path);
        for (let next = queue.take('receive-and-delete', id); next; next = queue.take('receive-and-delete', id)) {
          taken.push(next.sequenceNumber);
        }
        expect(taken).toEqual(expected?.map(({ sequenceNumber }) => sequenceNumber));
      }
    }
  }

  stop(): void {
    for (const entities of [this.memory, this.durable]) for (const queue of entities.all()) queue.stop();
    this.#journal.close();
  }

  #do(entities: Entities, operation: Exclude<Operation, { op: 'kill' }>): unknown {
    if (operation.op === 'advance')
      return (entities === this.durable ? this.clock : this.#clocks.memory).advance(operation.ms);
    return 'queue' in operation || operation.op === 'settle'
      ? this.#doToMessages(entities, operation)
      : this.#doToSession(entities, operation);
  }

  #doToMessages(
    entities: Entities,
    operation: Extract<Operation, { op: 'send' | 'take' | 'settle' | 'takeDeferred' | 'cancel' }>,
  ): unknown {
    const isDurable = entities === this.durable;
    if (operation.op === 'settle') {
      const held = this.#tokens[operation.nth % Math.max(1, this.#tokens.length)];
      if (!held) return NOTHING;
      entities.find(held.queue).queue.settle(isDurable ? held.durable : held.memory, operation.disposition);
      // The one in memory comes last.
      if (!isDurable) this.#tokens = this.#tokens.filter((other) => other !== held);
      return undefined;
    }
    const { queue } = entities.find(operation.queue);
    if (operation.op === 'send') {
      const { ids, session, lifeMs, inMs } = operation;
      const at = inMs === undefined ? undefined : this.clock.now() + inMs;
      return queue.send(ids.map((id) => envelopeOf(id, session, lifeMs, at)));
    }
    if (operation.op === 'cancel') return queue.cancelScheduled([nthNumber(queue, 'scheduled', operation.nth)]);
    const mode = operation.isGone ? 'receive-and-delete' : 'peek-lock';
    const taken =
      operation.op === 'take'
        ? take(queue, mode, operation.session)
        : queue.takeDeferred([nthNumber(queue, 'deferred', operation.nth)], mode);
    for (const { lock } of taken) if (lock) this.#remember(operation.queue, isDurable, lock.token);
    return taken.map(({ sequenceNumber }) => sequenceNumber);
  }

  #doToSession(entities: Entities, operation: Extract<Operation, { op: 'accept' | 'release' | 'setState' }>): unknown {
    const sessions = entities.find('session').queue.sessions ?? expect.fail('no sessions');
    const { session } = operation;
    if (operation.op === 'release' && !sessions.isLocked(session)) return NOTHING;
    if (operation.op === 'setState')
      return sessions.setState(session, operation.state === undefined ? undefined : Buffer.from(operation.state));
    const holder = this.#holders.get(session) ?? { lost: () => undefined };
    this.#holders.set(session, holder);
    return operation.op === 'accept' ? sessions.accept(session, holder) : sessions.release(session, holder);
  }

  /** The durable one comes first. */
  #remember(queue: string, isDurable: boolean, token: string): void {
    const last = this.#tokens.at(-1);
    if (isDurable) this.#tokens.push({ queue, durable: token, memory: '' });
    else if (last) last.memory = token;
  }
}

/** Of a session only while somebody holds it. */
function take(queue: Queue, mode: ReceiveMode, session: string): StoredMessage[] {
  queue.sessions?.lockedUntilMs(session);
  const message = queue.take(mode, queue.sessions ? session : undefined);
  return message ? [message] : [];
}

function nthNumber(queue: Queue, state: string, nth: number): number {
  const messages = queue.peek(0, Number.POSITIVE_INFINITY);
  const wanted = messages.filter((message) => message.state === state && !message.lock);
  return wanted[nth % Math.max(1, wanted.length)]?.sequenceNumber ?? 0;
}

function envelopeOf(id: number, sessionId: string | undefined, ttl?: number, scheduledForMs?: number) {
  const message_annotations =
    scheduledForMs === undefined ? {} : { 'x-opt-scheduled-enqueue-time': rhea.types.wrap_timestamp(scheduledForMs) };
  const lasting = ttl === undefined ? {} : { ttl };
  const inSession = sessionId === undefined ? {} : { group_id: sessionId };
  return openEnvelope(
    rhea.message.encode({ message_id: `id-${id}`, ...inSession, ...lasting, message_annotations, body: { id } }),
  );
}

/** All that a client could ever find out about the queues, but for locks. */
function viewOf(entities: Entities) {
  const views = PATHS.map((path) => {
    const { queue } = entities.find(path);
    const messages = queue
      .peek(0, Number.POSITIVE_INFINITY)
      .map(({ lock: _, cancelTimer: __, envelope, ...plain }) => ({
        ...plain,
        sessionId: envelope.sessionId,
        sealed: sealEnvelope(envelope).toString('base64'),
      }));
    return [path, { messages, counts: queue.counts(), states: [...(queue.sessions?.states ?? [])].sort() }] as const;
  });
  return Object.fromEntries(views);
}

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) return error.condition;
    throw error;
  }
}
