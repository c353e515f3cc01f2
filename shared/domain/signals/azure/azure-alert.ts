// What POST /azure/service-health and POST /azure/monitor-alert take: every shape that an action group sends, known by what it holds, since
// `schemaId` is missing or wrong at times (facts/azure.md 1.1). Whatever the JSON, it ends in notices or in InvalidInput.
import { activityDraft, isActivity } from './activity.ts';
import { commonAlertDraft, isAlert, legacyLogDraft, legacyMetricDraft } from './alert.ts';
import { costDraft, isCost } from './cost.ts';
import { envelopeOf, noEnvelope } from './envelope.ts';
import { Fields } from './fields.ts';
import type { NoticeDraft } from './notice-draft.ts';
import { isPortalSample } from './test-marks.ts';
import { unclassifiedDraft } from './unclassified.ts';

interface Shape {
  /** Of the object that is looked at now. */
  readonly is: (body: Fields) => boolean;
  readonly read: (body: Fields) => NoticeDraft;
}

/** In this order: the first that fits. */
const shapes: readonly Shape[] = [
  { is: (body) => body.has('essentials', 'alertContext'), read: commonDraft },
  { is: (body) => body.fields('context').has('activityLog'), read: legacyActivityDraft },
  { is: (body) => body.has('operation') && body.has('context'), read: autoscaleDraft },
  { is: (body) => body.fields('context').has('condition', 'conditionType'), read: legacyMetricDraft },
  { is: (body) => body.has('AlertRuleName', 'SearchQuery'), read: legacyLogDraft },
  { is: isCost, read: (body) => costDraft(body, noEnvelope) },
  { is: isActivity, read: (body) => activityDraft(body, noEnvelope) },
];

/** What holds it where nothing is known of the object itself: the portal's tests nest `data` twice. */
const INNER = ['data', 'body', 'payload', 'alert'] as const;
const MAX_DEPTH = 4;

export function azureDraft(value: unknown): NoticeDraft {
  const whole = new Fields(value);
  let body = whole;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const shape = shapes.find(({ is }) => is(body));
    if (shape) return shape.read(body);
    body = body.fields(...INNER);
    if (body.isEmpty) break;
  }
  return unclassifiedDraft(whole, noEnvelope);
}

/** What it is about decides; what its envelope says of itself contradicts it at times. */
function commonDraft(data: Fields): NoticeDraft {
  const envelope = envelopeOf(data);
  const context = data.fields('alertContext');
  if (isCost(context, envelope)) return costDraft(context, envelope);
  const watched = `${envelope.monitoringService ?? ''}`.replace(/[\s-]/g, '').toLowerCase();
  const isOfLog = /^(?:activitylog|servicehealth|resourcehealth)/.test(watched);
  if (isActivity(context) || (isOfLog && !isAlert(context, envelope))) return activityDraft(context, envelope);
  if (isAlert(context, envelope)) return commonAlertDraft(context, envelope);
  return unclassifiedDraft(data.fields('essentials'), envelope);
}

function legacyActivityDraft(data: Fields): NoticeDraft {
  const event = data.fields('context').fields('activityLog');
  const custom = data.fields('properties');
  const resource = event.text('resourceId');
  const targets = resource === undefined ? [] : [resource];
  const description = event.text('description');
  return activityDraft(event, {
    ...noEnvelope,
    targets,
    description,
    custom,
    isSample: isPortalSample({ targets, custom }),
  });
}

/** The older notification of a scale-out: somebody's rule did its work. */
function autoscaleDraft(data: Fields): NoticeDraft {
  const context = data.fields('context');
  const resource = context.text('resourceId');
  const operation = data.text('operation') ?? 'scaled';
  return {
    sort: 'activity',
    id: `${operation}:${resource ?? context.text('id') ?? ''}:${context.text('timestamp') ?? ''}`,
    phase: 'told',
    at: context.time('timestamp'),
    isTest: false,
    title: `Autoscale: ${operation}`,
    text: [context.text('details', 'description'), context.text('name')],
    targets: resource === undefined ? [] : [resource],
    rule: context.text('name'),
    monitoringService: 'Autoscale',
  };
}
