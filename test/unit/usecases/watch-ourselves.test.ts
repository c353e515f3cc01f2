// What Lakewarden notices about itself: told once, joined while it goes on, resolved when it is over.
import { describe, expect, it } from 'vitest';
import { Broken } from '../../../shared/domain/errors.ts';
import { isClusterId } from '../../../shared/domain/ids.ts';
import { ticketId } from '../../../shared/domain/incidents/ticket-id.ts';
import { timerPeriodSeconds } from '../../../shared/domain/own-health/timers.ts';
import { acknowledgeIncident } from '../../../shared/usecases/operator/acknowledge-incident.ts';
import { releaseIncident } from '../../../shared/usecases/operator/release-incident.ts';
import { watchOurselves } from '../../../shared/usecases/watch-ourselves.ts';
import { CLUSTER, died, House } from '../../builders/house.ts';
import { anIncident } from '../../builders/incident.ts';
import { order, ticket } from '../../builders/operators.ts';

async function look(house: House): Promise<number> {
  for (const name of Object.keys(timerPeriodSeconds)) await house.ports.heartbeats.beat(name, house.clock.now());
  const { told } = await watchOurselves(house.ports);
  await house.settle(60);
  return told;
}

async function own(house: House, subject: string) {
  const { incidents } = await house.ports.index.list({ subject }, 10);
  return incidents;
}

async function sixFail(house: House): Promise<void> {
  for (let number = 1; number <= 6; number += 1) {
    const id = `cluster-${number}`;
    if (!isClusterId(id)) throw new Error(id);
    house.workspace.put(id, { startedAt: '2026-11-20T07:00:00.000Z' });
    await house.dies(id);
  }
  await house.settle(60);
}

describe('Lakewarden looks at itself', () => {
  it('D6: six cluster failures within an hour are one incident about ourselves, told once, resolved when the hour is over', async () => {
    const house = new House();
    expect(await look(house)).toBe(0);
    await sixFail(house);
    expect(await look(house)).toBe(1);
    expect(await look(house)).toBe(0);
    const [incident] = await own(house, 'lakewarden/cluster-failures');
    expect(incident).toMatchObject({ state: 'escalated', failureClass: 'LakewardenClusterFailureRate' });
    expect(house.told.at(-1)?.message.text).toContain('6 failures of 6 clusters within an hour, more than 5');
    await house.clock.advance(3_700_000);
    expect(await look(house)).toBe(1);
    expect(await own(house, 'lakewarden/cluster-failures')).toMatchObject([{ state: 'resolved' }]);
    expect(await look(house)).toBe(0);
  });

  it('D6: cluster failures are counted also when hundreds of others failed after them', async () => {
    const house = new House();
    for (let number = 1; number <= 306; number += 1) {
      const openedAt = new Date(house.clock.now().getTime() + number * 1_000).toISOString();
      const subject = number <= 6 ? `cluster/databricks-dev/cluster-${number}` : `job/databricks-dev/${number}`;
      await house.ports.index.refresh(anIncident({ id: ticketId('20261120', number), subject, openedAt }));
    }
    await house.clock.advance(400_000);
    expect(await look(house)).toBe(1);
    expect(house.told.at(-1)?.message.text).toContain('6 failures of 6 clusters within an hour');
  });

  it('D6: one that a person had taken when it was over resolves once it is released', async () => {
    const house = new House();
    await look(house);
    await sixFail(house);
    await look(house);
    const incidentId = ticket((await own(house, 'lakewarden/cluster-failures'))[0]?.id);
    await acknowledgeIncident(house.ports, order(house, { incidentId }), {});
    await house.clock.advance(3_700_000);
    await look(house);
    expect(await own(house, 'lakewarden/cluster-failures')).toMatchObject([{ state: 'escalated' }]);
    await releaseIncident(house.ports, order(house, { incidentId }), {});
    await look(house);
    expect(await own(house, 'lakewarden/cluster-failures')).toMatchObject([{ state: 'resolved' }]);
  });

  it('D6: five are none', async () => {
    const house = new House({ estate: (estate) => ({ ...estate, selfMonitoring: { clusterFailuresPerHour: 6 } }) });
    await sixFail(house);
    expect(await look(house)).toBe(0);
  });

  it('D6: a recovery that failed and the breaker that it opens in the end are told', async () => {
    const house = new House();
    for (let failure = 0; failure < 3; failure += 1) {
      house.workspace.crash(CLUSTER, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
      for (let start = 0; start < 2; start += 1)
        house.workspace.failNextStart(CLUSTER, { code: 'DRIVER_UNREACHABLE', type: 'CLOUD_FAILURE', parameters: {} });
      await house.hear(died(CLUSTER));
      await house.settle(1_200);
      const [subject] = (await house.ports.index.list({}, 10)).incidents.filter(({ subject: of }) =>
        of.startsWith('cluster/'),
      );
      const file = await house.file(subject?.id);
      await house.ports.incidents.commit({
        basis: file,
        incident: { ...file.incident, state: 'closed' },
        events: [],
        at: house.clock.now().toISOString(),
      });
      await look(house);
    }
    expect(await own(house, 'lakewarden/recoveries')).toMatchObject([{ failureClass: 'LakewardenRecoveryFailed' }]);
    const [breakers] = await own(house, 'lakewarden/breakers');
    expect(breakers).toMatchObject({ failureClass: 'LakewardenBreakerOpened', state: 'escalated' });
  });

  it('D6: a timer that stopped is told, and that it came back', async () => {
    const house = new House();
    await look(house);
    await house.clock.advance(200_000);
    await house.ports.heartbeats.beat('watch-ourselves', house.clock.now());
    expect((await watchOurselves(house.ports)).told).toBe(1);
    await house.settle(60);
    expect(house.told.at(-1)?.message.text).toMatch(
      /^A timer missed its schedule: .*redrive-dead-letters came through last/,
    );
    expect(await look(house)).toBe(1);
    expect(await own(house, 'lakewarden/timers')).toMatchObject([{ state: 'resolved' }]);
  });

  it('D6: what cannot be looked at hides nothing else, and is not taken for well', async () => {
    const house = new House();
    await look(house);
    await house.clock.advance(200_000);
    house.ports.breakers.list = async () => {
      throw new Broken('broken', 'row class X of version 2 is not readable');
    };
    await expect(watchOurselves(house.ports)).rejects.toThrow('of version 2');
    await house.settle(60);
    expect(await own(house, 'lakewarden/timers')).toMatchObject([{ failureClass: 'LakewardenTimerMissed' }]);
    expect(await own(house, 'lakewarden/breakers')).toEqual([]);
  });

  it('D6: a failed recovery that is an hour old is no news of the younger ones', async () => {
    const house = new House();
    const now = house.clock.now().getTime();
    const failedAgo = (minutes: number) => ({
      run: `RCA-20261120-00${minutes / 10}/1`,
      at: new Date(now - minutes * 60_000).toISOString(),
    });
    const breaker = await house.ports.breakers.get('class', 'DatabricksClusterTerminated');
    await house.ports.breakers.set(breaker, { state: 'closed', failures: [failedAgo(50), failedAgo(10)] });
    expect(await look(house)).toBe(1);
    await house.clock.advance(15 * 60_000);
    expect(await look(house)).toBe(0);
    expect(await own(house, 'lakewarden/recoveries')).toMatchObject([{ signalCount: 1 }]);
    await house.clock.advance(36 * 60_000);
    expect(await look(house)).toBe(1);
    expect(await own(house, 'lakewarden/recoveries')).toMatchObject([{ state: 'resolved' }]);
  });
});
