// A Service Health event, from any envelope (facts/azure.md 2). One life cycle per tracking id; the envelope always says Fired.
import { hashOf } from '../../ids.ts';
import type { Envelope } from './envelope.ts';
import { type Fields, folded } from './fields.ts';
import { impactOf } from './impacted-services.ts';
import type { NoticeLevel, NoticePhase } from './notice.ts';
import type { NoticeDraft } from './notice-draft.ts';
import { isSynthetic } from './test-marks.ts';

/** By what is left when spelling does not count; `Information` is an old name of the same. */
const TYPES: Readonly<Record<string, string>> = {
  incident: 'Incident',
  serviceissue: 'Incident',
  maintenance: 'Maintenance',
  plannedmaintenance: 'Maintenance',
  information: 'Informational',
  informational: 'Informational',
  healthadvisory: 'Informational',
  actionrequired: 'ActionRequired',
  security: 'Security',
  securityadvisory: 'Security',
  billing: 'Billing',
};

const STAGES: Readonly<Record<string, string>> = {
  active: 'Active',
  resolved: 'Resolved',
  mitigated: 'Resolved',
  rca: 'RCA',
  planned: 'Planned',
  scheduled: 'Planned',
  inprogress: 'InProgress',
  canceled: 'Canceled',
  cancelled: 'Canceled',
  rescheduled: 'Rescheduled',
  complete: 'Complete',
  completed: 'Complete',
};

const OVER: ReadonlySet<string> = new Set(['Resolved', 'RCA', 'Complete', 'Canceled']);
/** Nobody ever says that these are over. */
const NEVER_OVER: ReadonlySet<string> = new Set(['Informational', 'ActionRequired', 'Billing']);

/** Numbers are those of EventLevel. */
const LEVELS: Readonly<Record<string, NoticeLevel>> = {
  '1': 'critical',
  critical: 'critical',
  '2': 'error',
  error: 'error',
  '3': 'warning',
  warning: 'warning',
  '4': 'informational',
  '5': 'informational',
  informational: 'informational',
  information: 'informational',
  info: 'informational',
  verbose: 'informational',
};

/** `event` is the record of the activity log, `properties` what it tells. */
export function serviceHealthDraft(event: Fields, properties: Fields, envelope: Envelope): NoticeDraft {
  const trackingId = properties.text('trackingId') ?? event.text('trackingId');
  const title = properties.text('defaultLanguageTitle', 'title') ?? event.text('description') ?? envelope.description;
  const incidentType = incidentTypeOf(properties, event);
  const status = canonical(STAGES, event.text('status'));
  const stage = canonical(STAGES, properties.text('stage')) ?? status;
  const first = { service: properties.text('service'), region: properties.text('region') };
  return {
    sort: 'service-health',
    id: trackingId ?? hashOf(JSON.stringify([event.text('correlationId', 'operationId'), title, envelope.alertId])),
    phase: phaseOf(incidentType, stage, status),
    at: toldAt(event) ?? properties.time('lastUpdateTime', 'eventCreationTime') ?? envelope.firedAt,
    updateId: properties.text('communicationId') ?? event.text('eventDataId'),
    isTest: envelope.isSample || isSynthetic(properties, trackingId, title),
    title,
    text: [properties.text('defaultLanguageContent', 'communication', 'summary')],
    level: levelOf(event.text('level') ?? properties.text('level', 'eventLevel')),
    incidentType,
    stage,
    status,
    ...impactOf(properties.value('impactedServices', 'impact'), first),
    impactStartAt: properties.time('impactStartTime'),
    mitigatedAt: properties.time('impactMitigationTime'),
    rule: envelope.rule,
    monitoringService: envelope.monitoringService,
  };
}

/** On the clock of the activity log; the newer of both. */
export function toldAt(event: Fields): string | undefined {
  const times = [event.time('eventTimestamp', 'time'), event.time('submissionTimestamp')];
  return times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
}

export function levelOf(text: string | undefined): NoticeLevel | undefined {
  return text === undefined ? undefined : known(LEVELS, text);
}

function incidentTypeOf(properties: Fields, event: Fields): string | undefined {
  const ofOperation = /ServiceHealth\/([a-z]+)\/action/i.exec(event.text('operationName') ?? '')?.[1];
  return canonical(TYPES, properties.text('incidentType', 'eventType') ?? ofOperation);
}

function phaseOf(type: string | undefined, stage: string | undefined, status: string | undefined): NoticePhase {
  if (OVER.has(stage ?? '') || OVER.has(status ?? '')) return 'over';
  return stage === undefined || NEVER_OVER.has(type ?? '') ? 'told' : 'active';
}

/** What nobody knows keeps its own name. */
function canonical(names: Readonly<Record<string, string>>, text: string | undefined): string | undefined {
  return text === undefined ? undefined : (known(names, text) ?? text);
}

export function known<Value>(table: Readonly<Record<string, Value>>, text: string): Value | undefined {
  const key = folded(text);
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
