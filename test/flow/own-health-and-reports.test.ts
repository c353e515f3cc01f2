// What nobody's machine reports: people do, by API and command line (A11), and Lakewarden itself when many clusters fail (D6).
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { type Fleet, writeFleet } from '../builders/fleet.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';

const ROOT = dirname(dirname(import.meta.dirname));

describe('reports of people and of ourselves', { timeout: 120_000 }, () => {
  let dir: string;
  let fleet: Fleet;
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lakewarden-fleet-'));
    fleet = writeFleet(dir, 8);
    laptop = new LaptopCloud('--no-story', '--time-scale', '30', '--estate', fleet.estateFile);
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
  }, 90_000);
  afterAll(async () => {
    await laptop.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  const report = (body: unknown, headers: Record<string, string> = { 'x-operator': 'ada' }) =>
    cloud.send(JSON.stringify(body), { prefer: 'wait=15', ...headers }, '/api/signals');

  it('A11: what a person reports of a dead cluster is classified by what the workspace says, and repaired', async () => {
    const [id = ''] = fleet.ids;
    await cloud.crash(id, 'DRIVER_UNREACHABLE');
    const answer = await report({ component: { kind: 'cluster', id }, text: 'nobody can attach' });
    expect(answer.status).toBe(200);
    const { ticket_id, error_type } = (await answer.json()) as Record<string, string>;
    expect(error_type).toBe('DatabricksDriverNotResponding');
    const incident = await cloud.incidentIn(ticket_id ?? '', 'resolved');
    expect(incident.timeline[0]).toMatchObject({ actor: 'person', data: { text: 'ada: nobody can attach' } });
    expect(await cloud.starts(id)).toBe(1);
  });

  it('A11: npm run report does the same, and what nothing is known of reaches a person', async () => {
    const environment = {
      ...process.env,
      LAKEWARDEN_URL: laptop.stack.app,
      LAKEWARDEN_API_KEY: laptop.stack.apiKey,
    };
    const given = ['--kind', 'notebook', '--id', '/Shared/setup/x', '--text', 'it is empty', '--operator', 'ada'];
    const run = promisify(execFile)(process.execPath, [join(ROOT, 'cli/report.ts'), ...given], { env: environment });
    const { ticket_id, recovery_status } = JSON.parse((await run).stdout);
    expect(recovery_status).toBe('escalated');
    const incident = await cloud.incident(ticket_id);
    expect(incident).toMatchObject({ failureClass: 'ReportedByPerson', state: 'escalated' });
  });

  it('A11: a report without a name, of nothing, or of a kind that nobody knows is refused with words', async () => {
    const body = { component: { kind: 'cluster', id: fleet.ids[1] }, text: 'slow' };
    expect((await report(body, {})).status).toBe(400);
    expect((await report({})).status).toBe(422);
    expect((await report({ ...body, component: { kind: 'toaster', id: '1' } })).status).toBe(422);
    expect((await report({ ...body, component: { kind: 'cluster', id: '../x' } })).status).toBe(422);
  });

  it('D6: more than five cluster failures within an hour are an incident about ourselves', async () => {
    for (const id of fleet.ids.slice(1, 7)) {
      await cloud.crash(id, 'DRIVER_UNREACHABLE');
      expect((await cloud.post(clusterEvent(id, 'DRIVER_UNREACHABLE'))).status).toBeLessThan(300);
    }
    const own = await eventually(
      async () => {
        await cloud.runTimer('watch-ourselves');
        return (await cloud.incidents('?subject=lakewarden/cluster-failures')).value[0];
      },
      60_000,
      'an incident about ourselves',
    );
    expect(own).toMatchObject({ failureClass: 'LakewardenClusterFailureRate', state: 'escalated' });
  });
});
