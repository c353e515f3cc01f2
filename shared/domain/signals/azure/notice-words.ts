// A notice in words for people: on the incident, in lists, in messages. What stands in the way of a failover comes first (C8).
import type { Estate } from '../../estate/estate.ts';
import { regionsHit } from './judge-notice.ts';
import type { AzureNotice } from './notice.ts';

/** A signal carries so much text (signal.ts). */
const WORDS_LIMIT = 2_000;
const TEXT_LIMIT = 700;
const NAMED_REGIONS = 10;

/** Why it was only recorded, as a person says it. */
const reasons: Readonly<Record<string, string>> = {
  'is-a-test': 'A test: received and handled.',
  'is-a-record-of-the-activity-log': 'A record of the activity log: nothing failed.',
  'is-about-money': 'About costs or billing: nothing failed.',
  'is-planned-maintenance': 'Planned maintenance: shown, no outage.',
  'is-an-advisory': 'An advisory: shown, no outage.',
  'is-a-security-advisory': 'A security advisory: shown, no outage.',
  'is-no-incident': 'It is not told as an incident: shown, no outage.',
  'is-a-review-of-the-past': 'A review of what is past.',
  'is-over': 'It is over.',
  'is-not-active': 'It is not active.',
  'its-title-says-over': 'Its title says that it is over, or never was.',
  'is-mitigated': 'It is mitigated.',
  'is-below-warning': 'Informational: availability is not impaired.',
  'no-watched-service': 'No service that this estate needs is named.',
  'in-other-regions': 'No region of this estate is named.',
  'is-available': 'The resource is available.',
  'its-health-is-not-known': 'The health of the resource is not known.',
  'somebody-did-it-on-purpose': 'Somebody did it on purpose.',
  'is-resolved': 'The alert is resolved.',
  'older-update': 'A newer update was heard before.',
};

export function wordsOfReason(because: string): string {
  return reasons[because] ?? because;
}

export function wordsOfNotice(notice: AzureNotice, estate: Estate): string {
  const { title, text, severity, level } = notice;
  const grade = severity ?? level;
  const parts = [
    `${title}${grade === undefined ? '' : ` (${grade})`}.`,
    ...failoverWarnings(notice, estate),
    concerned(notice),
    text.slice(0, TEXT_LIMIT),
  ];
  return parts
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, WORDS_LIMIT);
}

/** What is to be said before anyone fails over, for each pair that it hits. */
export function failoverWarnings(notice: AzureNotice, estate: Estate): readonly string[] {
  if (notice.sort !== 'service-health') return [];
  if (notice.isGlobal) return ['It is global: no other region is free of it, so a failover does not help.'];
  const hit = regionsHit(notice, estate);
  return estate.pairs.flatMap(({ name, primary, dr }) => {
    if (!hit.includes(dr.region)) return [];
    return hit.includes(primary.region)
      ? [`It hits ${primary.region} and ${dr.region}, both regions of ${name}: a failover would lead into it.`]
      : [`It hits ${dr.region}, the DR region of ${name}: do not fail over into it.`];
  });
}

function concerned({ services, regions }: AzureNotice): string {
  const named = [...regions.slice(0, NAMED_REGIONS), ...(regions.length > NAMED_REGIONS ? ['more'] : [])];
  const where = named.length === 0 ? '' : ` in ${named.join(', ')}`;
  return services.length === 0 ? '' : `${services.slice(0, NAMED_REGIONS).join(', ')}${where}.`;
}
