import { describe, expect, test } from 'vitest';
import { InvalidInput } from '../../../../shared/domain/errors.ts';
import type { SignalId } from '../../../../shared/domain/ids.ts';
import { isSignalId } from '../../../../shared/domain/ids.ts';
import { parseDatabricksEvent } from '../../../../shared/domain/signals/databricks.ts';
import type { DeliveryContext } from '../../../../shared/domain/signals/delivery.ts';
import { type ClusterSignal, signalSchema } from '../../../../shared/domain/signals/signal.ts';

function signalId(text: string): SignalId {
  if (!isSignalId(text)) throw new Error(`not a signal id: ${text}`);
  return text;
}

const context: DeliveryContext = {
  id: signalId('sig-01ARZ3NDEKTSV4RRFFQ69G5FAV'),
  receivedAt: '2026-11-20T14:00:00.000Z',
  correlationId: 'correlation-1',
};

/** The documented test of the requirements. */
const documented = {
  event: 'cluster.terminated',
  cluster: {
    cluster_id: 'test-cluster-123',
    cluster_name: 'Test Cluster',
    state: 'TERMINATED',
    termination_reason: {
      code: 'DRIVER_UNREACHABLE',
      type: 'CLIENT_ERROR',
      parameters: { driver_id: 'driver-abc' },
    },
  },
};

function aBody(cluster: Record<string, unknown> = {}, rest: Record<string, unknown> = {}): unknown {
  return { ...documented, ...rest, cluster: { ...documented.cluster, ...cluster } };
}

function clusterSignal(body: unknown): ClusterSignal {
  const { signal } = parseDatabricksEvent(body, context);
  if (signal.kind !== 'cluster') throw new Error(`a ${signal.kind} signal`);
  return signal;
}

function faultsOf(body: unknown): Record<string, string> {
  try {
    parseDatabricksEvent(body, context);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    expect(error.code).toBe('invalid-fields');
    return Object.fromEntries(error.fields.map(({ pointer, detail }) => [pointer, detail]));
  }
  return {};
}

describe('cluster events', () => {
  test('A1: the documented event becomes a signal with everything that it says', () => {
    const { signal, trimmed } = parseDatabricksEvent(documented, context);
    expect(trimmed).toBe(false);
    expect(signal).toEqual({
      schemaVersion: 1,
      kind: 'cluster',
      id: context.id,
      source: 'webhook',
      receivedAt: context.receivedAt,
      correlationId: context.correlationId,
      rawSubject: 'cluster/test-cluster-123',
      event: 'cluster.terminated',
      clusterId: 'test-cluster-123',
      clusterName: 'Test Cluster',
      state: 'TERMINATED',
      reason: { code: 'DRIVER_UNREACHABLE', type: 'CLIENT_ERROR', parameters: { driver_id: 'driver-abc' } },
    });
    expect(signalSchema.parse(signal)).toEqual(signal);
  });

  test.each(['cluster.terminated', 'cluster.failed_to_start', 'cluster.restarting'])('A1: %s is taken', (event) => {
    expect(clusterSignal(aBody({}, { event })).event).toBe(event);
  });

  test('A1: all that is needed is the event and the cluster id', () => {
    const signal = clusterSignal({ event: 'cluster.failed_to_start', cluster: { cluster_id: 'c-1' } });
    expect(signal).toMatchObject({ clusterId: 'c-1', rawSubject: 'cluster/c-1' });
    expect(Object.keys(signal)).not.toEqual(expect.arrayContaining(['reason']));
    expect(signal.terminatedAt).toBeUndefined();
  });

  test('A1: null and empty text stand for what a sender does not know', () => {
    const nothing = { cluster_name: null, state: '', termination_reason: null, terminated_time: null };
    const signal = clusterSignal(aBody(nothing, { event_id: '' }));
    expect(Object.keys(signal)).toEqual(expect.not.arrayContaining(['clusterName', 'state', 'reason', 'terminatedAt']));
    expect(signal.id).toBe(context.id);
  });

  test('A1: an empty type is no type, as Databricks leaves it at times', () => {
    const signal = clusterSignal(aBody({ termination_reason: { code: 'SELF_BOOTSTRAP_FAILURE', type: '' } }));
    expect(signal.reason).toEqual({ code: 'SELF_BOOTSTRAP_FAILURE', parameters: {} });
  });

  test('A1: members that nobody knows are passed over', () => {
    expect(clusterSignal(aBody({ spark_version: '15.4' }, { extra: [1] })).clusterId).toBe('test-cluster-123');
  });

  test('A1: the workspace of the query is on the signal', () => {
    const { signal } = parseDatabricksEvent(documented, { ...context, workspace: 'databricks-dr' });
    expect(signal.workspace).toBe('databricks-dr');
  });

  test('A1: numbers, true and false as parameters become text, null is left out', () => {
    const parameters = { inactivity_duration_min: 30, spot: true, none: null, text: 'x' };
    const signal = clusterSignal(aBody({ termination_reason: { code: 'INACTIVITY', parameters } }));
    expect(signal.reason?.parameters).toEqual({ inactivity_duration_min: '30', spot: 'true', text: 'x' });
  });
});

describe('when the cluster ended', () => {
  test.each([
    [1_795_183_200_123, '2026-11-20T14:00:00.123Z'],
    ['1795183200123', '2026-11-20T14:00:00.123Z'],
    ['2026-11-20T14:00:00Z', '2026-11-20T14:00:00.000Z'],
    ['2026-11-20T16:00:00.5+02:00', '2026-11-20T14:00:00.500Z'],
  ])('A1: terminated_time %s is %s', (terminated_time, expected) => {
    expect(clusterSignal(aBody({ terminated_time })).terminatedAt).toBe(expected);
  });

  test.each([
    -1,
    0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1_795_183_200, // seconds, not milliseconds
    32_535_216_000_001, // in the year 3001
    1e300,
    '',
    'yesterday',
    '2026-11-20',
    '2026-11-20T14:00:00', // whose clock?
    '2026-02-30T14:00:00Z',
    '9999-01-01T00:00:00Z',
    true,
    {},
    [[1_795_183_200_123]],
  ])('A4: terminated_time %j is refused, naming the field', (terminated_time) => {
    expect(Object.keys(faultsOf(aBody({ terminated_time })))).toEqual(['/cluster/terminated_time']);
  });
});

describe('what is wrong is named', () => {
  test('A4: every field of a known event at once', () => {
    const termination_reason = { code: 3, type: {}, parameters: { a: { deep: 1 }, 'b/c~d': [] } };
    const body = {
      event: 'cluster.terminated',
      event_id: 7,
      cluster: { cluster_id: '../x', cluster_name: 1, termination_reason },
    };
    expect(Object.keys(faultsOf(body)).sort()).toEqual([
      '/cluster/cluster_id',
      '/cluster/cluster_name',
      '/cluster/termination_reason/code',
      '/cluster/termination_reason/parameters/a',
      '/cluster/termination_reason/parameters/b~1c~0d',
      '/cluster/termination_reason/type',
      '/event_id',
    ]);
  });

  test('A4: a missing cluster and a missing id are called missing', () => {
    expect(faultsOf({ event: 'cluster.terminated' })).toEqual({ '/cluster': 'is missing' });
    expect(faultsOf({ event: 'cluster.terminated', cluster: {} })).toEqual({ '/cluster/cluster_id': 'is missing' });
  });

  test.each(['', '../etc', 'a/b', 'a b', 'a\n', 'ä', 'a?x=1', '%2e%2e', 'a'.repeat(101)])(
    'A4: %j is no cluster id',
    (cluster_id) => {
      expect(faultsOf(aBody({ cluster_id }))).toEqual({ '/cluster/cluster_id': expect.stringContaining('cluster id') });
    },
  );

  test.each(['', 'DRIVER UNREACHABLE', '<script>', 'A'.repeat(101), 'A\u0000B'])(
    'A4: %j is no termination code',
    (code) => {
      const faults = faultsOf(aBody({ termination_reason: { code } }));
      expect(Object.keys(faults)).toEqual(['/cluster/termination_reason/code']);
    },
  );

  test.each([null, 1, 'text', true, [[]], [[{ event: 'test' }]]])('A4: %j is no JSON object', (body) => {
    expect(faultsOf(body)).toEqual({ '': 'must be a JSON object' });
  });

  test('A4: no fault repeats what was sent', () => {
    const secret = 'hunter2-hunter2';
    const body = {
      event: 'cluster.terminated',
      event_id: [secret],
      cluster: { cluster_id: `${secret} `, state: [secret] },
    };
    expect(JSON.stringify(faultsOf(body))).not.toContain(secret);
  });

  test('A4: a body with thousands of faults gets a short answer, and that quickly', () => {
    const parameters = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`${'n'.repeat(300)}${at}`, {}]));
    try {
      parseDatabricksEvent(aBody({ termination_reason: { code: 'X', parameters } }), context);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      expect(error.fields).toHaveLength(51);
      expect(error.fields.at(-1)?.detail).toBe('has 15 more faults');
      expect(JSON.stringify(error.fields).length).toBeLessThan(20_000);
    }
  });
});

describe('identity', () => {
  const idOf = (body: unknown, workspace?: string) =>
    parseDatabricksEvent(body, { ...context, ...(workspace === undefined ? {} : { workspace }) }).signal.id;

  test('A5: the same event_id is the same signal, whenever it comes', () => {
    const id = idOf(aBody({}, { event_id: 'evt-1' }));
    const later = {
      ...context,
      id: signalId('sig-01BX5ZZKBKACTAV9WEVGEMMVRZ'),
      receivedAt: '2026-11-20T15:00:00.000Z',
    };
    expect(parseDatabricksEvent(aBody({}, { event_id: 'evt-1' }), later).signal.id).toBe(id);
    expect(isSignalId(id)).toBe(true);
    expect(id).not.toBe(context.id);
  });

  test('A5: another event_id, event, cluster or workspace is another signal', () => {
    const ids = [
      idOf(aBody({}, { event_id: 'evt-1' })),
      idOf(aBody({}, { event_id: 'evt-2' })),
      idOf(aBody({}, { event_id: 'evt-1', event: 'cluster.restarting' })),
      idOf(aBody({ cluster_id: 'other' }, { event_id: 'evt-1' })),
      idOf(aBody({}, { event_id: 'evt-1' }), 'databricks-dr'),
      idOf({ event: 'test', event_id: 'evt-1' }),
      idOf({ event: 'unheard-of', event_id: 'evt-1' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('A5: without an event_id each delivery is its own signal', () => {
    expect(idOf(documented)).toBe(context.id);
  });

  test('A4: an event_id of 500 characters is taken, a longer one refused', () => {
    expect(isSignalId(idOf(aBody({}, { event_id: 'é'.repeat(500) })))).toBe(true);
    expect(Object.keys(faultsOf(aBody({}, { event_id: 'e'.repeat(501) })))).toEqual(['/event_id']);
  });
});

describe('trimming', () => {
  test('A8: too many parameters, too long names and values are cut, and the signal says so', () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`p${at}`, 'v']));
    const cases = [many, { ['n'.repeat(201)]: 'v' }, { n: 'v'.repeat(1_001) }];
    for (const parameters of cases) {
      const { signal, trimmed } = parseDatabricksEvent(
        aBody({ termination_reason: { code: 'X', parameters } }),
        context,
      );
      const kept = signal.kind === 'cluster' ? (signal.reason?.parameters ?? {}) : {};
      expect(trimmed).toBe(true);
      expect(Object.keys(kept).length).toBeLessThanOrEqual(64);
      expect(Object.keys(kept).every((name) => name.length <= 200)).toBe(true);
      expect(Object.values(kept).every((value) => value.length <= 1_000)).toBe(true);
    }
  });

  test('A8: what just fits is carried whole', () => {
    const parameters = Object.fromEntries(
      Array.from({ length: 64 }, (_, at) => [`${at}`.padEnd(200, 'n'), 'v'.repeat(1_000)]),
    );
    const body = aBody({ cluster_name: 'c'.repeat(200), termination_reason: { code: 'X', parameters } });
    const { signal, trimmed } = parseDatabricksEvent(body, context);
    expect(trimmed).toBe(false);
    expect(signal).toMatchObject({ clusterName: 'c'.repeat(200), reason: { parameters } });
  });

  test('A8: a long cluster name is cut, never through a character', () => {
    const { signal, trimmed } = parseDatabricksEvent(aBody({ cluster_name: `${'n'.repeat(199)}😀` }), context);
    expect(trimmed).toBe(true);
    expect(signal).toMatchObject({ clusterName: 'n'.repeat(199) });
  });

  test('A8: a body of 256 KB with the widest characters still fits into a message', () => {
    const parameters = Object.fromEntries(
      Array.from({ length: 64 }, (_, at) => [`${at}`.padEnd(300, '\u2028'), '\u0800'.repeat(1_200)]),
    );
    const { signal } = parseDatabricksEvent(aBody({ termination_reason: { code: 'X', parameters } }), context);
    expect(Buffer.byteLength(JSON.stringify(signal))).toBeLessThan(240_000);
  });
});

describe('hostile text', () => {
  test('A4: names cannot hold control characters, which would forge lines of logs and messages', () => {
    const signal = clusterSignal(aBody({ cluster_name: 'a\r\nRESOLVED\u0000\u0085b', state: 'X\u001b[31m' }));
    expect(signal.clusterName).toBe('a  RESOLVED  b');
    expect(signal.state).toBe('X [31m');
  });

  test('A4: texts of several lines keep their lines and lose other control characters', () => {
    const parameters = { databricks_error_message: 'line 1\nline 2\tcolumn\u0000' };
    const signal = clusterSignal(aBody({ termination_reason: { code: 'X', parameters } }));
    expect(signal.reason?.parameters).toEqual({ databricks_error_message: 'line 1\nline 2\tcolumn ' });
  });

  test('A4: half a surrogate pair becomes the replacement character', () => {
    const body: unknown = JSON.parse(JSON.stringify(aBody({ cluster_name: 'a' })).replace('"a"', '"a\\ud800b"'));
    expect(clusterSignal(body).clusterName).toBe('a\ufffdb');
  });

  test('A4: a parameter called __proto__ is neither carried nor an inheritance', () => {
    const text = JSON.stringify(documented).replace(
      '"driver_id"',
      '"__proto__": "x", "constructor": "y", "__proto__\\u0000": "z", "a\\u0000"',
    );
    const parameters = clusterSignal(JSON.parse(text)).reason?.parameters ?? {};
    expect(Object.getPrototypeOf(parameters)).toBe(Object.prototype);
    expect(parameters).toEqual({ constructor: 'y', a: 'driver-abc' });
  });

  test('A4: members of the prototype are no members of the body', () => {
    const inherited: unknown = JSON.parse('{"__proto__": {"event": "test"}}');
    expect(parseDatabricksEvent(inherited, context).signal).toMatchObject({ kind: 'unknown', eventName: 'unnamed' });
  });
});

describe('other events', () => {
  test('A1: the test ping is a test', () => {
    const { signal } = parseDatabricksEvent({ event: 'test' }, context);
    expect(signal).toMatchObject({ kind: 'test', rawSubject: `other/${context.id}` });
    expect(signalSchema.parse(signal)).toEqual(signal);
  });

  test.each([
    [{}, 'unnamed'],
    [{ event: 3 }, 'unnamed'],
    [{ event: null, event_type: 'jobs.on_brand_new' }, 'jobs.on_brand_new'],
    [{ event: 'Cluster.Terminated' }, 'Cluster.Terminated'],
    [{ event: 'cluster.resized', cluster: 'whatever', event_id: [] }, 'cluster.resized'],
    [{ event: ' \n' }, 'unnamed'],
    [{ event: 'x'.repeat(1_000) }, 'x'.repeat(200)],
    [{ event: 'toString' }, 'toString'],
  ])('A1: %j is recorded, never refused', (body, eventName) => {
    expect(parseDatabricksEvent(body, context).signal).toMatchObject({ kind: 'unknown', eventName });
  });
});
