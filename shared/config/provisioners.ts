// With whose token, and at which address, infrastructure code is applied. A token is never repeated by a fault.
import type { PlacedProvisioner } from '../domain/estate/provisioners.ts';
import { Secret } from '../domain/secret.ts';
import { isOrigin } from './connections.ts';
import type { Settings } from './settings.ts';

export interface ProvisionerConfig extends PlacedProvisioner {
  readonly origin: string;
  readonly token: Secret;
}

const HCP_TERRAFORM = 'https://app.terraform.io';
/** Longer ones exist nowhere; a header with what is not visible ASCII would be refused at the first call only. */
const TOKEN = /^[\x21-\x7e]{8,1000}$/;

export function readProvisioners(settings: Settings, placed: readonly PlacedProvisioner[]): ProvisionerConfig[] {
  const origin = readOrigin(settings);
  const tokens = new Map<string, Secret | undefined>();
  return placed.flatMap(({ workspace, choice }) => {
    const { tokenSetting } = choice;
    // Two workspaces may share a token; what is wrong with it is said once.
    if (!tokens.has(tokenSetting)) tokens.set(tokenSetting, readToken(settings, workspace, tokenSetting));
    const token = tokens.get(tokenSetting);
    return token && origin ? [{ workspace, choice, origin, token }] : [];
  });
}

function readOrigin(settings: Settings): string | undefined {
  const url = settings.optional('HCP_TERRAFORM_URL') ?? HCP_TERRAFORM;
  if (isOrigin(url)) return new URL(url).origin;
  return settings.fault(
    ['HCP_TERRAFORM_URL'],
    'must be https:// and a host name alone; plain http is only for this machine',
  );
}

function readToken(settings: Settings, workspace: string, name: string): Secret | undefined {
  const token = settings.named(name);
  if (token !== undefined && TOKEN.test(token)) return new Secret(token);
  if (token !== undefined) return settings.fault([name], 'must be a token: one word of visible characters');
  return settings.missing(name, `is missing: the workspace ${workspace} of the estate is applied with it`);
}
