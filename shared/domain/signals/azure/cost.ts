// Budgets and cost alerts: told and shown, never a failure. Nearly everything of their envelope is null (facts/azure.md 1.2).
import { hashOf } from '../../ids.ts';
import { type Envelope, noEnvelope } from './envelope.ts';
import { type Fields, folded } from './fields.ts';
import type { NoticeDraft } from './notice-draft.ts';
import { isPortalSample } from './test-marks.ts';

export function isCost(context: Fields, { monitoringService, alertId = '' }: Envelope = noEnvelope): boolean {
  if (context.has('AlertCategory', 'BudgetName', 'BudgetId') || context.fields('AlertData').has('BudgetName'))
    return true;
  return folded(monitoringService ?? '') === 'costalerts' || /\/microsoft\.costmanagement\//i.test(alertId);
}

export function costDraft(
  context: Fields,
  { alertId, rule, description, firedAt, monitoringService }: Envelope,
): NoticeDraft {
  const data = context.has('AlertData') ? context.fields('AlertData') : context;
  const name = data.text('BudgetName') ?? rule;
  const limit = data.text('NotificationThresholdAmount', 'BudgetThreshold', 'Budget');
  const spent = data.text('SpentAmount', 'SpendingAmount');
  return {
    sort: 'cost',
    id: hashOf(JSON.stringify([data.text('BudgetId') ?? alertId ?? data.text('SubscriptionId'), name, limit])),
    phase: 'told',
    at: firedAt,
    isTest: isPortalSample({ rule: name, description, alertId }),
    title: `Budget ${name ?? 'without a name'}`,
    text: [
      description,
      spent === undefined ? undefined : `${spent} of ${limit ?? 'an amount that is not told'} spent.`,
    ],
    rule,
    monitoringService,
  };
}
