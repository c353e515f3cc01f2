// A pair: the workspace that works and the one that takes over, with what binds them: objectives, routing, replication, backup.
import * as z from 'zod';
import { componentSchema } from './components.ts';
import * as names from './names.ts';
import { provisionerSchema } from './provisioners.ts';

const terraformSchema = z.strictObject({
  /** From the root of infra/estate, e.g. environments/dev.tfvars. */
  variablesFile: z.string().regex(/^[\w.-]+(\/[\w.-]+)*\.tfvars$/, 'must be a path to a .tfvars file'),
  /** What applies it, so that a component can be recreated at its address. */
  provisioner: provisionerSchema.optional(),
});

/** More than this are not the ways to one workspace, and Azure limits how many are asked for at once. */
const MOST_LINKS = 50;

/** Links of the customer's own network that lead to the workspace, by resource id: their state is watched. */
const networkSchema = z.strictObject({
  peerings: z.array(names.peeringId).max(MOST_LINKS).default([]),
  expressRouteCircuits: z.array(names.expressRouteCircuitId).max(MOST_LINKS).default([]),
});

export const workspaceSchema = z.strictObject({
  name: names.plainName,
  region: names.region,
  resourceGroup: names.resourceGroup,
  /** What Azure knows of its health, and its alerts, are read there. */
  subscriptionId: names.subscriptionId.optional(),
  managedResourceGroup: names.resourceGroup.optional(),
  /** Databricks' number of it (the `o=` in its addresses): tells whose a job notification or a SQL alert is. */
  workspaceId: z
    .string()
    .regex(
      /^(0|[1-9]\d{0,19})$/,
      'must be digits in quotes without a leading 0: the number after o= in an address of the workspace',
    )
    .optional(),
  /** The setting WORKSPACE_HOSTS replaces it. */
  url: names.httpsUrl,
  sku: z.enum(['standard', 'premium', 'trial']).optional(),
  /** Runtime of its clusters, e.g. 15.4.x-scala2.12. */
  runtime: z.string().min(1).max(100).optional(),
  terraform: terraformSchema.optional(),
  network: networkSchema.optional(),
  /** Every notebook below is critical: missing or changed is a finding (B3). */
  criticalNotebookFolders: z.array(names.notebookPath).default([]),
  components: z.array(componentSchema).default([]),
});
export type EstateWorkspace = z.infer<typeof workspaceSchema>;

/** Compute that the DR workspace gets only in a failover. */
const onFailoverSchema = z.strictObject({
  warehouses: z.strictObject({
    size: z
      .string()
      .regex(/^(2X-Small|X-Small|Small|Medium|Large|X-Large|[234]X-Large)$/, 'must be a warehouse size, e.g. 2X-Small'),
    autoStopMinutes: names.minutes,
  }),
});

const routingSchema = z.strictObject({
  frontDoor: z.strictObject({
    tier: z.enum(['classic', 'standard', 'premium']),
    name: names.title,
    resourceGroup: names.resourceGroup,
    /** Where it is reached. That of a classic one follows from its name; the others' holds a hash that only Azure knows. */
    host: names.hostName.optional(),
    rule: names.title,
    /** The pool (classic) or origin group that leads to the DR workspace. */
    backendPool: names.title,
  }),
});

const replicationSchema = z.strictObject({
  /** `diy`: a deep clone job; `managed`: Databricks Managed Disaster Recovery (F5). */
  provider: z.enum(['diy', 'managed']),
  intervalMinutes: names.minutes,
  tables: z.array(names.tableName).min(1),
});

const drStorageSchema = z.strictObject({
  account: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, 'must be the name of a storage account: 3 to 24 small letters and digits'),
  redundancy: z.enum(['LRS', 'ZRS', 'GRS', 'RAGRS', 'GZRS', 'RAGZRS']),
  hierarchicalNamespace: z.boolean(),
  container: z.string().regex(/^[a-z0-9](-?[a-z0-9]){2,62}$/, 'must be the name of a blob container'),
});

export const pairSchema = z.strictObject({
  name: names.plainName,
  objectives: z.strictObject({
    rtoHours: z.number().positive().max(168),
    rpoHours: z.number().positive().max(168),
  }),
  /** Off: tables have two-level names in hive_metastore. */
  unityCatalog: z.boolean().default(false),
  primary: workspaceSchema,
  dr: workspaceSchema,
  onFailover: onFailoverSchema.optional(),
  routing: routingSchema.optional(),
  replication: replicationSchema.optional(),
  drStorage: drStorageSchema.optional(),
});
