// What callers are measured by. Nothing is asked of the identity provider before the first token comes.
import { EntraHookTokens } from '../adapters/entra/entra-hook-tokens.ts';
import type { DoorConfig } from '../config/doors.ts';
import type { Credentials } from '../http/authenticate.ts';

/** What opens no door because nobody has set it up. */
export function hookTokenNotes({ accepted, hookTokens }: DoorConfig): string[] {
  if (hookTokens || !accepted.azure.includes('bearer')) return [];
  return ['Secure webhooks of action groups are refused: HOOK_TENANT_ID and HOOK_AUDIENCE not set.'];
}

export function openCredentials({ apiKeys, basicUsers, accepted, hookTokens }: DoorConfig): Credentials {
  return { apiKeys, basicUsers, accepted, ...(hookTokens && { hookTokens: new EntraHookTokens(hookTokens) }) };
}
