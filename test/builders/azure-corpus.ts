// Bodies of every schema that an action group sends, and variants that the facts describe, each with where it ends in the reference estate
// (East US works, West US 2 takes over). Recorded ones are in test/fixtures/payloads/azure.
import type { FailureClass } from '../../shared/domain/classification/failure-classes.ts';
import * as bodies from './azure-bodies.ts';

export type Ending =
  | { readonly opens: FailureClass; readonly subject: RegExp }
  /** The rule of the stage that recorded it. */
  | { readonly recorded: string }
  | { readonly refused: 'InvalidInput' }
  /** It is none of Azure's. */
  | { readonly kind: 'cluster' | 'job' | 'sql-alert' | 'test' };

export interface CorpusRow {
  readonly name: string;
  readonly body: unknown;
  readonly ends: Ending;
}

const { serviceHealth, healthEvent, impacted, resourceHealth, common, logAlert, legacyActivity, diagnosticRecord } =
  bodies;

const incident: Ending = { opens: 'AzureServiceIncident', subject: /^service-health\/ABCD-123$/ };
const alert: Ending = { opens: 'AzureAlert', subject: /^azure-alert\// };
const resource: Ending = { opens: 'AzureResourceUnavailable', subject: /^azure-alert\/resource-health-/ };
const stranger: Ending = { opens: 'UnclassifiedAlert', subject: /^azure-alert\/unclassified-/ };

function recorded(because: string): Ending {
  return { recorded: because };
}

const serviceHealthRows: readonly CorpusRow[] = [
  { name: 'an active incident, services as JSON text', body: serviceHealth(), ends: incident },
  {
    name: 'services as an array (portal)',
    body: serviceHealth({ impactedServices: impacted(['Azure Databricks'], ['East US']) }),
    ends: incident,
  },
  {
    name: 'services as one object',
    body: serviceHealth({ impactedServices: impacted(['Azure Databricks'], ['East US'])[0] }),
    ends: incident,
  },
  {
    name: 'services as JSON text of JSON text',
    body: serviceHealth({ impactedServices: JSON.stringify(JSON.stringify(impacted(['Storage'], ['East US']))) }),
    ends: incident,
  },
  {
    name: 'services cut off in the middle',
    body: serviceHealth({
      impactedServices: '[{"ImpactedRegions":[{"RegionName":"East US"},{"RegionName":"West Eu',
      service: 'Storage',
      region: 'Japan East',
    }),
    ends: incident,
  },
  { name: 'services that are no JSON', body: serviceHealth({ impactedServices: 'not json {{' }), ends: incident },
  { name: 'no list of services', body: serviceHealth({ impactedServices: null }), ends: incident },
  {
    name: 'services that nobody can read, and nothing else',
    body: serviceHealth({ impactedServices: '<table>', service: null, region: null }),
    ends: recorded('no-watched-service'),
  },
  {
    name: 'level as text',
    body: serviceHealth({}, { level: 'Error', eventSource: 'ServiceHealth', channels: 'Admin' }),
    ends: incident,
  },
  { name: 'level as digits in text', body: serviceHealth({}, { level: '2' }), ends: incident },
  { name: 'level as a list', body: serviceHealth({}, { level: [3] }), ends: incident },
  { name: 'level 4', body: serviceHealth({}, { level: 4 }), ends: recorded('is-below-warning') },
  {
    name: 'level informational',
    body: serviceHealth({}, { level: 'Informational' }),
    ends: recorded('is-below-warning'),
  },
  {
    name: 'everything global',
    body: serviceHealth({ impactedServices: impacted(['Microsoft Entra ID'], ['Global']) }),
    ends: incident,
  },
  {
    name: 'both regions',
    body: serviceHealth({ impactedServices: impacted(['Storage'], ['East US', 'West US 2']) }),
    ends: incident,
  },
  {
    name: 'the DR region',
    body: serviceHealth({ impactedServices: impacted(['Storage'], ['West US 2']) }),
    ends: incident,
  },
  {
    name: 'another region',
    body: serviceHealth({ impactedServices: impacted(['Storage'], ['East US 2', 'East US 2 EUAP']) }),
    ends: recorded('in-other-regions'),
  },
  {
    name: 'another service',
    body: serviceHealth({ impactedServices: impacted(['Azure Lab Services'], ['East US']) }),
    ends: recorded('no-watched-service'),
  },
  {
    name: 'a service in another spelling',
    body: serviceHealth({ impactedServices: impacted(['Virtual machines (Linux)'], ['eastus']) }),
    ends: incident,
  },
  {
    name: 'resolved, still Fired',
    body: serviceHealth({ stage: 'Resolved' }, { status: 'Resolved' }),
    ends: recorded('is-over'),
  },
  {
    name: 'stage Active of a resolved status',
    body: serviceHealth({}, { status: 'Resolved' }),
    ends: recorded('is-over'),
  },
  { name: 'a review (RCA)', body: serviceHealth({ stage: 'RCA' }), ends: recorded('is-a-review-of-the-past') },
  {
    name: 'a post incident review by its title',
    body: serviceHealth({ title: 'Post Incident Review (PIR) - Storage - East US' }),
    ends: recorded('its-title-says-over'),
  },
  {
    name: 'Mitigated by its title',
    body: serviceHealth({ title: 'Storage - East US - Mitigated' }),
    ends: recorded('its-title-says-over'),
  },
  {
    name: 'No Impact by its title',
    body: serviceHealth({ title: 'No Impact - Storage' }),
    ends: recorded('its-title-says-over'),
  },
  {
    name: 'Resolved: by its title',
    body: serviceHealth({ title: 'RESOLVED: Storage in East US' }),
    ends: recorded('its-title-says-over'),
  },
  {
    name: 'mitigated in the past',
    body: serviceHealth({ impactMitigationTime: '2026-11-20T07:45:00Z' }),
    ends: recorded('is-mitigated'),
  },
  {
    name: 'mitigated in the year 1',
    body: serviceHealth({ impactMitigationTime: '0001-01-01T00:00:00' }),
    ends: incident,
  },
  { name: 'synthetic, as IsSynthetic', body: serviceHealth({ IsSynthetic: 'True' }), ends: recorded('is-a-test') },
  {
    name: 'synthetic, as isSynthetic true',
    body: serviceHealth({ IsSynthetic: undefined, isSynthetic: true }),
    ends: recorded('is-a-test'),
  },
  { name: 'the tracking id of tests', body: serviceHealth({ trackingId: 'TEST-TTT' }), ends: recorded('is-a-test') },
  { name: 'a title of nothing but Test', body: serviceHealth({ title: 'Test' }), ends: recorded('is-a-test') },
  {
    name: 'the title of synthetics',
    body: serviceHealth({ title: 'A test from synthetics service' }),
    ends: recorded('is-a-test'),
  },
  {
    name: 'the title of the portal without its spaces',
    body: serviceHealth({ title: 'TestActionGroup-TestServiceHealthAlert' }),
    ends: recorded('is-a-test'),
  },
  {
    name: 'a title that begins with [TEST]',
    body: serviceHealth({ title: '[TEST] Storage' }),
    ends: recorded('is-a-test'),
  },
  {
    name: 'a title that has the word test in it',
    body: serviceHealth({ title: 'Azure Databricks - test workspaces in East US fail to start' }),
    ends: incident,
  },
  {
    name: 'planned maintenance',
    body: serviceHealth({ incidentType: 'Maintenance', stage: 'Planned' }),
    ends: recorded('is-planned-maintenance'),
  },
  {
    name: 'emergency maintenance in progress',
    body: serviceHealth({ incidentType: 'Maintenance', stage: 'InProgress' }, { level: 3 }),
    ends: recorded('is-planned-maintenance'),
  },
  { name: 'an advisory', body: serviceHealth({ incidentType: 'Informational' }), ends: recorded('is-an-advisory') },
  {
    name: 'the old name of an advisory: a review that advises to fail out',
    body: serviceHealth({ incidentType: 'Information', title: 'RCA - Storage - East US' }),
    ends: recorded('is-an-advisory'),
  },
  {
    name: 'a security advisory',
    body: serviceHealth({ incidentType: 'Security' }),
    ends: recorded('is-a-security-advisory'),
  },
  {
    name: 'action required',
    body: serviceHealth({ incidentType: 'ActionRequired' }),
    ends: recorded('is-an-advisory'),
  },
  {
    name: 'a billing notice of Azure Databricks in 43 regions',
    body: serviceHealth({
      incidentType: 'Billing',
      impactedServices: JSON.stringify(impacted(['Azure Databricks'], ['East US', ...names(42)])),
    }),
    ends: recorded('is-about-money'),
  },
  {
    name: 'a discount notice as a health advisory of Azure Databricks',
    body: serviceHealth({
      incidentType: 'HealthAdvisory',
      impactedServices: JSON.stringify(impacted(['Azure Databricks'], ['East US', ...names(42)])),
    }),
    ends: recorded('is-an-advisory'),
  },
  {
    name: 'App Service in 55 regions, informational',
    body: serviceHealth(
      { impactedServices: JSON.stringify(impacted(['App Service'], ['East US', ...names(54)])) },
      { level: 'Informational' },
    ),
    ends: recorded('is-below-warning'),
  },
  { name: 'no type, told by its operation', body: serviceHealth({ incidentType: null }), ends: incident },
  {
    name: 'no type, an operation of maintenance',
    body: serviceHealth({ incidentType: null }, { operationName: 'Microsoft.ServiceHealth/maintenance/action' }),
    ends: recorded('is-planned-maintenance'),
  },
  { name: 'no stage', body: serviceHealth({ stage: null }), ends: incident },
  {
    name: 'neither stage nor status',
    body: serviceHealth({ stage: null }, { status: null }),
    ends: recorded('is-not-active'),
  },
  {
    name: 'no tracking id',
    body: serviceHealth({ trackingId: null }),
    ends: { opens: 'AzureServiceIncident', subject: /^service-health\/[0-9a-f]{40}$/ },
  },
  {
    name: 'a tracking id that leaves its path',
    body: serviceHealth({ trackingId: '../../x?y#z' }),
    ends: { opens: 'AzureServiceIncident', subject: /^service-health\/[0-9a-f]{40}$/ },
  },
  {
    name: 'properties as JSON text',
    body: common(
      { monitoringService: 'ServiceHealth' },
      { ...healthEvent(), properties: JSON.stringify(bodies.healthProperties()) },
    ),
    ends: incident,
  },
  {
    name: 'the context as JSON text',
    body: common({ monitoringService: 'ServiceHealth' }, JSON.stringify(healthEvent())),
    ends: incident,
  },
  {
    name: 'no properties',
    body: common({ monitoringService: 'ServiceHealth' }, { ...healthEvent(), properties: null }),
    ends: recorded('no-watched-service'),
  },
  { name: 'names in other capitals', body: foldedBody(serviceHealth()), ends: incident },
  {
    name: 'an envelope that contradicts itself',
    body: serviceHealth(
      { incidentType: 'Maintenance', stage: 'Complete' },
      { status: 'Resolved' },
      { monitorCondition: 'Resolved', monitoringService: 'Platform', signalType: 'Metric' },
    ),
    ends: recorded('is-planned-maintenance'),
  },
  { name: 'no schema id', body: { data: serviceHealth().data }, ends: incident },
  { name: 'neither schema id nor data', body: serviceHealth().data, ends: incident },
  {
    name: 'double nesting',
    body: { schemaId: 'Microsoft.Insights/LogAlert', data: { data: serviceHealth().data } },
    ends: incident,
  },
  {
    name: 'the older schema',
    body: legacyActivity({ ...healthEvent(), level: 'Warning', eventSource: 'ServiceHealth' }),
    ends: incident,
  },
  {
    name: 'the older schema without data.properties',
    body: legacyActivity(healthEvent(), { properties: undefined }),
    ends: incident,
  },
  { name: 'a record of an event hub', body: diagnosticRecord(), ends: incident },
  { name: 'records in a list', body: { records: [diagnosticRecord()] }, ends: incident },
  { name: 'a list of one', body: [serviceHealth()], ends: incident },
  {
    name: 'only Azure Monitor is ill',
    body: serviceHealth({ impactedServices: impacted(['Azure Monitor', 'Log Analytics'], ['East US']) }),
    ends: incident,
  },
];

const alertRows: readonly CorpusRow[] = [
  { name: 'a resource that the platform took', body: resourceHealth(), ends: resource },
  { name: 'a degraded resource', body: resourceHealth({ currentHealthStatus: 'Degraded' }), ends: resource },
  { name: 'a cause that nobody knows', body: resourceHealth({ cause: 'Unknown' }), ends: resource },
  {
    name: 'a resource that somebody stopped',
    body: resourceHealth({ cause: 'UserInitiated' }),
    ends: recorded('somebody-did-it-on-purpose'),
  },
  {
    name: 'a resource that is well again',
    body: resourceHealth(
      { currentHealthStatus: 'Available', previousHealthStatus: 'Unavailable' },
      { status: 'Resolved' },
    ),
    ends: recorded('is-available'),
  },
  {
    name: 'the title Unavailable of what is available',
    body: resourceHealth({ currentHealthStatus: 'Available', previousHealthStatus: 'Available' }),
    ends: recorded('is-available'),
  },
  {
    name: 'a health that nobody knows',
    body: resourceHealth({ currentHealthStatus: 'Unknown' }),
    ends: recorded('its-health-is-not-known'),
  },
  {
    name: 'a health in the older schema',
    body: legacyActivity({
      eventSource: 'ResourceHealth',
      eventTimestamp: bodies.AT,
      level: 'Critical',
      resourceId: bodies.MACHINE,
      operationName: 'Microsoft.Resourcehealth/healthevent/Activated/action',
      properties: { currentHealthStatus: 'Unavailable', cause: 'PlatformInitiated' },
      status: 'Active',
    }),
    ends: resource,
  },
  { name: 'a metric', body: common({}, bodies.metricContext()), ends: alert },
  {
    name: 'a metric, resolved, nothing open',
    body: common({ monitorCondition: 'Resolved', resolvedDateTime: bodies.AT }, bodies.metricContext()),
    ends: recorded('is-resolved'),
  },
  {
    name: 'a metric of many resources',
    body: common(
      { alertTargetIDs: [bodies.MACHINE, bodies.STORAGE] },
      { ...bodies.metricContext(), conditionType: 'MultipleResourceMultipleMetricCriteria' },
    ),
    ends: alert,
  },
  {
    name: 'a metric without a value',
    body: common({}, bodies.metricContext({ allOf: [{ metricName: 'x', metricValue: null }] })),
    ends: alert,
  },
  {
    name: 'targets as one text',
    body: common({ alertTargetIDs: bodies.WORKSPACE }, bodies.metricContext()),
    ends: alert,
  },
  {
    name: 'a dynamic threshold',
    body: common({}, { ...bodies.metricContext(), conditionType: 'DynamicThresholdCriteria' }),
    ends: alert,
  },
  {
    name: 'an availability test',
    body: common(
      { severity: 'Sev1' },
      { ...bodies.metricContext(), conditionType: 'WebtestLocationAvailabilityCriteria' },
    ),
    ends: alert,
  },
  { name: 'a log alert', body: logAlert([]), ends: alert },
  {
    name: 'a log alert about a cluster of the estate',
    body: logAlert([{ name: 'ClusterId', value: 'test-cluster-123' }]),
    ends: { opens: 'AzureAlert', subject: /^cluster\/databricks-dev\/test-cluster-123$/ },
  },
  {
    name: 'a log alert about a warehouse of the estate',
    body: logAlert([{ name: 'warehouse_id', value: 'f24fd0345a24b381' }]),
    ends: { opens: 'AzureAlert', subject: /^warehouse\/databricks-dev\/f24fd0345a24b381$/ },
  },
  {
    name: 'a metric of the workspace about a job',
    body: common({ alertTargetIDs: [bodies.WORKSPACE] }, bodies.metricContext({}, [{ name: 'job_id', value: '42' }])),
    ends: { opens: 'AzureAlert', subject: /^job\/databricks-dev\/42$/ },
  },
  {
    name: 'a cluster of a workspace that is not ours',
    body: common(
      { alertTargetIDs: [bodies.WORKSPACE.replace('/databricks-dev', '/elsewhere')] },
      bodies.metricContext({}, [{ name: 'cluster_id', value: 'test-cluster-123' }]),
    ),
    ends: alert,
  },
  {
    name: 'a log alert of version 1',
    body: common(
      { monitoringService: 'Log Analytics', signalType: 'Log' },
      {
        SearchQuery: 'Heartbeat',
        ResultCount: 2,
        SearchIntervalEndtimeUtc: '3/22/2026 1:36:31 PM',
        IncludedSearchResults: 'False',
      },
    ),
    ends: alert,
  },
  {
    name: 'a simple log alert',
    body: common(
      { monitoringService: 'Simple Log Alert' },
      bodies.logContext([], {
        windowSize: null,
        allOf: [
          {
            searchQuery: 'x',
            operator: null,
            threshold: null,
            dimensions: null,
            metricValue: 1.0,
            event: [[{ name: 'cluster_id', value: 'test-cluster-456' }]],
          },
        ],
      }),
    ),
    ends: { opens: 'AzureAlert', subject: /^cluster\/databricks-dev\/test-cluster-456$/ },
  },
  {
    name: 'a detector of Application Insights',
    body: common(
      { monitoringService: 'SmartDetector' },
      { DetectionSummary: 'slow', SmartDetectorId: 'x', SmartDetectorName: 'y' },
    ),
    ends: alert,
  },
  {
    name: 'Prometheus',
    body: common(
      { monitoringService: 'Prometheus' },
      {
        interval: 'PT1M',
        expression: 'up',
        expressionValue: '0',
        for: 'PT2M',
        labels: { a: 'b' },
        annotations: { summary: 's' },
        ruleGroup: 'r',
      },
    ),
    ends: alert,
  },
  { name: 'an alert without a context', body: common({}, null), ends: alert },
  { name: 'severity as a number', body: common({ severity: 1 }, bodies.metricContext()), ends: alert },
  { name: 'VM insights', body: common({ monitoringService: 'VM Insights' }, {}), ends: alert },
  {
    name: 'an alert that names the rule as its id',
    body: common({ alertId: '/subscriptions/x/providers/microsoft.insights/metricAlerts/cpu' }, bodies.metricContext()),
    ends: { opens: 'AzureAlert', subject: /^azure-alert\/origin-1$/ },
  },
  { name: 'legacy metric 2.0, fired', body: bodies.metricV2('Activated'), ends: alert },
  { name: 'legacy metric 2.0, over', body: bodies.metricV2('Deactivated'), ends: recorded('is-resolved') },
  {
    name: 'legacy metric 2.0, nested twice',
    body: { schemaId: 'AzureMonitorMetricAlert', data: { data: bodies.metricV2('Activated').data } },
    ends: alert,
  },
  { name: 'the classic metric of 2015', body: bodies.classicMetric('Activated'), ends: alert },
  {
    name: 'the classic metric of 2015, resolved',
    body: bodies.classicMetric('Resolved'),
    ends: recorded('is-resolved'),
  },
  {
    name: 'legacy log alert in data',
    body: { schemaId: 'Microsoft.Insights/LogAlert', data: bodies.logV1() },
    ends: alert,
  },
  { name: 'legacy log alert, flat', body: bodies.logV1(), ends: alert },
  {
    name: 'a rule of somebody in a resource group test-RG',
    body: common({ alertTargetIDs: [bodies.MACHINE.replace('rg-other', 'test-RG')] }, bodies.metricContext()),
    ends: alert,
  },
  {
    name: 'the sample metric of the portal of 2025',
    body: common({ alertRule: 'test-metricAlertRule', description: 'Alertruledescription' }, bodies.metricContext()),
    ends: recorded('is-a-test'),
  },
  {
    name: 'a cost alert of nulls',
    body: common(
      {
        alertRule: null,
        severity: null,
        signalType: null,
        monitorCondition: null,
        alertTargetIDs: null,
        originAlertId: null,
        monitoringService: 'CostAlerts',
      },
      { AlertCategory: 'budgets', AlertData: { BudgetName: 'b', SpentAmount: '$11,111.00' } },
    ),
    ends: recorded('is-about-money'),
  },
  {
    name: 'a legacy budget',
    body: {
      schemaId: 'AIP Budget Notification',
      data: {
        SubscriptionName: 's',
        SpendingAmount: '100',
        Budget: '50',
        BudgetName: 'b',
        NotificationThresholdAmount: '0.8',
      },
    },
    ends: recorded('is-about-money'),
  },
  {
    name: 'what somebody did',
    body: common(
      { monitoringService: 'Activity Log - Administrative' },
      {
        operationName: 'Microsoft.Databricks/workspaces/write',
        status: 'Succeeded',
        eventDataId: 'd-1',
        level: 'Informational',
        authorization: { scope: bodies.WORKSPACE },
      },
    ),
    ends: recorded('is-a-record-of-the-activity-log'),
  },
  {
    name: 'a policy',
    body: common(
      { monitoringService: 'Activity Log - Policy' },
      { operationName: 'Microsoft.Authorization/policies/audit/action', status: 'Succeeded' },
    ),
    ends: recorded('is-a-record-of-the-activity-log'),
  },
  {
    name: 'autoscale, by its context',
    body: common(
      { monitoringService: 'ActivityLog - Autoscale' },
      { eventDataId: 'a-1', operationName: 'Microsoft.Insights/AutoscaleSettings/Scaleup/Action', status: 'Succeeded' },
    ),
    ends: recorded('is-a-record-of-the-activity-log'),
  },
  {
    name: 'autoscale, the older form',
    body: {
      version: '1.0',
      status: 'Activated',
      operation: 'Scale Out',
      context: { timestamp: bodies.AT, id: 'x', name: 'scale', details: 'd', resourceId: bodies.MACHINE },
    },
    ends: recorded('is-a-record-of-the-activity-log'),
  },
  {
    name: 'a record of administration from an event hub',
    body: {
      records: [{ time: bodies.AT, category: 'Administrative', operationName: 'x/write', resultType: 'Success' }],
    },
    ends: recorded('is-a-record-of-the-activity-log'),
  },
];

const otherRows: readonly CorpusRow[] = [
  {
    name: 'a service that nobody knows',
    body: common({ monitoringService: 'Quantum Alerts', signalType: 'Quantum' }, { spin: 'up' }),
    ends: stranger,
  },
  { name: 'an object of a stranger', body: { title: 'Disk is full', host: 'x' }, ends: stranger },
  { name: 'an object of nothing but numbers', body: { a: 1, b: [2, 3] }, ends: stranger },
  { name: 'a stranger that is over', body: { title: 'Disk is full', state: 'ok' }, ends: recorded('is-resolved') },
  {
    name: 'a schema id and nothing else',
    body: { schemaId: 'azureMonitorCommonAlertSchema', data: {} },
    ends: stranger,
  },
  {
    name: 'names of Object.prototype',
    body: JSON.parse('{"__proto__":{"essentials":{}},"constructor":"x","toString":1}'),
    ends: stranger,
  },
  {
    name: 'a cluster event at the wrong door',
    body: { event: 'cluster.terminated', cluster: { cluster_id: 'test-cluster-123' } },
    ends: { kind: 'cluster' },
  },
  {
    name: 'a job notification at the wrong door',
    body: { event_type: 'jobs.on_failure', workspace_id: '1', job: { job_id: '42' }, run: { run_id: '7' } },
    ends: { kind: 'job' },
  },
  { name: 'a ping', body: { event: 'test' }, ends: { kind: 'test' } },
  {
    name: 'a SQL alert',
    body: {
      event: 'alert_state_change',
      alert: { title: '[Alert] x changed status to TRIGGERED', alert: { id: 'a-1', name: 'x' } },
    },
    ends: { kind: 'sql-alert' },
  },
  ...[[], [[]], [1, 'a', null], {}, 'alert', 42, null, true, { records: [] }, [{}], { a: null, b: '' }].map(
    (body): CorpusRow => ({
      name: JSON.stringify(body),
      body,
      ends: { refused: 'InvalidInput' },
    }),
  ),
];

export const azureCorpus: readonly CorpusRow[] = [...serviceHealthRows, ...alertRows, ...otherRows];

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `Region ${index + 1}`);
}

/** Every name in small letters with underscores. */
function foldedBody(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(foldedBody);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [
    name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase(),
    foldedBody(member),
  ]);
  return Object.fromEntries(entries);
}
