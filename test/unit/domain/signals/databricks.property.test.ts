// Whatever JSON arrives: a valid signal that fits, or InvalidInput. Nothing else, ever (A4).
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidInput } from '../../../../shared/domain/errors.ts';
import { isClusterId, isSignalId } from '../../../../shared/domain/ids.ts';
import { parseDatabricksEvent } from '../../../../shared/domain/signals/databricks.ts';
import { wireLimits } from '../../../../shared/domain/signals/delivery.ts';
import { type Signal, signalSchema } from '../../../../shared/domain/signals/signal.ts';

/** Less than Service Bus Standard takes with its properties (facts/azure.md 6.3). */
const MESSAGE_BYTES = 240_000;
const RUNS = 2_000;

const id = 'sig-01ARZ3NDEKTSV4RRFFQ69G5FAV';
if (!isSignalId(id)) throw new Error('not a signal id');
const context = { id, receivedAt: '2026-11-20T14:00:00.000Z', correlationId: 'c' };

/** Strings as senders and attackers make them: any UTF-16, lone surrogates and control characters included. */
const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('__proto__', 'constructor', 'toString', '../../x', '\u0000', '\ud800', '\r\n', "' OR 1 eq 1", ''),
  fc.integer({ min: 1, max: 3_000 }).map((length) => '\u2028'.repeat(length)),
);

const anyJson = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' });

function sometimes<Value>(usual: fc.Arbitrary<Value>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 6, arbitrary: usual },
    { weight: 1, arbitrary: anyJson },
    { weight: 1, arbitrary: hostileText },
  );
}

/** Near-valid events: every member now and then is something else. */
const nearlyAnEvent = fc.record(
  {
    event: sometimes(
      fc.constantFrom('cluster.terminated', 'cluster.failed_to_start', 'cluster.restarting', 'test', 'jobs.on_failure'),
    ),
    event_id: sometimes(hostileText),
    event_type: sometimes(hostileText),
    cluster: sometimes(
      fc.record(
        {
          cluster_id: sometimes(fc.constantFrom('0424-035941-pl8ku9sr', 'test-cluster-123')),
          cluster_name: sometimes(hostileText),
          state: sometimes(hostileText),
          terminated_time: sometimes(fc.oneof(fc.double(), fc.integer(), fc.constant('2026-11-20T14:00:00Z'))),
          termination_reason: sometimes(
            fc.record(
              {
                code: sometimes(fc.constantFrom('DRIVER_UNREACHABLE', '__proto__')),
                type: sometimes(fc.constantFrom('CLIENT_ERROR', '')),
                parameters: sometimes(fc.dictionary(hostileText, sometimes(hostileText), { maxKeys: 90 })),
              },
              { requiredKeys: [] },
            ),
          ),
        },
        { requiredKeys: ['cluster_id'] },
      ),
    ),
  },
  { requiredKeys: ['event'] },
);

/** Through JSON, as a body comes: `__proto__` becomes a member of its own. */
function asReceived(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? 'null');
}

function parsed(body: unknown): Signal | undefined {
  try {
    return parseDatabricksEvent(body, context).signal;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    expect(error.code).toBe('invalid-fields');
    expect(error.fields.length).toBeGreaterThan(0);
    expect(error.fields.length).toBeLessThanOrEqual(wireLimits.faults + 1);
    expect(JSON.stringify(error.fields).isWellFormed()).toBe(true);
    return undefined;
  }
}

function expectSound(signal: Signal): void {
  expect(signalSchema.parse(JSON.parse(JSON.stringify(signal)))).toEqual(signal);
  expect(isSignalId(signal.id)).toBe(true);
  expect(signal.rawSubject).toMatch(/^(cluster\/[A-Za-z0-9-]{1,100}|other\/sig-[0-9A-Za-z]{20,64})$/);
  const text = JSON.stringify(signal);
  expect(Buffer.byteLength(text)).toBeLessThan(MESSAGE_BYTES);
  expect(text).not.toMatch(/\\u(?:d[89a-f]|00(?:0[0-8bcef]|1))/i);
  if (signal.kind !== 'cluster') return;
  expect(isClusterId(signal.clusterId)).toBe(true);
  expect(`${signal.clusterName ?? ''}${signal.state ?? ''}`).not.toMatch(/\p{Cc}/u);
}

test('A4: any JSON is a sound signal or InvalidInput', () => {
  fc.assert(
    fc.property(anyJson, (body) => {
      const signal = parsed(asReceived(body));
      if (signal) expectSound(signal);
      const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
      expect(signal !== undefined).toBe(isObject);
    }),
    { numRuns: RUNS },
  );
});

test('A4: nearly valid events are sound signals or InvalidInput, and both occur', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(nearlyAnEvent, (body) => {
      const signal = parsed(asReceived(body));
      const kind = signal?.kind ?? 'refused';
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      if (signal) expectSound(signal);
    }),
    { numRuns: RUNS },
  );
  expect([...seen.keys()].sort()).toEqual(['cluster', 'refused', 'test', 'unknown']);
});

test('A5: parsing is a function of the body: twice the same is the same', () => {
  fc.assert(
    fc.property(nearlyAnEvent, (body) => {
      expect(parsed(asReceived(body))).toEqual(parsed(asReceived(body)));
    }),
  );
});

test.each([
  ['nested objects', `{"event":"cluster.terminated","cluster":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}}`],
  ['nested lists as an id', `{"event":"cluster.terminated","event_id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  [
    'nested parameters',
    `{"event":"cluster.terminated","cluster":{"cluster_id":"c","termination_reason":{"code":"X","parameters":{"p":${'['.repeat(50_000)}${']'.repeat(50_000)}}}}}`,
  ],
])('A4: a body of deeply %s is refused with its fields', (_, text) => {
  expect(parsed(JSON.parse(text))).toBeUndefined();
});

test('A4: a text of 1 MB in every place is a sound signal or InvalidInput', () => {
  const huge = 'x'.repeat(1_000_000);
  const reason = { code: 'X', type: 'T', parameters: { [huge]: huge } };
  const cluster = { cluster_id: 'c', cluster_name: huge, state: huge, termination_reason: reason };
  const signal = parsed({ event: 'cluster.terminated', cluster });
  expect(signal?.kind).toBe('cluster');
  if (signal) expectSound(signal);
  expect(parsed({ event: 'cluster.terminated', event_id: huge, cluster })).toBeUndefined();
  expect(parsed({ event: huge })?.kind).toBe('unknown');
});
