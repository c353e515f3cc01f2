// Why a report was merged, and splitting it off again: a write to two partitions that loses nothing.
import { describe, expect, it } from 'vitest';
import { parseDatabricksEvent } from '../../../shared/domain/signals/databricks.ts';
import { joinOf } from '../../../shared/domain/signals/joined.ts';
import type { SignalStore } from '../../../shared/ports/signal-store.ts';
import { handleSignal } from '../../../shared/usecases/handle-signal.ts';
import { splitIncident } from '../../../shared/usecases/operator/split-incident.ts';
import { rebuildProjections } from '../../../shared/usecases/rebuild-projections.ts';
import { failureOf, refusalOf } from '../../builders/failures.ts';
import { CLUSTER, died } from '../../builders/house.ts';
import { expectWhole, incidents, merged, SUBJECT } from '../../builders/merged-house.ts';
import { doomed, order, signal, untilDoneOrDead } from '../../builders/operators.ts';

const reason = 'another failure';

describe('why', () => {
  it('C9: a report that joined names the rule, the key and what it brought; so does the incident', async () => {
    const { house, ids } = await merged();
    const outcome = await house.ports.signals.get(ids[2] ?? '');
    expect(outcome?.decisions.at(-1)).toMatchObject({ stage: 'join', because: 'subject-has-open-incident' });
    expect(outcome && joinOf(outcome)).toMatchObject({
      key: SUBJECT,
      event: 'cluster.terminated',
      reason: { code: 'CLOUD_PROVIDER_LAUNCH_FAILURE' },
      failedAt: '2026-11-20T07:59:00.000Z',
    });
    const { incident } = await house.incident();
    const joined = (await house.ports.incidents.timeline(incident.id)).find(({ type }) => type === 'signal-joined');
    expect(joined?.data).toEqual({ signalId: ids[1], mergedBy: 'subject-has-open-incident', key: SUBJECT, count: 2 });
    expect(incident.opening.decisions.map(({ stage }) => stage)).toEqual(
      expect.arrayContaining(['identify', 'classify', 'gate']),
    );
  });
});

describe('splitting a report off', () => {
  it('C9: gives it an incident of its own, of its own class; the count is corrected and both timelines say so', async () => {
    const { house, ids } = await merged();
    const signalId = signal(ids[2] ?? '');
    const told = house.told.length;
    const { records } = await splitIncident(house.ports, order(house), { signalId, reason });
    const [from, own] = await incidents(house);
    expect(from).toEqual(records.incident);
    expect(from).toMatchObject({ signalCount: 2, splits: [{ signalId, incidentId: own?.id, by: 'ana', reason }] });
    expect(own).toMatchObject({
      subject: `${SUBJECT}/split/${own?.id}`,
      state: 'escalated',
      failureClass: 'DatabricksClusterStartFailure',
      code: 'CLOUD_PROVIDER_LAUNCH_FAILURE',
      signalCount: 1,
      splitFrom: from?.id,
      failedAt: '2026-11-20T07:59:00.000Z',
    });
    const types = [await house.types(from?.id), await house.types(own?.id)];
    expect(types[0]?.at(-1)).toBe('signal-split-off');
    expect(types[1]?.slice(0, 2)).toEqual(['incident-opened', 'split-from']);
    await house.settle(900);
    expect(house.told.slice(told).filter(({ message }) => message.incidentId === own?.id)).toHaveLength(2);
    expect((await house.file(from?.id)).incident.state).toBe('resolved');
    expect((await house.file(own?.id)).runs).toEqual([]);
    await expectWhole(house);
  });

  it('C9: the signal answers with its new place and with how it came there, also after a late copy and a rebuild', async () => {
    const { house, ids } = await merged();
    const signalId = signal(ids[2] ?? '');
    const { records } = await splitIncident(house.ports, order(house), { signalId, reason });
    const own = records.incident.splits?.[0]?.incidentId;
    const expectMoved = async () => {
      const outcome = await house.ports.signals.get(signalId);
      expect(outcome).toMatchObject({ ticketId: own, ended: 'opened', errorType: 'DatabricksClusterStartFailure' });
      expect(outcome?.decisions.slice(-2).map(({ stage }) => stage)).toEqual(['join', 'split']);
    };
    await expectMoved();
    await rebuildProjections(house.ports);
    await expectMoved();
  });

  it('C9: a copy that was on its way while the report was split off does not take it back', async () => {
    const { house, ids } = await merged();
    const signalId = signal(ids[2] ?? '');
    const late = house.ports.signals;
    const { signal: again } = parseDatabricksEvent(died(CLUSTER, 'CLOUD_PROVIDER_LAUNCH_FAILURE'), {
      id: signalId,
      receivedAt: house.clock.now().toISOString(),
      correlationId: 'cor-late',
    });
    let isFirst = true;
    const get = async (id: string) => {
      const known = isFirst ? undefined : await late.get(id);
      // It has looked for the outcome before there was one; the split came after that.
      if (isFirst) await splitIncident(house.ports, order(house), { signalId, reason });
      isFirst = false;
      return known;
    };
    const signals: SignalStore = {
      get,
      record: (outcome) => late.record(outcome),
      recordOnce: (outcome) => late.recordOnce(outcome),
      decidedBefore: (instant, from) => late.decidedBefore(instant, from),
      remove: (outcome) => late.remove(outcome),
    };
    await handleSignal({ ...house.ports, signals }, again);
    const { incident } = await house.incident();
    expect(await late.get(signalId)).toMatchObject({ ended: 'opened', ticketId: incident.splits?.[0]?.incidentId });
    expect(incident.signalCount).toBe(2);
  });

  it('C9: the pointer stays where it was: further reports join the incident that they joined before', async () => {
    const { house, ids } = await merged();
    await splitIncident(house.ports, order(house), { signalId: signal(ids[2] ?? ''), reason });
    const { id } = await house.hear(died(CLUSTER));
    await house.settle(5);
    expect(await house.ports.signals.get(id)).toMatchObject({
      ended: 'joined',
      ticketId: house.ports.incidents.ids[0],
    });
    expect((await house.ports.subjects.get(SUBJECT))?.incidentId).toBe(house.ports.incidents.ids[0]);
  });

  it('C9: only what joined this incident and was counted can be split off, and once', async () => {
    const { house, ids } = await merged();
    const split = (text: string | undefined) =>
      splitIncident(house.ports, order(house), { signalId: signal(text ?? ''), reason });
    expect((await refusalOf(split(ids[0]))).message).toContain('opened');
    expect(await failureOf(split('sig-00000000000000000000'))).toMatchObject({
      code: 'invalid-fields',
      fields: [{ pointer: '/signalId' }],
    });
    const progress = await house.hear({ event: 'cluster.restarting', cluster: { cluster_id: CLUSTER } });
    await house.settle(1);
    expect((await refusalOf(split(progress.id))).message).toContain('was not counted');
    await split(ids[1]);
    expect((await refusalOf(split(ids[1]))).message).toContain('was split off into');
    expect(house.ports.incidents.ids).toHaveLength(2);
  });

  it('D3: a writer that dies at any await of a split leaves it done or not done; the watchdog makes the new incident', async () => {
    const ends = { done: 0, notDone: 0 };
    for (const moment of ['before', 'after'] as const) {
      for (let fatal = 1; ; fatal += 1) {
        const { house, ids } = await merged();
        const signalId = signal(ids[2] ?? '');
        const { ports, calls } = doomed(house, fatal, moment);
        const end = await untilDoneOrDead(splitIncident(ports, order(house), { signalId, reason }));
        if (end === 'done' && calls.count < fatal) break;
        await house.clock.advance(180_000);
        await house.watch();
        await house.settle(3600);
        const [from, own, ...more] = await incidents(house);
        expect(more, calls.last).toEqual([]);
        expect(from?.signalCount, calls.last).toBe(own ? 2 : 3);
        expect(from?.splits?.[0]?.incidentId, calls.last).toBe(own?.id);
        expect((await house.ports.signals.get(signalId))?.ticketId, calls.last).toBe(own?.id ?? from?.id);
        await expectWhole(house, calls.last);
        ends[own ? 'done' : 'notDone'] += 1;
      }
    }
    expect(ends.done).toBeGreaterThan(5);
    expect(ends.notDone).toBeGreaterThan(3);
  });
});
