// Retention through its timer: records of long ago lie in the real tables, and the running app removes them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTables } from '../../shared/adapters/table-storage/connection.ts';
import { TableIncidentIndex } from '../../shared/adapters/table-storage/table-incident-index.ts';
import { TableIncidentStore } from '../../shared/adapters/table-storage/table-incident-store.ts';
import { TableSignalStore } from '../../shared/adapters/table-storage/table-signal-store.ts';
import { TableSubjectStore } from '../../shared/adapters/table-storage/table-subject-store.ts';
import { Tables } from '../../shared/adapters/table-storage/tables.ts';
import { moved } from '../../shared/domain/incidents/incident.ts';
import { ticketId } from '../../shared/domain/incidents/ticket-id.ts';
import { CloudClient, clusterEvent, eventually } from '../builders/cloud-client.ts';
import { anIncident } from '../builders/incident.ts';
import { LaptopCloud } from '../builders/laptop-cloud.ts';
import { anEvent, anOpening, anOutcome } from '../builders/store-samples.ts';
import { committed, next } from '../contract/stores/incident-store.ts';

const DAY_MS = 24 * 3600 * 1000;
const CLUSTER = 'test-cluster-123';
const SUBJECT = `cluster/databricks-dev/${CLUSTER}`;
const OLD = ticketId('20250101', 1);
const YOUNGER = ticketId('20250101', 2);
const ENDLESS = ticketId('20250101', 3);
const OLD_SIGNAL = 'sig-0123456789abcdef0123456789abcdef';

describe('retention', { timeout: 180_000 }, () => {
  let laptop: LaptopCloud;
  let cloud: CloudClient;
  let tables: Tables;
  beforeAll(async () => {
    laptop = new LaptopCloud('--no-story');
    await laptop.ready();
    cloud = new CloudClient(() => laptop.stack);
    tables = new Tables(connectTables({ connection: laptop.stack.tablesConnectionString }));
  }, 90_000);
  afterAll(() => laptop.remove());

  const ago = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

  /** Opened long ago; closed, if at all, `closedDays` ago. */
  async function keep(id: typeof OLD, subject: string, closedDays?: number): Promise<void> {
    const incidents = new TableIncidentStore(tables);
    const incident = anIncident({ id, subject, openedAt: ago(500) });
    let file = committed(await incidents.commit({ ...anOpening({ incident, deliveryId: OLD_SIGNAL }), at: ago(500) }));
    if (closedDays !== undefined) {
      const closed = moved(moved(file.incident, 'resolved'), 'closed', { closedAt: ago(closedDays) });
      file = committed(
        await incidents.commit({ ...next(file), incident: closed, events: [anEvent({ type: 'closed' })] }),
      );
    }
    await new TableIncidentIndex(tables).refresh(file.incident);
  }

  it('D1, D2: the timer removes what was closed long ago and nothing else; the same cluster fails again under a new number', async () => {
    await keep(OLD, SUBJECT, 401);
    await new TableSubjectStore(tables).set({ subject: SUBJECT, incidentId: OLD, failureKey: 'key' }, undefined);
    await new TableSignalStore(tables).record(anOutcome({ signalId: OLD_SIGNAL, ticketId: OLD, decidedAt: ago(402) }));
    await keep(YOUNGER, 'cluster/databricks-dev/younger', 399);
    await keep(ENDLESS, 'cluster/databricks-dev/endless');
    expect((await cloud.incident(OLD)).timeline).toHaveLength(2);

    expect(await cloud.runTimer('purge')).toBe(202);
    const gone = async () => ((await cloud.get(`/api/signals/${OLD_SIGNAL}`)) === undefined ? true : undefined);
    await eventually(gone, 60_000, 'the purge of the old signal, which follows that of the incident');
    expect(await cloud.get(`/api/incidents/${OLD}`)).toBeUndefined();
    expect((await cloud.incidents()).value.map(({ id }) => id).sort()).toEqual([YOUNGER, ENDLESS]);
    expect((await cloud.incident(YOUNGER)).timeline).toHaveLength(2);
    expect((await cloud.incident(ENDLESS)).state).toBe('open');

    await cloud.crash(CLUSTER, 'DRIVER_UNREACHABLE');
    const { answer } = await cloud.post(clusterEvent(CLUSTER), { prefer: 'wait=20' });
    const again = await cloud.incidentIn(answer.ticket_id ?? '', 'resolved');
    expect(again.id).not.toBe(OLD);
    expect(again.previousIncidentId).toBe(OLD);
  });
});
