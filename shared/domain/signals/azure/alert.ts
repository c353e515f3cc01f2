// An alert on a metric, a log query, a detector, Prometheus: fired, and resolved by the same alert. The common schema and the older forms.
import { hashOf } from '../../ids.ts';
import { componentIn, type Dimension, dimensionsOf, regionsIn } from './dimensions.ts';
import { type Envelope, noEnvelope, severityOf } from './envelope.ts';
import { Fields, folded } from './fields.ts';
import { placed } from './impacted-services.ts';
import type { NoticePhase } from './notice.ts';
import type { NoticeDraft } from './notice-draft.ts';
import { isPortalSample } from './test-marks.ts';

/** What `monitoringService` says of alerts that fire and resolve, in every spelling seen (facts/azure.md 1.2). */
const ALERTING: ReadonlySet<string> = new Set([
  'platform',
  'logalertsv2',
  'loganalytics',
  'applicationinsights',
  'simplelogalert',
  'smartdetector',
  'prometheus',
  'vminsights',
  'resourcemetrics',
  'nagios',
  'scom',
  'zabbix',
]);
const OVER: ReadonlySet<string> = new Set(['resolved', 'deactivated', 'closed', 'ok', 'inactive']);
const SHOWN_CRITERIA = 5;

/** By what it is about, or by who watches. */
export function isAlert(context: Fields, { monitoringService }: Envelope): boolean {
  const telling = context.has(
    'condition',
    'conditionType',
    'SearchQuery',
    'SmartDetectorId',
    'expression',
    'ruleGroup',
  );
  return telling || ALERTING.has(folded(monitoringService ?? ''));
}

export function commonAlertDraft(context: Fields, envelope: Envelope): NoticeDraft {
  const dimensions = dimensionsOf(context, envelope.custom);
  const { rule, severity, targets, monitoringService, isSample: isTest } = envelope;
  const phase = phaseOf(envelope.condition);
  return {
    sort: 'alert',
    id: alertIdOf(envelope, dimensions),
    phase,
    at: timeOf(phase, context, envelope),
    isTest,
    title: rule ?? envelope.description ?? monitoringService,
    text: [envelope.description, ...wordsOf(context), wordsOfDimensions(dimensions)],
    severity,
    targets,
    rule,
    monitoringService,
    component: componentIn(dimensions, targets),
    ...placed(regionsIn(dimensions)),
  };
}

/** The older metric alerts: version 2.0, and the form of 2015. Nothing names the instance, so that it goes by rule, resource and dimensions. */
export function legacyMetricDraft(data: Fields): NoticeDraft {
  const context = data.fields('context');
  const custom = data.fields('properties');
  const dimensions = dimensionsOf(context, custom);
  const rule = context.text('name');
  const description = context.text('description');
  const resource = context.text('resourceId');
  const targets = resource === undefined ? [] : [resource];
  return {
    sort: 'alert',
    id: hashOf(JSON.stringify([context.text('id') ?? rule, resource?.toLowerCase(), dimensions])),
    phase: phaseOf(data.text('status')),
    at: context.time('timestamp') ?? windowEnd(context),
    isTest: isPortalSample({ rule, description, targets, custom, alertId: context.text('id') }),
    title: rule,
    text: [description, ...wordsOf(context), wordsOfDimensions(dimensions)],
    severity: severityOf(context.text('severity')),
    targets,
    rule,
    component: componentIn(dimensions, targets),
    ...placed(regionsIn(dimensions)),
  };
}

/** Log alerts of version 1: in `data`, or flat. They are never resolved by Azure. */
export function legacyLogDraft(data: Fields): NoticeDraft {
  const rule = data.text('AlertRuleName');
  const description = data.text('Description');
  const resource = data.text('ResourceId');
  const dimensions = dimensionsOf(data, noEnvelope.custom);
  const targets = resource === undefined ? [] : [resource];
  return {
    sort: 'alert',
    id: hashOf(JSON.stringify([rule, data.text('WorkspaceId'), data.text('SearchQuery'), dimensions])),
    phase: phaseOf(data.text('monitorCondition', 'status')),
    at: data.time('SearchIntervalEndtimeUtc', 'SearchIntervalStartTimeUtc'),
    isTest: isPortalSample({ rule, description, targets }),
    title: rule,
    text: [description, ...wordsOf(data), wordsOfDimensions(dimensions)],
    severity: severityOf(data.text('Severity')),
    targets,
    rule,
    component: componentIn(dimensions, targets),
    ...placed(regionsIn(dimensions)),
  };
}

export function phaseOf(condition: string | undefined): NoticePhase {
  return OVER.has(folded(condition ?? '')) ? 'over' : 'active';
}

/** The alert's own guid. Where `alertId` is that of a rule, `originAlertId` tells instances apart, or what they are about. */
function alertIdOf({ alertId, originAlertId, targets }: Envelope, dimensions: readonly Dimension[]): string {
  const instance = /microsoft\.alertsmanagement\/alerts\/([^/?#]+)/i.exec(alertId ?? '')?.[1];
  if (instance !== undefined) return instance.toLowerCase();
  if (originAlertId !== undefined) return originAlertId;
  return hashOf(JSON.stringify([alertId, targets, dimensions]).toLowerCase());
}

/** `resolvedDateTime` comes with metric alerts only; `firedDateTime` comes with both. */
function timeOf(phase: NoticePhase, context: Fields, { firedAt, resolvedAt }: Envelope): string | undefined {
  if (phase === 'active') return firedAt ?? windowEnd(context);
  const known = [windowEnd(context), firedAt].filter((time) => time !== undefined);
  return resolvedAt ?? known.sort().at(-1);
}

function windowEnd(context: Fields): string | undefined {
  return (
    context.fields('condition').time('windowEndTime') ?? context.time('SearchIntervalEndtimeUtc', 'AnalysisTimestamp')
  );
}

function wordsOf(context: Fields): readonly (string | undefined)[] {
  const condition = context.fields('condition');
  const criteria = condition
    .list('allOf')
    .slice(0, SHOWN_CRITERIA)
    .map((entry) => new Fields(entry));
  const annotations = context.fields('annotations');
  return [
    ...(criteria.length > 0 ? criteria : [condition]).map(wordsOfCriterion),
    wordsOfQuery(context),
    context.text('DetectionSummary'),
    annotations.text('summary', 'description', 'message'),
    joined([context.text('expression'), context.text('expressionValue')], ' is '),
  ];
}

function wordsOfCriterion(criterion: Fields): string | undefined {
  const what = criterion.text('metricName', 'searchQuery', 'webTestName');
  if (what === undefined) return undefined;
  const limit = joined([criterion.text('operator'), criterion.text('threshold')], ' ');
  const value = criterion.text('metricValue');
  return joined([what, limit, value === undefined ? undefined : `(is ${value})`], ' ');
}

function wordsOfQuery(context: Fields): string | undefined {
  const query = context.text('SearchQuery');
  const count = context.text('ResultCount');
  return joined([query, count === undefined ? undefined : `${count} results`], ': ');
}

function wordsOfDimensions(dimensions: readonly Dimension[]): string | undefined {
  return joined(
    dimensions.slice(0, 20).map(([name, value]) => `${name}: ${value}`),
    ', ',
  );
}

function joined(parts: readonly (string | undefined)[], between: string): string | undefined {
  return parts.filter((part) => part !== undefined).join(between) || undefined;
}
