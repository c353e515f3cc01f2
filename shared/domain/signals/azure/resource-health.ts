// The health of one resource, from any envelope (facts/azure.md 1.3). Its title lies at times, so that the statuses count.
import type { Envelope } from './envelope.ts';
import type { Fields } from './fields.ts';
import type { NoticePhase } from './notice.ts';
import type { NoticeDraft } from './notice-draft.ts';
import { known, levelOf, toldAt } from './service-health.ts';

const HEALTH: Readonly<Record<string, string>> = {
  available: 'Available',
  unavailable: 'Unavailable',
  degraded: 'Degraded',
  unknown: 'Unknown',
};

const CAUSES: Readonly<Record<string, string>> = {
  platforminitiated: 'PlatformInitiated',
  userinitiated: 'UserInitiated',
  unknown: 'Unknown',
};

export function resourceHealthDraft(event: Fields, properties: Fields, envelope: Envelope): NoticeDraft {
  const targets = targetsOf(event, envelope);
  const status = known(HEALTH, properties.text('currentHealthStatus', 'availabilityState') ?? '');
  const before = properties.text('previousHealthStatus');
  const cause = known(CAUSES, properties.text('cause') ?? '');
  const name = targets[0]?.split('/').at(-1) ?? 'a resource';
  return {
    sort: 'resource-health',
    id: (targets[0] ?? event.text('correlationId') ?? envelope.alertId ?? 'nothing').toLowerCase().replaceAll('/', ':'),
    phase: phaseOf(status),
    at: toldAt(event) ?? envelope.firedAt,
    updateId: event.text('eventDataId'),
    isTest: envelope.isSample,
    title: `${name} is ${status?.toLowerCase() ?? 'in a state that is not told'}`,
    text: [
      properties.text('title'),
      properties.text('details'),
      before === undefined ? undefined : `Before: ${before}. Cause: ${cause ?? 'not told'}.`,
    ],
    level: levelOf(event.text('level')),
    stage: event.text('status'),
    status,
    cause,
    targets,
    rule: envelope.rule,
    monitoringService: envelope.monitoringService,
  };
}

export function targetsOf(event: Fields, { targets }: Envelope): readonly string[] {
  if (targets.length > 0) return targets;
  const own = event.text('resourceId', 'resourceUri') ?? event.fields('authorization').text('scope');
  return own === undefined ? [] : [own];
}

/** `Unknown` ends nothing and begins nothing. */
function phaseOf(status: string | undefined): NoticePhase {
  if (status === 'Available') return 'over';
  return status === 'Unavailable' || status === 'Degraded' ? 'active' : 'told';
}
