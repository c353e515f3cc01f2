// Bodies as action groups send them, built from what is particular to each; the frames are those of the recorded fixtures.

export type Json = Record<string, unknown>;

const SUBSCRIPTION = '/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333';
export const AT = '2026-11-20T07:50:00.000Z';

export const WORKSPACE = `${SUBSCRIPTION}/resourceGroups/rg-databricks-dev/providers/Microsoft.Databricks/workspaces/databricks-dev`;
export const STORAGE = `${SUBSCRIPTION}/resourceGroups/rg-databricks-dr/providers/Microsoft.Storage/storageAccounts/drbkpdatabricksdev`;
export const MACHINE = `${SUBSCRIPTION}/resourceGroups/rg-other/providers/Microsoft.Compute/virtualMachines/vm-1`;
const LOGS = `${SUBSCRIPTION}/resourceGroups/rg-logs/providers/Microsoft.OperationalInsights/workspaces/logs`;

/** An ARM id of an alert instance. */
export function instance(guid = 'b9569717-bc32-442f-add5-83a997729330'): string {
  return `${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/${guid}`;
}

export function common(essentials: Json, alertContext: unknown, more: Json = {}): Json {
  return {
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: instance(),
        alertRule: 'a-rule',
        severity: 'Sev2',
        signalType: 'Metric',
        monitorCondition: 'Fired',
        monitoringService: 'Platform',
        alertTargetIDs: [MACHINE.toLowerCase()],
        originAlertId: 'origin-1',
        firedDateTime: AT,
        description: '',
        essentialsVersion: '1.0',
        alertContextVersion: '1.0',
        ...essentials,
      },
      alertContext,
      ...more,
    },
  };
}

export function impacted(services: readonly string[], regions: readonly string[]): Json[] {
  return services.map((name) => ({
    ImpactedRegions: regions.map((region) => ({ RegionName: region })),
    ServiceName: name,
  }));
}

/** What a Service Health event tells; an active incident of Azure Databricks in East US unless told otherwise. */
export function healthProperties(more: Json = {}): Json {
  return {
    title: 'Azure Databricks - East US - Clusters fail to start',
    service: 'Azure Databricks',
    region: 'East US',
    communication: '<p>We are aware of an <b>issue</b> &amp; investigate.</p>',
    incidentType: 'Incident',
    trackingId: 'ABCD-123',
    impactStartTime: '2026-11-20T07:30:00.000Z',
    impactedServices: JSON.stringify(impacted(['Azure Databricks'], ['East US'])),
    stage: 'Active',
    communicationId: '11000100000001',
    isHIR: 'false',
    IsSynthetic: 'False',
    impactType: 'SubscriptionList',
    version: '0.1.1',
    ...more,
  };
}

export function healthEvent(properties: Json = {}, more: Json = {}): Json {
  return {
    channels: 1,
    correlationId: 'c0ffee00-0000-0000-0000-000000000001',
    eventSource: 2,
    eventTimestamp: AT,
    eventDataId: 'e0ffee00-0000-0000-0000-000000000001',
    level: 3,
    operationName: 'Microsoft.ServiceHealth/incident/action',
    operationId: 'c0ffee00-0000-0000-0000-000000000001',
    properties: healthProperties(properties),
    status: 'Active',
    submissionTimestamp: AT,
    ...more,
  };
}

const ofServiceHealth = {
  severity: 'Sev4',
  signalType: 'Activity Log',
  monitoringService: 'ServiceHealth',
  alertTargetIDs: [SUBSCRIPTION],
};

export function serviceHealth(properties: Json = {}, event: Json = {}, essentials: Json = {}): Json {
  return common({ ...ofServiceHealth, ...essentials }, healthEvent(properties, event));
}

/** One update of a life cycle: what says which it is, is told of it. */
export function update(at: string, properties: Json = {}, event: Json = {}): Json {
  const id = `1100${Date.parse(at)}`;
  return serviceHealth(
    { communicationId: id, ...properties },
    { eventTimestamp: at, submissionTimestamp: at, eventDataId: id, ...event },
    { alertId: instance(`00000000-0000-0000-0000-${id.slice(-12)}`), firedDateTime: at },
  );
}

export function legacyActivity(activityLog: Json, more: Json = {}): Json {
  return {
    schemaId: 'Microsoft.Insights/activityLogs',
    data: { status: 'Activated', context: { activityLog }, properties: {}, ...more },
  };
}

export function resourceHealth(properties: Json = {}, event: Json = {}, target = WORKSPACE): Json {
  return common(
    { severity: 'Sev4', signalType: 'Activity Log', monitoringService: 'Resource Health', alertTargetIDs: [target] },
    {
      channels: 'Admin, Operation',
      eventSource: 'ResourceHealth',
      eventTimestamp: AT,
      eventDataId: 'e0ffee00-0000-0000-0000-00000000000a',
      level: 'Critical',
      operationName: 'Microsoft.Resourcehealth/healthevent/Activated/action',
      properties: {
        title: 'Unavailable',
        details: null,
        currentHealthStatus: 'Unavailable',
        previousHealthStatus: 'Available',
        type: 'Downtime',
        cause: 'PlatformInitiated',
        ...properties,
      },
      status: 'Active',
      submissionTimestamp: AT,
      ...event,
    },
  );
}

export function metricContext(more: Json = {}, dimensions: Json[] = []): Json {
  return {
    properties: null,
    conditionType: 'SingleResourceMultipleMetricCriteria',
    condition: {
      windowSize: 'PT5M',
      allOf: [
        {
          metricName: 'Percentage CPU',
          metricNamespace: 'Microsoft.Compute/virtualMachines',
          operator: 'GreaterThan',
          threshold: '25',
          timeAggregation: 'Average',
          dimensions,
          metricValue: 3.1,
          webTestName: null,
        },
      ],
      windowStartTime: '2026-11-20T07:40:00.000Z',
      windowEndTime: '2026-11-20T07:45:00.000Z',
      ...more,
    },
  };
}

export function logContext(dimensions: Json[], more: Json = {}): Json {
  return {
    properties: null,
    conditionType: 'LogQueryCriteria',
    condition: {
      windowSize: 'PT1H',
      allOf: [
        {
          searchQuery: 'DatabricksClusters | where ActionName == "terminate"',
          metricMeasureColumn: null,
          targetResourceTypes: "['Microsoft.OperationalInsights/workspaces']",
          operator: 'GreaterThan',
          threshold: '0',
          timeAggregation: 'Count',
          dimensions,
          metricValue: 3,
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
        },
      ],
      windowStartTime: '2026-11-20T06:50:00Z',
      windowEndTime: AT,
      ...more,
    },
  };
}

export function logAlert(dimensions: Json[], essentials: Json = {}): Json {
  const told = { monitoringService: 'Log Alerts V2', signalType: 'Log', alertTargetIDs: [LOGS.toLowerCase()] };
  return common({ ...told, ...essentials }, logContext(dimensions));
}

export function metricV2(status: string, more: Json = {}): Json {
  return {
    schemaId: 'AzureMonitorMetricAlert',
    data: {
      version: '2.0',
      properties: {},
      status,
      context: {
        timestamp: '2026-11-20T07:50:00.9703687Z',
        id: `${SUBSCRIPTION}/resourceGroups/rg-other/providers/microsoft.insights/metricAlerts/cpu`,
        name: 'cpu',
        description: 'CPU is high',
        conditionType: 'SingleResourceMultipleMetricCriteria',
        severity: '3',
        condition: metricContext().condition,
        resourceId: MACHINE,
        ...more,
      },
    },
  };
}

export function classicMetric(status: string): Json {
  return {
    status,
    context: {
      timestamp: '2026-11-20T07:50:00Z',
      id: `${SUBSCRIPTION}/resourceGroups/rg-other/providers/microsoft.insights/alertrules/ruleName1`,
      name: 'ruleName1',
      description: 'some description',
      conditionType: 'Metric',
      condition: {
        metricName: 'Requests',
        metricUnit: 'Count',
        metricValue: '10',
        threshold: '10',
        windowSize: '15',
        operator: 'GreaterThanOrEqual',
      },
      resourceId: MACHINE,
    },
    properties: {},
  };
}

export function logV1(more: Json = {}): Json {
  return {
    SubscriptionId: SUBSCRIPTION.split('/')[2],
    AlertRuleName: 'AcmeRule',
    SearchQuery: 'Perf | where ObjectName == "Processor"',
    SearchIntervalStartTimeUtc: '11/20/2026 6:50:00 AM',
    SearchIntervalEndtimeUtc: '11/20/2026 7:50:00 AM',
    AlertThresholdOperator: 'Greater Than',
    AlertThresholdValue: 0,
    ResultCount: 2,
    SearchIntervalInSeconds: 3600,
    Description: 'log alert rule',
    Severity: 'Warning',
    SearchResult: { tables: [{ name: 'PrimaryResult', columns: [], rows: [] }] },
    WorkspaceId: 'ws-1',
    AlertType: 'Number of results',
    ...more,
  };
}

/** A record as diagnostic settings and event hubs carry it. */
export function diagnosticRecord(eventProperties: Json = {}, more: Json = {}): Json {
  return {
    time: AT,
    resourceId: SUBSCRIPTION.toUpperCase(),
    operationName: 'Microsoft.ServiceHealth/incident/action',
    category: 'ServiceHealth',
    resultType: 'Active',
    level: 'Warning',
    status: 'Active',
    properties: { eventCategory: 'ServiceHealth', eventProperties: healthProperties(eventProperties) },
    ...more,
  };
}
