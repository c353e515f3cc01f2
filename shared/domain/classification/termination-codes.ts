// What every termination code of Databricks means: the one table. The compiler proves that it has exactly the codes of the SDK.
// Judged in facts/termination-codes.json; Databricks documents no type per code, so `expectedType` is inferred.
import type { compute } from '@databricks/sdk-experimental';
import type { FailureClass } from './failure-classes.ts';

type TerminationReasonCode = compute.TerminationReasonCode;
type TerminationType = compute.TerminationReasonType;

/** `yes` again soon, `slow` after minutes, `alt` only changed (node type, pool, fewer workers), `no` only by a person, `never` nothing failed. */
export type Retry = 'yes' | 'slow' | 'alt' | 'no' | 'never';

/** What Databricks' own advice and experience say to do. A playbook decides whether and how it is done. */
export type ActionCode =
  /** `start` when it is TERMINATED, `restart` when it is RUNNING but sick. */
  | 'RESTART'
  /** Restart with retries and growing pauses. */
  | 'START_BACKOFF'
  /** Restart with a longer timeout. */
  | 'START_LONGER'
  /** Scale, or change the instance type or pool. */
  | 'START_ALT'
  | 'RAISE_POOL'
  | 'WAIT_10M'
  | 'WAIT_60M'
  | 'ROLLBACK_CONFIG'
  /** Of a job: repair or run again, where that is safe for its data. */
  | 'RERUN'
  /** Of a notebook: bring back its last good copy. */
  | 'RESTORE'
  /** Of a region: let what was held back go on once it is well. */
  | 'RELEASE'
  /** A person who owns the component. */
  | 'TICKET'
  /** Databricks support, with request ids. */
  | 'ESCALATE'
  /** Tell a person, do nothing. */
  | 'NOTIFY'
  | 'IGNORE';

export interface Verdict {
  readonly failureClass: FailureClass;
  readonly retry: Retry;
  readonly action: ActionCode;
  /** Weight as evidence of a regional problem: none, some, strong. */
  readonly regionSignal: 0 | 1 | 2;
  /** The type to expect with this code, for the record only; null where nothing can be expected. */
  readonly expectedType: TerminationType | null;
  readonly why: string;
}

// biome-ignore format: a table is read by its lines
export const terminationCodes = {
  ABUSE_DETECTED: { failureClass: 'DatabricksPolicyBlocked', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Databricks flagged runtime behaviour as violating its acceptable-use terms' },
  ACCESS_TOKEN_FAILURE: { failureClass: 'DatabricksPlatformFault', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Platform could not mint the internal token that fetches init scripts from workspace files/UC volumes' },
  ALLOCATION_TIMEOUT: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Serverless allocator timed out, cause unknown' },
  ALLOCATION_TIMEOUT_NODE_DAEMON_NOT_READY: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Serverless candidates existed but node daemons were not ready' },
  ALLOCATION_TIMEOUT_NO_HEALTHY_AND_WARMED_UP_CLUSTERS: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'No warm healthy serverless capacity' },
  ALLOCATION_TIMEOUT_NO_HEALTHY_CLUSTERS: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'No healthy serverless candidates' },
  ALLOCATION_TIMEOUT_NO_MATCHED_CLUSTERS: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'No matching unallocated serverless candidate' },
  ALLOCATION_TIMEOUT_NO_READY_CLUSTERS: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'No ready serverless candidate' },
  ALLOCATION_TIMEOUT_NO_UNALLOCATED_CLUSTERS: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Serverless pool fully allocated' },
  ALLOCATION_TIMEOUT_NO_WARMED_UP_CLUSTERS: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'No warmed-up serverless candidate' },
  ATTACH_PROJECT_FAILURE: { failureClass: 'DatabricksConfigurationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Attaching projects to the cluster failed' },
  AWS_AUTHORIZATION_FAILURE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'AWS only' },
  AWS_INACCESSIBLE_KMS_KEY_FAILURE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'AWS only' },
  AWS_INSTANCE_PROFILE_UPDATE_FAILURE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'AWS only' },
  AWS_INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET_FAILURE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'AWS only' },
  AWS_INSUFFICIENT_INSTANCE_CAPACITY_FAILURE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLOUD_FAILURE', why: 'AWS only' },
  AWS_INVALID_KEY_PAIR: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'AWS only' },
  AWS_INVALID_KMS_KEY_STATE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'AWS only' },
  AWS_MAX_SPOT_INSTANCE_COUNT_EXCEEDED_FAILURE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLOUD_FAILURE', why: 'AWS only' },
  AWS_REQUEST_LIMIT_EXCEEDED: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLOUD_FAILURE', why: 'AWS only' },
  AWS_RESOURCE_QUOTA_EXCEEDED: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'AWS only' },
  AWS_UNSUPPORTED_FAILURE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'AWS only' },
  AZURE_BYOK_KEY_PERMISSION_FAILURE: { failureClass: 'DatabricksAuthorizationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Managed-disk CMK permission was revoked (Key Vault access policy/RBAC, disabled key)' },
  AZURE_EPHEMERAL_DISK_FAILURE: { failureClass: 'DatabricksConfigurationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'VM size does not support the ephemeral OS disk set-up' },
  AZURE_INVALID_DEPLOYMENT_TEMPLATE: { failureClass: 'DatabricksConfigurationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'ARM template violated Azure rules (bad parameter, limit exceeded)' },
  AZURE_OPERATION_NOT_ALLOWED_EXCEPTION: { failureClass: 'DatabricksQuotaExceeded', retry: 'alt', action: 'START_ALT', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'ARM OperationNotAllowed; usually cores quota, also policy; read azure_error_message' },
  AZURE_PACKED_DEPLOYMENT_PARTIAL_FAILURE: { failureClass: 'DatabricksResourceExhausted', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Batched ARM deployment failed partially several times' },
  AZURE_QUOTA_EXCEEDED_EXCEPTION: { failureClass: 'DatabricksQuotaExceeded', retry: 'alt', action: 'START_ALT', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Subscription/region vCPU family quota exceeded; identical retry cannot succeed (seen live as CLIENT_ERROR)' },
  AZURE_RESOURCE_MANAGER_THROTTLING: { failureClass: 'DatabricksThrottled', retry: 'slow', action: 'WAIT_60M', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'ARM per-subscription hourly limit; documented advice is wait about an hour or use a smaller cluster' },
  AZURE_RESOURCE_PROVIDER_THROTTLING: { failureClass: 'DatabricksThrottled', retry: 'slow', action: 'WAIT_10M', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Compute/Network RP request limit' },
  AZURE_UNEXPECTED_DEPLOYMENT_TEMPLATE_FAILURE: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Uncategorised ARM deployment failure; read azure_error_code' },
  AZURE_VM_EXTENSION_FAILURE: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'VM extension failed during bootstrap' },
  AZURE_VNET_CONFIGURATION_FAILURE: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'VNet-injection misconfiguration (NSG/UDR/DNS)' },
  BOOTSTRAP_TIMEOUT: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_LONGER', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Control plane could not ping the node daemon: config or connectivity' },
  BOOTSTRAP_TIMEOUT_CLOUD_PROVIDER_EXCEPTION: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Azure extension service failure while bootstrapping' },
  BOOTSTRAP_TIMEOUT_DUE_TO_MISCONFIG: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Bootstrap timeout attributed to customer misconfiguration' },
  BUDGET_POLICY_LIMIT_ENFORCEMENT_ACTIVATED: { failureClass: 'DatabricksPolicyBlocked', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Budget policy limit was enforced; restarting fights the budget owner' },
  BUDGET_POLICY_RESOLUTION_FAILURE: { failureClass: 'DatabricksPolicyBlocked', retry: 'slow', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Budget policy could not be resolved' },
  CLOUD_ACCOUNT_POD_QUOTA_EXCEEDED: { failureClass: 'DatabricksServerlessCapacity', retry: 'slow', action: 'WAIT_10M', regionSignal: 0, expectedType: 'CLOUD_FAILURE', why: 'Pods-per-cloud-account quota (serverless)' },
  CLOUD_ACCOUNT_SETUP_FAILURE: { failureClass: 'DatabricksConfigurationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Subscription blocked/unverified' },
  CLOUD_OPERATION_CANCELLED: { failureClass: 'DatabricksClusterTerminated', retry: 'yes', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Azure operation cancelled, possibly by a user in the managed RG' },
  CLOUD_PROVIDER_DISK_SETUP_FAILURE: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Disk set-up failed during bootstrap' },
  CLOUD_PROVIDER_INSTANCE_NOT_LAUNCHED: { failureClass: 'DatabricksResourceExhausted', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Azure said created, the VM never existed' },
  CLOUD_PROVIDER_LAUNCH_FAILURE: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: 'Azure refused the VMs; refine by azure_error_code (quota vs capacity vs public IP)' },
  CLOUD_PROVIDER_LAUNCH_FAILURE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksConfigurationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'As above but attributed to customer configuration' },
  CLOUD_PROVIDER_RESOURCE_STOCKOUT: { failureClass: 'DatabricksResourceExhausted', retry: 'alt', action: 'START_ALT', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: 'Region/zone out of that VM size (SkuNotAvailable/AllocationFailed); switch SKU, pool or region' },
  CLOUD_PROVIDER_RESOURCE_STOCKOUT_DUE_TO_MISCONFIG: { failureClass: 'DatabricksConfigurationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Repeatedly asking for a shape Azure cannot provide' },
  CLOUD_PROVIDER_SHUTDOWN: { failureClass: 'DatabricksClusterTerminated', retry: 'yes', action: 'RESTART', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: 'Azure stopped the driver VM' },
  CLUSTER_OPERATION_THROTTLED: { failureClass: 'DatabricksThrottled', retry: 'slow', action: 'WAIT_10M', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Databricks load-shed the cloud operation' },
  CLUSTER_OPERATION_TIMEOUT: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'A cluster request missed its deadline' },
  COMMUNICATION_LOST: { failureClass: 'DatabricksDriverNotResponding', retry: 'yes', action: 'RESTART', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Lost contact with driver services (network or unhealthy VM)' },
  CONTAINER_LAUNCH_FAILURE: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Containers would not start on workers; check egress/network if persistent' },
  CONTROL_PLANE_REQUEST_FAILURE: { failureClass: 'DatabricksNetworkError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: 'Node could not fetch its runbook from the control plane' },
  CONTROL_PLANE_REQUEST_FAILURE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'As above, attributed to NSG/UDR/firewall' },
  DATABASE_CONNECTION_FAILURE: { failureClass: 'DatabricksPlatformFault', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'SERVICE_FAULT', why: 'Databricks back-end database failure' },
  DATA_ACCESS_CONFIG_CHANGED: { failureClass: 'DatabricksBenignTermination', retry: 'never', action: 'IGNORE', regionSignal: 0, expectedType: 'SUCCESS', why: 'Workspace data-access config changed, old clusters are recycled' },
  DBFS_COMPONENT_UNHEALTHY: { failureClass: 'DatabricksStorageError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'SERVICE_FAULT', why: 'DBFS root storage unreachable (outage, firewall, private endpoint)' },
  DBR_IMAGE_RESOLUTION_FAILURE: { failureClass: 'DatabricksImageError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'No runtime image resolved for a versionless (serverless) workload' },
  DISASTER_RECOVERY_REPLICATION: { failureClass: 'DatabricksBenignTermination', retry: 'never', action: 'IGNORE', regionSignal: 0, expectedType: 'SUCCESS', why: 'Expected: managed DR fail-over terminated it because the secondary has no data plane. Never auto-restart' },
  DNS_RESOLUTION_ERROR: { failureClass: 'DatabricksDnsError', retry: 'slow', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'DNS resolution failed from the nodes' },
  DOCKER_CONTAINER_CREATION_EXCEPTION: { failureClass: 'DatabricksImageError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Custom container could not be created' },
  DOCKER_IMAGE_PULL_FAILURE: { failureClass: 'DatabricksImageError', retry: 'slow', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Custom image pull failed (ACR auth, tag, egress)' },
  DOCKER_IMAGE_TOO_LARGE_FOR_INSTANCE_EXCEPTION: { failureClass: 'DatabricksImageError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Custom image larger than the disk' },
  DOCKER_INVALID_OS_EXCEPTION: { failureClass: 'DatabricksImageError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Custom image has unsupported OS' },
  DRIVER_DNS_RESOLUTION_FAILURE: { failureClass: 'DatabricksDnsError', retry: 'slow', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Driver could not resolve names' },
  DRIVER_EVICTION: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'RESTART', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Serverless driver pod evicted' },
  DRIVER_LAUNCH_TIMEOUT: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Driver pod not ready in time (k8s data plane)' },
  DRIVER_NODE_UNREACHABLE: { failureClass: 'DatabricksDriverNotResponding', retry: 'yes', action: 'RESTART', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Node daemon on driver unreachable' },
  DRIVER_OUT_OF_DISK: { failureClass: 'DatabricksResourceExhausted', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Driver disk pressure caused by the workload' },
  DRIVER_OUT_OF_MEMORY: { failureClass: 'DatabricksResourceExhausted', retry: 'yes', action: 'RESTART', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Node memory pressure evicted the driver (k8s); classed as a platform fault by Databricks' },
  DRIVER_POD_CREATION_FAILURE: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Serverless driver pod not created' },
  DRIVER_UNEXPECTED_FAILURE: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Unexpected failure launching the driver pod' },
  DRIVER_UNHEALTHY: { failureClass: 'DatabricksDriverNotResponding', retry: 'yes', action: 'RESTART', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Driver down/unresponsive for an extended time' },
  DRIVER_UNREACHABLE: { failureClass: 'DatabricksDriverNotResponding', retry: 'yes', action: 'RESTART', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: "No answer from the driver's management process" },
  DRIVER_UNRESPONSIVE: { failureClass: 'DatabricksDriverNotResponding', retry: 'yes', action: 'RESTART', regionSignal: 0, expectedType: 'CLOUD_FAILURE', why: 'Driver alive but not answering: GC thrash, OOM, too many notebooks' },
  DYNAMIC_SPARK_CONF_SIZE_EXCEEDED: { failureClass: 'DatabricksConfigurationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Dynamic spark conf too large' },
  EOS_SPARK_IMAGE: { failureClass: 'DatabricksImageError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Runtime version is past end of support; upgrade spark_version' },
  EXECUTION_COMPONENT_UNHEALTHY: { failureClass: 'DatabricksDriverNotResponding', retry: 'yes', action: 'RESTART', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Spark execution component unhealthy' },
  EXECUTOR_POD_UNSCHEDULED: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Serverless executor pods not obtained' },
  GCP_API_RATE_QUOTA_EXCEEDED: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLOUD_FAILURE', why: 'GCP only' },
  GCP_DENIED_BY_ORG_POLICY: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_FORBIDDEN: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_IAM_TIMEOUT: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLOUD_FAILURE', why: 'GCP only' },
  GCP_INACCESSIBLE_KMS_KEY_FAILURE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_INSUFFICIENT_CAPACITY: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLOUD_FAILURE', why: 'GCP only' },
  GCP_IP_SPACE_EXHAUSTED: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_KMS_KEY_PERMISSION_DENIED: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_NOT_FOUND: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_QUOTA_EXCEEDED: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_RESOURCE_QUOTA_EXCEEDED: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_SERVICE_ACCOUNT_ACCESS_DENIED: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_SERVICE_ACCOUNT_DELETED: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_SERVICE_ACCOUNT_NOT_FOUND: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GCP_SUBNET_NOT_READY: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLOUD_FAILURE', why: 'GCP only' },
  GCP_TRUSTED_IMAGE_PROJECTS_VIOLATED: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'GCP only' },
  GKE_BASED_CLUSTER_TERMINATION: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'SUCCESS', why: 'GCP migration only' },
  GLOBAL_INIT_SCRIPT_FAILURE: { failureClass: 'DatabricksInitScriptFailure', retry: 'no', action: 'TICKET', regionSignal: 1, expectedType: 'CLIENT_ERROR', why: 'A global init script failed: hits every cluster at once, so treat many of these as one incident' },
  HIVE_METASTORE_PROVISIONING_FAILURE: { failureClass: 'DatabricksMetastoreError', retry: 'slow', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Hive metastore could not be provisioned during container launch' },
  IMAGE_PULL_PERMISSION_DENIED: { failureClass: 'DatabricksAuthorizationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Runtime image pull was denied' },
  INACTIVITY: { failureClass: 'DatabricksBenignTermination', retry: 'never', action: 'IGNORE', regionSignal: 0, expectedType: 'SUCCESS', why: 'Auto-termination after idle' },
  INIT_CONTAINER_NOT_FINISHED: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Databricks init container did not finish (k8s data plane)' },
  INIT_SCRIPT_FAILURE: { failureClass: 'DatabricksInitScriptFailure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Cluster-scoped init script failed/not loadable; one retry only if parameters show a download error' },
  INSTANCE_POOL_CLUSTER_FAILURE: { failureClass: 'DatabricksResourceExhausted', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Pool-backed failure; read parameters and instancePools.get(...).status.pending_instance_errors' },
  INSTANCE_POOL_MAX_CAPACITY_REACHED: { failureClass: 'DatabricksResourceExhausted', retry: 'alt', action: 'RAISE_POOL', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Pool max_capacity reached; raise it or use another pool' },
  INSTANCE_POOL_NOT_FOUND: { failureClass: 'DatabricksConfigurationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Pool deleted; typical in a badly synced DR workspace' },
  INSTANCE_UNREACHABLE: { failureClass: 'DatabricksNetworkError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Nodes unreachable at start: transient or NSG/UDR problem' },
  INSTANCE_UNREACHABLE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'As above, attributed to customer network' },
  INTERNAL_CAPACITY_FAILURE: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'SERVICE_FAULT', why: 'Databricks-side serverless capacity/quota' },
  INTERNAL_ERROR: { failureClass: 'DatabricksPlatformFault', retry: 'yes', action: 'RESTART', regionSignal: 2, expectedType: 'SERVICE_FAULT', why: 'Unexpected Databricks error' },
  INVALID_ARGUMENT: { failureClass: 'DatabricksConfigurationError', retry: 'no', action: 'ROLLBACK_CONFIG', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Bad spec (runtime, secret reference missing or not permitted, node type)' },
  INVALID_AWS_PARAMETER: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'AWS only' },
  INVALID_INSTANCE_PLACEMENT_PROTOCOL: { failureClass: 'DatabricksPlatformFault', retry: 'yes', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Internal protocol roll-out; documented as fixed by a retry' },
  INVALID_SPARK_IMAGE: { failureClass: 'DatabricksImageError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Runtime image invalid' },
  INVALID_WORKER_IMAGE_FAILURE: { failureClass: 'DatabricksImageError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Pool instances carry a stale VHD after an image roll; recycle the pool' },
  IN_PENALTY_BOX: { failureClass: 'DatabricksPlatformFault', retry: 'slow', action: 'ESCALATE', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Known issue for this customer/error pair, excluded from metrics' },
  IP_EXHAUSTION_FAILURE: { failureClass: 'DatabricksQuotaExceeded', retry: 'alt', action: 'START_ALT', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'IP space exhausted' },
  JOB_FINISHED: { failureClass: 'DatabricksBenignTermination', retry: 'never', action: 'IGNORE', regionSignal: 0, expectedType: 'SUCCESS', why: 'Job cluster ended with its job' },
  K8S_ACTIVE_POD_QUOTA_EXCEEDED: { failureClass: 'DatabricksServerlessCapacity', retry: 'slow', action: 'WAIT_10M', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Too many active pods on the serverless k8s cluster' },
  K8S_AUTOSCALING_FAILURE: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'k8s could not add nodes' },
  K8S_DBR_CLUSTER_LAUNCH_TIMEOUT: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'k8s-backed launch timed out' },
  LAZY_ALLOCATION_TIMEOUT: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Nothing allocated before timeout' },
  MAINTENANCE_MODE: { failureClass: 'DatabricksPlatformFault', retry: 'slow', action: 'WAIT_10M', regionSignal: 2, expectedType: 'SERVICE_FAULT', why: 'Databricks on-call terminated it for emergency maintenance' },
  METASTORE_COMPONENT_UNHEALTHY: { failureClass: 'DatabricksMetastoreError', retry: 'slow', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'CLIENT_ERROR', why: 'Metastore unreachable (external Hive metastore, network, credentials)' },
  NEPHOS_RESOURCE_MANAGEMENT: { failureClass: 'DatabricksBenignTermination', retry: 'never', action: 'IGNORE', regionSignal: 0, expectedType: 'SUCCESS', why: 'Serverless pool housekeeping' },
  NETVISOR_SETUP_TIMEOUT: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Serverless network readiness timed out' },
  NETWORK_CHECK_CONTROL_PLANE_FAILURE: { failureClass: 'DatabricksNetworkError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: 'Start-up probe to control plane failed' },
  NETWORK_CHECK_CONTROL_PLANE_FAILURE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Customer network blocks control plane' },
  NETWORK_CHECK_DNS_SERVER_FAILURE: { failureClass: 'DatabricksDnsError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Start-up probe to the DNS server failed' },
  NETWORK_CHECK_DNS_SERVER_FAILURE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksDnsError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Custom DNS wrong/unreachable' },
  NETWORK_CHECK_METADATA_ENDPOINT_FAILURE: { failureClass: 'DatabricksNetworkError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'IMDS unreachable from node' },
  NETWORK_CHECK_METADATA_ENDPOINT_FAILURE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Customer route/proxy hijacks 169.254.169.254' },
  NETWORK_CHECK_MULTIPLE_COMPONENTS_FAILURE: { failureClass: 'DatabricksNetworkError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: 'Several start-up probes failed' },
  NETWORK_CHECK_MULTIPLE_COMPONENTS_FAILURE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Several probes failed because of customer network' },
  NETWORK_CHECK_NIC_FAILURE: { failureClass: 'DatabricksNetworkError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'NIC not working on node' },
  NETWORK_CHECK_NIC_FAILURE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'NIC failure attributed to configuration' },
  NETWORK_CHECK_STORAGE_FAILURE: { failureClass: 'DatabricksStorageError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: 'Start-up probe to artifact/root storage failed' },
  NETWORK_CHECK_STORAGE_FAILURE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksStorageError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Storage blocked by firewall/private endpoint/UDR' },
  NETWORK_CONFIGURATION_FAILURE: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Network configuration error, e.g. VNet DNS blocking artifacts' },
  NFS_MOUNT_FAILURE: { failureClass: 'DatabricksStorageError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'NFS mount into container failed' },
  NO_ACTIVATED_K8S: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'SERVICE_FAULT', why: 'No activated serverless cluster in region' },
  NO_ACTIVATED_K8S_TESTING_TAG: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'ESCALATE', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Internal testing variant' },
  NO_MATCHED_K8S: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'No eligible serverless k8s' },
  NO_MATCHED_K8S_TESTING_TAG: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'ESCALATE', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Internal testing variant' },
  NPIP_TUNNEL_SETUP_FAILURE: { failureClass: 'DatabricksNetworkError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: 'Secure-cluster-connectivity relay tunnel not established; 3+ in a row means egress/NSG/UDR/DNS problem' },
  NPIP_TUNNEL_TOKEN_FAILURE: { failureClass: 'DatabricksPlatformFault', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Relay token could not be issued (platform capacity)' },
  POD_ASSIGNMENT_FAILURE: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Pods not assigned' },
  POD_SCHEDULING_FAILURE: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Pods not scheduled' },
  REQUEST_REJECTED: { failureClass: 'DatabricksThrottled', retry: 'slow', action: 'ESCALATE', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Databricks has blocked upsize for this workspace; needs support if it repeats' },
  REQUEST_THROTTLED: { failureClass: 'DatabricksThrottled', retry: 'slow', action: 'WAIT_10M', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Databricks cannot handle the request now' },
  RESOURCE_USAGE_BLOCKED: { failureClass: 'DatabricksPolicyBlocked', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Usage gatekeeper shut it down' },
  SECRET_CREATION_FAILURE: { failureClass: 'DatabricksAuthorizationError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Dynamic secret generation failed' },
  SECRET_PERMISSION_DENIED: { failureClass: 'DatabricksAuthorizationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Cluster owner cannot read a secret referenced in conf/env' },
  SECRET_RESOLUTION_ERROR: { failureClass: 'DatabricksAuthorizationError', retry: 'slow', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Server-side secret resolution failed (Key Vault-backed scope unreachable is a usual cause)' },
  SECURITY_AGENTS_FAILED_INITIAL_VERIFICATION: { failureClass: 'DatabricksPlatformFault', retry: 'yes', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Compliance-profile security agents failed verification' },
  SECURITY_DAEMON_REGISTRATION_EXCEPTION: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Container could not register with security daemon (often egress)' },
  SELF_BOOTSTRAP_FAILURE: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Node bootstrap failed fast or daemon ping timed out (seen live with an EMPTY type)' },
  SERVERLESS_LONG_RUNNING_TERMINATED: { failureClass: 'DatabricksBenignTermination', retry: 'never', action: 'IGNORE', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Serverless maximum lifetime reached; the job must be re-run, not the cluster' },
  SKIPPED_SLOW_NODES: { failureClass: 'DatabricksBenignTermination', retry: 'never', action: 'IGNORE', regionSignal: 0, expectedType: 'SUCCESS', why: 'Start succeeded without some slow nodes' },
  SLOW_IMAGE_DOWNLOAD: { failureClass: 'DatabricksImageError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Runtime image download too slow (customer VNet egress throttled)' },
  SPARK_ERROR: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Spark failed at start-up: bad library/conf/init; one retry then ticket' },
  SPARK_IMAGE_DOWNLOAD_FAILURE: { failureClass: 'DatabricksImageError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Runtime image download/extract failed' },
  SPARK_IMAGE_DOWNLOAD_THROTTLED: { failureClass: 'DatabricksImageError', retry: 'slow', action: 'WAIT_10M', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Image servers throttled' },
  SPARK_IMAGE_NOT_FOUND: { failureClass: 'DatabricksImageError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Wrong/retired spark_version or custom image' },
  SPARK_STARTUP_FAILURE: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'RESTART', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Driver failed to start: libraries or init script corrupted the container; one retry then ticket' },
  SPOT_INSTANCE_TERMINATION: { failureClass: 'DatabricksSpotEviction', retry: 'yes', action: 'START_ALT', regionSignal: 0, expectedType: 'CLOUD_FAILURE', why: 'Azure evicted the spot VM; restart with SPOT_WITH_FALLBACK_AZURE or on-demand driver (first_on_demand>=1)' },
  SSH_BOOTSTRAP_FAILURE: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'SSH bootstrap exception' },
  STORAGE_DOWNLOAD_FAILURE: { failureClass: 'DatabricksStorageError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: 'Bootstrap script download failed' },
  STORAGE_DOWNLOAD_FAILURE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksStorageError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'As above, customer firewall/route' },
  STORAGE_DOWNLOAD_FAILURE_SLOW: { failureClass: 'DatabricksStorageError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLOUD_FAILURE', why: 'Artifact download too slow' },
  STORAGE_DOWNLOAD_FAILURE_THROTTLED: { failureClass: 'DatabricksStorageError', retry: 'slow', action: 'WAIT_10M', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Artifact download throttled' },
  STS_CLIENT_SETUP_FAILURE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'AWS STS endpoint; should not occur on Azure' },
  SUBNET_EXHAUSTED_FAILURE: { failureClass: 'DatabricksQuotaExceeded', retry: 'alt', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'VNet subnet out of IPs; free nodes or grow/replace subnets; smaller cluster may fit' },
  TEMPORARILY_UNAVAILABLE: { failureClass: 'DatabricksPlatformFault', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'SERVICE_FAULT', why: 'Cluster manager restarting/overloaded' },
  TRIAL_EXPIRED: { failureClass: 'DatabricksPolicyBlocked', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Trial workspace expired' },
  UNEXPECTED_LAUNCH_FAILURE: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Critical set-up step failed; often "timeout while placing nodes"' },
  UNEXPECTED_POD_RECREATION: { failureClass: 'DatabricksServerlessCapacity', retry: 'yes', action: 'RESTART', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'New driver pod created unexpectedly' },
  UNKNOWN: { failureClass: 'DatabricksUnknown', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: null, why: 'Default when there is no code' },
  UNSUPPORTED_INSTANCE_TYPE: { failureClass: 'DatabricksConfigurationError', retry: 'alt', action: 'START_ALT', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'VM type unsupported for this runtime/region' },
  UPDATE_INSTANCE_PROFILE_FAILURE: { failureClass: 'DatabricksNotAzure', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Instance profiles are AWS' },
  USAGE_POLICY_ENTITLEMENT_DENIED: { failureClass: 'DatabricksPolicyBlocked', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Usage policy not entitled' },
  USER_INITIATED_VM_TERMINATION: { failureClass: 'DatabricksBenignTermination', retry: 'never', action: 'NOTIFY', regionSignal: 0, expectedType: 'SUCCESS', why: 'Someone deleted/stopped the VM directly in Azure; suspicious: notify, do not restart silently' },
  USER_REQUEST: { failureClass: 'DatabricksBenignTermination', retry: 'never', action: 'IGNORE', regionSignal: 0, expectedType: 'SUCCESS', why: 'User/API terminated it (parameters.username). Ours too: compare with our own principal' },
  WORKER_SETUP_FAILURE: { failureClass: 'DatabricksClusterStartFailure', retry: 'yes', action: 'START_BACKOFF', regionSignal: 0, expectedType: 'SERVICE_FAULT', why: 'Worker disk/GPU set-up error' },
  WORKSPACE_CANCELLED_ERROR: { failureClass: 'DatabricksPolicyBlocked', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Workspace was cancelled' },
  WORKSPACE_CONFIGURATION_ERROR: { failureClass: 'DatabricksConfigurationError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Workspace in error state because of customer config/ACL change' },
  WORKSPACE_UPDATE: { failureClass: 'DatabricksBenignTermination', retry: 'never', action: 'IGNORE', regionSignal: 0, expectedType: 'SUCCESS', why: 'Workspace network or CMK update recycled workers; restart after the update completes' },
} as const satisfies Record<TerminationReasonCode, Verdict>;

/** Codes that Databricks or a sender uses and the pinned SDK does not know. One that the SDK learns belongs into the table above. */
// biome-ignore format: a table is read by its lines
export const extraTerminationCodes = {
  CONTROL_PLANE_CONNECTION_FAILURE: { failureClass: 'DatabricksNetworkError', retry: 'yes', action: 'START_BACKOFF', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: 'Newer than 0.17.0 types; control plane unreachable' },
  CONTROL_PLANE_CONNECTION_FAILURE_DUE_TO_MISCONFIG: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Newer than 0.17.0 types' },
  HIVEMETASTORE_CONNECTIVITY_FAILURE: { failureClass: 'DatabricksMetastoreError', retry: 'slow', action: 'START_BACKOFF', regionSignal: 1, expectedType: 'CLIENT_ERROR', why: 'Newer than 0.17.0 types; Hive metastore connectivity check failed' },
  INSUFFICIENT_INSTANCE_CAPACITY: { failureClass: 'DatabricksResourceExhausted', retry: 'alt', action: 'START_ALT', regionSignal: 2, expectedType: 'CLOUD_FAILURE', why: "Named by the requirements (webhook contract); not in the SDK's union: accept it as an extra code" },
  MTLS_PORT_CONNECTIVITY_FAILURE: { failureClass: 'DatabricksNetworkError', retry: 'no', action: 'TICKET', regionSignal: 0, expectedType: 'CLIENT_ERROR', why: 'Newer than 0.17.0 types; mutual-TLS port 8443 check failed' },
  RATE_LIMITED: { failureClass: 'DatabricksThrottled', retry: 'slow', action: 'WAIT_10M', regionSignal: 1, expectedType: 'SERVICE_FAULT', why: 'Newer than 0.17.0 types' },
} as const satisfies Record<string, Verdict> & Partial<Record<TerminationReasonCode, never>>;
