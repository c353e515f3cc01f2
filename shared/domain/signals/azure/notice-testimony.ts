// What a notice says of the regions of the estate, as one witness among others. What is told of our own eyes (Azure Monitor) says nothing
// of a region but that we may be blind there.
import type { Estate } from '../../estate/estate.ts';
import { regionsOf } from '../../estate/lookup.ts';
import { isObserving, watchedAmong } from '../../estate/watched-services.ts';
import type { Saying, Testimony, WitnessSource } from '../../regions/testimony.ts';
import { workspaceOfTarget } from './dimensions.ts';
import { type NoticeJudgement, regionsHit } from './judge-notice.ts';
import type { AzureNotice, NoticeSort } from './notice.ts';

const HOUR_MS = 3_600_000;
const WORDS_LIMIT = 500;

interface Voice {
  readonly source: WitnessSource;
  readonly fate: string;
  /** Azure tells of a service incident at least daily; nobody tells again of an alert. */
  readonly validHours: number;
}

const voices: Partial<Record<NoticeSort, Voice>> = {
  'service-health': { source: 'service-health', fate: 'service-health', validHours: 24 },
  'resource-health': { source: 'resource-health', fate: 'resource-health', validHours: 24 },
  alert: { source: 'alerts', fate: 'azure-monitor', validHours: 6 },
};

/** The name of the witness in every region. */
export function witnessOf({ key }: AzureNotice): string {
  return key;
}

/** What it says now, one testimony a region; whatever it said before of another region of `mayHaveSpokenOf` is to be taken back. */
export function testimoniesOf(notice: AzureNotice, { is }: NoticeJudgement, estate: Estate): readonly Testimony[] {
  const voice = voices[notice.sort];
  const says = is === 'failure' && voice ? saying(notice, estate) : undefined;
  if (!voice || says === undefined) return [];
  const seenAt = notice.at;
  return regionsSpokenOf(notice, estate).map((region) => ({
    region,
    witness: witnessOf(notice),
    source: voice.source,
    says,
    fate: says === 'unknown' ? 'azure-monitor' : voice.fate,
    seenAt,
    validUntil: new Date(Date.parse(seenAt) + voice.validHours * HOUR_MS).toISOString(),
    words: notice.title.slice(0, WORDS_LIMIT),
    evidence: { key: notice.key, level: notice.level, services: notice.services.slice(0, 10), status: notice.status },
  }));
}

/** Service Health may have named any region in an earlier update; the others are about the same resource all their life. */
export function mayHaveSpokenOf(notice: AzureNotice, estate: Estate): readonly string[] {
  if (voices[notice.sort] === undefined) return [];
  return notice.sort === 'service-health' ? regionsOf(estate) : regionsSpokenOf(notice, estate);
}

function saying(notice: AzureNotice, estate: Estate): Saying | undefined {
  switch (notice.sort) {
    case 'service-health':
      if (watchedAmong(notice.services, estate.watchedServices).every(isObserving)) return 'unknown';
      return notice.level === 'error' || notice.level === 'critical' ? 'outage' : 'degraded';
    case 'resource-health':
      if (notice.cause !== 'PlatformInitiated') return undefined;
      return notice.status === 'Unavailable' ? 'outage' : 'degraded';
    default:
      return 'degraded';
  }
}

function regionsSpokenOf(notice: AzureNotice, estate: Estate): readonly string[] {
  if (notice.sort === 'service-health') return regionsHit(notice, estate);
  const ofTargets = notice.targets.map((target) => regionOfTarget(target, estate));
  const told = notice.sort === 'alert' ? regionsHit(notice, estate) : [];
  return [...new Set([...ofTargets.filter((region) => region !== undefined), ...told])];
}

/** The region of a workspace or a storage account of the estate, by its ARM id. */
function regionOfTarget(target: string, { pairs }: Estate): string | undefined {
  const name = workspaceOfTarget(target);
  const group = /\/resourcegroups\/([^/]+)/i.exec(target)?.[1];
  const workspaces = pairs.flatMap(({ primary, dr }) => [primary, dr]);
  const workspace = workspaces.find(
    (one) => same(one.name, name) && (group === undefined || same(one.resourceGroup, group)),
  );
  if (workspace) return workspace.region;
  const account = /\/microsoft\.storage\/storageaccounts\/([^/]+)/i.exec(target)?.[1];
  return pairs.find(({ drStorage }) => drStorage && same(drStorage.account, account))?.dr.region;
}

function same(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}
