// The corpus: Service Health events in every envelope and with every quirk that the facts describe.
import * as bodies from './azure-bodies.ts';
import { type CorpusRow, type Ending, recorded } from './azure-corpus-row.ts';

const { serviceHealth, healthEvent, impacted, common, legacyActivity, diagnosticRecord } = bodies;

const incident: Ending = { opens: 'AzureServiceIncident', subject: /^service-health\/ABCD-123$/ };

export const serviceHealthRows: readonly CorpusRow[] = [
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
    name: 'fully mitigated by its title',
    body: serviceHealth({ title: 'Storage in East US: fully mitigated' }),
    ends: recorded('its-title-says-over'),
  },
  {
    name: 'partially mitigated by its title',
    body: serviceHealth({ title: 'Azure Databricks - East US - Partially Mitigated' }),
    ends: incident,
  },
  {
    name: 'not mitigated by its title',
    body: serviceHealth({ title: 'Azure Databricks in East US: not yet fully mitigated' }),
    ends: incident,
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
