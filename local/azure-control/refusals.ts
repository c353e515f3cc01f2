// What Azure's own side rejects, limits, delays and loses, and this one with it: Entra ID, Resource Manager, the Databricks status
// page and action groups. Numbers with their source: [doc] Microsoft's documentation, [spec] azure-rest-api-specs, [seen] traces of
// real bodies (facts/integrations.md 4, 5; facts/azure.md 2, 3), [guess] nobody publishes it.
//
// ENTRA ID rejects a tenant that it does not have (400), a client or secret that it does not know (401), a grant other than client
//   credentials (400), a resource that it does not have (400) [doc: AADSTS codes]. The version of a token is the choice of the resource
//   that it is for, not of the endpoint that was asked [doc]. It rotates its keys: new ones are published before they sign.
// RESOURCE MANAGER rejects calls without a token, with a bad one, with one that is over (401), subscriptions that nobody has (404) or that
//   the caller may not read (403), calls without an api-version or with one that does not exist (400), filters, time ranges and page
//   sizes that it cannot read (400). It limits reads per subscription (429 with Retry-After) [doc] and answers in pages. It loses nothing,
//   but shows an event only from `queryStartTime`, which is a day and not an hour [spec], and alerts of 30 days. Of networks it has
//   peerings and ExpressRoute circuits, to be read one by one; one that nobody has seeded is 404 [doc].
// THE STATUS PAGE (Status.io) answers its JSON to anybody, and HTML in place of it when something in front of it is unwell. People
//   keep it: what it says comes tens of minutes late.
// AN ACTION GROUP calls again after 408, 429, 503, 504 and when the network fails, never after another answer; when its tries are used up it
//   does not call that address at all for a quarter of an hour, and alerts of that time are lost [doc]. Nothing is in order, nothing
//   comes exactly once. It cannot present a client certificate, and no header but the one of a secure webhook.
// NOT simulated: user sign-in, certificates as credentials, conditional access, x5c chains; any other resource provider or type; the subscriptions
//   to a status page; the limit of 1,500 webhook calls a minute and subscription, since what becomes of the rest is not documented.

/** The app that calls secure webhooks in the public cloud. [doc] */
export const ACTION_GROUP_APP_ID = '461e8683-5575-4561-ac7f-899cc907d62a';
export const ACTION_GROUP_ROLE = 'ActionGroupsSecureWebhook';
/** What tokens for Resource Manager are for; with and without the slash. [doc] */
export const ARM_AUDIENCES: readonly string[] = [
  'https://management.azure.com',
  'https://management.azure.com/',
  'https://management.core.windows.net/',
];

/** [doc: 60 to 90 minutes, 75 on average; the answer says 3599] */
export const TOKEN_SECONDS = 3_599;
/** The clock of who made a token is a little ahead of who checks it, so `nbf` lies back. [seen: five minutes in v1 tokens] */
export const NOT_BEFORE_SECONDS = 300;

/** [spec] */
export const EVENT_API_VERSIONS: readonly string[] = ['2022-10-01', '2023-10-01-preview', '2024-02-01', '2025-05-01'];
export const ALERT_API_VERSIONS: readonly string[] = ['2018-05-05', '2019-05-05-preview', '2023-07-12-preview'];
/** Some of them. */
export const NETWORK_API_VERSIONS: readonly string[] = [
  '2022-07-01',
  '2023-09-01',
  '2023-11-01',
  '2024-01-01',
  '2024-05-01',
];
/** [guess] */
export const EVENTS_PER_PAGE = 50;
/** [doc: 1 to 250] */
export const ALERTS_PER_PAGE = { default: 25, most: 250 } as const;
/** [doc] */
export const TIME_RANGE_HOURS: Readonly<Record<string, number>> = { '1h': 1, '1d': 24, '7d': 168, '30d': 720 };
/** Reads of one subscription and caller. [doc: bucket of 250, 25 a second] */
export const READS = { perSecond: 25, burst: 250 } as const;
/** [guess] */
export const THROTTLED_SECONDS = 10;

/** Seconds between the tries of an action group. [doc] */
export const RETRY_GAPS_SECONDS: readonly number[] = [5, 20, 5, 40, 5];
/** [doc] */
export const RETRIED_STATUSES: readonly number[] = [408, 429, 503, 504];
/** [doc: no action group calls the endpoint for 15 minutes] */
export const SILENCE_SECONDS = 15 * 60;
/** Not scaled: who answers is as quick as ever. [seen: documented formerly] */
export const CALL_TIMEOUT_SECONDS = 10;
/** [guess] */
export const CALLS_AT_ONCE = 50;
/** The oldest that are done with are dropped beyond this. */
export const DELIVERIES_KEPT = 20_000;
/** [doc: per alert of the common schema] */
export const LARGEST_ALERT_BYTES = 256 * 1024;

/** Status.io: what a code means. [seen] */
export const STATUS_CODES: Readonly<Record<number, string>> = {
  100: 'Operational',
  200: 'Planned Maintenance',
  300: 'Degraded Performance',
  400: 'Partial Service Disruption',
  500: 'Service Disruption',
  600: 'Security Event',
};
