// The settings the app runs with on a laptop: the same names as on Azure, with every outside endpoint on loopback.
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { STATUS_PAGE_PATH } from '../azure-control/status-page.ts';
import type { Secrets } from './secrets.ts';

const pairSchema = z.object({ primary: z.object({ name: z.string() }), dr: z.object({ name: z.string() }) });
const estateSchema = z.object({ pairs: z.tuple([pairSchema], z.unknown()) });
const storageSchema = z.object({
  pairs: z.tuple([z.object({ drStorage: z.object({ account: z.string() }) })], z.unknown()),
});
/** For an estate file that names no workspaces: the app is to see it all the same and to list its faults. */
const PLACEHOLDERS = { primary: 'primary', dr: 'dr' };

export interface Endpoints {
  readonly app: string;
  readonly storageConnectionString: string;
  readonly serviceBusConnectionString: string;
  readonly databricks: { readonly primary: string; readonly dr: string };
  readonly terraform: string;
  readonly messages: string;
  readonly azure: string;
  /** What the app looks at from outside, by the names of CONNECTIVITY_HOSTS. */
  readonly connectivity: Readonly<Record<string, string>>;
}

export interface AppSettingsInput {
  readonly endpoints: Endpoints;
  readonly secrets: Secrets;
  readonly estateFile: string;
  readonly timeScale: number;
}

export function appSettings({ endpoints, secrets, estateFile, timeScale }: AppSettingsInput): Record<string, string> {
  const names = workspaceNames(estateFile);
  // What is only looked at goes by the same lines as the probes: with our own network broken none of it is read.
  const lineTo = (reference: string) => endpoints.connectivity[`reference/${reference}`] ?? endpoints.azure;
  return {
    AzureWebJobsStorage: endpoints.storageConnectionString,
    TABLES_CONNECTION: endpoints.storageConnectionString,
    BLOBS_CONNECTION: endpoints.storageConnectionString,
    ServiceBusConnection: endpoints.serviceBusConnectionString,
    ESTATE_FILE: estateFile,
    API_KEYS: secrets.apiKey,
    BASIC_USERS: JSON.stringify([secrets.basic]),
    WORKSPACE_HOSTS: JSON.stringify({
      [names.primary]: endpoints.databricks.primary,
      [names.dr]: endpoints.databricks.dr,
    }),
    DATABRICKS_TOKEN: secrets.databricksToken,
    CONNECTIVITY_HOSTS: JSON.stringify(endpoints.connectivity),
    HCP_TERRAFORM_URL: endpoints.terraform,
    HCP_TERRAFORM_TOKEN: secrets.terraformToken,
    HOOK_AUTHORITY_URL: endpoints.azure,
    HOOK_TENANT_ID: secrets.azure.tenantId,
    HOOK_AUDIENCE: secrets.azure.hooksAppId,
    ARM_URL: lineTo('arm'),
    ARM_TOKEN: secrets.azure.armToken,
    STATUS_PAGE_URL: lineTo('status-page') + STATUS_PAGE_PATH,
    AUTO_REMEDIATION_ENABLED: 'true',
    TIME_SCALE: String(timeScale),
    WEBHOOK_URL: `${endpoints.messages}/webhook`,
    SLACK_WEBHOOK_URL: `${endpoints.messages}/slack/services/T000/B000/local`,
    PUBLIC_URL: endpoints.app,
    APPROVAL_LINK_SECRET: secrets.approvalLinkSecret,
  };
}

/**
 * What is looked at from outside and simulated, where it really answers: Azurite stands for the storage of the DR site, and of the control
 * witnesses each has a line of its own to the simulated Azure.
 */
export function simulatedTargets(
  estateFile: string,
  { databricks, azure, blobs }: Pick<Endpoints, 'databricks' | 'azure'> & { readonly blobs: string },
): Record<string, string> {
  const { primary, dr } = workspaceNames(estateFile);
  const storage = storageSchema.safeParse(readEstate(estateFile)).data?.pairs[0].drStorage.account;
  return {
    [`workspace/${primary}`]: databricks.primary,
    [`workspace/${dr}`]: databricks.dr,
    'reference/entra': azure,
    'reference/arm': azure,
    'reference/status-page': azure,
    ...(storage !== undefined && { [`storage/${storage}`]: blobs }),
  };
}

/** What the first pair of the estate calls its workspaces. */
export function workspaceNames(estateFile: string): { primary: string; dr: string } {
  const estate = estateSchema.safeParse(readEstate(estateFile));
  if (!estate.success) return PLACEHOLDERS;
  const [{ primary, dr }] = estate.data.pairs;
  return { primary: primary.name, dr: dr.name };
}

function readEstate(estateFile: string): unknown {
  try {
    return JSON.parse(readFileSync(estateFile, 'utf8'));
  } catch {
    // Missing or no JSON: that is a fault for the app to tell, with all the others.
    return undefined;
  }
}
