// The playbook of every failure class, as data: which remedies, in which order, and what a person is told when there is none left.

import { quotaWords } from '../../domain/classification/azure-error-codes.ts';
import type { Classification } from '../../domain/classification/classify.ts';
import type { FailureClass } from '../../domain/classification/failure-classes.ts';
import type { ActionCode } from '../../domain/classification/termination-codes.ts';
import type { Estate } from '../../domain/estate/estate.ts';
import { type ComponentKey, listedComponent, playbookOverride, provisionersOf } from '../../domain/estate/lookup.ts';
import type { RemedyId } from '../../domain/playbooks/remedy-ids.ts';
import type { RemedyParams } from '../../domain/playbooks/remedy-params.ts';
import { remedies } from './index.ts';

/** Remedies in order, by what the code asks for: a class is not always repaired in the same way. What is not named is a person's. */
export interface Playbook {
  readonly remedies: Partial<Record<ActionCode, readonly RemedyId[]>>;
  readonly advice: string;
}

const LAST_RESORT: RemedyId = 'recreate-by-terraform';
const RESTARTS: readonly RemedyId[] = ['restart-cluster', 'restart-warehouse'];
/** What a warehouse does at once a cluster can put off (`waitSeconds`). */
const STARTS_LATER: readonly RemedyId[] = ['restart-cluster'];
/** For clusters, then for warehouses: a smaller one needs fewer machines. */
const OTHER_MACHINES: readonly RemedyId[] = ['use-on-demand', 'change-node-type', 'scale-down', 'resize-warehouse'];

/** What an action code asks for in whatever class it stands (C1). `START_ALT` is the class's own: its alternatives differ. */
const COMMON: Playbook['remedies'] = {
  RESTART: RESTARTS,
  START_BACKOFF: RESTARTS,
  START_LONGER: RESTARTS,
  WAIT_10M: STARTS_LATER,
  WAIT_60M: STARTS_LATER,
  RAISE_POOL: ['raise-pool-capacity'],
  ROLLBACK_CONFIG: ['rollback-config'],
};

/** No machine can repair it, or none may: a person gets the facts and this advice. */
function human(advice: string): Playbook {
  return { remedies: {}, advice };
}

/** A code of this class may ask for a repair; one that asks for a person gets none (TICKET, ESCALATE, NOTIFY). */
function repair(advice: string, alternatives: readonly RemedyId[] = []): Playbook {
  return { remedies: { ...COMMON, START_ALT: alternatives }, advice };
}

export const playbooks = {
  DatabricksDriverNotResponding: repair(
    'Look for memory pressure on the driver: driver logs, garbage collection, collect() on large data.',
  ),
  DatabricksClusterTerminated: repair(
    'Look in the Azure activity log of the managed resource group for who or what stopped the virtual machine.',
  ),
  DatabricksClusterStartFailure: repair(
    'Read the azure_error_code and the event log of the cluster; try another node type or region if Azure refuses the machines.',
  ),
  DatabricksAuthorizationError: repair(
    'A permission, secret or key is missing: give the identity that the message names its rights back.',
  ),
  DatabricksBenignTermination: human('This end is normal. Start the cluster if it is needed.'),
  DatabricksConfigurationError: repair(
    'Compare the configuration of the cluster with its last good one and roll back what changed.',
    ['change-node-type'],
  ),
  DatabricksDnsError: repair(
    'Check the DNS servers of the virtual network and the private DNS links of the workspace.',
  ),
  DatabricksImageError: repair(
    'Check runtime version and container image: still supported, still reachable, still permitted.',
  ),
  DatabricksInitScriptFailure: repair('Read the log of the init script and repair or detach it.'),
  DatabricksMetastoreError: repair('Check that the metastore database can be reached and its credentials are valid.'),
  DatabricksNetworkError: repair(
    'Check NSG rules, routes and firewall between the cluster subnets and the control plane.',
  ),
  DatabricksNotAzure: human(
    'This code belongs to another cloud and should not occur on Azure: ask Databricks support.',
  ),
  DatabricksPlatformFault: repair(
    'Databricks itself failed: check the status page, start the cluster later, open a support case if it repeats.',
  ),
  DatabricksPolicyBlocked: human('A policy or budget blocks it: talk to its owner before anything is started.'),
  DatabricksQuotaExceeded: repair(
    'Raise the quota that the message names, free capacity, or use another VM family.',
    OTHER_MACHINES,
  ),
  DatabricksResourceExhausted: repair(
    'Azure has no such capacity now, or the pool is full: use another node type, fewer workers or on-demand instances.',
    OTHER_MACHINES,
  ),
  DatabricksServerlessCapacity: repair('Serverless capacity is short: try again later or use classic compute.'),
  DatabricksSpotEviction: repair(
    'Azure took the spot machines back: use on-demand or spot with fallback for the driver.',
    ['use-on-demand', 'restart-cluster'],
  ),
  DatabricksStorageError: repair(
    'Check that the storage account of the workspace can be reached: firewall, private endpoint, routes.',
  ),
  DatabricksThrottled: repair('Calls are throttled: wait as long as the message says before anything is started.'),
  DatabricksUnknown: human(
    'Lakewarden does not know this code: read the cluster event log, decide, and tell the maintainers of the code table.',
  ),
  AzureAlert: human('Read what the alert measures, and look at its target.'),
  AzureRegionDegraded: human(
    'Watch the witnesses (GET /api/regions) and see that the DR site is ready; nothing is held back yet.',
  ),
  AzureRegionOutage: {
    remedies: { RELEASE: ['release-components'] },
    advice:
      'Look at the witnesses (GET /api/regions), at the DR region and at the last replication, and decide whether to fail over.',
  },
  AzureResourceUnavailable: human(
    'Read what Azure says of the resource; its health comes back by itself or by support.',
  ),
  AzureServiceIncident: human(
    'Follow the notice in Azure Service Health; what it hits in the estate shows in its own incidents.',
  ),
  UnclassifiedAlert: human('Read the alert as it came: Lakewarden does not know its kind. Resolve it by hand.'),
  LakewardenBlind: human('Nothing can be said of a region: look at our own network, DNS and credentials first.'),
  LakewardenDeadLetter: human(
    'Read GET /api/dead-letters for what could not be handled and why; remove the cause, then replay it.',
  ),
  DatabricksJobFailed: human('Read the output of the failed task, repair its cause, then repair the run.'),
  DatabricksJobInterrupted: {
    remedies: { RERUN: ['recover-run'] },
    advice: 'Its cluster or the platform failed the run: see that its cluster is well, then repair the run.',
  },
  DatabricksJobMissing: human('Create the job again from its last good definition, or take it out of the estate.'),
  DatabricksJobChanged: human('Take the change back, or accept it by resolving this incident.'),
  DatabricksJobSlow: human('Look at the running tasks: more data than usual, skew, or waiting for a cluster.'),
  DatabricksJobSuccessRateLow: human('Look at the last failed runs of the job for what they have in common.'),
  DatabricksStreamingBacklog: human('Look at the stream: stuck, too small a cluster, or a burst of its source.'),
  DatabricksWarehouseFailed: repair('Look at the health of the warehouse and start it once its cause is gone.'),
  DatabricksWarehouseStopped: repair('Start the warehouse, or take alwaysOn from it in the estate.'),
  DatabricksNotebookChanged: human('Compare the notebook with its last good copy; accept the change or restore it.'),
  DatabricksClusterMissing: {
    remedies: { RESTORE: ['recreate-by-terraform'] },
    advice: 'Create the cluster again, and put its new id in the place of the old one in the estate.',
  },
  DatabricksWarehouseMissing: {
    remedies: { RESTORE: ['recreate-by-terraform'] },
    advice: 'Create the warehouse again, and put its new id in the place of the old one in the estate.',
  },
  DatabricksNotebookMissing: {
    remedies: { RESTORE: ['restore-notebook'] },
    advice: 'Restore the notebook from its last good copy or from its repository.',
  },
  DatabricksSqlAlert: human('Open the alert in Databricks SQL: its query shows what is wrong.'),
  ReportedByPerson: human('Ask whoever reported it, and look at the component.'),
  LakewardenBreakerOpened: human('Remedies keep failing: find the common cause before the breaker is closed.'),
  LakewardenClusterFailureRate: human('Many clusters fail: look for one cause, e.g. network, quota, a region.'),
  LakewardenRecoveryFailed: human('An automatic recovery failed: its incident says what was tried.'),
  LakewardenSourceQuiet: human(
    'Read GET /api/sources: for what cannot be read look at our rights and network, for what is quiet at the action group or webhook that should send it.',
  ),
  LakewardenTimerMissed: human('A timer missed its schedule: look at the function app, its plan and its storage.'),
  LakewardenIncidentUnreadable: human(
    'An incident cannot be read: its row is of another release, or somebody changed it. Find out who wrote it, and export its timeline before anything is removed.',
  ),
  LakewardenMessageUndelivered: human(
    'A channel did not take a message: look at the incident that it was about, then at the channel.',
  ),
  LakewardenSummaryUndelivered: human(
    'A channel did not take the one message for many: look at the list of open incidents, then at the channel.',
  ),
  LakewardenUnknownCode: human('Tell the maintainers of the code table; the incident of the component waits for you.'),
} as const satisfies Record<FailureClass, Playbook>;

export interface ChosenPlaybook {
  readonly remedies: readonly RemedyId[];
  readonly advice: string;
}

/** What is tried for this failure of this component, in order, and what a person is told when nothing of it helps (E1). */
export function playbookFor(
  estate: Estate,
  component: ComponentKey,
  classification: Pick<Classification, 'failureClass' | 'action' | 'why' | 'quota'>,
): ChosenPlaybook {
  const { failureClass, action } = classification;
  const { remedies: ofEstate } = playbookOverride(estate, listedComponent(estate, component), failureClass);
  const playbook: Playbook = playbooks[failureClass];
  const isFor = (id: RemedyId) => remedies[id].kinds.includes(component.kind);
  const chosen = (ofEstate ?? withLastResort(playbook.remedies[action] ?? [], estate, component)).filter(isFor);
  return { remedies: chosen, advice: adviceFor(classification) };
}

/** What is gone when the others had their turn is recreated, where the estate says how: nothing but that is done by it. */
function withLastResort(ids: readonly RemedyId[], estate: Estate, component: ComponentKey): readonly RemedyId[] {
  const repairs = ids.filter((id) => id !== LAST_RESORT);
  if (!isCode(estate, component)) return repairs;
  const isRepaired = ids.some((id) => remedies[id].kinds.includes(component.kind));
  return isRepaired ? [...repairs, LAST_RESORT] : repairs;
}

function isCode(estate: Estate, component: ComponentKey): boolean {
  const isApplied = provisionersOf(estate).some(({ workspace }) => workspace === component.workspace);
  return isApplied && listedComponent(estate, component)?.terraformAddress !== undefined;
}

/** From the code's own row, then with what Azure says of its limit, then what holds for the class. */
function adviceFor({ failureClass, why, quota }: Pick<Classification, 'failureClass' | 'why' | 'quota'>): string {
  const { advice } = playbooks[failureClass];
  return [sentence(why), ...(quota ? [sentence(`Azure refused by ${quotaWords(quota)}`)] : []), advice].join(' ');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

const DEFAULTS: RemedyParams = { timeoutSeconds: 600, healthCheckSeconds: 60, maxAttempts: 2, backoffSeconds: [60] };

/** What the code's own action asks for, beyond the defaults (C1). */
const BY_ACTION: Partial<Record<ActionCode, Partial<RemedyParams>>> = {
  START_BACKOFF: { maxAttempts: 3, backoffSeconds: [60, 180, 540] },
  START_LONGER: { timeoutSeconds: 1200 },
  /** Each try takes the next possibility of the remedy. */
  START_ALT: { maxAttempts: 3, backoffSeconds: [15] },
  WAIT_10M: { waitSeconds: 600, backoffSeconds: [600] },
  WAIT_60M: { waitSeconds: 3600, backoffSeconds: [3600] },
  // Regions recover slowly, and what was held back goes on at the pace of the budget.
  RELEASE: { timeoutSeconds: 24 * 3600, maxAttempts: 3 },
  // Runs last for hours, and what failed them may take as long to come back.
  RERUN: { timeoutSeconds: 4 * 3600, backoffSeconds: [600] },
};

/** Parameters of a remedy: defaults, then what the code asks for, then what the estate says of class and component (E1). */
export function paramsFor(
  estate: Estate,
  component: ComponentKey,
  { failureClass, action }: Pick<Classification, 'failureClass' | 'action'>,
): RemedyParams {
  const said = playbookOverride(estate, listedComponent(estate, component), failureClass);
  const { timeoutSeconds, healthCheckSeconds, waitSeconds, attempts: maxAttempts, cooldownSeconds } = said;
  const backoffSeconds = cooldownSeconds === undefined ? undefined : [cooldownSeconds];
  const overrides = { timeoutSeconds, healthCheckSeconds, waitSeconds, maxAttempts, backoffSeconds };
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...BY_ACTION[action], ...Object.fromEntries(given) };
}
