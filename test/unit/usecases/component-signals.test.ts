// Signals about what is no cluster go the same way: identified, classified by their event, an incident or a record, and back when it is well.
import { describe, expect, it } from 'vitest';
import { hashOf, isSignalId } from '../../../shared/domain/ids.ts';
import { type OtherComponentSignal, signalSchema } from '../../../shared/domain/signals/signal.ts';
import { acceptSignal } from '../../../shared/usecases/accept-signal.ts';
import { commentIncident } from '../../../shared/usecases/operator/comment-incident.ts';
import { House } from '../../builders/house.ts';
import { order } from '../../builders/operators.ts';

let count = 0;

async function hear(house: House, given: Partial<OtherComponentSignal>): Promise<string> {
  count += 1;
  const id = `sig-${hashOf(`component signal ${count}`)}`;
  if (!isSignalId(id)) throw new Error(id);
  const signal = signalSchema.parse({
    schemaVersion: 1,
    id,
    source: 'poll',
    receivedAt: house.clock.now().toISOString(),
    correlationId: id,
    rawSubject: `${given.kind}/${given.componentId}`,
    ...given,
  });
  await acceptSignal(house.ports, signal, 0);
  await house.settle(60);
  return id;
}

const notebook = {
  kind: 'notebook',
  componentId: '/Shared/setup/create_inference_database',
  workspace: 'databricks-dev',
} as const;

describe('a signal about a component that is no cluster', () => {
  it('B3: a changed notebook is an incident of its own subject and class, and its return to what it was resolves it', async () => {
    const house = new House();
    await hear(house, { ...notebook, event: 'notebook.changed' });
    const { incident } = await house.incident();
    expect(incident).toMatchObject({
      subject: 'notebook/databricks-dev//Shared/setup/create_inference_database',
      component: { kind: 'notebook', listed: true, name: 'create_inference_database' },
      failureClass: 'DatabricksNotebookChanged',
      code: 'NOTEBOOK_CHANGED',
      state: 'escalated',
    });
    await hear(house, { ...notebook, event: 'notebook.changed' });
    expect((await house.incident()).incident.signalCount).toBe(2);
    const back = await hear(house, { ...notebook, event: 'notebook.as_before' });
    expect((await house.incident()).incident).toMatchObject({ state: 'resolved', signalCount: 2 });
    expect(await house.ports.signals.get(back)).toMatchObject({ ended: 'joined' });
    expect(house.told.at(-1)?.message.kind).toBe('incident-resolved');
    await hear(house, { ...notebook, event: 'notebook.as_before' });
    expect(house.ports.incidents.ids).toHaveLength(1);
  });

  it('D3: a recovery is decided on what stands there now, not on what this process remembers', async () => {
    const house = new House();
    await hear(house, { ...notebook, event: 'notebook.changed' });
    await hear(house, { ...notebook, event: 'notebook.changed' });
    await commentIncident(house.ports, order(house), { text: 'I look at it.' });
    const back = await hear(house, { ...notebook, event: 'notebook.as_before' });
    expect(await house.ports.signals.get(back)).toMatchObject({ ended: 'joined' });
    expect((await house.incident()).incident).toMatchObject({ state: 'resolved', signalCount: 2 });
  });

  it('C2: a recovery takes back only what it is about', async () => {
    const house = new House();
    const job = { kind: 'job', componentId: '77', workspace: 'databricks-dev' } as const;
    await hear(house, { ...job, event: 'job.missing' });
    await hear(house, { ...job, event: 'jobs.on_success' });
    expect((await house.incident()).incident.state).toBe('escalated');
    await hear(house, { ...job, event: 'job.as_before' });
    expect((await house.incident()).incident.state).toBe('resolved');
  });

  it('A11: what was reported is told in its own words, also where nobody knows whose component it is', async () => {
    const house = new House();
    const given = { kind: 'warehouse', componentId: 'abc', source: 'person' } as const;
    await hear(house, { ...given, event: 'person.reported', text: 'ada: no dashboard loads' });
    expect(house.told[0]?.message.text).toBe(
      'ada: no dashboard loads. No workspace of the estate knows this warehouse: find out whose it is.',
    );
  });

  it('D6: trouble of our own needs no workspace, and has the class that its finder gave it', async () => {
    const house = new House();
    const own = { kind: 'lakewarden', componentId: 'clusters', failureClass: 'LakewardenClusterFailureRate' } as const;
    await hear(house, { ...own, event: 'lakewarden.trouble', text: '6 cluster failures within an hour' });
    expect((await house.incident()).incident).toMatchObject({
      subject: 'lakewarden/clusters',
      failureClass: 'LakewardenClusterFailureRate',
      state: 'escalated',
    });
  });

  it('A1: a component that no workspace is named for and the estate does not list is a person’s', async () => {
    const house = new House();
    await hear(house, { kind: 'warehouse', componentId: 'abc', event: 'warehouse.failed' });
    expect((await house.incident()).incident).toMatchObject({
      subject: 'warehouse/unknown/abc',
      state: 'escalated',
      opening: { message: expect.stringContaining('No workspace of the estate knows this warehouse') },
    });
  });
});
