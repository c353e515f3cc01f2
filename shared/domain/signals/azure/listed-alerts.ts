// An alert as `Microsoft.AlertsManagement/alerts` lists it: less than an action group sends, kept under the same key.
import { commonAlertDraft } from './alert.ts';
import { noEnvelope, severityOf } from './envelope.ts';
import { Fields, folded } from './fields.ts';
import { type FinishedNotice, finishNotice } from './notice-draft.ts';
import { isPortalSample } from './test-marks.ts';

/** Each update of the activity log is an alert of its own here, without what it tells: the list of health events tells it. */
const OF_ACTIVITY_LOG = /^(?:activitylog|servicehealth|resourcehealth)/;

/** Undefined for what is no alert, `activity-log` for what another list tells better. */
export function listedAlertNotice(record: unknown, readAt: string): FinishedNotice | 'activity-log' | undefined {
  const alert = new Fields(record);
  const essentials = alert.fields('properties').fields('essentials');
  const condition = essentials.text('monitorCondition');
  const alertId = alert.text('id');
  if (alertId === undefined || condition === undefined) return undefined;
  const monitoringService = essentials.text('monitorService');
  if (OF_ACTIVITY_LOG.test(folded(monitoringService ?? ''))) return 'activity-log';
  const target = essentials.text('targetResource');
  const named = {
    alertId,
    rule: essentials.text('alertRule')?.split('/').at(-1),
    description: essentials.text('description'),
    targets: target === undefined ? [] : [target],
  };
  const draft = commonAlertDraft(new Fields(undefined), {
    ...noEnvelope,
    ...named,
    severity: severityOf(essentials.text('severity')),
    monitoringService,
    condition,
    firedAt: essentials.time('startDateTime'),
    resolvedAt: essentials.time('monitorConditionResolvedDateTime', 'lastModifiedDateTime'),
    isSample: isPortalSample(named),
  });
  return finishNotice(draft, readAt);
}

/** When it changed last: lists are read from the newest change on. */
export function changedAt(record: unknown): string | undefined {
  return new Fields(record).fields('properties').fields('essentials').time('lastModifiedDateTime', 'startDateTime');
}
