// What stands around a common alert, whatever it is about (`data.essentials`, facts/azure.md 1.2). Any of it may be missing or null.

import { Fields, textIn } from './fields.ts';
import { type AlertSeverity, alertSeverities } from './notice.ts';
import { isPortalSample } from './test-marks.ts';

export interface Envelope {
  readonly alertId: string | undefined;
  readonly originAlertId: string | undefined;
  readonly rule: string | undefined;
  readonly severity: AlertSeverity | undefined;
  readonly description: string | undefined;
  readonly monitoringService: string | undefined;
  readonly condition: string | undefined;
  readonly firedAt: string | undefined;
  readonly resolvedAt: string | undefined;
  readonly targets: readonly string[];
  readonly custom: Fields;
  readonly isSample: boolean;
}

export const noEnvelope: Envelope = {
  alertId: undefined,
  originAlertId: undefined,
  rule: undefined,
  severity: undefined,
  description: undefined,
  monitoringService: undefined,
  condition: undefined,
  firedAt: undefined,
  resolvedAt: undefined,
  targets: [],
  custom: new Fields(undefined),
  isSample: false,
};

/** `data` is what holds `essentials`. */
export function envelopeOf(data: Fields): Envelope {
  const essentials = data.fields('essentials');
  const named = {
    alertId: essentials.text('alertId'),
    rule: essentials.text('alertRule', 'alertRuleName') ?? lastOf(essentials.text('alertRuleId')),
    description: essentials.text('description'),
    targets: textsOf(essentials.list('alertTargetIDs', 'alertTargetId', 'targetResourceId')),
    custom: customOf(data),
  };
  return {
    ...named,
    originAlertId: essentials.text('originAlertId'),
    severity: severityOf(essentials.text('severity')),
    monitoringService: essentials.text('monitoringService'),
    condition: essentials.text('monitorCondition'),
    firedAt: essentials.time('firedDateTime', 'firedDate', 'startDateTime'),
    resolvedAt: essentials.time('resolvedDateTime', 'resolvedDate'),
    isSample: isPortalSample(named),
  };
}

function customOf(data: Fields): Fields {
  const custom = data.fields('customProperties');
  return custom.isEmpty ? data.fields('alertContext').fields('properties') : custom;
}

function textsOf(values: readonly unknown[]): string[] {
  return values.flatMap((value) => textIn(value) ?? []);
}

/** Severities by name, as the oldest alerts have them. */
const NAMED: readonly string[] = ['critical', 'error', 'warning', 'informational', 'verbose'];

/** `Sev2`, `2`, 2 and `Warning` are one. */
export function severityOf(text: string | undefined): AlertSeverity | undefined {
  const named = NAMED.indexOf(text?.toLowerCase() ?? '');
  if (named >= 0) return alertSeverities[named];
  const digit = /^(?:sev(?:erity)?)?\s*([0-4])(?:\.0+)?$/i.exec(text ?? '')?.[1];
  return alertSeverities.find((severity) => severity === `Sev${digit}`);
}

function lastOf(path: string | undefined): string | undefined {
  return path?.split('/').at(-1);
}
