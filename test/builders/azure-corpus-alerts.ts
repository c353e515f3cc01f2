// The corpus: the health of resources, alerts of every kind and age, costs, and what somebody did.
import * as bodies from './azure-bodies.ts';
import { type CorpusRow, type Ending, recorded } from './azure-corpus-row.ts';

const { resourceHealth, common, logAlert, legacyActivity } = bodies;

const alert: Ending = { opens: 'AzureAlert', subject: /^azure-alert\// };
const resource: Ending = { opens: 'AzureResourceUnavailable', subject: /^azure-alert\/resource-health-/ };

export const alertRows: readonly CorpusRow[] = [
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
