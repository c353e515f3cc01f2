// What the newest state of a notice means for this estate: a failure, none (any more), or something to be known and no more (C4, C8).

import type { FailureClass } from '../../classification/failure-classes.ts';
import type { Estate } from '../../estate/estate.ts';
import { regionsOf } from '../../estate/lookup.ts';
import { watchedAmong } from '../../estate/watched-services.ts';
import type { AzureNotice } from './notice.ts';

export type NoticeJudgement =
  | { readonly is: 'failure'; readonly because: string; readonly failureClass: FailureClass }
  /** What was open for it is over. */
  | { readonly is: 'well'; readonly because: string }
  /** Never was a failure, whatever is open. */
  | { readonly is: 'recorded'; readonly because: string };

/** Titles by which Azure says that it is over, or never was, before stage and status do (facts/azure.md 2.3). */
const TITLE_SAYS_OVER =
  /post[- ]incident review|\bpir\b|no impact|(?<!\b(?:part(?:ial)?ly|not|yet|be|being)[ -](?:fully )?)\bmitigated\b|^\W*(?:resolved|rca)\b/i;

export function judgeNotice(notice: AzureNotice, estate: Estate, now: Date): NoticeJudgement {
  if (notice.isTest) return { is: 'recorded', because: 'is-a-test' };
  switch (notice.sort) {
    case 'service-health':
      return judgeServiceHealth(notice, estate, now);
    case 'resource-health':
      return judgeResourceHealth(notice);
    case 'alert':
      return firedOrResolved(notice, 'AzureAlert');
    case 'unclassified':
      return firedOrResolved(notice, 'UnclassifiedAlert');
    case 'activity':
      return { is: 'recorded', because: 'is-a-record-of-the-activity-log' };
    case 'cost':
      return { is: 'recorded', because: 'is-about-money' };
  }
}

function judgeServiceHealth(notice: AzureNotice, estate: Estate, now: Date): NoticeJudgement {
  const because = whyNoFailure(notice, estate, now);
  return because === undefined
    ? { is: 'failure', because: 'service-incident-in-our-regions', failureClass: 'AzureServiceIncident' }
    : { is: 'well', because };
}

/** The first reason; undefined for an incident that a person has to look at. */
function whyNoFailure(notice: AzureNotice, estate: Estate, now: Date): string | undefined {
  const { incidentType, stage, status, title, level = 'warning', mitigatedAt } = notice;
  if (incidentType !== 'Incident') return OTHER_TYPES[incidentType ?? ''] ?? 'is-no-incident';
  if (stage === 'RCA') return 'is-a-review-of-the-past';
  if (notice.phase === 'over') return 'is-over';
  if (stage !== 'Active' || status !== 'Active') return 'is-not-active';
  if (TITLE_SAYS_OVER.test(title)) return 'its-title-says-over';
  if (mitigatedAt !== undefined && mitigatedAt <= now.toISOString()) return 'is-mitigated';
  if (level === 'informational') return 'is-below-warning';
  if (watchedAmong(notice.services, estate.watchedServices).length === 0) return 'no-watched-service';
  return regionsHit(notice, estate).length === 0 ? 'in-other-regions' : undefined;
}

const OTHER_TYPES: Readonly<Record<string, string>> = {
  Maintenance: 'is-planned-maintenance',
  Informational: 'is-an-advisory',
  ActionRequired: 'is-an-advisory',
  Security: 'is-a-security-advisory',
  Billing: 'is-about-money',
};

function judgeResourceHealth({ phase, cause }: AzureNotice): NoticeJudgement {
  if (phase === 'over') return { is: 'well', because: 'is-available' };
  if (phase === 'told') return { is: 'recorded', because: 'its-health-is-not-known' };
  return cause === 'UserInitiated'
    ? { is: 'well', because: 'somebody-did-it-on-purpose' }
    : { is: 'failure', because: 'resource-is-not-available', failureClass: 'AzureResourceUnavailable' };
}

function firedOrResolved({ phase }: AzureNotice, failureClass: FailureClass): NoticeJudgement {
  return phase === 'over'
    ? { is: 'well', because: 'is-resolved' }
    : { is: 'failure', because: 'has-fired', failureClass };
}

/** The regions of the estate that it is about; all of them when it is everywhere. */
export function regionsHit({ regions, isGlobal }: AzureNotice, estate: Estate): readonly string[] {
  return regionsOf(estate).filter((region) => isGlobal || regions.includes(region));
}
