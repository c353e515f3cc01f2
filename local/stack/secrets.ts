// Fresh secrets. None has a default, none outlives the stack unless it is told to be durable.
import { randomBytes, randomUUID } from 'node:crypto';

export interface Secrets {
  readonly apiKey: string;
  readonly basic: { readonly username: string; readonly password: string };
  /** Master key of the functions host and key of the control endpoint. */
  readonly adminKey: string;
  readonly databricksToken: string;
  readonly terraformToken: string;
  /** Of the simulated Azure. */
  readonly azure: AzureSecrets;
  /** Signs the links by which people approve. */
  readonly approvalLinkSecret: string;
  /** Base64, as Azure Storage and Service Bus hand out theirs. */
  readonly storageKey: string;
  readonly sharedAccessKey: string;
}

/** The simulated tenant, its registration for hooks, who calls them, and what opens Resource Manager. */
export interface AzureSecrets {
  readonly tenantId: string;
  readonly hooksAppId: string;
  readonly hooksCallerSecret: string;
  readonly armToken: string;
}

export function freshSecrets(): Secrets {
  return {
    apiKey: randomText(32),
    basic: { username: `databricks-${randomText(4)}`, password: randomText(24) },
    adminKey: randomText(32),
    databricksToken: `dapi${randomBytes(16).toString('hex')}`,
    approvalLinkSecret: randomText(32),
    azure: freshAzureSecrets(),
    terraformToken: `${randomText(10)}.atlasv1.${randomText(45)}`,
    storageKey: randomBytes(64).toString('base64'),
    sharedAccessKey: randomBytes(32).toString('base64'),
  };
}

export function freshAzureSecrets(): AzureSecrets {
  return {
    tenantId: randomUUID(),
    hooksAppId: randomUUID(),
    hooksCallerSecret: randomText(32),
    armToken: randomText(32),
  };
}

/** Letters, digits, `-` and `_` only: it goes into headers, settings and shell lines as it is. A leading `-` would read as an option. */
function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url').replace(/^[-_]/, 'x');
}
