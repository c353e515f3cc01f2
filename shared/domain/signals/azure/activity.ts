// A record of the activity log: Service Health, the health of a resource, or what somebody did (administration, policy, autoscale). What it
// tells of itself counts more than its envelope, which contradicts it at times.
import { hashOf } from '../../ids.ts';
import type { Envelope } from './envelope.ts';
import { type Fields, folded } from './fields.ts';
import type { NoticeDraft } from './notice-draft.ts';
import { resourceHealthDraft, targetsOf } from './resource-health.ts';
import { levelOf, serviceHealthDraft, toldAt } from './service-health.ts';

/** Event sources of the activity log: names in most envelopes, numbers in some. */
const SOURCES: Readonly<Record<string, ActivitySort>> = {
  servicehealth: 'service-health',
  '2': 'service-health',
  resourcehealth: 'resource-health',
};
type ActivitySort = 'service-health' | 'resource-health';

export function isActivity(event: Fields): boolean {
  return event.has('operationName', 'eventDataId') || (event.has('eventSource') && event.has('properties'));
}

export function activityDraft(event: Fields, envelope: Envelope): NoticeDraft {
  const properties = propertiesOf(event);
  const sort = sortOf(event, properties, envelope);
  if (sort === 'service-health') return serviceHealthDraft(event, properties, envelope);
  return sort === 'resource-health'
    ? resourceHealthDraft(event, properties, envelope)
    : deedDraft(event, properties, envelope);
}

/** The form of the Event Hub nests them once more. */
function propertiesOf(event: Fields): Fields {
  const properties = event.fields('properties');
  const inner = properties.fields('eventProperties');
  return inner.isEmpty ? properties : inner;
}

function sortOf(event: Fields, properties: Fields, { monitoringService }: Envelope): ActivitySort | undefined {
  const operation = folded(event.text('operationName') ?? '');
  if (operation.startsWith('microsoftservicehealth')) return 'service-health';
  if (operation.startsWith('microsoftresourcehealth')) return 'resource-health';
  if (properties.has('trackingId', 'impactedServices')) return 'service-health';
  if (properties.has('currentHealthStatus')) return 'resource-health';
  const source = folded(event.text('eventSource', 'category') ?? '');
  return SOURCES[source] ?? SOURCES[folded(monitoringService ?? '')];
}

/** It is told once, and never over. */
function deedDraft(event: Fields, properties: Fields, envelope: Envelope): NoticeDraft {
  const operation = event.text('operationName') ?? 'something';
  const status = event.text('status', 'resultType');
  const targets = targetsOf(event, envelope);
  const id =
    event.text('eventDataId') ?? hashOf(JSON.stringify([operation, targets, event.text('correlationId'), status]));
  return {
    sort: 'activity',
    id,
    phase: 'told',
    at: toldAt(event) ?? envelope.firedAt,
    updateId: event.text('eventDataId'),
    isTest: envelope.isSample,
    title: status === undefined ? operation : `${operation}: ${status}`,
    text: [
      envelope.description,
      event.text('Activity Log Event Description', 'description'),
      properties.text('message'),
    ],
    level: levelOf(event.text('level')),
    status,
    targets,
    rule: envelope.rule,
    monitoringService: envelope.monitoringService ?? event.text('category', 'eventSource'),
  };
}
