// What the stores of regions, notices and sources promise.
import { describe, expect, it } from 'vitest';
import { troubleOf } from '../../../shared/domain/own-health/source-trouble.ts';
import type { Testimony } from '../../../shared/domain/regions/testimony.ts';
import type { StoredNotice } from '../../../shared/domain/signals/azure/stored-notice.ts';
import type { NoticeStore } from '../../../shared/ports/notice-store.ts';
import type { RegionStore, Told } from '../../../shared/ports/region-store.ts';
import type { SourceLog } from '../../../shared/ports/source-log.ts';
import type { WitnessStore } from '../../../shared/ports/witness-store.ts';

const testimony: Testimony = {
  region: 'eastus',
  witness: 'probe/databricks-dev',
  source: 'probes',
  says: 'healthy',
  fate: 'our-network',
  seenAt: '2026-11-20T08:00:00.000Z',
  validUntil: '2026-11-20T08:03:00.000Z',
  words: 'It answers.',
};

export function witnessStoreContract(where: string, create: () => WitnessStore): void {
  describe(`witness store, ${where}`, () => {
    it('C5: keeps what each witness said last of each region', async () => {
      const witnesses = create();
      await witnesses.put(testimony);
      await witnesses.put({
        ...testimony,
        witness: 'service-health/ABCD-123',
        source: 'service-health',
        says: 'outage',
      });
      await witnesses.put({ ...testimony, region: 'westus2' });
      await witnesses.put({ ...testimony, says: 'outage', seenAt: '2026-11-20T08:01:00.000Z' });
      const said = (await witnesses.of('eastus')).map(({ witness, says }) => [witness, says]).sort();
      expect(said).toEqual([
        ['probe/databricks-dev', 'outage'],
        ['service-health/ABCD-123', 'outage'],
      ]);
      expect(await witnesses.of('nowhere')).toEqual([]);
    });

    it('A7, C5: in a storm of alerts every witness is heard, however many there are', async () => {
      const witnesses = create();
      const alerts = Array.from({ length: 1_050 }, (_, number) => `alert/${number}`);
      for (let from = 0; from < alerts.length; from += 50)
        await Promise.all(alerts.slice(from, from + 50).map((witness) => witnesses.put({ ...testimony, witness })));
      await witnesses.put(testimony);
      const heard = (await witnesses.of('eastus')).map(({ witness }) => witness);
      expect(heard.toSorted()).toEqual([...alerts, testimony.witness].toSorted());
    });

    it('C5: what is past its time is forgotten, what was said again since is not', async () => {
      const witnesses = create();
      await witnesses.put({ ...testimony, witness: 'alert/old' });
      await witnesses.put({ ...testimony, validUntil: '2026-11-21T08:00:00.000Z' });
      await witnesses.put({ ...testimony, region: 'westus2' });
      expect(await witnesses.forgetBefore('eastus', '2026-11-20T08:04:00.000Z')).toBe(1);
      expect((await witnesses.of('eastus')).map(({ witness }) => witness)).toEqual([testimony.witness]);
      expect(await witnesses.of('westus2')).toHaveLength(1);
    });

    it('C8: what was seen earlier never replaces what was seen later', async () => {
      const witnesses = create();
      await witnesses.put({ ...testimony, seenAt: '2026-11-20T08:05:00.000Z', says: 'outage' });
      await witnesses.put(testimony);
      expect((await witnesses.of('eastus')).map(({ says }) => says)).toEqual(['outage']);
    });

    it('C5: a witness that is retracted says nothing', async () => {
      const witnesses = create();
      await witnesses.put(testimony);
      await witnesses.retract('eastus', testimony.witness);
      await witnesses.retract('eastus', 'never/heard');
      expect(await witnesses.of('eastus')).toEqual([]);
    });
  });
}

function toldAt(at: string, incidentId: string, region = 'eastus'): Told {
  const told = {
    incidentId,
    subject: `cluster/w/${incidentId}`,
    failureClass: 'DatabricksClusterTerminated',
    code: 'X',
  };
  return { region, weight: 1, at, told: { ...told, failureClass: 'DatabricksClusterTerminated' } };
}

export function regionStoreContract(where: string, create: () => RegionStore): void {
  describe(`region store, ${where}`, () => {
    it('A7: tells what a region was told since, each incident once, oldest first', async () => {
      const regions = create();
      await regions.note(toldAt('2026-11-20T08:02:00.000Z', 'RCA-20261120-002'));
      await regions.note(toldAt('2026-11-20T08:01:00.000Z', 'RCA-20261120-001'));
      await regions.note(toldAt('2026-11-20T08:02:00.000Z', 'RCA-20261120-002'));
      await regions.note(toldAt('2026-11-20T08:03:00.000Z', 'RCA-20261120-003', 'westus2'));
      await regions.note(toldAt('2026-11-20T07:00:00.000Z', 'RCA-20261120-000'));
      expect(await idsSince(regions, '2026-11-20T08:01:00.000Z')).toEqual(['RCA-20261120-001', 'RCA-20261120-002']);
    });

    it('A7: forgets what is old', async () => {
      const regions = create();
      await regions.note(toldAt('2026-11-20T08:02:00.000Z', 'RCA-20261120-002'));
      await regions.note(toldAt('2026-11-20T08:01:00.000Z', 'RCA-20261120-001'));
      expect(await regions.forgetBefore('eastus', '2026-11-20T08:02:00.000Z')).toBe(1);
      expect(await idsSince(regions, '2026-11-20T00:00:00.000Z')).toEqual(['RCA-20261120-002']);
    });
  });
}

async function idsSince(regions: RegionStore, since: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of regions.toldSince('eastus', since)) ids.push(...page.map(({ told }) => told.incidentId));
  return ids;
}

function noticeAt(at: string, key: string, phase: StoredNotice['phase'] = 'active'): StoredNotice {
  return {
    schemaVersion: 1,
    sort: 'service-health',
    key,
    phase,
    at,
    isTest: false,
    title: 'Storage in East US',
    text: 'Customers may see errors.',
    regions: ['eastus'],
    isGlobal: false,
    services: ['Storage'],
    targets: [],
    firstHeardAt: at,
    lastHeardAt: at,
    updates: 1,
    became: 'opened an incident',
  };
}

export function noticeStoreContract(where: string, create: () => NoticeStore): void {
  describe(`notice store, ${where}`, () => {
    it('A5: of two who write on what both have read, one is refused', async () => {
      const notices = create();
      const first = await notices.set(noticeAt('2026-11-20T08:00:00.000Z', 'service-health/A'), undefined);
      await expect(notices.set(first.notice, undefined)).rejects.toMatchObject({ code: 'written-meanwhile' });
      await notices.set({ ...first.notice, phase: 'over' }, first);
      await expect(notices.set(first.notice, first)).rejects.toMatchObject({ code: 'written-meanwhile' });
      expect((await notices.get('service-health/A'))?.notice.phase).toBe('over');
      expect(await notices.get('service-health/B')).toBeUndefined();
    });

    it('C4: lists the newest first, each once, page by page', async () => {
      const notices = create();
      for (const minute of [1, 3, 2, 5, 4]) {
        await notices.set(noticeAt(`2026-11-20T08:0${minute}:00.000Z`, `service-health/${minute}`), undefined);
      }
      const moved = await notices.get('service-health/1');
      if (moved) await notices.set({ ...moved.notice, at: '2026-11-20T08:06:00.000Z' }, moved);
      const first = await notices.list({}, 3);
      const second = await notices.list({}, 3, first.continuation);
      expect([...first.notices, ...second.notices].map(({ key }) => key.at(-1))).toEqual(['1', '5', '4', '3', '2']);
      expect(second.continuation).toBeUndefined();
      const recent = await notices.list({ since: '2026-11-20T08:04:00.000Z' }, 10);
      expect(recent.notices.map(({ key }) => key.at(-1))).toEqual(['1', '5', '4']);
    });

    it('C4: forgets what is old and over', async () => {
      const notices = create();
      await notices.set(noticeAt('2026-11-20T08:01:00.000Z', 'service-health/1', 'over'), undefined);
      await notices.set(noticeAt('2026-11-20T08:02:00.000Z', 'service-health/2'), undefined);
      await notices.set(noticeAt('2026-11-20T08:09:00.000Z', 'service-health/3', 'told'), undefined);
      expect(await notices.forgetBefore('2026-11-20T08:05:00.000Z')).toBe(1);
      const left = await notices.list({}, 10);
      expect(left.notices.map(({ key }) => key.at(-1))).toEqual(['3', '2']);
      expect(await notices.get('service-health/1')).toBeUndefined();
    });
  });
}

export function sourceLogContract(where: string, create: () => SourceLog): void {
  describe(`source log, ${where}`, () => {
    it('A9: one that is heard again, however soon after it had missed something, is not quiet', async () => {
      const sources = create();
      const one = (newestOf: string) => ({ count: 1, newestOf });
      await sources.heard('monitor-alert', new Date('2026-11-20T08:00:00.000Z'));
      await sources.missed('monitor-alert', new Date('2026-11-20T08:00:05.000Z'), one('2026-11-20T08:00:05.000Z'));
      await sources.heard('monitor-alert', new Date('2026-11-20T08:00:09.000Z'));
      await sources.heard('service-health', new Date('2026-11-20T08:00:00.000Z'));
      await sources.missed('service-health', new Date('2026-11-20T08:00:30.000Z'), one('2026-11-20T08:00:30.000Z'));
      await sources.heard('service-health', new Date('2026-11-20T08:00:31.000Z'));
      const later = new Date('2026-11-20T09:00:00.000Z');
      const troubles = (await sources.all()).map((state) => [state.source, troubleOf(state, later)]);
      expect(Object.fromEntries(troubles)).toEqual({ 'monitor-alert': undefined, 'service-health': undefined });
    });

    it('A9: a late word of the past does not make it look silent', async () => {
      const sources = create();
      await sources.heard('monitor-alert', new Date('2026-11-20T08:00:00.000Z'));
      await sources.heard('monitor-alert', new Date('2026-11-19T08:00:00.000Z'));
      expect(await sources.all()).toMatchObject([{ lastHeardAt: '2026-11-20T08:00:00.000Z' }]);
    });

    it('A9: tells how fresh each source is, and since when it fails', async () => {
      const sources = create();
      await sources.heard('service-health', new Date('2026-11-20T08:00:00.000Z'));
      await sources.read('status-page', new Date('2026-11-20T08:00:00.000Z'));
      await sources.failed('status-page', new Date('2026-11-20T08:01:00.000Z'), 'it answers HTML');
      await sources.failed('status-page', new Date('2026-11-20T08:02:00.000Z'), 'it does not answer');
      const missed = { count: 2, newestOf: '2026-11-20T07:59:00.000Z' };
      await sources.missed('service-health', new Date('2026-11-20T08:03:00.000Z'), missed);
      const missing = (await sources.all()).find(({ source }) => source === 'service-health');
      expect(missing).toMatchObject({ lastMissedAt: '2026-11-20T08:03:00.000Z', missedOf: missed.newestOf });
      const failing = (await sources.all()).find(({ source }) => source === 'status-page');
      expect(failing).toMatchObject({
        lastReadAt: '2026-11-20T08:00:00.000Z',
        failingSince: '2026-11-20T08:01:00.000Z',
        lastFailure: 'it does not answer',
      });
      await sources.read('status-page', new Date('2026-11-20T08:04:00.000Z'));
      const states = [...(await sources.all())].sort((a, b) => (a.source < b.source ? -1 : 1));
      expect(states.map(({ source, failingSince, missed }) => [source, failingSince, missed])).toEqual([
        ['service-health', undefined, 2],
        ['status-page', undefined, 0],
      ]);
    });
  });
}
