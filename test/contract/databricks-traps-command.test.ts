// Running a command, where an error must never pass for an answer and no context may be left behind.
import { expect, it } from 'vitest';
import { clusterId, errorBody, status, trapBench } from '../builders/databricks-adapter.ts';
import { refusalOf, unavailableOf } from '../builders/failures.ts';
import { type Answering, sendJson } from '../builders/scripted-server.ts';

const id = clusterId('0424-035941-pl8ku9sr');
const { server, ours } = trapBench();

/** A driver that answers as given, per verb; by default everything goes well. */
function driver(special: Record<string, Answering> = {}): Answering {
  const usual: Record<string, Answering> = {
    'contexts/create': status(200, { id: 'ctx' }),
    'contexts/status': status(200, { id: 'ctx', status: 'Running' }),
    'commands/execute': status(200, { id: 'cmd' }),
    'commands/status': finished({ resultType: 'text', data: '1' }),
    'contexts/destroy': status(200, { id: 'ctx' }),
  };
  return (response, asked, count) => {
    const verb = asked.path.replace('/api/1.2/', '').replace(/\?.*/, '');
    const answer = special[verb] ?? usual[verb];
    if (answer === undefined) sendJson(response, 404, {});
    return answer?.(response, asked, count);
  };
}

function finished(results: unknown): Answering {
  return status(200, { id: 'cmd', status: 'Finished', results });
}

async function run(special: Record<string, Answering>, timeoutSeconds = 30, deadlineSeconds = 15) {
  const cluster = await server(driver(special));
  const { workspace, time } = ours(cluster.url, { deadlineSeconds });
  const answer = workspace.runCommand(id, 'print(1)', timeoutSeconds);
  const destroyed = () => cluster.asked.filter((one) => one.path === '/api/1.2/contexts/destroy').length;
  return { answer, destroyed, time, cluster };
}

it('E5: gives the text of a command that ran', async () => {
  const { answer, destroyed } = await run({});
  expect(await answer).toEqual({ answered: true, text: '1' });
  expect(destroyed()).toBe(1);
});

it.each<[string, unknown, string]>([
  ['an error', { resultType: 'error', summary: '<span class="x">NameError</span>: x', cause: '...' }, 'NameError: x'],
  ['an error without a summary', { resultType: 'error', cause: 'out of memory' }, 'out of memory'],
  ['an error without words', { resultType: 'error' }, 'an error without words'],
  ['no result', null, 'the command ended without a result'],
  ['a result of a kind we do not know', { resultType: 'novel' }, 'the command ended without a result'],
])('E5: takes a Finished command with %s for no answer', async (_, results, because) => {
  const { answer, destroyed } = await run({ 'commands/status': finished(results) });
  expect(await answer).toEqual({ answered: false, because });
  expect(destroyed()).toBe(1);
});

it.each(['Error', 'Cancelled'])('E5: takes a command that ended as %s for no answer', async (state) => {
  const { answer, destroyed } = await run({ 'commands/status': status(200, { status: state }) });
  expect(await answer).toMatchObject({ answered: false });
  expect(destroyed()).toBe(1);
});

it('E5: takes a context that comes to nothing for no answer', async () => {
  const { answer, destroyed } = await run({ 'contexts/status': status(200, { status: 'Error' }) });
  expect(await answer).toMatchObject({ answered: false });
  expect(destroyed()).toBe(1);
});

it.each(['contexts/status', 'commands/status'])('E5: asks %s until its time is over, and no longer', async (verb) => {
  const { answer, destroyed, time, cluster } = await run(
    { [verb]: status(200, { status: verb === 'contexts/status' ? 'Pending' : 'Running' }) },
    10,
  );
  expect(await answer).toEqual({ answered: false, because: 'no answer within 10 s' });
  expect(time.elapsedMilliseconds()).toBe(10_000);
  expect(cluster.asked.filter((one) => one.path.startsWith(`/api/1.2/${verb}`)).length).toBeGreaterThan(5);
  expect(destroyed()).toBe(1);
});

it.each(['contexts/create', 'contexts/status', 'commands/execute', 'commands/status'])(
  'E5: takes a driver that keeps %s hanging for no answer',
  async (verb) => {
    const cluster = await server(driver({ [verb]: () => {} }));
    const { workspace } = ours(cluster.url, { elapsedMilliseconds: () => performance.now() });
    const answer = { answered: false, because: 'no answer within 0.5 s' };
    expect(await workspace.runCommand(id, 'print(1)', 0.5)).toEqual(answer);
    const verbs = cluster.asked.map((one) => one.path.replace('/api/1.2/', ''));
    expect(verbs.includes('contexts/destroy')).toBe(verb !== 'contexts/create');
  },
);

it.each([
  [500, { error: 'ClusterNotReadyException: Cluster not currently ready for driver client (currently Pending)' }],
  [400, { error: 'cluster is terminated' }],
  [404, errorBody('RESOURCE_DOES_NOT_EXIST', 'no such cluster')],
])('E5: takes a driver that refuses with %i for no answer, at once', async (code, body) => {
  const { answer, cluster } = await run({ 'contexts/create': status(code, body) });
  expect(await answer).toMatchObject({ answered: false, because: expect.stringMatching(/cluster/i) });
  expect(cluster.asked).toHaveLength(1);
});

it('is Refused when it is us who may not, and Unavailable when the workspace is down', async () => {
  await refusalOf((await run({ 'contexts/create': status(403, errorBody('PERMISSION_DENIED', 'no')) })).answer);
  const down = await run({ 'commands/execute': status(503) });
  await unavailableOf(down.answer);
  expect(down.destroyed()).toBe(1);
});

it('executes a command once, even when its answer is lost', async () => {
  const { answer, cluster, destroyed } = await run({ 'commands/execute': (response) => void response.destroy() });
  await unavailableOf(answer);
  expect(cluster.asked.filter((one) => one.path.endsWith('/execute'))).toHaveLength(1);
  expect(destroyed()).toBe(1);
});

it('keeps the answer when the context cannot be taken away', async () => {
  const { answer } = await run({ 'contexts/destroy': () => {} }, 30, 1);
  expect(await answer).toEqual({ answered: true, text: '1' });
});
