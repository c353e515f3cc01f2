// Azure's side in a scenario: what its action group sends through the real doors, and what the status page says.
import * as z from 'zod';
import type { StackFile } from '../stack/stack-file.ts';

/** The subscription of the reference estate, and the primary workspace in it. */
const SUBSCRIPTION = '/subscriptions/6f1c2a90-3b7e-4c55-9d21-0a4be2f7d301';
const WORKSPACE = `${SUBSCRIPTION}/resourceGroups/rg-databricks-dev/providers/Microsoft.Databricks/workspaces/databricks-dev`;
const DELIVERY_LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 100;
/** Of the activity log: 1 critical, 2 error, 3 warning, 4 informational. */
const ERROR_LEVEL = 2;

const sentSchema = z.object({ ids: z.array(z.number()) });
const deliveriesSchema = z.array(z.looseObject({ id: z.number(), state: z.string(), because: z.string().optional() }));

export type Door = 'service-health' | 'monitor-alert';

/** Resolves when the app has taken each of them; throws if the action group gave one up. */
export async function sendAlerts(stack: StackFile, door: Door, alerts: readonly unknown[]): Promise<void> {
  const to = [{ url: `${stack.app}/azure/${door}`, authorization: { kind: 'bearer' } }];
  const { ids } = sentSchema.parse(await azure(stack, 'action-group/send', { body: { to, alerts } }));
  const deadline = Date.now() + DELIVERY_LIMIT_MS;
  for (;;) {
    const all = deliveriesSchema.parse(await azure(stack, 'action-group/deliveries', { method: 'GET' }));
    const ours = all.filter(({ id }) => ids.includes(id));
    const lost = ours.find(({ state }) => state === 'lost');
    if (lost) throw new Error(`the action group gave an alert up: ${lost.because}`);
    if (ours.every(({ state }) => state === 'delivered')) return;
    if (Date.now() > deadline) throw new Error('the action group still tries to deliver');
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

interface HealthIncident {
  readonly trackingId: string;
  readonly title: string;
  readonly services: readonly string[];
  readonly startedAt: number;
}

/** Tracking ids are Azure's own: one for each incident. */
function newTrackingId(): string {
  return `SIM-${Date.now().toString(36).toUpperCase()}`;
}

/** One update of a Service Health incident of East US, as an action group sends it. */
function healthUpdate(incident: HealthIncident, status: 'Active' | 'Resolved'): unknown {
  const at = new Date().toISOString();
  const impacted = incident.services.map((name) => ({
    ServiceName: name,
    ImpactedRegions: [{ RegionName: 'East US' }],
  }));
  const properties = {
    title: incident.title,
    service: incident.services[0],
    region: 'East US',
    communication: `<p>${incident.title}</p>`,
    incidentType: 'Incident',
    trackingId: incident.trackingId,
    impactStartTime: new Date(incident.startedAt).toISOString(),
    ...(status === 'Resolved' && { impactMitigationTime: at }),
    impactedServices: JSON.stringify(impacted),
    stage: status,
    communicationId: `1100${Date.parse(at)}`,
    isHIR: 'false',
    IsSynthetic: 'False',
    version: '0.1.1',
  };
  const alertContext = {
    channels: 1,
    eventSource: 2,
    eventTimestamp: at,
    eventDataId: crypto.randomUUID(),
    level: ERROR_LEVEL,
    operationName: 'Microsoft.ServiceHealth/incident/action',
    properties,
    status,
    submissionTimestamp: at,
  };
  const essentials = { severity: 'Sev4', signalType: 'Activity Log', monitoringService: 'ServiceHealth' };
  return commonAlert({ ...essentials, alertTargetIDs: [SUBSCRIPTION], firedDateTime: at }, alertContext);
}

/** Tells of the incident, runs `during`, and tells that it is over, whatever happened. */
export async function whileAzureTells<T>(
  stack: StackFile,
  { title, services }: Pick<HealthIncident, 'title' | 'services'>,
  during: (trackingId: string) => Promise<T>,
): Promise<T> {
  const incident = { title, services, trackingId: newTrackingId(), startedAt: Date.now() };
  await sendAlerts(stack, 'service-health', [healthUpdate(incident, 'Active')]);
  try {
    return await during(incident.trackingId);
  } finally {
    await sendAlerts(stack, 'service-health', [healthUpdate(incident, 'Resolved')]);
  }
}

export interface MetricAlert {
  readonly guid: string;
  readonly rule: string;
  readonly firedAt: number;
}

/** A metric alert on the primary workspace. */
export function metricAlert({ guid, rule, firedAt }: MetricAlert, condition: 'Fired' | 'Resolved'): unknown {
  const resolved = condition === 'Resolved' ? { resolvedDateTime: new Date().toISOString() } : {};
  const essentials = {
    alertId: `${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/${guid}`,
    alertRule: rule,
    severity: 'Sev2',
    signalType: 'Metric',
    monitoringService: 'Platform',
    monitorCondition: condition,
    alertTargetIDs: [WORKSPACE],
    firedDateTime: new Date(firedAt).toISOString(),
    ...resolved,
  };
  const measured = { metricName: rule, operator: 'LessThan', threshold: '1', timeAggregation: 'Count', metricValue: 0 };
  const condition_ = { windowSize: 'PT5M', allOf: [{ ...measured, dimensions: [] }] };
  return commonAlert(essentials, { conditionType: 'SingleResourceMultipleMetricCriteria', condition: condition_ });
}

function commonAlert(essentials: Record<string, unknown>, alertContext: unknown): unknown {
  const common = {
    alertId: `${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/${crypto.randomUUID()}`,
    alertRule: 'simulate',
    monitorCondition: 'Fired',
    originAlertId: crypto.randomUUID(),
    description: '',
    essentialsVersion: '1.0',
    alertContextVersion: '1.0',
  };
  return {
    schemaId: 'azureMonitorCommonAlertSchema',
    data: { essentials: { ...common, ...essentials }, alertContext },
  };
}

/** For every service of East US: 100 operational, 300 degraded, 500 disrupted. */
export async function statusPageSays(stack: StackFile, code: number): Promise<void> {
  await azure(stack, 'status-page', { body: { region: 'East US', code } });
}

/** Runs `during` while calls of these paths of Azure are answered 503. */
export async function whileAzureIsSilent<T>(stack: StackFile, path: string, during: () => Promise<T>): Promise<T> {
  const rule = { match: { path }, fault: { kind: 'status', status: 503 } };
  const { id } = z.object({ id: z.string() }).parse(await azure(stack, 'faults', { body: rule }));
  try {
    return await during();
  } finally {
    await azure(stack, `faults/${id}`, { method: 'DELETE' });
  }
}

async function azure(
  stack: StackFile,
  path: string,
  { method = 'POST', body }: { method?: string; body?: unknown },
): Promise<unknown> {
  const response = await fetch(`${stack.azure}/_sim/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the simulated Azure answers ${response.status} to ${method} ${path}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
