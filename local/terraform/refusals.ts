// What HCP Terraform rejects, limits, delays and loses, and this one with it. Numbers with their source: [doc] HashiCorp's API
// reference, [tfe] its own client go-tfe, [seen] an issue that is named, [guess] nobody publishes it.
//
// It REJECTS: a missing or wrong token (401); whatever the token may not see or do, with 404 like what does not exist [doc]; apply
//   and discard of a run that does not wait, cancel of one that is at rest, force-cancel before a cancel and its cool-off (409) [doc];
//   a body without its resource type or workspace, a variable that is no text, an address that is none (422); a destroy
//   run where the workspace forbids it (422) [guess: the words]; a body of another media type (415) [guess].
// It LIMITS: 30 requests a second per user, 30 a minute for lists of runs [doc], with 429 and `x-ratelimit-reset` in fractions of a
//   second and no Retry-After [tfe]; pages of 20, at most 100.
// It DELAYS: every phase; one run at a time in a workspace, the others are `pending`, all of them while it is locked; an accepted
//   action shows a moment later. The provider waits until a new cluster is RUNNING before the apply ends.
// It LOSES: an apply whose worker died (errored, and what it was creating may be there without being in the state); the reason of
//   a failure (it stands in a log behind another address, and in no attribute); our idempotency: the same POST twice is two runs.
// It is QUIET where one would expect a refusal: a target address that the configuration does not have plans nothing, which is
//   `planned_and_finished` like success; a terminated cluster is no difference, so nothing is planned for it.
// The Databricks provider here creates, updates and (when tainted) replaces clusters, warehouses and notebooks by the public API;
//   a new cluster that fails to start is deleted for good [seen: databricks/terraform-provider-databricks#383].
// NOT simulated: configuration versions and VCS, HCL (variables are checked for being literals and change nothing), refresh-only,
//   replace-addrs, saved plans and actions (422 here, taken there), cost estimates, run tasks, agents, logs, webhooks, teams.

/** Seconds that phases take; all are divided by the time scale. [guess] */
export const PHASE_SECONDS = {
  queued: 2,
  /** `terraform init` and plan, beside the time that the provider's reads take. */
  planning: 20,
  policyCheck: 4,
  /** `terraform init` before the apply. */
  applying: 10,
  /** An accepted action is carried out by a queue. [doc: "this endpoint queues a request"] */
  action: 1,
} as const;

/** Seconds between the provider's looks at what it creates. [guess] */
export const PROVIDER_POLL_SECONDS = 5;
/** The provider gives up waiting for a cluster. [doc: default timeout of databricks_cluster] */
export const PROVIDER_TIMEOUT_SECONDS = 30 * 60;
/** After a cancel, before a force-cancel is possible. [guess; the field is `force-cancel-available-at`] */
export const FORCE_CANCEL_SECONDS = 60;

/** [doc] per user; per second and per minute of simulated time. */
export const LIMITS = {
  all: { perSecond: 30, burst: 30 },
  listRuns: { perSecond: 30 / 60, burst: 30 },
} as const;

/** [doc] */
export const PAGE = { default: 20, max: 100 } as const;
/** Runs kept in memory per workspace; the oldest ended ones go first. */
export const RUNS_KEPT = 500;
