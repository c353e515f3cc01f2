// The child process of the laptop cloud that holds the simulators: its contract with its parent, and what stands in the workspaces.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seedsFor } from '../../local/databricks/reference-estate.ts';
import { call, clientFor, START, TOKEN } from '../builders/simulated-workspace.ts';

const ESTATE = {
  pairs: [
    {
      primary: {
        components: [
          { kind: 'cluster', id: '0424-035941-pl8ku9sr', name: 'renamed in the file, known already' },
          { kind: 'cluster', id: '1234-567890-listed01', name: 'Listed' },
          { kind: 'warehouse', id: 'f24fd0345a24b381', name: 'no cluster' },
          { kind: 'cluster', name: 'without an id' },
        ],
      },
      dr: { components: [{ kind: 'cluster', id: '1234-567890-listed02', name: 'Listed in DR' }] },
    },
    { primary: { components: 'broken' } },
  ],
};

describe('L3: the workspaces at the start', () => {
  const clusters = (role: 'primary' | 'dr', estate: unknown) =>
    Object.fromEntries(seedsFor(estate, role, START).clusters.map((seed) => [seed.cluster_id, seed]));

  test('the reference estate: two clusters up, two down by INACTIVITY hours ago, a standby in DR', () => {
    const primary = clusters('primary', undefined);
    expect(Object.keys(primary)).toEqual([
      '0424-035941-pl8ku9sr',
      '0424-043008-so9kse51',
      'test-cluster-123',
      'test-cluster-456',
    ]);
    expect(primary['0424-035941-pl8ku9sr']).toMatchObject({ state: 'RUNNING' });
    expect(primary['test-cluster-123']).toMatchObject({
      cluster_name: 'Test Cluster',
      state: 'TERMINATED',
      termination_reason: { code: 'INACTIVITY', type: 'SUCCESS' },
    });
    expect(Number(primary['test-cluster-456']?.terminated_time)).toBeLessThan(START - 2 * 3600 * 1000);
    expect(Object.values(clusters('dr', undefined))).toMatchObject([
      { node_type_id: 'Standard_DS3_v2', num_workers: 0, autotermination_minutes: 10, state: 'TERMINATED' },
    ]);
    expect(seedsFor(undefined, 'primary', START).warehouses.map(({ id }) => id)).toEqual([
      'f24fd0345a24b381',
      '9e61e3e42423aabc',
    ]);
    expect(seedsFor(undefined, 'dr', START).warehouses).toEqual([]);
  });

  test('a cluster that only the estate file lists is there too, RUNNING; a broken file breaks nothing', () => {
    expect(clusters('primary', ESTATE)['1234-567890-listed01']).toMatchObject({
      cluster_name: 'Listed',
      state: 'RUNNING',
    });
    expect(Object.keys(clusters('primary', ESTATE))).toHaveLength(5);
    expect(Object.keys(clusters('dr', ESTATE))).toContain('1234-567890-listed02');
    for (const broken of [null, [], 'x', { pairs: 7 }, { pairs: [null, { primary: null }] }]) {
      expect(Object.keys(clusters('primary', broken))).toHaveLength(4);
    }
  });
});

describe('L3: the process', () => {
  let directory: string;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'simulators-'));
    await writeFile(join(directory, 'estate.json'), JSON.stringify(ESTATE));
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await rm(directory, { recursive: true });
  });

  // biome-ignore lint/suspicious/noExplicitAny: the message is what is tested
  async function begin(ports: object, file = 'estate.json'): Promise<any> {
    const options = JSON.stringify({ ports, token: TOKEN, timeScale: 600, estateFile: join(directory, file) });
    const path = new URL('../../local/simulators.ts', import.meta.url);
    child = fork(path, { env: { LAKEWARDEN_CHILD: options, PATH: process.env.PATH }, execArgv: [], silent: true });
    const [message] = await once(child, 'message');
    return message;
  }

  test('reports where both workspaces and the sink listen, and stops on SIGTERM', async () => {
    const ready = await begin({ primary: 0, dr: 0, messages: 0 });
    expect(ready).toMatchObject({ kind: 'ready', primary: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    const primary = clientFor(ready.primary).clusters;
    await primary.start({ cluster_id: 'test-cluster-123' });
    const deadline = AbortSignal.timeout(20_000);
    // Real time here, at 600 times the real pace: a start takes a third of a second.
    while ((await primary.get({ cluster_id: 'test-cluster-123' })).state !== 'RUNNING')
      expect(deadline.aborted).toBe(false);
    expect((await primary.get({ cluster_id: '1234-567890-listed01' })).state).toBe('RUNNING');
    expect((await call(`${ready.dr}/_sim/clusters/1234-567890-listed02`, 'GET')).json.state).toBe('RUNNING');
    expect((await call(`${ready.messages}/`, 'GET')).json).toEqual([]);
    child?.kill('SIGTERM');
    expect(child && (await once(child, 'exit'))[0]).toBe(0);
  });

  test('starts with a broken estate file, which is for the application to refuse', async () => {
    await writeFile(join(directory, 'broken.json'), '{ "pairs": [');
    const ready = await begin({ primary: 0, dr: 0, messages: 0 }, 'broken.json');
    expect((await call(`${ready.primary}/_sim/clusters`, 'GET')).json).toHaveLength(4);
  });

  test('a taken port is a failure in words', async () => {
    const first = await begin({ primary: 0, dr: 0, messages: 0 });
    const taken = Number(new URL(first.primary).port);
    const holder = child;
    const failed = await begin({ primary: taken, dr: taken, messages: 0 });
    expect(failed).toMatchObject({
      kind: 'failed',
      faults: [expect.stringContaining('EADDRINUSE'), expect.stringContaining('EADDRINUSE')],
    });
    expect(child && (await once(child, 'exit'))[0]).toBe(1);
    holder?.kill('SIGKILL');
  });
});
