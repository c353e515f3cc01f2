import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDurationMs } from '../../local/durations.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { scenarios } from '../../local/scenarios/index.ts';
import { appSettings, workspaceNames } from '../../local/stack/app-settings.ts';
import { parseStartOptions, RefusedOptions } from '../../local/stack/options.ts';
import { freePort } from '../../local/stack/ports.ts';
import { freshSecrets } from '../../local/stack/secrets.ts';
import { readStackFile, type StackFile, stackFilePath, writeStackFile } from '../../local/stack/stack-file.ts';

const ROOT = dirname(dirname(import.meta.dirname));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lakewarden-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Ended {
  code: number | string | undefined | null;
  stdout: string;
  stderr: string;
}

function run(file: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, file), ...args], { cwd: ROOT }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

function aStackFile(pid: number): StackFile {
  return {
    pid,
    processes: { app: 1, serviceBus: 2, tables: 3, simulators: 4 },
    app: 'http://127.0.0.1:1',
    apiKey: 'key',
    basic: { username: 'user', password: 'word' },
    adminKey: 'admin',
    databricks: { primary: 'http://127.0.0.1:2', dr: 'http://127.0.0.1:3' },
    databricksToken: 'token',
    terraform: 'http://127.0.0.1:9',
    terraformToken: 'token-2',
    tables: 'http://127.0.0.1:4',
    blobs: 'http://127.0.0.1:5',
    tablesConnectionString: 'x',
    serviceBus: 'sb://127.0.0.1:6',
    serviceBusConnectionString: 'y',
    messages: 'http://127.0.0.1:7',
    azure: 'http://127.0.0.1:10',
    armToken: 'token-3',
    control: 'http://127.0.0.1:8',
    timeScale: 30,
  };
}

describe('the options of npm start', () => {
  test('L3: none are needed', () => {
    expect(parseStartOptions([], '/project')).toEqual({
      port: 7071,
      dir: join(process.cwd(), '.lakewarden'),
      estateFile: '/project/infra/estates/reference.json',
      timeScale: 30,
      playsStory: true,
      once: false,
      durable: false,
      duplicateDeliveries: false,
    });
  });

  test('L3: all are taken, with or without an equals sign', () => {
    const flags = ['--no-story', '--durable', '--duplicate-deliveries'];
    const given = ['--port', '0', '--dir=/d', '--estate', '/e.json', '--time-scale', '2.5', ...flags];
    expect(parseStartOptions(given, '/project')).toEqual({
      port: 0,
      dir: '/d',
      estateFile: '/e.json',
      timeScale: 2.5,
      playsStory: false,
      once: false,
      durable: true,
      duplicateDeliveries: true,
    });
    expect(parseStartOptions(['--once'], '/project')).toMatchObject({ once: true, playsStory: true });
  });

  test.each([
    ['an unknown option', ['--prot', '1'], '--prot'],
    ['a stray word', ['now'], 'now'],
    ['a port that is none', ['--port', '70000'], '0 to 65535'],
    ['a port with a sign', ['--port=-1'], '0 to 65535'],
    ['a port in hex', ['--port', '0x10'], '0x10'],
    ['an empty port', ['--port='], "''"],
    ['a scale below real life', ['--time-scale', '0.5'], '1 to 1000'],
    ['a scale that is no number', ['--time-scale', '1e3'], '1e3'],
    ['an option without its value', ['--dir'], '--dir'],
    ['a story that is to be played and not played', ['--once', '--no-story'], '--no-story'],
  ])('L4: %s is refused, naming it', (_rule, given, named) => {
    expect(() => parseStartOptions(given, '/project')).toThrow(RefusedOptions);
    expect(() => parseStartOptions(given, '/project')).toThrow(named);
  });

  test('L4: a refusal prints the usage and ends with a code of its own', async () => {
    const { code, stderr } = await run('local/start.ts', '--prot', '1');
    expect(code).toBe(2);
    expect(stderr).toContain('--prot');
    expect(stderr).toContain('--time-scale N');
  });
});

describe('a start that cannot be', () => {
  test('L4: a taken port is said in a plain sentence', async () => {
    const squatter = createServer();
    const port = await listenOnLoopback(squatter, 0);
    await expect(freePort(port)).rejects.toThrow(`Port ${port} is taken by another program`);
    await new Promise((resolve) => squatter.close(resolve));
    await expect(freePort(port)).resolves.toBe(port);
  });

  test('L4: a second start in the same folder is refused, naming the first, and leaves its file alone', async () => {
    const own = join(dir, 'second');
    mkdirSync(own);
    writeStackFile(own, aStackFile(process.pid));
    const { code, stderr } = await run('local/start.ts', '--port', '0', '--dir', own);
    expect(code).toBe(1);
    expect(stderr).toContain(`process ${process.pid}`);
    expect(readStackFile(own)?.pid).toBe(process.pid);
  });
});

describe('stack.json', () => {
  test('L3: it is read back as written, and by its owner only', () => {
    const stack = aStackFile(4711);
    writeStackFile(dir, stack);
    expect(readStackFile(dir)).toEqual(stack);
    expect(statSync(stackFilePath(dir)).mode & 0o777).toBe(0o600);
  });

  test('L3: half a file, or none, is no stack', () => {
    writeFileSync(stackFilePath(dir), '{"pid": 1');
    expect(readStackFile(dir)).toBeUndefined();
    expect(readStackFile(join(dir, 'nowhere'))).toBeUndefined();
  });
});

describe('secrets and settings', () => {
  test('A3: secrets are made fresh at each start, and no two are alike', () => {
    const { basic, azure, ...first } = freshSecrets();
    const { basic: _, azure: otherAzure, ...second } = freshSecrets();
    const ofAzure = [...Object.values(azure), ...Object.values(otherAzure)];
    const all = [...Object.values(first), basic.password, ...Object.values(second), ...ofAzure];
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((secret) => secret.length >= 32)).toBe(true);
  });

  test('A3: no secret begins like an option or needs quoting in a shell or a header', () => {
    for (let round = 0; round < 200; round += 1) {
      const { apiKey, adminKey, basic } = freshSecrets();
      for (const secret of [apiKey, adminKey, basic.password]) expect(secret).toMatch(/^[A-Za-z0-9][\w-]+$/);
    }
  });

  test('L3: the app gets every endpoint as a setting, with the workspaces named as in the estate', () => {
    const estateFile = join(dir, 'estate.json');
    writeFileSync(
      estateFile,
      JSON.stringify({ pairs: [{ primary: { name: 'north' }, dr: { name: 'south' } }, 'rest'] }),
    );
    const endpoints = {
      app: 'http://127.0.0.1:1',
      storageConnectionString: 'storage',
      serviceBusConnectionString: 'bus',
      databricks: { primary: 'http://127.0.0.1:2', dr: 'http://127.0.0.1:3' },
      terraform: 'http://127.0.0.1:5',
      messages: 'http://127.0.0.1:4',
      azure: 'http://127.0.0.1:6',
      connectivity: { 'workspace/north': 'http://127.0.0.1:7', 'reference/status-page': 'http://127.0.0.1:8' },
    };
    const settings = appSettings({ endpoints, secrets: freshSecrets(), estateFile, timeScale: 30 });
    expect(JSON.parse(settings.WORKSPACE_HOSTS ?? '')).toEqual({
      north: endpoints.databricks.primary,
      south: endpoints.databricks.dr,
    });
    expect(settings).toMatchObject({ ServiceBusConnection: 'bus', TABLES_CONNECTION: 'storage', TIME_SCALE: '30' });
    expect(JSON.parse(settings.CONNECTIVITY_HOSTS ?? '')).toEqual(endpoints.connectivity);
    expect(settings.HCP_TERRAFORM_URL).toBe(endpoints.terraform);
    expect(settings).toMatchObject({ HOOK_AUTHORITY_URL: endpoints.azure, ARM_URL: endpoints.azure });
    expect(settings.STATUS_PAGE_URL).toMatch(/^http:\/\/127\.0\.0\.1:8\/1\.0\/status\/[0-9a-f]{24}$/);
    expect(settings.SLACK_WEBHOOK_URL).toMatch(/^http:\/\/127\.0\.0\.1:4\/slack\//);
  });

  test.each([
    ['missing', undefined],
    ['no JSON', '{'],
    ['without pairs', '{}'],
    ['with a pair of the wrong shape', '{"pairs":[{"primary":3}]}'],
  ])('L4: an estate file that is %s still reaches the app, which is to list its faults', (_rule, text) => {
    const estateFile = join(dir, 'broken.json');
    rmSync(estateFile, { force: true });
    if (text !== undefined) writeFileSync(estateFile, text);
    expect(workspaceNames(estateFile)).toEqual({ primary: 'primary', dr: 'dr' });
  });
});

describe('npm run simulate', () => {
  test.each([
    ['10s', 10_000],
    ['500ms', 500],
    ['2m', 120_000],
    ['0s', undefined],
    ['10', undefined],
    ['-1s', undefined],
    ['1.5s', undefined],
    ['10 s', undefined],
    ['1h', undefined],
    ['10S', undefined],
    ['', undefined],
  ])('L3: the duration %j is %j milliseconds', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  test('L3: list shows every scenario in the order of the list, with its options', async () => {
    const { code, stdout } = await run('local/simulate.ts', 'list');
    expect(code).toBe(0);
    const shown = scenarios.map(({ name, summary }) => [stdout.indexOf(`  ${name} `), stdout.includes(summary)]);
    expect(shown.every(([at, told]) => Number(at) > 0 && told === true)).toBe(true);
    expect(shown.map(([at]) => at)).toEqual(shown.map(([at]) => at).toSorted((a, b) => Number(a) - Number(b)));
    expect(stdout).toContain('broker-down [--cluster ID] [--code CODE] [--for 10s]');
  });

  test('L3: it knows every scenario that the issue names', () => {
    const named = 'cluster-crash slow-api throttle api-down broker-down tables-down kill-app pause-app'.split(' ');
    expect(scenarios.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
  });

  test.each([
    ['an unknown scenario', ['flood'], 'flood'],
    ['a duration that is none', ['broker-down', '--for', '10'], '10s, 500ms or 2m'],
    ['an option that the scenario does not know', ['cluster-crash', '--count', '3'], '--count'],
    ['a count of nothing', ['storm', '--count', '0'], '1 to 10000'],
  ])('L4: %s is refused, naming it', async (_rule, args, named) => {
    const { code, stderr } = await run('local/simulate.ts', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(named);
  });

  test('L4: without a running laptop cloud it says so', async () => {
    const { code, stderr } = await run('local/simulate.ts', 'cluster-crash', '--dir', join(dir, 'nowhere'));
    expect(code).toBe(2);
    expect(stderr).toContain('no laptop cloud runs');
  });
});
