// Notebooks, files and permissions as the real SDK meets them, with the trap: what is deleted and imported again is another object.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONTENT_BYTES } from '../../local/databricks/files/refusals.ts';
import { aJob, CLUSTERS } from '../builders/simulated-jobs.ts';
import { aWorkspace, type Bench, START } from '../builders/simulated-workspace.ts';

const SOURCE = '# Databricks notebook source\nx = 1\n\n# COMMAND ----------\n\n# MAGIC %sql\n# MAGIC SELECT 1\n';
const PATH = '/Shared/setup/create';

let bench: Bench;
beforeEach(async () => {
  bench = await aWorkspace({ clusters: CLUSTERS, notebooks: [{ path: PATH, source: SOURCE }] });
});
afterEach(() => bench.stop());

const files = () => bench.client.workspace;
const status = (path = PATH) => files().getStatus({ path });
const post = (verb: string, body: unknown) => bench.call('POST', `/api/2.0/workspace/${verb}`, body);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const source = (path: string, more: Record<string, unknown> = {}) =>
  post('import', { path, format: 'SOURCE', language: 'PYTHON', content: base64(SOURCE), ...more });
const idOf = async (path = PATH) => (await status(path)).object_id ?? 0;

async function exported(format: 'SOURCE' | 'JUPYTER' | 'AUTO' = 'SOURCE', path = PATH) {
  const { content = '', file_type: type } = await files().export({ path, format });
  return { text: Buffer.from(content, 'base64').toString('utf8'), type };
}

describe('B3: a notebook', () => {
  test('B3: has a status, stands in the list of its folder, and is exported as it was written', async () => {
    expect(await status()).toMatchObject({
      object_type: 'NOTEBOOK',
      language: 'PYTHON',
      path: PATH,
      modified_at: START,
    });
    const listed: unknown[] = [];
    for await (const object of files().list({ path: '/Shared' })) listed.push([object.object_type, object.path]);
    expect(listed, 'one level only').toEqual([['DIRECTORY', '/Shared/setup']]);
    expect(await exported()).toEqual({ text: SOURCE, type: 'py' });
    expect(await exported('AUTO')).toEqual({ text: SOURCE, type: 'py' });
  });

  test('B3: survives the way to Jupyter and back, cells, magic and language', async () => {
    const { text, type } = await exported('JUPYTER');
    expect(type).toBe('ipynb');
    expect(JSON.parse(text).cells).toHaveLength(2);
    await files().import({ path: '/Shared/copy', format: 'JUPYTER', content: base64(text) });
    expect((await exported('SOURCE', '/Shared/copy')).text).toBe(SOURCE);
  });

  test('B3: is recognised among files by its ending and first line, and loses the ending', async () => {
    await files().import({ path: '/Shared/a.py', format: 'AUTO', content: base64(SOURCE) });
    await files().import({ path: '/Shared/b.py', format: 'AUTO', content: base64('print(1)') });
    expect((await status('/Shared/a')).object_type).toBe('NOTEBOOK');
    expect(await status('/Shared/b.py')).toMatchObject({ object_type: 'FILE', size: 8 });
  });

  test('B3: keeps its id when it is overwritten or moved, and its time tells the change', async () => {
    const id = await idOf();
    bench.clock.advance(60);
    expect((await source(PATH, { content: base64('y = 2'), overwrite: true })).status).toBe(200);
    expect(await status()).toMatchObject({ object_id: id, created_at: START, modified_at: START + 60_000 });
    await bench.call('POST', `/_sim/objects${PATH}`, { to: '/Shared/aside/create' });
    expect(await idOf('/Shared/aside/create')).toBe(id);
    await expect(status()).rejects.toMatchObject({ statusCode: 404 });
  });

  test('H2: a folder moved aside takes along what is in it', async () => {
    await bench.call('POST', '/_sim/objects/Shared/setup', { to: '/Shared/setup-aside' });
    expect((await exported('SOURCE', '/Shared/setup-aside/create')).text).toBe(SOURCE);
    await expect(status('/Shared/setup')).rejects.toMatchObject({ statusCode: 404 });
  });

  test('B3: what somebody changed or deleted is seen by the API', async () => {
    await bench.call('PUT', `/_sim/objects${PATH}`, { source: 'z = 3' });
    expect((await exported()).text).toBe('z = 3');
    await bench.call('DELETE', `/_sim/objects${PATH}`);
    expect((await bench.call('GET', `/api/2.0/workspace/get-status?path=${PATH}`)).json.error_code).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    );
  });
});

describe('E2: restoring a notebook', () => {
  const entry = { group_name: 'analysts', permission_level: 'CAN_RUN' as const };
  const set = (id: number) =>
    bench.client.permissions.set({
      request_object_type: 'notebooks',
      request_object_id: `${id}`,
      access_control_list: [entry],
    });
  const groups = async (id: number) => {
    const { access_control_list: list = [] } = await bench.client.permissions.get({
      request_object_type: 'notebooks',
      request_object_id: `${id}`,
    });
    return list.map(({ group_name: group }) => group).filter(Boolean);
  };

  test('E2: by deletion and import loses its permissions with its id', async () => {
    const before = await idOf();
    await set(before);
    expect(await groups(before)).toEqual(['analysts', 'admins']);
    await files().delete({ path: PATH });
    await expect(groups(before)).rejects.toMatchObject({ statusCode: 404 });
    await source(PATH);
    const after = await idOf();
    expect(after).not.toBe(before);
    expect(await groups(after)).toEqual(['admins']);
  });

  test('E2: by overwriting keeps them', async () => {
    const id = await idOf();
    await set(id);
    await source(PATH, { overwrite: true });
    expect(await groups(await idOf())).toEqual(['analysts', 'admins']);
  });

  test('E2: PATCH adds, and the PATCH of the SDK, whose body gets lost, does nothing and says nothing', async () => {
    const id = await idOf();
    const path = `/api/2.0/permissions/notebooks/${id}`;
    await bench.call('PATCH', path, { access_control_list: [entry] });
    expect(await groups(id)).toEqual(['analysts', 'admins']);
    const other = { group_name: 'others', permission_level: 'CAN_READ' as const };
    await bench.client.permissions.update({
      request_object_type: 'notebooks',
      request_object_id: `${id}`,
      access_control_list: [other],
    });
    expect(await groups(id)).toEqual(['analysts', 'admins']);
  });

  test('B3: what somebody changes of them is seen by the API', async () => {
    const id = await idOf();
    const list = { access_control_list: [{ group_name: 'strangers', permission_level: 'CAN_MANAGE' }] };
    expect((await bench.call('PUT', `/_sim/permissions/notebooks/${id}`, list)).status).toBe(200);
    expect(await groups(id)).toEqual(['strangers', 'admins']);
  });
});

describe('B3: the permissions of a job', () => {
  test('B3: keep exactly one owner, which is no group', async () => {
    const job = await aJob(bench);
    const path = `/api/2.0/permissions/jobs/${job}`;
    const put = (...list: unknown[]) => bench.call('PUT', path, { access_control_list: list });
    const owner = { user_name: 'owner@example.com', permission_level: 'IS_OWNER' };
    expect((await put({ user_name: 'a', permission_level: 'CAN_VIEW' })).status).toBe(400);
    expect((await put({ group_name: 'g', permission_level: 'IS_OWNER' })).status).toBe(400);
    expect((await put(owner, { user_name: 'b', permission_level: 'IS_OWNER' })).status).toBe(400);
    expect((await put(owner, { group_name: 'g', permission_level: 'CAN_RESTART' })).status, 'a level of clusters').toBe(
      400,
    );
    expect((await put(owner, { group_name: 'g', permission_level: 'CAN_MANAGE_RUN' })).status).toBe(200);
    const got = await bench.client.jobs.getPermissions({ job_id: String(job) });
    expect(got.object_type).toBe('job');
    expect(got.access_control_list?.map((one) => one.all_permissions?.[0]?.permission_level)).toEqual([
      'IS_OWNER',
      'CAN_MANAGE_RUN',
      'CAN_MANAGE',
    ]);
  });
});

describe('L3: the Workspace API refuses', () => {
  test('L3: an import over what is there, below what is not there, and without a language', async () => {
    const refused = await source(PATH);
    expect([refused.status, refused.json.error_code]).toEqual([400, 'RESOURCE_ALREADY_EXISTS']);
    const orphan = await source('/Shared/nowhere/x');
    expect([orphan.status, orphan.json.error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect((await source('/Shared/x', { language: undefined })).status).toBe(400);
    expect((await source('/Shared/setup', { overwrite: true })).json.message).toContain('type mismatch');
    expect((await source('Shared/x')).json.message).toBe("Path (Shared/x) doesn't start with '/'");
    expect((await source('/Shared/x', { content: '!!' })).status).toBe(400);
  });

  test('L3: more than 10 MB, in and out', async () => {
    const large = 'x'.repeat(CONTENT_BYTES + 1);
    expect((await source('/Shared/x', { content: base64(large) })).json.error_code).toBe('MAX_NOTEBOOK_SIZE_EXCEEDED');
    await bench.call('PUT', '/_sim/objects/Shared/x', { source: large });
    const refused = await bench.call('GET', '/api/2.0/workspace/export?path=/Shared/x&format=SOURCE');
    expect([refused.status, refused.json.error_code]).toEqual([400, 'MAX_NOTEBOOK_SIZE_EXCEEDED']);
  });

  test('L3: to delete a folder that is not empty without being told so, and a root folder ever', async () => {
    expect((await post('delete', { path: '/Shared/setup' })).json.error_code).toBe('DIRECTORY_NOT_EMPTY');
    expect((await post('delete', { path: '/Shared', recursive: true })).status).toBe(403);
    expect((await post('delete', { path: '/Shared/setup', recursive: true })).status).toBe(200);
    expect((await post('delete', { path: '/Shared/setup' })).status).toBe(404);
  });

  test('L3: a folder where something else stands, not one that is there', async () => {
    expect((await post('mkdirs', { path: '/Shared/setup' })).status).toBe(200);
    expect((await post('mkdirs', { path: '/Shared/a/b/c' })).status).toBe(200);
    expect((await bench.call('GET', '/api/2.0/workspace/list?path=/Shared/a/b/c')).json).toEqual({});
    const refused = await post('mkdirs', { path: `${PATH}/below` });
    expect([refused.status, refused.json.error_code]).toEqual([400, 'RESOURCE_ALREADY_EXISTS']);
  });
});
