// What applies a workspace's infrastructure code, one shape per kind. A new kind is a member here, an adapter, and its line in compose.
import * as z from 'zod';

/** Both are names that HCP Terraform takes: letters, digits, _ and -. They become parts of paths. */
const hcpName = (what: string) =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,89}$/, `must be the name of ${what}: letters, digits, _ and -`);

const settingName = z
  .string()
  .regex(
    /^[A-Z_][A-Z0-9_]{0,99}$/,
    'must be the name of the setting that holds the token, not the token, e.g. HCP_TERRAFORM_TOKEN',
  );

export const provisionerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('hcp-terraform'),
    organization: hcpName('an organization'),
    workspace: hcpName('a workspace of HCP Terraform'),
    /** A user's or a team's token with the right to apply: an organization's token cannot. */
    tokenSetting: settingName,
  }),
]);
export type ProvisionerChoice = z.infer<typeof provisionerSchema>;

export interface PlacedProvisioner {
  /** The workspace of the estate. */
  readonly workspace: string;
  readonly choice: ProvisionerChoice;
}
